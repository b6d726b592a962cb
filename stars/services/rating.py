"""Computing county-years: by a button, by the timetable, for one county or for all of them by the same steps.

Each batch of county-years is one transaction: their rows are locked, then rosters, inputs, results, digests. Whoever
changes an input holds the same lock, so what was read is what is there when the result is written.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime
from itertools import groupby

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from governance.authority import require
from governance.duties import Duty
from governance.errors import RuleBroken
from governance.jobs import Progress, operation, request_job
from governance.models import Job, PolicyVersion, Territory, User
from governance.services import audit
from stars import packs, results
from stars.block import inputs_digest
from stars.engine.evaluate import evaluate
from stars.engine.plan import Plan
from stars.inputs import Reading, read
from stars.models import RatingYear
from stars.plans import plan_for
from stars.results import Ratings
from stars.services.roster import refresh_roster
from stars.services.stages import mark_computed

OPERATION = "stars.recompute"
BATCH = 40  # county-years: some eight thousand people, which the processor's cache holds
WORKERS = 2  # one computes while the other's rows come from the database
PROVINCE_DIGITS = 2
# a batch's packed rows would go through a file with the usual 4 MB, and compiling takes longer than the batch; pages that the
# system has in memory are read faster by the backend itself than by way of PostgreSQL 18's reading processes
ROOM = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off; SET LOCAL effective_io_concurrency = 0"

logger = logging.getLogger(__name__)
Stage = RatingYear.Stage
COMPUTABLE = (Stage.OPEN, Stage.CLOSED, Stage.COMPUTED)


@transaction.atomic
def request_recompute(*, rating_year_id: int, by: User, at: datetime) -> Job:
    """The open job of this county-year, or a new one.  raises RuleBroken: not_your_duty, year_published, year_decided, year_reviewed"""
    rating_year = RatingYear.objects.select_related("territory").get(pk=rating_year_id)
    require(by, Duty.COUNTY_STAFF, rating_year.territory)
    if rating_year.stage not in COMPUTABLE:
        raise _refusal(rating_year)
    job = request_for(rating_year.territory, [rating_year_id], by=by, at=at)
    audit.record("stars.request_recompute", by=by, at=at, territory=rating_year.territory, subject=rating_year, job=job.pk)
    return job


@transaction.atomic
def request_for(territory: Territory, rating_year_ids: Sequence[int], *, by: User | None, at: datetime) -> Job:
    """One job for county-years of one territory; asked twice while it is open, it is the same job."""
    ids = list(_locked(rating_year_ids).values_list("pk", flat=True))
    key = f"{territory.path}:{ids[0]}" + (f"-{ids[-1]}:{len(ids)}" if len(ids) > 1 else "")
    job = request_job(OPERATION, territory=territory, key=key, params={"rating_years": ids}, by=by, at=at)
    RatingYear.objects.filter(pk__in=ids).update(job=job)
    return job


def request_all(*, changed_only: bool, at: datetime) -> list[Job]:
    """By the timetable: one job a province for every county-year that can still be computed, or of which an input changed."""
    years = RatingYear.objects.filter(stage__in=COMPUTABLE).order_by("territory__path", "year")
    if changed_only:
        years = years.filter(changed_at__isnull=False)
    rows = years.values_list("territory__path", "pk")
    return [
        request_for(Territory.objects.get(path=province, valid_to=None), [pk for _path, pk in group], by=None, at=at)
        for province, group in groupby(rows, lambda row: row[0][:PROVINCE_DIGITS])
    ]


@operation(OPERATION)
def recompute(job: Job, progress: Progress) -> dict[str, int]:
    at = progress.clock()
    counts = recompute_years(job.params["rating_years"], at=at, progress=progress)
    with transaction.atomic():
        progress.finish(counts)
        audit.record("stars.recompute", by=job.requested_by, at=at, territory=job.territory, subject=job, **counts)
    return counts


def recompute_years(rating_year_ids: Sequence[int], *, at: datetime, progress: Progress | None = None) -> dict[str, int]:
    """Counts of county-years and outcomes, and of the unratable by the column that is the reason. Of several county-years
    one that can't be computed doesn't hold up the others: it is counted as `failed` and the log says why.

    raises RuleBroken: year_published, year_decided, year_reviewed, if none of them can be computed any more;
    governance.jobs.LeaseLost
    """
    batches = _batches(rating_year_ids)
    counts: Counter[str] = Counter(county_years=0, refused=0)
    if progress:
        progress(0, len(rating_year_ids))
    for found in _all(batches, at, progress):
        counts.update(found)
        if progress:
            progress(sum(counts[name] for name in ("county_years", "refused", "failed")), len(rating_year_ids))
    if counts["refused"] and not counts["county_years"]:
        raise _refusal(RatingYear.objects.select_related("territory").get(pk=rating_year_ids[0]))
    return dict(counts)


def _batches(rating_year_ids: Sequence[int]) -> list[list[int]]:
    """Neighbours under one policy together."""
    years = RatingYear.objects.filter(pk__in=rating_year_ids).order_by("year", "policy_id", "territory__path")
    ids = list(years.values_list("pk", flat=True))
    return [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]


def _all(batches: list[list[int]], at: datetime, progress: Progress | None) -> Iterator[Counter[str]]:
    if len(batches) == 1:
        yield _recompute_or_part(batches[0], at, progress)
        return
    opened: list[BaseDatabaseWrapper] = []

    def open_connection() -> None:
        mine = connections[DEFAULT_DB_ALIAS]
        mine.inc_thread_sharing()  # it is closed by the thread that waits
        opened.append(mine)

    with ThreadPoolExecutor(WORKERS, initializer=open_connection) as pool:
        running = [pool.submit(_recompute_or_part, batch, at, progress) for batch in batches]
        try:
            yield from (one.result() for one in as_completed(running))
        finally:
            pool.shutdown(cancel_futures=True)
            for one in opened:
                one.close()


def _recompute_or_part(batch: list[int], at: datetime, progress: Progress | None) -> Counter[str]:
    try:
        return _recompute_batch(batch, at, progress)
    except (RuleBroken, ValueError):
        if len(batch) == 1:
            raise
    counts: Counter[str] = Counter()
    for rating_year_id in batch:
        try:
            counts.update(_recompute_batch([rating_year_id], at, progress))
        except (RuleBroken, ValueError):
            logger.exception("rating year %s can't be computed", rating_year_id)
            counts["failed"] += 1
    return counts


@transaction.atomic
def _recompute_batch(rating_year_ids: list[int], at: datetime, progress: Progress | None) -> Counter[str]:
    years = list(_locked(rating_year_ids).select_related("territory"))
    computable = [one for one in years if one.stage in COMPUTABLE]
    counts = Counter(county_years=len(computable), refused=len(years) - len(computable))
    for rating_year in computable:
        refresh_roster(rating_year, at=at)
    for group in _of_one_policy(computable):
        counts.update(_recompute_group(group, at))
    mark_computed([one for one in computable if one.stage == Stage.CLOSED], at=at)
    if progress:
        progress.still_mine()
    return counts


def _locked(rating_year_ids: Sequence[int]) -> QuerySet[RatingYear]:
    """Always in one order, so that two that want several never wait for each other."""
    years = RatingYear.objects.select_for_update(of=("self",), no_key=True)
    return years.filter(pk__in=rating_year_ids).order_by("pk")


def _of_one_policy(years: list[RatingYear]) -> Iterator[list[RatingYear]]:
    def alike(one: RatingYear) -> tuple[int, int]:
        return one.year, one.policy_id

    for _key, group in groupby(sorted(years, key=alike), alike):
        yield list(group)


def _recompute_group(years: list[RatingYear], at: datetime) -> Counter[str]:
    plan = plan_for(PolicyVersion.objects.get(pk=years[0].policy_id))
    with connection.cursor() as cursor:
        reading = read_years(cursor, plan, years)
        packs.keep(cursor, years[0].year, reading.unpacked)
        ratings = Ratings.of(plan, evaluate(plan, reading.inputs))
        rows = rows_of(years, reading)
        for one in years:
            one.inputs_digest = inputs_digest(plan, reading.part(rows[one.pk]))
            one.result_digest = results.digest(plan, reading.roster.person[rows[one.pk]], ratings[rows[one.pk]])
        results.replace(cursor, reading, ratings, rows)
        results.mark(cursor, years, at)
    return _counts(plan, ratings)


def read_years(cursor: CursorWrapper, plan: Plan, years: Sequence[RatingYear]) -> Reading:
    """Of one year and policy, inside a transaction; the territories are at hand."""
    if len(years) > 1:
        cursor.execute(ROOM)
    return read(
        cursor, plan, year=years[0].year, rating_year_ids=[one.pk for one in years],
        counties=[int(one.territory.path) for one in years],
    )  # fmt: skip


def rows_of(years: Sequence[RatingYear], reading: Reading) -> dict[int, slice]:
    found = dict(reading.counties())
    return {one.pk: found.get(int(one.territory.path), slice(0, 0)) for one in years}


def _counts(plan: Plan, ratings: Ratings) -> Counter[str]:
    """Outcomes, and the unratable also by the column that is the reason."""
    reasons = Counter(ratings.reason[ratings.reason > 0].tolist())
    return Counter(ratings.counts() | {f"unratable: {plan.columns[place - 1].name}": n for place, n in reasons.items()})


def _refusal(rating_year: RatingYear) -> RuleBroken:
    sentences: dict[str, str] = {
        Stage.PUBLISHED: _("%(year)s is published and is not computed again; open a correction and give its reason."),
        Stage.REVIEWED: _("%(year)s is reviewed and is not computed again; send it back first."),
    }
    decided = _("%(year)s is decided and is not computed again; only an objection that is upheld opens it.")
    codes: dict[str, str] = {Stage.PUBLISHED: "year_published", Stage.REVIEWED: "year_reviewed"}
    code = codes.get(rating_year.stage, "year_decided")
    return RuleBroken(code, sentences.get(rating_year.stage, decided) % {"year": rating_year})
