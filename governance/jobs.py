"""Long work. A row of the ledger says what is to be done and who does it; a message only wakes a worker.

A message may come late, never, or three times, and a worker may be killed anywhere. The effect stays single because

- an attempt holds a lease, and only the lease on the row may write (`Progress.still_mine`, in the transaction of the effect);
- a sweep takes the lease from an attempt that fell silent and queues the job again;
- `Progress.finish` marks the job done in the very transaction of an effect that must not be done twice.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.db import IntegrityError, InterfaceError, OperationalError, connections, transaction
from django.utils.translation import gettext as _

from governance.errors import RuleBroken
from governance.models import Job, Territory, User

SILENT_AFTER = timedelta(seconds=20)
BEAT_EVERY = 5.0  # seconds, beside what the handler reports itself
MAX_ATTEMPTS = 5  # a job that kills its worker every time must end
SWEPT_AT_ONCE = 500
ONE_OPEN = "job_one_open_per_key"
OPEN = (Job.State.QUEUED, Job.State.RUNNING)

Handler = Callable[[Job, "Progress"], dict[str, int]]
Clock = Callable[[], datetime]

logger = logging.getLogger(__name__)
_handlers: dict[str, Handler] = {}


class LeaseLost(Exception):
    """Another attempt took the job over; this one must write nothing more."""


def operation(name: str) -> Callable[[Handler], Handler]:
    """Registers the handler of an operation. It may be called again after being killed anywhere, with the same job."""

    def register(handler: Handler) -> Handler:
        _handlers[name] = handler
        return handler

    return register


def request_job(operation: str, *, territory: Territory, key: str, params: dict[str, Any], by: User | None, at: datetime) -> Job:
    """The open job of that operation and key, new if there was none; a worker is woken when the transaction commits."""
    while True:
        job = Job.objects.filter(operation=operation, key=key, state__in=OPEN).first() or _queue(
            operation=operation, territory=territory, key=key, params=params, requested_by=by, requested_at=at
        )
        if job:
            transaction.on_commit(partial(wake, job.pk), robust=True)
            return job


def _queue(**fields: Any) -> Job | None:
    """None when another request was first and is open or already over."""
    try:
        with transaction.atomic():
            return Job.objects.create(**fields)
    except IntegrityError as error:
        if ONE_OPEN not in str(error):
            raise
        return None


def wake(job_id: int) -> None:
    """A broker that is down costs time, never work: the sweep wakes again."""
    try:
        current_app.send_task("governance.tasks.run_job", kwargs={"job_id": job_id}, retry=False)
    except Exception:
        logger.exception("no message for job %s; the sweep will send one", job_id)


def run_job(job_id: int, *, worker: str, clock: Clock) -> str:
    """One attempt. Returns the job's state after it, or "elsewhere" if there was nothing for this worker to do."""
    job = _take(job_id, worker, clock())
    if job is None:
        return "elsewhere"
    progress = Progress(job, clock)
    try:
        with progress.beating():
            counts = _handlers[job.operation](job, progress)
        progress.finish(counts)
    except LeaseLost:
        logger.warning("job %s was taken over from %s", job.pk, worker)
        return "elsewhere"
    except (OperationalError, InterfaceError):
        logger.exception("job %s lost its database; the sweep will queue it again", job.pk)
        return Job.State.RUNNING
    except RuleBroken as broken:
        logger.info("job %s was refused: %s", job.pk, broken.code)
        progress.fail(broken.message)
        return Job.State.FAILED
    except Exception as error:
        logger.exception("job %s failed", job.pk)
        progress.fail(_sentence(error))
        return Job.State.FAILED
    return Job.State.DONE


def sweep(at: datetime) -> list[int]:
    """Queues again what fell silent and wakes workers for whatever waits; returns the jobs that it woke."""
    with transaction.atomic():
        silent = Job.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        for job in silent.filter(state=Job.State.RUNNING, heartbeat_at__lt=at - SILENT_AFTER):
            _release(job, at)
    waiting = Job.objects.filter(state=Job.State.QUEUED).exclude(requested_at__gt=at - SILENT_AFTER, attempts=0)
    woken = list(waiting.order_by("pk").values_list("pk", flat=True)[:SWEPT_AT_ONCE])
    for job_id in woken:
        wake(job_id)
    return woken


def silence(job: Job, at: datetime) -> timedelta | None:
    """How long nobody has been heard of an open job; None while all is well or the job is over."""
    if job.state not in OPEN:
        return None
    quiet = at - (job.heartbeat_at or job.requested_at)
    return quiet if quiet > SILENT_AFTER else None


