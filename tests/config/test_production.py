"""Production refuses a weak start and says why; each refusal has its twin, the same start without the weakness."""

import os
import runpy
import socketserver
import threading
from collections.abc import Iterator

import psycopg
import pytest
from celery.signals import beat_init, worker_init
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from psycopg import sql

from config import embedded, guard
from config.embedded import Instance
from tests.databases import Fresh, as_owner

WEAK = {
    "DEBUG": ("1", "DEBUG is on"),
    "SECRET_KEY": ("", "SECRET_KEY is not set"),
    "ALLOWED_HOSTS": ("", "ALLOWED_HOSTS must name"),
    "TLS_IN_FRONT": ("0", "TLS_IN_FRONT is not set"),
    "DATABASE_URL": ("", "DATABASE_URL is not set"),
    "REDIS_URL": ("", "REDIS_URL is not set"),
    "HSTS_SECONDS": ("5 minutes", "HSTS_SECONDS='5 minutes' is not a whole number"),
}
MORE_WEAK = [
    ("SECRET_KEY", "short", "SECRET_KEY is weak"),
    ("SECRET_KEY", "a" * 80, "SECRET_KEY is weak"),
    ("SECRET_KEY", "django-insecure-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2, "SECRET_KEY is weak"),
    ("ALLOWED_HOSTS", "*", "ALLOWED_HOSTS must name"),
    ("ALLOWED_HOSTS", "county.example, *", "ALLOWED_HOSTS must name"),
    ("DATABASE_URL", "sqlite:///county.db", "no other database is supported"),
    ("DATABASE_URL", "county", "DATABASE_URL is not a database URL"),
    ("DATABASE_OWNER_URL", "mysql://a:b@c/d", "DATABASE_OWNER_URL must begin with postgresql"),
    ("REDIS_URL", "redis://localhost:6379/0", "REDIS_URL has no password"),
    ("DEBUG", "perhaps", "neither yes nor no"),
]


def load(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> dict:
    for name in [*os.environ]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return runpy.run_module("config.settings.production")


def test_a_good_environment_starts(monkeypatch, production_environment):
    loaded = load(monkeypatch, production_environment)
    assert loaded["GUARDED"] is True
    assert loaded["DEBUG"] is False
    assert loaded["SESSION_COOKIE_SECURE"] is loaded["CSRF_COOKIE_SECURE"] is loaded["SECURE_SSL_REDIRECT"] is True
    assert loaded["DEMO_CLOCK_FILE"] is None
    assert set(loaded["DATABASES"]) == {"default"}  # the web has no way to the owner's role


def test_mail_is_off_unless_a_server_is_named(monkeypatch, production_environment):
    assert load(monkeypatch, production_environment)["MAIL_DIGESTS"] is False
    with pytest.raises(ImproperlyConfigured, match="EMAIL_FROM is not set"):
        load(monkeypatch, production_environment | {"EMAIL_HOST": "mail.county.example"})
    loaded = load(monkeypatch, production_environment | {"EMAIL_HOST": "mail.county.example", "EMAIL_FROM": "xh@county.example"})
    assert (loaded["MAIL_DIGESTS"], loaded["EMAIL_PORT"], loaded["EMAIL_USE_TLS"]) == (True, 587, True)


@pytest.mark.parametrize(
    ("name", "value", "message"), [*[(name, *weak) for name, weak in WEAK.items()], *MORE_WEAK], ids=lambda text: text[:20]
)
def test_a_weak_value_stops_the_start(monkeypatch, production_environment, name, value, message):
    with pytest.raises(ImproperlyConfigured, match=message):
        load(monkeypatch, {**production_environment, name: value})


@pytest.fixture
def guarded(settings, fresh_db: Fresh, redis_that_asks: str):
    settings.GUARDED = True
    settings.REDIS_URL = redis_that_asks
    return fresh_db


class Redis(socketserver.StreamRequestHandler):
    """Answers every command of a stranger as Redis does: with a password set, or without one."""

    answer = b"-NOAUTH Authentication required.\r\n"

    def handle(self) -> None:
        while line := self.rfile.readline():
            if line.startswith(b"*"):
                for _ in range(2 * int(line[1:])):
                    self.rfile.readline()
                self.wfile.write(self.answer)


class OpenRedis(Redis):
    answer = b"+PONG\r\n"


def answering(handler: type[Redis]) -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"redis://:word@127.0.0.1:{server.server_address[1]}/0"
        server.shutdown()


@pytest.fixture
def redis_that_asks() -> Iterator[str]:
    yield from answering(Redis)


@pytest.fixture
def redis_for_all() -> Iterator[str]:
    yield from answering(OpenRedis)


def test_strong_servers_start(guarded):
    guard.refuse_unsafe_start()


def test_a_broker_that_answers_strangers(guarded, settings, redis_for_all):
    settings.REDIS_URL = redis_for_all
    with pytest.raises(ImproperlyConfigured, match="broker in REDIS_URL answers without a password"):
        guard.refuse_unsafe_start()


def test_a_demo_clock(guarded, settings, tmp_path):
    settings.DEMO_CLOCK_FILE = tmp_path / "demo_day"
    with pytest.raises(ImproperlyConfigured, match="DEMO_CLOCK_FILE is set"):
        guard.refuse_unsafe_start()


@pytest.mark.parametrize("value", ["off", "local"])
def test_acknowledged_before_it_is_safe(guarded, value):
    with as_owner() as owner:
        owner.execute(
            sql.SQL("ALTER DATABASE {} SET synchronous_commit = {}").format(sql.Identifier(guarded.name), sql.Identifier(value))
        )
    connections["default"].close()
    with pytest.raises(ImproperlyConfigured, match=f"synchronous_commit = {value}"):
        guard.refuse_unsafe_start()


@pytest.mark.parametrize("name", ["fsync", "full_page_writes"])
def test_a_server_that_does_not_wait_for_the_disk(guarded, name, shared_folder, monkeypatch):
    """A server of its own: these settings are the whole server's."""
    server = Instance(shared_folder / "var").postgres
    server.start()
    server.stop()
    with (server.data / "postgresql.conf").open("a") as conf:
        conf.write(f"{name} = off\n")
    server.start()
    try:
        with psycopg.connect(server.url(embedded.APPLICATION)) as connection:
            monkeypatch.setattr(guard, "_one", lambda query, *values: connection.execute(query, values).fetchone()[0])
            assert [line for line in guard.weak_durability() if f"{name} = off" in line]
    finally:
        server.stop()


@pytest.fixture
def owner_of(guarded):
    with psycopg.connect(guarded.env["DATABASE_OWNER_URL"], autocommit=True) as owner:
        yield owner


def test_a_role_that_may_rewrite_what_was_published(guarded, owner_of):
    role = connections.settings["default"]["USER"]
    owner_of.execute(sql.SQL("GRANT UPDATE ON governance_auditentry TO {}").format(sql.Identifier(role)))
    with pytest.raises(ImproperlyConfigured, match="may change rows of governance_auditentry"):
        guard.refuse_unsafe_start()


def test_a_role_that_may_make_tables(guarded, owner_of):
    role = connections.settings["default"]["USER"]
    owner_of.execute(sql.SQL("GRANT CREATE ON SCHEMA public TO {}").format(sql.Identifier(role)))
    with pytest.raises(ImproperlyConfigured, match="may create tables"):
        guard.refuse_unsafe_start()


def test_the_owner_as_the_application(guarded, monkeypatch):
    connections["default"].close()
    for name in ("USER", "PASSWORD"):
        monkeypatch.setitem(connections.settings["default"], name, connections.settings["owner"][name])
    with pytest.raises(ImproperlyConfigured, match="owns tables") as refused:
        guard.refuse_unsafe_start()
    assert "rolcreatedb" in str(refused.value)
    connections["default"].close()


def test_without_the_guard_a_weak_server_serves(guarded, settings, redis_for_all):
    """The twin of all of them: the same weakness, the guard taken away."""
    settings.REDIS_URL = redis_for_all
    settings.GUARDED = False
    guard.refuse_unsafe_start()


@pytest.mark.parametrize("signal", [worker_init, beat_init], ids=["worker", "beat"])
def test_worker_and_beat_ask_too(guarded, settings, redis_for_all, signal):
    settings.REDIS_URL = redis_for_all
    with pytest.raises(SystemExit, match="answers without a password"):
        signal.send(sender=None)


def test_so_does_the_web(guarded, settings, redis_for_all):
    settings.REDIS_URL = redis_for_all
    with pytest.raises(ImproperlyConfigured, match="answers without a password"):
        runpy.run_module("config.wsgi")
