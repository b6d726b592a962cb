"""What the tables know about the subjects of some county-years, as the engine's arrays.

One statement reads all of it, so that it is one moment of the database; PostgreSQL packs the rows of each kind into one
value, so that a batch of counties comes as twenty messages and not as a hundred thousand. Assessments lie packed already
(stars.packs); those that do not are read row by row. One function reads one county or many.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from django.db.backends.utils import CursorWrapper
from django.db.models import Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _
from numpy.typing import NDArray
from psycopg.sql import SQL

from governance.binary_copy import Array, Type, composed, elements, messages, native, packed, packed_dtype
from governance.errors import RuleBroken
from stars import packs
from stars.engine.document import Sheet
from stars.engine.inputs import Events, Inputs
from stars.engine.plan import Plan
from stars.engine.values import DISQUALIFIED, LEAST, NONE, NOT_APPLICABLE, Special
from stars.models import Assessment, Event, Outcome, RosterEntry
from stars.packs import Pack
from stars.periods import last_month

BLOCK = 1000
LEAST_FACT = int(np.iinfo(np.int32).min)  # a special on the roster is this plus its code; in SQL it stands for NULL
SOURCE = {"star": "star", "points": "score"}  # of a value of an earlier result, by its unit
WITHOUT = np.full(len(Outcome), NOT_APPLICABLE, np.int64)  # what an earlier outcome is where it has no value
WITHOUT[Outcome.NONE], WITHOUT[Outcome.DISQUALIFIED] = NONE, DISQUALIFIED

ENTRY: dict[str, Type] = {"id": "i8", "person_id": "i8", "county": "i4", "township": "i4", "months": "i2", "since": "i2"}
POST: dict[str, Type] = {"post_id": "i8", "entry_id": "i8", "months": "i2"}
RESULT: dict[str, Type] = {"id": "i8", "person_id": "i8", "year": "i2", "outcome": "i2", "star": "i4", "score": "i4"}
RECORD: dict[str, Type] = {"person_id": "i8", "item": "i4", "points": "i4", "count": "i2"}


def _entry(facts: int) -> dict[str, Type]:
    return {**ENTRY, "facts": Array("i4", facts)}


# after the roster three kinds that hang on it, then the assessments: packed, and those not packed yet
ENTRIES, POSTS, RESULTS, RECORDS, PACKED, LOOSE = range(6)
# = ANY(ARRAY(…)), not a join: for a batch a planner would rather read the whole of the other table, which is why LATERAL
# aggregates, too; the length of arrays is no part of the statement
STATEMENT = composed(SQL("""
    WITH roster AS MATERIALIZED (
        SELECT id, person_id, county, township, months, facts,
            CASE WHEN %(new_term)s THEN (SELECT extract(year FROM from_on) FROM governance_post p WHERE p.id = post_id) ELSE 0 END::int2 AS since
        FROM stars_rosterentry WHERE rating_year_id = ANY(%(years)s)
    ), packs AS NOT MATERIALIZED (
        SELECT county, sheet, period, indicators, rows FROM stars_assessmentpack WHERE county = ANY(%(counties)s) AND year = %(year)s
    )
    SELECT 0, 0, 0, 0, 0, string_agg({entry}, '') FROM roster
    UNION ALL SELECT 1, 0, 0, 0, 0, string_agg({post}, '') FROM stars_rosterpost WHERE entry_id = ANY(ARRAY(SELECT id FROM roster))
    UNION ALL SELECT 2, 0, 0, 0, 0, string_agg({result}, '') FROM (
        SELECT id, person_id, year, outcome, coalesce(star::int4, {null}) AS star, coalesce(score, {null}) AS score
        FROM stars_publishedrating
        WHERE person_id = ANY(ARRAY(SELECT person_id FROM roster)) AND year BETWEEN %(oldest)s AND %(year)s - 1
    ) q
    UNION ALL SELECT 3, 0, 0, 0, 0, string_agg({record}, '') FROM (
        SELECT person_id, coalesce(array_position(%(items)s::text[], list_code || '/' || item_code), 0) AS item,
            coalesce(points, 0) AS points, count
        FROM stars_event
        WHERE person_id = ANY(ARRAY(SELECT person_id FROM roster)) AND state = %(confirmed)s
            AND happened_on BETWEEN %(first_day)s AND %(last_day)s
    ) q
    UNION ALL SELECT 4, 0, sheet, period, indicators, string_agg(rows, '') FROM packs GROUP BY sheet, period, indicators
    UNION ALL SELECT 5, county, sheet, period, 0, rows
        FROM (
            SELECT county, sheet, period FROM unnest(%(counties)s::int4[]) county, unnest(%(sheets)s::int2[], %(periods)s::int2[]) w (sheet, period)
            EXCEPT SELECT county, sheet, period FROM packs
        ) missing CROSS JOIN LATERAL (
            SELECT string_agg({assessment}, '') AS rows FROM stars_assessment a
            WHERE a.county = missing.county AND year = %(year)s AND a.sheet = missing.sheet AND a.period = missing.period AND status = %(accepted)s
        ) q WHERE rows IS NOT NULL
