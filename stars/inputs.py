"""What the tables know about the subjects of some county-years, read in few big pieces as the engine's arrays.

PostgreSQL packs all rows of a sheet and period into one value, so that a batch of counties comes as seventeen messages
and not as a hundred thousand rows; one function reads one county or many.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _
from numpy.typing import NDArray
from psycopg.sql import SQL

from governance.binary_copy import Array, Type, elements, fetch, messages, native, packed
from governance.errors import RuleBroken
from stars.engine.document import Sheet
from stars.engine.inputs import Events, Inputs
from stars.engine.plan import Plan
from stars.engine.values import DISQUALIFIED, LEAST, NONE, NOT_APPLICABLE, Special
from stars.models import Assessment, Event, Outcome
from stars.periods import last_month

BLOCK = 1000
LEAST_FACT = int(np.iinfo(np.int32).min)  # a special on the roster is this plus its code
SOURCE = {"star": "star", "points": "score"}  # of a value of an earlier result, by its unit
WITHOUT = np.full(len(Outcome), NOT_APPLICABLE, np.int64)  # what an earlier outcome is where it has no value
WITHOUT[Outcome.NONE], WITHOUT[Outcome.DISQUALIFIED] = NONE, DISQUALIFIED

ROSTER = SQL("""
    SELECT e.id AS entry, e.person_id AS person, e.county, substr(t.path, 1, 9)::int4 AS township, e.months, e.facts
    FROM stars_rosterentry e JOIN governance_territory t ON t.id = e.territory_id WHERE e.rating_year_id = ANY(%s)
""")
POSTS = SQL("""
    SELECT p.post_id AS post, p.entry_id AS entry, p.months
    FROM stars_rosterpost p JOIN stars_rosterentry e ON e.id = p.entry_id WHERE e.rating_year_id = ANY(%s)
""")
CELLS = SQL("""
    SELECT sheet, period, string_agg({}, '')
    FROM stars_assessment WHERE county = ANY(%s) AND year = %s AND status = %s GROUP BY 1, 2
""").format(packed({"post_id": "i8", "scores": Array("i2", 0)})[0])
EVENTS = SQL("""
    SELECT e.id, v.list_code, v.item_code, coalesce(v.points, 0), v.count
    FROM stars_rosterentry e JOIN stars_event v ON v.person_id = e.person_id
    WHERE e.rating_year_id = ANY(%s) AND v.state = %s AND v.happened_on BETWEEN %s AND %s
""")
HISTORY = SQL("""
    SELECT h.id AS rating, e.id AS entry, h.year, h.outcome,
        coalesce(h.star::int4, -2147483648) AS star, coalesce(h.score, -2147483648) AS score
    FROM stars_rosterentry e JOIN governance_post p ON p.id = e.post_id
    JOIN stars_publishedrating h ON h.person_id = e.person_id AND h.year BETWEEN %s AND %s
    WHERE e.rating_year_id = ANY(%s) AND NOT EXISTS (SELECT FROM stars_publishedrating n WHERE n.supersedes_id = h.id)
    AND (h.year >= extract(year FROM p.from_on) OR NOT %s)
