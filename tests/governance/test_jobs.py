"""The ledger of long work: asked once, taken once, heard of, given up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from celery import current_app
from django.db import OperationalError, connection, transaction

from governance import clock, jobs
from governance.errors import RuleBroken
from governance.models import Job
from tests.cast import Cast, make_cast
from tests.databases import Fresh

NOW = clock.now()
LATER = timedelta(seconds=60)


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    calls: list[int] = []
    monkeypatch.setattr(jobs, "wake", calls.append)
    return calls


@pytest.fixture
def handler() -> Iterator[list[Job]]:
    seen: list[Job] = []

    @jobs.operation("tests.note")
    def note(job: Job, progress: jobs.Progress) -> dict[str, int]:
        seen.append(job)
        if job.params.get("rule"):
            raise RuleBroken("closed", "The year is closed.")
        if job.params.get("bug"):
            raise ValueError("a name and a number")
        if job.params.get("database"):
            raise OperationalError("server closed the connection")
        progress(1, 2)
        return {"rated": 2}

    yield seen
    del jobs._handlers["tests.note"]


def ask(cast: Cast, operation: str = "tests.note", **params: object) -> Job:
    return jobs.request_job(operation, territory=cast.county, key="2025", params=params, by=cast["chen"], at=NOW)


def run(job: Job) -> str:
    return jobs.run_job(job.pk, worker="here", clock=clock.now)


def test_a_double_click_asks_once(cast: Cast) -> None:
    assert ask(cast).pk == ask(cast).pk
    assert Job.objects.count() == 1


def test_an_operation_and_key_may_be_asked_again_when_over(cast: Cast, handler: list[Job]) -> None:
    first = ask(cast)
    assert run(first) == "done"
    assert ask(cast).pk != first.pk


def test_done(cast: Cast, handler: list[Job]) -> None:
    job = ask(cast)
    assert run(job) == "done"
    job.refresh_from_db()
    assert (job.state, job.counts, job.done, job.total, job.attempts, job.worker) == ("done", {"rated": 2}, 2, 2, 1, "here")
    assert run(job) == "elsewhere"


@pytest.mark.parametrize(
    ("why", "says"), [("rule", "The year is closed."), ("bug", "ValueError")], ids=["a broken rule", "a fault of the program"]
)
def test_failed(cast: Cast, handler: list[Job], caplog: pytest.LogCaptureFixture, why: str, says: str) -> None:
    job = ask(cast, **{why: True})
    assert run(job) == "failed"
    job.refresh_from_db()
    assert says in job.error
    assert "a name and a number" not in job.error
    assert bool([line for line in caplog.records if line.levelname == "ERROR"]) == (why == "bug")


def test_an_unknown_operation_fails_and_says_so(cast: Cast) -> None:
    job = ask(cast, operation="tests.unknown")
    assert run(job) == "failed"


def test_a_lost_database_leaves_the_job_to_the_sweep(cast: Cast, handler: list[Job]) -> None:
    job = ask(cast, database=True)
    assert run(job) == "running"
    assert jobs.sweep(clock.now() + LATER) == [job.pk]
    job.refresh_from_db()
    assert (job.state, job.lease) == ("queued", None)


def test_a_job_that_always_breaks_off_ends(cast: Cast, handler: list[Job]) -> None:
    job = ask(cast, database=True)
    for _ in range(jobs.MAX_ATTEMPTS):
        assert run(job) == "running"
        jobs.sweep(clock.now() + LATER)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("failed", jobs.MAX_ATTEMPTS)
    assert str(job.pk) in job.error


def test_a_sweep_wakes_what_waits_but_not_what_was_just_asked(cast: Cast, woken: list[int]) -> None:
    job = ask(cast)
    assert jobs.sweep(NOW) == []
    assert jobs.sweep(NOW + LATER) == [job.pk]
    assert woken == [job.pk]


def test_silence_is_told(cast: Cast, handler: list[Job]) -> None:
    job = ask(cast)
    assert jobs.silence(job, NOW) is None
    assert jobs.silence(job, NOW + LATER) == LATER
    run(job)
    job.refresh_from_db()
    assert jobs.silence(job, NOW + LATER) is None


def test_a_worker_is_woken_after_the_commit_and_not_before(fresh_db: Fresh, woken: list[int]) -> None:
    cast = make_cast()
    with transaction.atomic():
        job = ask(cast)
        assert woken == []
    assert woken == [job.pk]


def test_progress_is_seen_before_the_handler_commits(fresh_db: Fresh, handler: list[Job]) -> None:
    cast, seen = make_cast(), []

    @jobs.operation("tests.long")
    def long(job: Job, progress: jobs.Progress) -> dict[str, int]:
        with transaction.atomic():
            progress(3, 9)
            reader = threading.Thread(target=lambda: (seen.append(Job.objects.get(pk=job.pk).done), connection.close()))
            reader.start()
            reader.join()
            progress.still_mine()
            progress(4, 9)  # its own lock must not hold it up
        return {}

    assert run(ask(cast, operation="tests.long")) == "done"
    assert seen == [3]


def test_a_broker_that_is_down_breaks_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    def down(*_args: object, **_kwargs: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(current_app, "send_task", down)
    jobs.wake(1)