""").format(
    null=SQL(str(LEAST_FACT)), entry=packed(_entry(0)), post=packed(POST), result=packed(RESULT), record=packed(RECORD),
    assessment=packed(packs.assessment(0)),
))  # fmt: skip
HEAD = struct.Struct(">hiiiiiiiiiii")  # a count of fields; five numbers, each behind its size; the size of the bytes


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
    since   year from which earlier results count; 0 where all do
    facts   (n, words of the policy's roster) int32
    """

    entry: NDArray[np.int64]
    person: NDArray[np.int64]
    county: NDArray[np.int64]
    township: NDArray[np.int64]
    months: NDArray[np.int16]
    since: NDArray[np.int16]
    facts: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.entry)

    def rows_of(self, person: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pairs of a place in `person` and a row of that person, who may be on the rosters of two counties."""
        order = np.argsort(self.person, kind="stable")
        first, last = (np.searchsorted(self.person[order], person, side) for side in ("left", "right"))
        place = np.repeat(np.arange(len(person)), last - first)
        nth = np.arange(len(place)) - np.searchsorted(place, place)
        return place, order[first[place] + nth]


@dataclass(frozen=True)
class Posts:
    """Who answers: for each post (a place in `places`) the row of its holder and the months."""

    places: Places
    rows: NDArray[np.int32]
    months: NDArray[np.int16]


@dataclass(frozen=True)
class Reading:
    """Counties of one policy and year: the roster, and everything about it in the engine's form.

    unpacked  what was read row by row, in the form in which stars.packs keeps it
    """

    roster: Roster
    inputs: Inputs
    unpacked: list[Pack]

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
    found: defaultdict[int, list[Message]] = defaultdict(list)
    for message in _messages(cursor, plan, year, rating_year_ids, counties):
        found[message.kind].append(message)
    entries, posts, earlier, records = (found[kind][0].raw for kind in (ENTRIES, POSTS, RESULTS, RECORDS))
    roster = _roster(entries, plan)
    places = Places.of(roster.entry, np.arange(len(roster)))
    inputs = Inputs.blank(plan, roster.person)
    inputs.county[:], inputs.township[:] = roster.county, roster.township
    _fill_roster(inputs, plan, roster)
    _fill_answers(inputs, plan, roster)
    widths = [len(sheet.indicators) for sheet in plan.sheets.values()]
    kept = [one.pack(packs.from_packs(one.raw, one.indicators, widths[one.sheet])) for one in found[PACKED]]
    unpacked = [one.pack(packs.from_rows(one.raw, widths[one.sheet])) for one in found[LOOSE]]
    _fill_cells(kept + unpacked, inputs, plan, _posts(posts, places))
    _fill_history(earlier, inputs, plan, roster, year)
    if not _knows_all(records):
        raise _unknown_event(plan, year, rating_year_ids)
    return Reading(roster, replace(inputs, events=_events(records, plan, roster)), unpacked)


def _require_known_inputs(plan: Plan) -> None:
    unknown = [f"facts.{name}" for name in plan.facts] + [f"linked.{name}" for name in plan.linked]
    unknown += [f"history.{name}" for name, one in plan.history.items() if one.type.unit not in SOURCE]
    if unknown:
        raise RuleBroken(
            "inputs_without_source",
            _("The policy uses %(names)s, which no part of this system holds; take them out of the policy.")
            % {"names": ", ".join(unknown)},
        )


class Message(NamedTuple):
    kind: int
    county: int  # 0: several
    sheet: int
    period: int
    indicators: int
    raw: memoryview

    def pack(self, rows: NDArray[Any]) -> Pack:
        return Pack(self.county, self.sheet, self.period, rows)


def _messages(
    cursor: CursorWrapper, plan: Plan, year: int, rating_year_ids: Sequence[int], counties: Sequence[int]
) -> Iterator[Message]:
    windows = [(sheet.ordinal, period) for sheet in plan.sheets.values() for period in range(sheet.periods)]
    back = max((one.years_back for one in plan.history.values()), default=0)
    values = {
        "years": list(rating_year_ids), "counties": list(counties), "year": year, "oldest": year - back,
        "new_term": plan.head.restart_when == "new_term", "items": _items(plan), "confirmed": Event.State.CONFIRMED.value,
        "first_day": date(year, 1, 1), "last_day": date(year, 12, 31), "accepted": Assessment.Status.ACCEPTED.value,
        "sheets": [sheet for sheet, _period in windows], "periods": [period for _sheet, period in windows],
    }  # fmt: skip
    for message in messages(cursor, STATEMENT, values):
        _, _, kind, _, county, _, sheet, _, period, _, indicators, size = HEAD.unpack_from(message)
        yield Message(kind, county, sheet, period, indicators, message[HEAD.size : HEAD.size + max(size, 0)])


def _items(plan: Plan) -> list[str]:
    return [f"{of.name}/{item.name}" for of in plan.events.values() for item in of.items]


def _roster(raw: memoryview, plan: Plan) -> Roster:
    rows = np.frombuffer(raw, packed_dtype(_entry(len(plan.roster))))
    rows = rows[np.lexsort((rows["person_id"], rows["county"]))]
    return Roster(
        entry=rows["id"].astype(np.int64), person=rows["person_id"].astype(np.int64), county=rows["county"].astype(np.int64),
        township=rows["township"].astype(np.int64), months=native(rows["months"]), since=native(rows["since"]),
        facts=elements(rows["facts"], len(plan.roster)),
    )  # fmt: skip


def _posts(raw: memoryview, entries: Places) -> Posts:
    rows = np.frombuffer(raw, packed_dtype(POST))
    ids = native(rows["post_id"])
    if len(np.unique(ids)) != len(ids):
        raise ValueError("a post answers for two people")
    return Posts(Places.of(ids, np.arange(len(ids))), entries.find(native(rows["entry_id"])), native(rows["months"]))


def _fill_roster(inputs: Inputs, plan: Plan, roster: Roster) -> None:
    for column, name in enumerate(plan.roster):
        facts = roster.facts[:, column].astype(np.int64)
        inputs.roster[name][:] = np.where(facts < LEAST_FACT + len(Special), facts - LEAST_FACT + LEAST, facts)


def _fill_answers(inputs: Inputs, plan: Plan, roster: Roster) -> None:
    for sheet in plan.sheets.values():
        inputs.answers[sheet.name][:] = roster.months[:, None] >> _last_months(sheet) & 1


def _last_months(sheet: Sheet) -> NDArray[np.int16]:
    return np.array([last_month(sheet.months, period) for period in range(sheet.periods)], np.int16)


def _fill_cells(found: list[Pack], inputs: Inputs, plan: Plan, posts: Posts) -> None:
    """Rows of posts that answer for the period; what an earlier secretary or a second post filed stays out."""
    sheets = list(plan.sheets.values())
    for pack in found:
        sheet = sheets[pack.sheet]
        post = posts.places.find(native(pack.rows["post"]))
        answers = (posts.months[post] >> last_month(sheet.months, pack.period) & 1) * (post >= 0)
        chosen = np.flatnonzero(answers)
        inputs.cells[sheet.name][posts.rows[post[chosen]], pack.period] = pack.rows["scores"][chosen]


def _fill_history(raw: memoryview, inputs: Inputs, plan: Plan, roster: Roster, year: int) -> None:
    """Results of earlier years, under whatever policy. Of several of one year the newest counts: it corrects the others, or
    comes from the county to which the person went."""
    results = np.frombuffer(raw, packed_dtype(RESULT))
    results = results[np.argsort(results["id"])]
    place, row = roster.rows_of(native(results["person_id"]))
    results, age = results[place], year - 1 - results["year"][place].astype(np.int64)
    for name, one in plan.history.items():
        known = results[SOURCE[one.type.unit]].astype(np.int64)
        value = np.where(known > LEAST_FACT, known, WITHOUT[results["outcome"]])
        counts = np.flatnonzero((age < one.years_back) & (results["year"] >= roster.since[row]))
        inputs.history[name][row[counts], age[counts]] = value[counts]


def _events(raw: memoryview, plan: Plan, roster: Roster) -> Events:
    """In an order of their own, whatever the table's."""
    records = np.frombuffer(raw, packed_dtype(RECORD))
    place, row = roster.rows_of(native(records["person_id"]))
    records = records[place]
    items = np.array([(of.ordinal, item) for of in plan.events.values() for item in range(len(of.items))], np.int64).reshape(
        -1, 2
    )
    of, item = items[records["item"] - 1].T
    columns = [row, of, item, records["points"].astype(np.int64), records["count"].astype(np.int64)]
    order = np.lexsort(columns[::-1])
    return Events(*(column[order] for column in columns))


def _knows_all(raw: memoryview) -> bool:
    return bool((np.frombuffer(raw, packed_dtype(RECORD))["item"] > 0).all())


def _unknown_event(plan: Plan, year: int, rating_year_ids: Sequence[int]) -> RuleBroken:
    people = RosterEntry.objects.filter(rating_year__in=rating_year_ids).values("person")
    confirmed = Event.objects.filter(person__in=people, state=Event.State.CONFIRMED, happened_on__year=year)
    named = confirmed.annotate(named=Concat("list_code", Value("/"), "item_code")).exclude(named__in=_items(plan))
    event = named.select_related("person").order_by("pk")[0]
    return RuleBroken(
        "event_not_in_policy",
        _("“%(event)s” of %(who)s on %(day)s is confirmed, but the year's policy does not know it; withdraw it, record it anew.")
        % {"event": event.named, "who": event.person, "day": event.happened_on},
    )