""")
PACKED = struct.Struct(">hihihi")  # three fields: two numbers, each behind its size, and the size of the bytes


@dataclass(frozen=True)
class Places:
    """Row of an id, through a table of the blocks of a thousand ids that occur."""

    blocks: NDArray[np.int64]
    rows: NDArray[np.int32]  # (blocks, 1000); -1: not among the ids

    @classmethod
    def of(cls, ids: NDArray[np.int64], rows: NDArray[Any]) -> Places:
        blocks, block = np.unique(ids // BLOCK, return_inverse=True)
        table = np.full((len(blocks), BLOCK), -1, np.int32)
        table[block, ids % BLOCK] = rows
        return cls(blocks, table)

    def find(self, ids: NDArray[np.int64]) -> NDArray[np.int32]:
        """-1 where an id is not known."""
        if not len(self.blocks):
            return np.full(len(ids), -1, np.int32)
        block = np.minimum(np.searchsorted(self.blocks, ids // BLOCK), len(self.blocks) - 1)
        return np.where(self.blocks[block] == ids // BLOCK, self.rows[block, ids % BLOCK], -1)


@dataclass(frozen=True)
class Roster:
    """One row a subject, in the order of county and person.

    months  bit 0 is January: answers for this month
    facts   (n, words of the policy's roster) int32
    """

    entry: NDArray[np.int64]
    person: NDArray[np.int64]
    county: NDArray[np.int64]
    township: NDArray[np.int64]
    months: NDArray[np.int16]
    facts: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.entry)


@dataclass(frozen=True)
class Posts:
    """Who answers: for each post (a place in `places`) the row of its holder and the months."""

    places: Places
    rows: NDArray[np.int32]
    months: NDArray[np.int16]


@dataclass(frozen=True)
class Reading:
    """Counties of one policy and year: the roster, and everything about it in the engine's form."""

    roster: Roster
    inputs: Inputs

    def counties(self) -> Iterator[tuple[int, slice]]:
        """Code and rows of each county, ascending."""
        county = self.roster.county
        starts = np.flatnonzero(np.diff(county, prepend=-1))
        for start, stop in pairwise([*starts.tolist(), len(county)]):
            yield int(county[start]), slice(start, stop)

    def part(self, rows: slice) -> Inputs:
        """The inputs of some rows, without copying the arrays."""
        whole, events = self.inputs, self.inputs.events
        first, last = np.searchsorted(events.row, (rows.start, rows.stop))
        own = Events(*(getattr(events, field.name)[first:last] for field in fields(events)))
        maps = ("cells", "answers", "roster", "facts", "history", "linked", "settled")
        cut = {name: {key: array[rows] for key, array in getattr(whole, name).items()} for name in maps}
        return Inputs(
            whole.key[rows], whole.county[rows], whole.township[rows], events=replace(own, row=own.row - rows.start), **cut
        )


def read(cursor: CursorWrapper, plan: Plan, *, year: int, rating_year_ids: Sequence[int], counties: Sequence[int]) -> Reading:
    """raises RuleBroken: inputs_without_source, event_not_in_policy; ValueError where rows do not fit the policy's columns"""
    _require_known_inputs(plan)
    years = list(rating_year_ids)
    roster = _roster(cursor, plan, years)
    entries = Places.of(roster.entry, np.arange(len(roster)))
    inputs = Inputs.blank(plan, roster.person)
    inputs.county[:], inputs.township[:] = roster.county, roster.township
    _fill_roster(inputs, plan, roster)
    _fill_answers(inputs, plan, roster)
    _fill_cells(_packed_cells(cursor, counties, year), inputs, plan, _posts(cursor, years, entries))
    _fill_history(cursor, inputs, plan, entries, year, years)
    return Reading(roster, replace(inputs, events=_events(cursor, plan, entries, year, years)))


def _require_known_inputs(plan: Plan) -> None:
    unknown = [f"facts.{name}" for name in plan.facts] + [f"linked.{name}" for name in plan.linked]
    unknown += [f"history.{name}" for name, one in plan.history.items() if one.type.unit not in ("star", "points")]
    if unknown:
        raise RuleBroken(
            "inputs_without_source",
            _("The policy uses %(names)s, which no part of this system holds; take them out of the policy.")
            % {"names": ", ".join(unknown)},
        )


def _roster(cursor: CursorWrapper, plan: Plan, years: list[int]) -> Roster:
    kinds: dict[str, Type] = {"entry": "i8", "person": "i8", "county": "i4", "township": "i4", "months": "i2"}
    kinds["facts"] = Array("i4", len(plan.roster))
    rows = fetch(cursor, ROSTER, kinds, [years])
    rows = rows[np.lexsort((rows["person"], rows["county"]))]
    wide = {name: rows[name].astype(np.int64) for name in ("entry", "person", "county", "township")}
    return Roster(**wide, months=native(rows["months"]), facts=elements(rows["facts"], len(plan.roster)))


def _posts(cursor: CursorWrapper, years: list[int], entries: Places) -> Posts:
    rows = fetch(cursor, POSTS, {"post": "i8", "entry": "i8", "months": "i2"}, [years])
    ids = native(rows["post"])
    if len(np.unique(ids)) != len(ids):
        raise ValueError("a post answers for two people")
    return Posts(Places.of(ids, np.arange(len(ids))), entries.find(native(rows["entry"])), native(rows["months"]))


def _fill_roster(inputs: Inputs, plan: Plan, roster: Roster) -> None:
    for column, name in enumerate(plan.roster):
        facts = roster.facts[:, column].astype(np.int64)
        inputs.roster[name][:] = np.where(facts < LEAST_FACT + len(Special), facts - LEAST_FACT + LEAST, facts)


def _fill_answers(inputs: Inputs, plan: Plan, roster: Roster) -> None:
    for sheet in plan.sheets.values():
        inputs.answers[sheet.name][:] = roster.months[:, None] >> _last_months(sheet) & 1


def _last_months(sheet: Sheet) -> NDArray[np.int16]:
    return np.array([last_month(sheet.months, period) for period in range(sheet.periods)], np.int16)


def _packed_cells(cursor: CursorWrapper, counties: Sequence[int], year: int) -> Iterator[tuple[int, int, memoryview]]:
    """Sheet, period, and the rows: each a post and its scores."""
    for message in messages(cursor, CELLS, [list(counties), year, Assessment.Status.ACCEPTED.value]):
        _, _, sheet, _, period, size = PACKED.unpack_from(message)
        yield sheet, period, message[PACKED.size : PACKED.size + size]


def _fill_cells(filings: Iterator[tuple[int, int, memoryview]], inputs: Inputs, plan: Plan, posts: Posts) -> None:
    """Rows of posts that answer for the period; what an earlier secretary or a second post filed stays out."""
    sheets = list(plan.sheets.values())
    kinds = [packed({"post": "i8", "scores": Array("i2", len(sheet.indicators))})[1] for sheet in sheets]
    for ordinal, period, raw in filings:
        sheet = sheets[ordinal]
        filed = np.frombuffer(raw, kinds[ordinal])
        post = posts.places.find(native(filed["post"]))
        answers = (posts.months[post] >> last_month(sheet.months, period) & 1) * (post >= 0)
        chosen = np.flatnonzero(answers)
        scores = elements(filed["scores"], len(sheet.indicators))
        inputs.cells[sheet.name][posts.rows[post[chosen]], period] = scores[chosen]


def _fill_history(cursor: CursorWrapper, inputs: Inputs, plan: Plan, entries: Places, year: int, years: list[int]) -> None:
    """Results in force of earlier years, under whatever policy; a new term starts with the post."""
    back = max((one.years_back for one in plan.history.values()), default=0)
    if not back:
        return
    kinds: dict[str, Type] = {"rating": "i8", "entry": "i8", "year": "i2", "outcome": "i2", "star": "i4", "score": "i4"}
    rows = fetch(cursor, HISTORY, kinds, [year - back, year - 1, years, plan.head.restart_when == "new_term"])
    rows = rows[np.argsort(rows["rating"])]  # of two counties in one year the later publication counts
    place, age, outcome = entries.find(native(rows["entry"])), year - 1 - rows["year"].astype(np.int64), native(rows["outcome"])
    for name, one in plan.history.items():
        known = rows[SOURCE[one.type.unit]].astype(np.int64)
        near = np.flatnonzero(age < one.years_back)
        inputs.history[name][place[near], age[near]] = np.where(known > LEAST_FACT, known, WITHOUT[outcome])[near]


def _events(cursor: CursorWrapper, plan: Plan, entries: Places, year: int, years: list[int]) -> Events:
    """In an order of their own, whatever the table's."""
    if not plan.events:
        return Events.none()
    cursor.execute(EVENTS, [years, Event.State.CONFIRMED.value, date(year, 1, 1), date(year, 12, 31)])
    records = cursor.fetchall()
    items = {(of.name, item.name): (of.ordinal, place) for of in plan.events.values() for place, item in enumerate(of.items)}
    known = [(entry, *_item(items, of, item), points, count) for entry, of, item, points, count in records]
    entry, *others = np.array(known, np.int64).reshape(-1, 5).T
    columns = [entries.find(entry).astype(np.int64), *others]
    order = np.lexsort(columns[::-1])
    return Events(*(column[order] for column in columns))


def _item(items: dict[tuple[str, str], tuple[int, int]], of: str, item: str) -> tuple[int, int]:
    if (of, item) not in items:
        raise RuleBroken(
            "event_not_in_policy",
            _("An event of “%(list)s/%(item)s” is confirmed, which the year's policy does not know; withdraw it, record it anew.")
            % {"list": of, "item": item},
        )
    return items[of, item]
