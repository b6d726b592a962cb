"""Databases for tests: one template, migrated by the owner and kept while the migrations stay as they are;
copies of it, one for each process and one for each test that commits. The code under test is the application's role."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from config import grants

PREFIX = f"xh_{hashlib.sha256(str(settings.BASE_DIR).encode()).hexdigest()[:6]}_{settings.TEST_DB_SUFFIX}"[:30].lower()
BUILDING = 7_211_002  # an advisory lock's number
PATIENCE = 20  # attempts
numbers = count(1)


def server() -> AbstractContextManager[None]:
    return settings.EMBEDDED.running() if settings.EMBEDDED else nullcontext()


def place() -> str:
    if settings.EMBEDDED:
        return f"embedded PostgreSQL under {settings.EMBEDDED.home} (TEST_DATABASE_OWNER_URL names another)"
    return "the machine's PostgreSQL (TEST_DATABASE_OWNER_URL)"


def url(alias: str, database: str | None = None) -> str:
    of = connections.settings[alias]
    host = quote(of["HOST"], safe="") + (f":{of['PORT']}" if of["PORT"] else "")
    return f"postgresql://{of['USER']}:{quote(of['PASSWORD'], safe='')}@{host}/{database or of['NAME']}"


def as_owner() -> psycopg.Connection:
    return psycopg.connect(url("owner", "postgres"), autocommit=True)


def template() -> str:
    """Its name; it is built if the migrations or the grants changed since."""
    name = f"{PREFIX}_tpl_{_digest()}"
    with as_owner() as owner:
        owner.execute("SELECT pg_advisory_lock(%s)", [BUILDING])  # processes of one run start together
        _ensure_role(owner)
        if name not in _names(owner):
            for old in [n for n in _names(owner) if n.startswith(f"{PREFIX}_tpl_")]:
                _drop(owner, old)
            _build(owner, name)
    return name


@contextmanager
def copy(of: str, kind: str) -> Iterator[str]:
    name = f"{PREFIX}_{kind}_{os.getpid()}_{next(numbers)}"
    with as_owner() as owner:
        _forget_the_dead(owner)
        owner.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(of)))
    try:
        yield name
    finally:
        with as_owner() as owner:
            _drop(owner, name)


@contextmanager
def pointed_to(name: str) -> Iterator[None]:
    """Every connection of this process, of every thread, goes to this database."""
    before = {alias: connections.settings[alias]["NAME"] for alias in connections}
    _point(dict.fromkeys(connections, name))
    try:
        yield
    finally:
        _point(before)


@dataclass(frozen=True)
class Fresh:
    """A database of one's own, with real commits; `env` leads other processes to it."""

    name: str
    var: Path

    @property
    def env(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "config.settings.dev",
            "DATABASE_URL": url("default", self.name),
            "DATABASE_OWNER_URL": url("owner", self.name),
            "XINGHENG_VAR": str(self.var),
            "REDIS_URL": settings.REDIS_URL,
        }


def _digest() -> str:
    """Of everything that shapes the template."""
    files = [f for app in apps.get_app_configs() for f in sorted(Path(app.path, "migrations").glob("*.py"))]
    digest = hashlib.sha256(connections.settings["default"]["USER"].encode())
    for file in [*files, Path(grants.__file__)]:
        digest.update(f"{file.parent.parent.name}/{file.name}".encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def _names(owner: psycopg.Connection) -> list[str]:
    return [name for (name,) in owner.execute("SELECT datname FROM pg_database")]


def _ensure_role(owner: psycopg.Connection) -> None:
    of = connections.settings["default"]
    if owner.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [of["USER"]]).fetchone():
        return
    role = sql.Identifier(of["USER"])
    owner.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(of["PASSWORD"])))
    owner.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(role))  # to end its sessions before a database is dropped


def _build(owner: psycopg.Connection, name: str) -> None:
    draft = f"{PREFIX}_draft"
    _drop(owner, draft)
    owner.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(draft)))
    with pointed_to(draft):
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        grants.grant(connections["owner"], connections.settings["default"]["USER"])
    owner.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(name)))


def _forget_the_dead(owner: psycopg.Connection) -> None:
    """Databases of killed test runs."""
    for name in _names(owner):
        if name.startswith(f"{PREFIX}_") and (pid := name.rsplit("_", 2)[-2]).isdecimal() and not _is_alive(int(pid)):
            _drop(owner, name)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _drop(owner: psycopg.Connection, name: str) -> None:
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    for _attempt in range(PATIENCE):
        try:
            owner.execute(statement)
            return
        except psycopg.errors.InsufficientPrivilege:  # an autovacuum worker is in there; only a superuser may end it
            time.sleep(0.5)
    owner.execute(statement)


def _point(names: dict[str, str]) -> None:
    for alias, name in names.items():
        connections[alias].close()
        connections.settings[alias]["NAME"] = name
