from types import SimpleNamespace

import pytest
from django.db import OperationalError

from config import health
from governance import pulse
from governance.tasks import heartbeat

UP = {"web": "up", "database": "up", "worker": "up", "beat": "up"}


@pytest.fixture(autouse=True)
def all_up(db):
    pulse.mark("worker")
    pulse.mark("beat")


def test_all_up(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["parts"]) == (200, UP)
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("part", ["worker", "beat"])
@pytest.mark.parametrize("age", [None, 61.0])
def test_a_part_that_fell_silent_is_named(client, monkeypatch, part, age):
    monkeypatch.setattr(pulse, "age", lambda asked: age if asked == part else 1.0)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["parts"]) == (503, {**UP, part: "down"})


def test_a_database_that_is_gone_is_named(client, monkeypatch):
    def gone():
        raise OperationalError("gone")

    monkeypatch.setattr(health, "connection", SimpleNamespace(cursor=gone))
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["parts"]) == (503, {**UP, "database": "down"})


def test_a_predecessor_does_not_count():
    pulse.forget("worker")
    assert pulse.age("worker") is None


def test_the_worker_lives_when_beats_message_ran():
    pulse.forget("worker")
    heartbeat()
    assert pulse.age("worker") < 5
