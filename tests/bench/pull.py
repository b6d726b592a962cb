"""What a REST client pulls: a page near the end against the first, streams against PostgreSQL's own COPY."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Any

from django.db import connection

from stars.engine.plan import Plan
from stars.models import PublishedRating
from stars.selectors import pull
from tests.bench.report import own_peak, paired, say, seconds

PAGE = 50
FAR = 12_000
SAMPLES = 400
ROUNDS = 5


def measure(database: str, plan: Plan) -> dict[str, Any]:
    ratings = PublishedRating.objects.all()
    print(f"Published ratings: {ratings.count():,}")
    return _pages(ratings) | _streams(ratings)


def _pages(ratings: Any) -> dict[str, Any]:
    last = ratings.order_by("-pk").values_list("pk", flat=True)[PAGE]
    far = min(last, (FAR - 1) * PAGE)
    near_samples, far_samples = [], []
    for _sample in range(SAMPLES):
        near_samples.append(seconds(lambda: pull.page_query(ratings, after=0, size=PAGE)))
        far_samples.append(seconds(lambda: pull.page_query(ratings, after=far, size=PAGE)))
    say("page 1", near_samples, "ms", 1000)
    say(f"page {far // PAGE + 1:,}", far_samples, "ms", 1000)
    return {"page_ratio": round(median(far_samples) / median(near_samples), 3)}


def _streams(ratings: Any) -> dict[str, Any]:
    sql, params = ratings.order_by("pk").values_list(*pull.COLUMNS.values()).query.sql_with_params()
    bare = {
        "csv": f"COPY ({sql}) TO STDOUT (FORMAT csv, HEADER)",
        "ndjson": f"COPY (SELECT row_to_json(r) FROM ({sql}) r ({','.join(pull.COLUMNS)})) TO STDOUT",
    }
    streams = {"csv": pull.csv_stream, "ndjson": pull.ndjson_stream}
    taken: dict[str, list[float]] = {name: [] for kind in streams for name in (kind, f"bare {kind}")}
    before = own_peak()
    for _round in range(ROUNDS):
        for kind, stream in streams.items():
            taken[kind].append(seconds(lambda: _drop(stream(ratings))))  # noqa: B023
            taken[f"bare {kind}"].append(seconds(lambda: _drop(_copied(bare[kind], params))))  # noqa: B023
    for name, samples in taken.items():
        say(name, samples)
    print(f"  memory grew by {own_peak() - before:.0f} MiB while streaming")
    return {f"{kind}_ratio": round(paired(taken[kind], taken[f"bare {kind}"]), 3) for kind in streams}


def _drop(blocks: Iterator[Any]) -> None:
    for _block in blocks:
        pass


def _copied(statement: str, params: tuple[Any, ...]) -> Iterator[Any]:
    with connection.cursor() as cursor, cursor.copy(statement, params) as copy:
        yield from copy
