"""Workers that are killed, held up, and called three times: one effect. Real processes, real commits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from governance import clock, jobs
from governance.models import AuditEntry, Job
from tests.cast import make_cast
from tests.databases import Fresh

LATER = timedelta(seconds=60)
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def job(fresh_db: Fresh, monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.setattr(jobs, "wake", lambda job_id: None)
    county = make_cast().county
    return jobs.request_job("tests.work", territory=county, key="1", params={}, by=None, at=clock.now())


@pytest.fixture
def start(job: Job, fresh_db: Fresh, tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def start_worker(stop_at: str = "nowhere", guarded: bool = True) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.governance.job_process", str(job.pk), stop_at, str(tmp_path), "guarded" if guarded else "bare"],
            cwd=settings.BASE_DIR, env=os.environ | fresh_db.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        if stop_at != "nowhere":
            wait_for(tmp_path / f"at-{stop_at}", process)
        return process

    yield start_worker
    for process in started:
        process.kill()
        process.communicate()


def wait_for(mark: Path, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 60
    while not mark.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def until_swept() -> None:
    """The server takes a moment to notice that a client was killed in a transaction, and until then keeps its locks."""
    until = time.monotonic() + 60
    while not jobs.sweep(clock.now() + LATER):
        assert time.monotonic() < until
        time.sleep(0.05)


def result(process: subprocess.Popen[str]) -> str:
    out, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    return out.strip()


def effects() -> int:
    return AuditEntry.objects.filter(act="tests.effect").count()


@pytest.mark.parametrize("point", ["step-0", "step-2", "before-effect", "in-effect", "after-effect"])
def test_killed_anywhere(job: Job, start: Start, point: str) -> None:
    kill(start(point))
    if point != "after-effect":
        until_swept()
    result(start())
    job.refresh_from_db()
    assert (effects(), job.state, job.counts) == (1, Job.State.DONE, {"effects": 1})
    assert job.attempts == (1 if point == "after-effect" else 2)


def test_nobody_takes_a_job_whose_worker_is_heard(job: Job, start: Start) -> None:
    start("step-2")
    assert jobs.sweep(clock.now()) == []
    assert result(start()) == "elsewhere"
    job.refresh_from_db()
    assert (effects(), job.attempts, job.done, job.total) == (0, 1, 1, 4)


def test_held_up_and_overtaken(job: Job, start: Start, tmp_path: Path) -> None:
    slow = start("before-effect")
    jobs.sweep(clock.now() + LATER)
    assert result(start()) == "done"
    (tmp_path / "go-on").touch()
    assert (result(slow), effects()) == ("elsewhere", 1)


def test_without_the_lease_the_effect_doubles(job: Job, start: Start, tmp_path: Path) -> None:
    """The twin of the test above: the same course of events, with a handler that asks nobody."""
    slow = start("before-effect", guarded=False)
    jobs.sweep(clock.now() + LATER)
    start(guarded=False).communicate(timeout=60)
    (tmp_path / "go-on").touch()
    slow.communicate(timeout=60)
    assert effects() == 2


def test_an_attempt_in_its_last_transaction_is_left_alone(job: Job, start: Start, tmp_path: Path) -> None:
    slow = start("in-effect")
    assert jobs.sweep(clock.now() + LATER) == []
    (tmp_path / "go-on").touch()
    assert (result(slow), effects()) == ("done", 1)


def test_delivered_three_times_at_once(job: Job, start: Start) -> None:
    workers = [start() for _ in range(3)]
    assert sorted(result(worker) for worker in workers) == ["done", "elsewhere", "elsewhere"]
    assert effects() == 1
