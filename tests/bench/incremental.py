"""One township files one month: its rows and their ledger, its county's ratings, one commit; tables of the whole scale."""

from __future__ import annotations

from datetime import datetime
from random import Random
from statistics import median
from typing import Any

import psycopg
from django.db import transaction
from django.utils import timezone

from governance.models import User
from stars.engine.plan import Plan
from stars.models import Assessment, Filing
from stars.services import rows as filed_rows
from stars.services.rating import recompute_years
from tests import databases
from tests.bench.limit import ROWS, CopyIn
from tests.bench.report import p95, say, seconds

TIMES = 200
WARM = 10


def measure(database: str, plan: Plan) -> dict[str, Any]:
    random = Random(5)
    by, at = User.objects.get(username="bench1"), timezone.now()
    monthly = Filing.objects.filter(window__sheet_code="month").order_by("pk")
    known = list(monthly.values_list("pk", flat=True))
    bare, filed = Bare(database), []
    copied = []
    for turn in range(WARM + TIMES):
        filing = monthly.select_related("window__rating_year__territory", "window__rating_year__policy", "territory").get(
            pk=random.choice(known)
        )
        changes = _changed(filing, plan, random)
        took = seconds(lambda: _file(filing, changes, by, at))  # noqa: B023
        pair = bare.seconds(filing.window.rating_year_id, int(filing.territory.county_path))
        if turn >= WARM:
            filed.append(took)
            copied.append(pair)
    print(f"One township files a month, its county is rated anew, {TIMES} times")
    say("filed, rated, committed", filed, "ms", 1000, f"p95 {p95(filed) * 1000:.1f}")
    say("its rows out, its results in, committed", copied, "ms", 1000, f"p95 {p95(copied) * 1000:.1f}")
    ratio = p95(filed) / p95(copied)
    print(f"  ratio {median(filed) / median(copied):.2f} (p50), {ratio:.2f} (p95)")
    return {"incremental_p95_ms": round(p95(filed) * 1000, 1), "incremental_ratio": round(ratio, 2)}


def _changed(filing: Filing, plan: Plan, random: Random) -> dict[int, list[int]]:
    """Some points less for everybody in the township."""
    window = filing.window
    most = [indicator.max for indicator in plan.sheets[window.sheet_code].indicators]
    stored = Assessment.objects.filter(
        post__territory__parent=filing.territory, year=window.rating_year.year, sheet=window.sheet, period=window.period
    )
    return {
        post: [min(max(score + random.randint(-100, 100), 0), full) for score, full in zip(scores, most, strict=True)]
        for post, scores in stored.values_list("post_id", "scores")
    }


@transaction.atomic
def _file(filing: Filing, changes: dict[int, list[int]], by: User, at: datetime) -> None:
    filed_rows.write(filing, changes, status=Assessment.Status.ACCEPTED, by=by, at=at, door="command")
    recompute_years([filing.window.rating_year_id], at=at)


class Bare:
    """The county's rows thrown away and its results copied into an indexed table beside those of all others."""

    def __init__(self, database: str) -> None:
        self.connection = psycopg.connect(databases.url("owner", database), autocommit=True)
        self.copy_in = CopyIn(database)
        self.copy_in.seconds()

    def seconds(self, rating_year_id: int, county: int) -> float:
        self.connection.execute("DELETE FROM bench_rating WHERE rating_year_id = %s", [rating_year_id])
        query = f"COPY (SELECT * FROM stars_rating WHERE rating_year_id = {rating_year_id}) TO STDOUT (FORMAT binary)"
        with self.connection.cursor().copy(query) as copy:
            encoded = b"".join(copy)
        return seconds(lambda: self._pair(county, encoded))

    def _pair(self, county: int, encoded: bytes) -> None:
        with self.connection.transaction():
            with self.connection.cursor().copy(f"COPY ({ROWS} AND county = {county}) TO STDOUT (FORMAT binary)") as copy:
                for _message in copy:
                    pass
            with self.connection.cursor().copy("COPY bench_rating FROM STDIN (FORMAT binary)") as copy:
                copy.write(encoded)
