"""Builds a scale, measures, prints. The last line is one JSON object."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from statistics import median
from typing import Any

from django.db import connection, connections
from django.utils import timezone

from governance import policy
from governance.models import PolicyVersion, User
from stars.engine.plan import Plan
from stars.models import RatingYear
from stars.plans import plan_for
from tests import databases
from tests.bench import incremental, limit, paths, pull, rivals, workbook, world
from tests.bench.report import paired, say, seconds

ROUNDS = 5
AGAIN = "UPDATE stars_ratingyear SET result_digest = '', computed_at = NULL; TRUNCATE stars_rating"


def bench(scale: str) -> None:
    with databases.server(), databases.copy(databases.template(), "bench") as name, databases.pointed_to(name):
        plan, villages = _build(scale)
        print(_noise())
        figures = _whole(name, plan, villages)
        figures |= _orm(plan, figures.pop("engine_seconds") / len(villages))
        for part in (incremental.measure, pull.measure, workbook.measure):
            figures |= part(name, plan)
        print(_noise())
        print(json.dumps(figures))


def _noise() -> str:
    """Whoever else computes on this machine makes every figure larger, and the ratios less sure."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def _build(scale: str) -> tuple[Plan, world.Villages]:
    document = policy.load(world.POLICY)
    version = PolicyVersion.objects.create(
        code="bench", title="bench", subject="secretary", text=document.text, digest=document.digest,
        state=PolicyVersion.State.IN_FORCE, in_force_at=timezone.now(),
    )  # fmt: skip
    recorder, confirmer = (User.objects.create(username=f"bench{n}").pk for n in (1, 2))
    plan = plan_for(version)
    with connections["owner"].cursor() as cursor:
        took: list[world.Villages] = []
        spent = seconds(
            lambda: took.append(world.build(cursor, scale, plan, policy_id=version.pk, recorder=recorder, confirmer=confirmer))
        )
    print(f"{scale}: {len(took[0]):,} secretaries, built in {spent:.0f} s")
    return plan, took[0]


def _whole(database: str, plan: Plan, villages: world.Villages) -> dict[str, Any]:
    """The recompute of everything against the limit, round by round."""
    first = paths.run("engine", database)  # results for the limit to copy, packs, and warm caches for everybody
    copy_in = limit.CopyIn(database)
    acts: dict[str, Callable[[], dict[str, Any]]] = {
        "rows out, psql": lambda: {"seconds": limit.copy_out(database)},
        "results in, indexes, commit": lambda: {"seconds": copy_in.seconds()},
        "engine path": lambda: paths.run("engine", database),
        "product path": lambda: paths.run("product", database),
    }
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in acts}
    for _round in range(ROUNDS):
        for name, act in acts.items():
            _forget_results()
            rounds[name].append(act())
    taken = {name: [one["seconds"] for one in found] for name, found in rounds.items()}
    bound = [a + b for a, b in zip(taken["rows out, psql"], taken["results in, indexes, commit"], strict=True)]
    cells, rows = _cells(plan)
    engine, product = taken["engine path"], taken["product path"]
    print(f"Everything, {ROUNDS} rounds: {rows:,} assessments, {cells:,} cells in; {len(villages):,} results out")
    for name, samples in taken.items():
        say(name, samples)
    print(f"  engine, nothing packed yet: {first['seconds']:.1f} s, {first['peak_mib']:.0f} MiB")
    peak = max(one["peak_mib"] for one in rounds["engine path"])
    product_peak = max(one["peak_mib"] for one in rounds["product path"])
    print(f"  engine: {cells / median(engine):,.0f} cells/s, {len(villages) / median(engine):,.0f} secretaries/s, {peak:.0f} MiB")
    print(f"  product: {product_peak:.0f} MiB")
    return {
        "ratio_to_limit": round(paired(engine, bound), 3), "peak_mib": round(peak), "engine_seconds": median(engine),
        "product_path_ratio": round(paired(product, engine), 3),
    }  # fmt: skip


def _forget_results() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(AGAIN)


def _cells(plan: Plan) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(cardinality(scores)), count(*) FROM stars_assessment")
        return cursor.fetchone()


def _orm(plan: Plan, engine_seconds: float) -> dict[str, Any]:
    """On the county in the middle; both must find the engine's stars."""
    years = RatingYear.objects.filter(year=world.YEAR).order_by("territory__path")
    chosen = years[len(years) // 2]
    wanted = dict(chosen.ratings.values_list("entry_id", "star"))
    taken: dict[str, list[float]] = {}
    for name, act in (("naive", rivals.naive), ("competent", rivals.competent)):
        taken[name] = []
        for _round in range(3):
            found: dict[int, int | None] = {}
            taken[name].append(seconds(lambda: found.update(act(plan, chosen))))  # noqa: B023
            if found != wanted:
                raise SystemExit(f"the {name} loop and the engine disagree")
    print(f"One county of {len(wanted)} by the ORM, 3 rounds; both find the engine's stars")
    for name, samples in taken.items():
        say(name, samples, note=f"{median(samples) / len(wanted) / engine_seconds:,.0f} × the engine, per secretary")
    return {"orm_speedup": round(median(taken["naive"]) / len(wanted) / engine_seconds)}
