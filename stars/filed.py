"""Rows of a filing with all that goes with them, by one statement: a county's sheet has hundreds of rows, and a clerk waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from django.db import connection

from governance.models import User
from stars.models import Assessment, Filing

STORE = """
    WITH given AS (
        SELECT place, post, (%(scores)s::int2[])[(place - 1) * %(width)s + 1 : place * %(width)s] AS scores
        FROM unnest(%(posts)s::int8[]) WITH ORDINALITY g (post, place)
    ), ledger AS (
        INSERT INTO stars_assessmentchange (filing_id, post_id, before, after, by_id, at, door, reason)
        SELECT %(filing)s, post, (
            SELECT scores FROM stars_assessment a
            WHERE a.post_id = g.post AND a.year = %(year)s AND a.sheet = %(sheet)s AND a.period = %(period)s
        ), scores, %(by)s, %(at)s, %(door)s, %(reason)s
        FROM given g ORDER BY place
    ), version AS (
        UPDATE stars_filing SET version = version + 1 WHERE id = %(filing)s
    ), mark AS (
        UPDATE stars_ratingyear SET changed_at = %(at)s WHERE id = %(rating_year)s
    )
    INSERT INTO stars_assessment (post_id, county, year, sheet, period, status, filed_at, scores)
    SELECT post, %(county)s, %(year)s, %(sheet)s, %(period)s, %(status)s, %(at)s, scores FROM given ORDER BY place
    ON CONFLICT (post_id, year, sheet, period)
        DO UPDATE SET scores = excluded.scores, status = excluded.status, filed_at = excluded.filed_at
"""


def store(
    filing: Filing,
    rows: Mapping[int, Sequence[int]],
    *,
    status: Assessment.Status,
    by: User,
    at: datetime,
    door: str,
    reason: str,
) -> None:
    """`rows` by post, each as long as the sheet's indicators; what stood there before goes into the ledger with what stands now.
    The filing's version and the county-year's mark move with them.
    """
    window = filing.window
    (width,) = {len(scores) for scores in rows.values()}
    values: dict[str, Any] = {
        "posts": _array(rows), "scores": _array(chain.from_iterable(rows.values())), "width": width, "filing": filing.pk,
        "rating_year": window.rating_year_id, "county": int(filing.territory.county_path), "year": window.rating_year.year,
        "sheet": window.sheet, "period": window.period, "status": status.value, "by": by.pk, "at": at, "door": door, "reason": reason,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(STORE, values)
    filing.version += 1


def _array(numbers: Iterable[int]) -> str:
    """As the database reads it: one text is written and read faster than a list, and than an array a row."""
    return "{" + str([*numbers])[1:-1] + "}"
