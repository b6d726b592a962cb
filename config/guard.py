"""What settings alone can't show: the servers themselves. Production asks before the first request or task."""

from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import redis
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from config import grants

OWNED = """
    SELECT count(*) FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND pg_has_role(relowner, 'USAGE')
"""
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


def refuse_unsafe_start() -> None:
    if not settings.GUARDED:
        return
    found = [*weak_durability(), *too_strong_role(), *open_broker(), *moved_clock()]
    connections.close_all()  # the processes that are forked next open their own
    if found:
        raise ImproperlyConfigured("Not started:\n- " + "\n- ".join(found))


def weak_durability() -> Iterator[str]:
    for name in DURABLE:
        value = _one(f"SHOW {name}")
        if value in ("off", "local"):
            yield f"the database has {name} = {value}: a power cut would lose acknowledged filings. Set it to on."


def too_strong_role() -> Iterator[str]:
    """The application must not be able to rewrite what it published."""
    for flag in ("rolsuper", "rolcreaterole", "rolcreatedb", "rolbypassrls", "rolreplication"):
        if _one("SELECT to_json(pg_roles) ->> %s FROM pg_roles WHERE rolname = current_user", flag) == "true":
            yield f"the role in DATABASE_URL has {flag}: give it none of these rights (README, Production)."
    if _one(OWNED):
        yield "the role in DATABASE_URL owns tables: only the role in DATABASE_OWNER_URL may; run prepare_database as it."
    if _one("SELECT has_schema_privilege('public', 'CREATE')"):
        yield "the role in DATABASE_URL may create tables: run prepare_database."
    for model in grants.tables():
        table = model._meta.db_table
        if grants.is_insert_only(model) and _one("SELECT has_table_privilege(%s, 'UPDATE, DELETE, TRUNCATE')", table):
            yield f"the role in DATABASE_URL may change rows of {table}: run prepare_database."


def open_broker() -> Iterator[str]:
    parts = urlsplit(settings.REDIS_URL)
    without_password = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    with redis.Redis.from_url(without_password, protocol=2, socket_timeout=5) as stranger:
        try:
            stranger.ping()
        except redis.AuthenticationError:
            return
    yield "the broker in REDIS_URL answers without a password: set requirepass in Redis."


def moved_clock() -> Iterator[str]:
    if settings.DEMO_CLOCK_FILE:
        yield "DEMO_CLOCK_FILE is set: only a demo may stand on another day."


def _one(query: str, *values: str) -> object:
    with connections["default"].cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()[0]
