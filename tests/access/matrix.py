"""One cell of the walk: a person, a route, the territory whose row is asked for, a verb. And what may come back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.test import Client

from governance.models import User
from tests.access.canary import foreign, marks_in, names_in, text_of
from tests.access.routes import Route

# rows that a request may leave behind whatever it was answered: sign-ins, sessions, the trail of refusals, the last use of a token
TRACES = ("django_session", "axes_", "governance_auditentry", "pghistory_", "governance_apireply", "governance_apitoken")
WRITES = ("INSERT INTO", "UPDATE", "DELETE FROM")


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    wrote: tuple[str, ...]  # tables of ours that the request changed

    def leaks_to(self, reach: tuple[str, ...]) -> set[str]:
        return foreign(self.text, reach)

    def shows(self, path: str) -> bool:
        return any(p.startswith(path) for p in marks_in(self.text) | names_in(self.text))


def ask(user: User | None, verb: str, url: str, data: dict[str, Any] | None = None, token: str = "") -> Answer:
    """Sends one request and takes back whatever it changed."""
    client = Client(raise_request_exception=False)
    if user and not token:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with transaction.atomic():
        with written() as tables:
            sent = (
                client.generic(verb, url, headers=headers)
                if verb not in ("GET", "POST")
                else getattr(client, verb.lower())(url, data or {}, headers=headers)
            )
            body = b"".join(sent.streaming_content) if sent.streaming else sent.content
        transaction.set_rollback(True)
    text = text_of(body, sent.headers.get("Content-Type", "")) + "\n" + "\n".join(sent.headers.values())
    return Answer(sent.status_code, text, tuple(sorted(tables)))


@contextmanager
def written() -> Iterator[set[str]]:
    tables: set[str] = set()

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        head = sql.lstrip().upper()
        if head.startswith(WRITES) or (head.startswith("COPY") and " FROM STDIN" in head):
            table = sql.split('"')[1] if '"' in sql else sql.split()[2]
            if not table.startswith(TRACES):
                tables.add(table)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield tables


def label(who: str, verb: str, route: Route, path: str) -> str:
    return f"{who} {verb} {route} of {path}"