def _take(job_id: int, worker: str, at: datetime) -> Job | None:
    with transaction.atomic():
        rows = Job.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        job = rows.filter(pk=job_id, state=Job.State.QUEUED).first()
        if job is None:
            return None
        job.state, job.lease, job.worker = Job.State.RUNNING, uuid.uuid4(), worker
        job.attempts, job.done, job.total = job.attempts + 1, 0, 0
        job.started_at, job.heartbeat_at = job.started_at or at, at
        job.save()
    return job


def _release(job: Job, at: datetime) -> None:
    job.lease, job.state = None, Job.State.QUEUED
    if job.attempts >= MAX_ATTEMPTS:
        job.state, job.finished_at = Job.State.FAILED, at
        job.error = _("The work broke off %(times)s times; tell the system administrator the number of this job: %(job)s.") % {
            "times": job.attempts, "job": job.pk,
        }  # fmt: skip
    job.save()


def _sentence(error: Exception) -> str:
    """For people: its text may hold personal data, and goes to the log alone."""
    return _("The work failed by a fault of the program (%(kind)s); the log has the details.") % {"kind": type(error).__name__}


@dataclass
class Progress:
    """An attempt's hold on its job. Beats travel on a connection of their own, so that everybody sees them at once."""

    job: Job
    clock: Clock

    def __post_init__(self) -> None:
        self.lease = self.job.lease
        self.done, self.total = 0, 0
        self.lost = False
        self._connection: Any = None
        self._one_at_a_time = threading.Lock()

    def __call__(self, done: int, total: int) -> None:
        """raises LeaseLost"""
        self.done, self.total = done, total
        self._beat()
        if self.lost:
            raise LeaseLost(self.job.pk)

    def still_mine(self) -> None:
        """Call it inside the transaction that writes: the row stays locked until the commit.

        raises LeaseLost
        """
        if self._mine().first() is None:
            raise LeaseLost(self.job.pk)

    def finish(self, counts: dict[str, int]) -> None:
        """Marks the job done. In the transaction of an effect that must happen once, or by `run_job` after the handler.

        raises LeaseLost
        """
        with transaction.atomic():
            ended = self._mine().first()
            if ended is None:
                if Job.objects.filter(pk=self.job.pk, state=Job.State.DONE, lease=self.lease).exists():
                    return  # by the handler itself
                raise LeaseLost(self.job.pk)
            ended.state, ended.counts, ended.finished_at = Job.State.DONE, counts, self.clock()
            ended.done, ended.total = max(self.done, self.total), max(self.done, self.total)
            ended.save()

    def fail(self, message: str) -> None:
        self._mine().update(state=Job.State.FAILED, error=message, finished_at=self.clock())

    def _mine(self) -> Any:
        rows = Job.objects.select_for_update(of=("self",), no_key=True)
        return rows.filter(pk=self.job.pk, lease=self.lease, state=Job.State.RUNNING)

    @contextmanager
    def beating(self) -> Iterator[None]:
        """A long statement of the handler must not look like a dead worker."""
        over = threading.Event()
        pulse = threading.Thread(target=self._beat_until, args=(over,), daemon=True)
        pulse.start()
        try:
            yield
        finally:
            over.set()
            pulse.join()
            if self._connection is not None:
                self._connection.close()

    def _beat_until(self, over: threading.Event) -> None:
        while not over.wait(BEAT_EVERY):
            try:
                self._beat()
            except (OperationalError, InterfaceError):
                logger.warning("job %s: no heartbeat, the database does not answer", self.job.pk)

    def _beat(self) -> None:
        """Passes by a locked row: it is this attempt's own last transaction, or the sweep is deciding."""
        with self._one_at_a_time:
            if self._connection is None:
                self._connection = connections.create_connection("default")
                self._connection.inc_thread_sharing()
            with self._connection.cursor() as cursor:
                cursor.execute(BEAT, [self.job.pk, self.done, self.total, self.clock(), self.lease])
                found = cursor.fetchone()
        self.lost = self.lost or (found is not None and found[0] != self.lease)


BEAT = """
    WITH seen AS (SELECT id, lease FROM governance_job WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED),
    beat AS (
        UPDATE governance_job AS job SET done = %s, total = %s, heartbeat_at = %s
        FROM seen WHERE job.id = seen.id AND seen.lease = %s AND job.state = 'running'
    )
    SELECT lease FROM seen
"""
