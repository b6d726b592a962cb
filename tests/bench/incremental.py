"""One township files one month: its rows and their ledger, its county's ratings, one commit; tables of the whole scale."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from random import Random
from statistics import median
from typing import Any

import psycopg
from django.db import connection, transaction
from django.utils import timezone

from governance.models import User
from stars import packs, results
from stars.engine.evaluate import evaluate
from stars.engine.plan import Plan
from stars.filed import store
from stars.models import Assessment, Filing
from stars.results import Ratings
from stars.services import rating
from stars.services import rows as filed_rows
from tests import databases
from tests.bench.limit import ROWS, CopyIn
from tests.bench.report import p95, say, seconds

TIMES = 200
WARM = 10


def measure(database: str, plan: Plan) -> dict[str, Any]:
    random = Random(5)
    by, at = User.objects.get(username="bench1"), timezone.now()
    known = list(Filing.objects.filter(window__sheet_code="month").order_by("pk").values_list("pk", flat=True))
    bare = Bare(database)
    taken: dict[str, list[float]] = {
        name: [] for name in ("engine path", "product path", "its rows out, its results in, committed")
    }
    for turn in range(WARM + TIMES):
        filing = _filing(random.choice(known))
        found = []
        for act in (_rate, _file):
            arguments = plan, filing, _changed(filing, plan, random), by, at
            found.append(seconds(partial(act, *arguments)))
        found.append(bare.seconds(filing.window.rating_year_id, int(filing.territory.county_path)))
        if turn >= WARM:
            for samples, one in zip(taken.values(), found, strict=True):
                samples.append(one)
    print(f"One township files a month, its county is rated anew and committed, {TIMES} times")
    for name, samples in taken.items():
        say(name, samples, "ms", 1000, f"p95 {p95(samples) * 1000:.1f}")
    engine, product, pair = taken.values()
    for name, samples in (("engine path", engine), ("product path", product)):
        print(f"  {name}: {median(samples) / median(pair):.2f} × the bare pair (p50), {p95(samples) / p95(pair):.2f} × (p95)")
    return {
        "incremental_p95_ms": round(p95(engine) * 1000, 1), "incremental_ratio": round(p95(engine) / p95(pair), 2),
        "incremental_product_p95_ms": round(p95(product) * 1000, 1),
    }  # fmt: skip


def _filing(filing_id: int) -> Filing:
    years = "window__rating_year"
    return Filing.objects.select_related(f"{years}__territory", f"{years}__policy", "territory").get(pk=filing_id)


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
def _rate(plan: Plan, filing: Filing, changes: dict[int, list[int]], by: User, at: datetime) -> None:
    """The rows with their ledger, then reading, computing, writing."""
    store(filing, changes, status=Assessment.Status.ACCEPTED, by=by, at=at, door="command", reason="")
    years = [filing.window.rating_year]
    with connection.cursor() as cursor:
        reading = rating.read_years(cursor, plan, years)
        packs.keep(cursor, years[0].year, reading.unpacked)
        ratings = Ratings.of(plan, evaluate(plan, reading.inputs))
        results.replace(cursor, reading, ratings, rating.rows_of(years, reading))


@transaction.atomic
def _file(plan: Plan, filing: Filing, changes: dict[int, list[int]], by: User, at: datetime) -> None:
    """The same by the services: locks, versions, digests, audit."""
    filed_rows.write(filing, changes, status=Assessment.Status.ACCEPTED, by=by, at=at, door="command")
    rating.recompute_years([filing.window.rating_year_id], at=at)


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
