"""A country's rating year in the product's own tables: real places, synthetic people, everything filed and accepted.

Everything is stated by arithmetic on ids or drawn from a fixed seed, so a scale is the same data each time. Rows of
assessments lie as they would have been filed: period after period, townships in a random order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from django.db.backends.utils import CursorWrapper
from numpy.typing import NDArray

from governance import binary_copy
from governance.binary_copy import Array
from governance.naming import kind_of, short_name
from governance.territory_files import ABOVE, PACKED, Place, read_places, within
from stars.engine.plan import Plan
from tests.bench.bulk import bare

YEAR = 2025
POLICY = Path(__file__).with_name("policy.yaml").read_text(encoding="utf-8")
PREFIXES = {"county": "140821", "city": "1408", "province": "14", "nation": ""}
VILLAGE_DIGITS = 12
TYPES = ("farming", "industry", "suburban", "improving")
BLOCK = 50_000  # rows encoded at once
MISSING = {"month": 100, "quarter": 200}  # one filing in so many never came
TABLES = [
    "governance_territory", "governance_person", "governance_post", "stars_ratingyear", "stars_rosterentry", "stars_rosterpost",
    "stars_filingwindow", "stars_filing", "stars_assessment", "stars_event", "stars_decision", "stars_publication",
    "stars_publishedrating",
]  # fmt: skip
JOINED = TABLES[:5]


@dataclass(frozen=True)
class Villages:
    """One secretary each; ids count from 1 in the order of paths, and person, post and roster entry have the village's number."""

    county: NDArray[np.int64]
    township: NDArray[np.int64]  # number of the township, from 0
    skill: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.county)


def build(cursor: CursorWrapper, scale: str, plan: Plan, *, policy_id: int, recorder: int, confirmer: int) -> Villages:
    """As the owner, in an empty database that has the policy and two accounts."""
    known = {"year": YEAR, "policy": policy_id, "width": plan.width, "recorder": recorder, "confirmer": confirmer}
    with bare(cursor, TABLES):
        villages = _territories(cursor, scale)
        for statement in STATEMENTS:
            cursor.execute(f"ANALYZE {', '.join(JOINED)}")  # each statement joins what the ones before it made
            cursor.execute(statement, known)
        for number, window in enumerate(_windows(plan)):
            cursor.execute(WINDOWS, {**window, "number": number, **known})
        cursor.execute("ANALYZE stars_filingwindow")
        cursor.execute(FILINGS, known)
        _assessments(cursor, villages, plan)
    for table in TABLES:
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM {table}), false)"
        )
    cursor.execute("VACUUM (ANALYZE)")
    return villages


def _territories(cursor: CursorWrapper, scale: str) -> Villages:
    found = sorted(within(read_places(PACKED), [PREFIXES[scale]]))
    villages = [place for place in found if len(place.path) == VILLAGE_DIGITS]
    numbers = {place.path: number for number, place in enumerate(villages, start=1)}
    above = [place for place in found if len(place.path) != VILLAGE_DIGITS]
    numbers |= {place.path: number for number, place in enumerate(above, start=len(villages) + 1)}
    names = "id, code, path, level, parent_id, name, short_name, kind, village_type, valid_from"
    with cursor.copy(f"COPY governance_territory ({names}) FROM STDIN") as copy:
        for start in range(0, len(found), BLOCK):
            copy.write("".join(_line(place, numbers) for place in found[start : start + BLOCK]))
    _seen, township = np.unique([place.path[:9] for place in villages], return_inverse=True)
    skill = np.random.default_rng(7).integers(4, 30, len(villages)).astype(np.int16)
    return Villages(np.array([int(place.path[:6]) for place in villages]), township, skill)


def _line(place: Place, numbers: dict[str, int]) -> str:
    path, name = place
    number, parent = numbers[path], numbers.get(path[: ABOVE[len(path)]], r"\N")
    kind, of_type = (kind_of(name, path), TYPES[number * 7919 % len(TYPES)]) if len(path) == VILLAGE_DIGITS else ("", "")
    level = list(ABOVE).index(len(path)) + 1
    return f"{number}\t{path:0<12}\t{path}\t{level}\t{parent}\t{name}\t{short_name(name)}\t{kind}\t{of_type}\t2009-01-01\n"


