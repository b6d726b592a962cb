"""The real beat and the real worker; the worker is killed while it writes. The page says so, the run resumes, its effect is single."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from celery import Celery
from django.conf import settings
from django.test import Client
from django.urls import reverse

from config.management.commands.serve import BEAT, WORKER
from config.settings import services
from governance import jobs
from governance.models import AuditEntry, Job
from stars.models import Rating, RatingYear
from stars.services.computed import computed_now, stored_digest
from tests import databases
from tests.cast import make_cast
from tests.databases import Fresh
from tests.stars.county import open_county

BROKERS = {"filesystem": "", "redis": settings.REDIS_URL}
GATE = 7_211_099  # an advisory lock: whoever writes a result while the test holds it, waits
HOLD = f"""
    CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared({GATE}); RETURN NEW; END $$;
    CREATE TRIGGER hold BEFORE INSERT ON stars_rating FOR EACH ROW EXECUTE FUNCTION hold();
"""
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"


class Office:
    """The processes of one installation, each the leader of a group of its own."""

    def __init__(self, fresh: Fresh, redis_url: str) -> None:
        self.env = os.environ | fresh.env | {"REDIS_URL": redis_url}
        self.var = fresh.var
        self.url, self.options = services.broker(redis_url, fresh.var)
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, words: list[str]) -> subprocess.Popen[bytes]:
        with (self.var / "log").open("ab") as log:
            process = subprocess.Popen(
                [str(Path(sys.executable).with_name(words[0])), *words[1:]],
                cwd=settings.BASE_DIR, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.started.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def post(self, job_id: int) -> None:
        app = Celery(broker=self.url, broker_transport_options=self.options, set_as_current=False)
        with app.connection_for_write() as connection:
            app.send_task("governance.tasks.run_job", kwargs={"job_id": job_id}, connection=connection)

    def said(self) -> str:
        return (self.var / "log").read_text(errors="replace")

    def clear(self) -> None:
        for process in self.started:
            if process.poll() is None:
                self.kill(process)


@pytest.fixture(params=[name for name, url in BROKERS.items() if url or name == "filesystem"])
def office(request: pytest.FixtureRequest, fresh_db: Fresh, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    fresh_db.var.mkdir(parents=True, exist_ok=True)
    office = Office(fresh_db, BROKERS[request.param])
    monkeypatch.setattr(jobs, "wake", office.post)
    yield office
    office.clear()


@pytest.fixture
def gate(fresh_db: Fresh) -> Iterator[psycopg.Connection]:
    with psycopg.connect(databases.url("owner", fresh_db.name), autocommit=True) as owner:
        owner.execute(HOLD)
        owner.execute("SELECT pg_advisory_lock(%s)", [GATE])
        yield owner


def until(true: Callable[[], bool], seconds: float, office: Office) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, office.said()
        time.sleep(0.2)


def test_killed_while_it_writes(office: Office, gate: psycopg.Connection) -> None:
    county = open_county(make_cast())
    county.file_all()
    client = Client()
    client.force_login(county.cast["chen"], backend="django.contrib.auth.backends.ModelBackend")
    beat, worker = office.start(BEAT), office.start(WORKER)

    client.post(reverse("stars:take_step", args=[county.rating_year.pk, "recompute"]))
    job = Job.objects.get(operation="stars.recompute")
    until(lambda: gate.execute(WAITING).fetchone() == (1,), 60, office)
    office.kill(worker)

    def page() -> tuple[int, str]:
        shown = client.get(reverse("stars:progress", args=[county.rating_year.pk]))
        return shown.context["silent"], shown.content.decode()

    assert page()[0] == 0
    until(lambda: page()[0] > 0, 40, office)
    seconds, text = page()
    assert seconds >= jobs.SILENT_AFTER.total_seconds()
    assert re.search(rf"\b{seconds}\b", text), text
    assert not Rating.objects.exists()

    gate.execute("SELECT pg_advisory_unlock(%s)", [GATE])
    office.start(WORKER)
    until(lambda: Job.objects.get(pk=job.pk).state == Job.State.DONE, 90, office)
    job.refresh_from_db()
    assert (job.attempts, job.done, job.total, job.counts["rated"]) == (2, 1, 1, 6)
    assert AuditEntry.objects.filter(act="stars.recompute").count() == 1
    year = RatingYear.objects.select_related("policy", "territory").get(pk=county.rating_year.pk)
    assert year.result_digest == stored_digest(year) == computed_now(year).result_digest
    assert page()[0] == 0
    assert beat.poll() is None
