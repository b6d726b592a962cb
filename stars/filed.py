"""Rows of a filing and their ledger, written by one statement: a county's sheet has hundreds of rows, and a clerk waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection

from governance.models import User
from stars.models import Assessment, Filing

STORE = """
    WITH given AS (
        SELECT place, post, scores::int2[] FROM unnest(%(posts)s::int8[], %(scores)s::text[]) WITH ORDINALITY g (post, scores, place)
    ), ledger AS (
        INSERT INTO stars_assessmentchange (filing_id, post_id, before, after, by_id, at, door, reason)
        SELECT %(filing)s, post, (
            SELECT scores FROM stars_assessment a
            WHERE a.post_id = g.post AND a.year = %(year)s AND a.sheet = %(sheet)s AND a.period = %(period)s
        ), scores, %(by)s, %(at)s, %(door)s, %(reason)s
        FROM given g ORDER BY place
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
    """`rows` by post, each as long as the sheet's indicators; what stood there before goes into the ledger with what stands now."""
    window = filing.window
    values = {
        "posts": list(rows), "scores": ["{" + ",".join(map(str, scores)) + "}" for scores in rows.values()],
        "filing": filing.pk, "county": int(filing.territory.county_path), "year": window.rating_year.year, "sheet": window.sheet,
        "period": window.period, "status": status.value, "by": by.pk, "at": at, "door": door, "reason": reason,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(STORE, values)  # type: ignore[arg-type]  # lists become arrays