STATEMENTS = [
    """
    INSERT INTO governance_person (id, name, sex, education, territory_id)
    SELECT id, substr('王李张刘陈杨赵黄周吴', id::int %% 10 + 1, 1) || substr('建国志强文军永刚海峰', id::int %% 9 + 1, 2), 'm', '', id
    FROM governance_territory WHERE level = 5
    """,
    """
    INSERT INTO governance_post (id, person_id, territory_id, duty, title, from_on, ending)
    SELECT id, id, id, 'secretary', '', make_date(2000 + id::int * 31 %% 25, 1 + id::int * 7 %% 12, 1), ''
    FROM governance_territory WHERE level = 5
    """,
    """
    INSERT INTO stars_ratingyear (id, territory_id, year, policy_id, stage, roster_frozen_at, inputs_digest, result_digest, correction_reason)
    SELECT 2 * dense_rank() OVER (ORDER BY t.path) - y.back, t.id, %(year)s - y.back, %(policy)s, y.stage, make_date(%(year)s + 1 - y.back, 1, 20), '', '', ''
    FROM governance_territory t, (VALUES (0, 'computed'), (1, 'published')) y (back, stage)
    WHERE t.level = 3
    """,
    """
    INSERT INTO stars_rosterentry (id, rating_year_id, county, township, person_id, post_id, territory_id, months, facts)
    SELECT v.id, y.id, c.path::int, substr(v.path, 1, 9)::int, v.id, v.id, v.id, 4095, ARRAY[
        array_position(ARRAY['farming', 'industry', 'suburban', 'improving'], v.village_type::text) - 1,
        (make_date(%(year)s, 12, 31) - p.from_on) / 30, (%(year)s - extract(year FROM p.from_on)::int) / 10, (v.id %% 17 = 0)::int]
    FROM governance_territory v JOIN governance_post p ON p.id = v.id JOIN governance_territory c ON c.level = 3 AND c.path = substr(v.path, 1, 6)
    JOIN stars_ratingyear y ON y.territory_id = c.id AND y.year = %(year)s WHERE v.level = 5
    """,
    "INSERT INTO stars_rosterpost (id, entry_id, post_id, months) SELECT id, id, post_id, months FROM stars_rosterentry",
    """
    INSERT INTO stars_event (person_id, post_id, list_code, item_code, happened_on, count, evidence, document_no, state,
        recorded_by_id, recorded_at, confirmed_by_id, confirmed_at)
    SELECT e.person_id, e.post_id, x.list, x.item, make_date(%(year)s, 6, 1), 1, '', '', 'confirmed', %(recorder)s, now(), %(confirmer)s, now()
    FROM stars_rosterentry e, (VALUES (12, 'merit', 'praise'), (25, 'demerit', 'talk'), (300, 'discipline', 'warning')) x (one_in, list, item)
    WHERE e.id %% x.one_in = 0
    """,
    """
    INSERT INTO stars_decision (id, rating_year_id, version, policy_id, policy_digest, block, inputs_digest, result_digest, decided_by_id, decided_at, note)
    SELECT id, id, 1, policy_id, '', '', '', '', %(recorder)s, now(), '' FROM stars_ratingyear WHERE year = %(year)s - 1
    """,
    """
    INSERT INTO stars_publication (id, number, rating_year_id, version, decision_id, reason, published_by_id, published_at, rows_digest, previous_hash, hash)
    SELECT id, row_number() OVER (ORDER BY id), rating_year_id, 1, id, '', %(recorder)s, now(), '', '', md5(id::text) FROM stars_decision
    """,
    """
    INSERT INTO stars_publishedrating (id, publication_id, county, year, person_id, person_name, post_id, territory_id, village_code,
        village_name, township_name, outcome, star, grade, score, pay_cents, trace, certificate_no)
    SELECT e.id, q.id, e.county, %(year)s - 1, e.person_id, p.name, e.post_id, e.territory_id, v.code, v.name, t.name, o.outcome,
        CASE WHEN o.outcome = 0 THEN e.id * 13 %% 10 END, e.id %% 4, 7000 + e.id %% 3000,
        CASE WHEN o.outcome = 0 THEN e.id * 13 %% 10 * 10000 END, decode(repeat('00', %(width)s), 'hex'),
        CASE WHEN o.outcome = 0 THEN e.county || '-' || e.id END
    FROM stars_rosterentry e JOIN stars_ratingyear y ON y.id = e.rating_year_id JOIN stars_publication q ON q.rating_year_id = y.id - 1
    JOIN governance_person p ON p.id = e.person_id JOIN governance_territory v ON v.id = e.territory_id
    JOIN governance_territory t ON t.id = v.parent_id,
    LATERAL (SELECT CASE WHEN e.id %% 10 = 0 THEN 1 WHEN e.id %% 101 = 0 THEN 2 WHEN e.id %% 37 = 0 THEN 3 ELSE 0 END) o (outcome)
    ORDER BY e.id
    """,
]  # fmt: skip
WINDOWS = """
    INSERT INTO stars_filingwindow (id, rating_year_id, sheet, sheet_code, period, starts_on, ends_on, opens_at, due_at, locks_at)
    SELECT y.id * 100 + %(number)s, y.id, %(sheet)s, %(code)s, %(period)s, %(starts)s, %(ends)s, %(starts)s,
        %(ends)s::date + 8, %(ends)s::date + 15
    FROM stars_ratingyear y WHERE y.year = %(year)s
"""
FILINGS = """
    INSERT INTO stars_filing (window_id, territory_id, state, version, submitted_by_id, submitted_at, passed_by_id, passed_at,
        accepted_by_id, accepted_at, return_reason)
    SELECT w.id, f.territory_id, 'accepted', 1, %(recorder)s, w.due_at, %(confirmer)s, w.due_at, %(confirmer)s, w.due_at, ''
    FROM stars_filingwindow w JOIN (
        SELECT y.id, t.id AS territory_id, 'township' AS level
        FROM stars_ratingyear y JOIN governance_territory t ON t.parent_id = y.territory_id
        UNION ALL SELECT id, territory_id, 'county' FROM stars_ratingyear
    ) f ON f.id = w.rating_year_id AND f.level = CASE w.sheet_code WHEN 'year' THEN 'county' ELSE 'township' END
    ORDER BY w.ends_on, w.id
"""


