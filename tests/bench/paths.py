"""The engine's path and the product's: each in a process of its own, which says how long it took and what it held."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection, transaction

from governance import clock, jobs
from stars import packs, results
from stars.engine.evaluate import evaluate
from stars.engine.plan import Plan
from stars.models import RatingYear
from stars.plans import plan_for
from stars.results import Ratings
from stars.services import rating
from tests import databases
from tests.bench.report import own_peak, seconds
from tests.bench.world import YEAR


def engine() -> None:
    """Rows to results in the table: reading, computing, the trace, writing; no ledger, no digests, no audit."""
    years = list(RatingYear.objects.filter(year=YEAR).select_related("territory").order_by("territory__path"))
    plan = plan_for(years[0].policy)
    with ThreadPoolExecutor(rating.WORKERS) as pool:
        batches = [years[start : start + rating.BATCH] for start in range(0, len(years), rating.BATCH)]
        list(pool.map(lambda batch: _rate(plan, batch), batches))


def _rate(plan: Plan, batch: list[RatingYear]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        reading = rating.read_years(cursor, plan, batch)
        packs.keep(cursor, YEAR, reading.unpacked)
        ratings = Ratings.of(plan, evaluate(plan, reading.inputs))
        results.replace(cursor, reading, ratings, rating.rows_of(batch, reading))
    connection.close()


def product() -> None:
    """What the nightly timetable does."""
    for job in rating.request_all(changed_only=False, at=clock.now()):
        state = jobs.run_job(job.pk, worker="bench", clock=clock.now)
        if state != "done":
            raise SystemExit(f"job {job.pk} is {state}")


PATHS: dict[str, Callable[[], None]] = {"engine": engine, "product": product}


def run(path: str, database: str) -> dict[str, Any]:
    """{"seconds": …, "peak_mib": …} of a fresh process."""
    command = [sys.executable, "-m", "tests.bench", f"--path={path}"]
    done = subprocess.run(command, env={**os.environ, "BENCH_DATABASE": database}, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def here(path: str) -> None:
    jobs.wake = lambda job_id: None  # no worker listens
    with databases.pointed_to(os.environ["BENCH_DATABASE"]):
        connection.ensure_connection()
        took = seconds(PATHS[path])
        print(json.dumps({"seconds": took, "peak_mib": own_peak()}))