def _windows(plan: Plan) -> Iterator[dict[str, Any]]:
    for sheet in plan.sheets.values():
        for period in range(sheet.periods):
            first, last = period * sheet.months + 1, (period + 1) * sheet.months
            yield {
                "sheet": sheet.ordinal, "code": sheet.name, "period": period,
                "starts": date(YEAR, first, 1), "ends": date(YEAR, last, 28),
            }  # fmt: skip


def _assessments(cursor: CursorWrapper, villages: Villages, plan: Plan) -> None:
    columns = ["id", "post_id", "county", "year", "sheet", "period", "status", "filed_at", "scores"]
    binary_copy.copy_in(cursor, "stars_assessment", columns, _filed(villages, plan))


def _filed(villages: Villages, plan: Plan) -> Iterator[NDArray[Any]]:
    random = np.random.default_rng(11)
    number = 1
    for window in _windows(plan):
        sheet = plan.sheets[window["code"]]
        shuffled = random.permutation(int(villages.township.max()) + 1)
        order = np.argsort(shuffled[villages.township], kind="stable")
        if sheet.name in MISSING:
            order = order[random.integers(0, MISSING[sheet.name], len(order)) > 0]
        for start in range(0, len(order), BLOCK):
            chosen = order[start : start + BLOCK]
            yield _encoded(villages, sheet, window, chosen, number, random)
            number += len(chosen)


def _encoded(
    villages: Villages, sheet: Any, window: dict[str, Any], chosen: NDArray[np.int64], number: int, random: Any
) -> NDArray[Any]:
    most = np.array([indicator.max for indicator in sheet.indicators])
    lost = random.integers(0, 256, (len(chosen), len(most)), np.uint8).astype(np.int32) * villages.skill[chosen, None]
    scores = most - most * lost // (256 * 40)
    days = (window["ends"] - date(2000, 1, 1)).days
    kinds: dict[str, binary_copy.Type] = {
        "id": "i8", "post_id": "i8", "county": "i4", "year": "i2", "sheet": "i2", "period": "i2", "status": "i2", "filed_at": "i8",
        "scores": Array("i2", len(most)),
    }  # fmt: skip
    values = {
        "id": np.arange(number, number + len(chosen)), "post_id": chosen + 1, "county": villages.county[chosen], "year": YEAR,
        "sheet": sheet.ordinal, "period": window["period"], "status": 3, "filed_at": days * 86_400_000_000, "scores": scores,
    }  # fmt: skip
    return binary_copy.encode(kinds, values, len(chosen))
