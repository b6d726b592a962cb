"""One request of the walk: who, verb, address; and what came back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from typing import Any

from django.db import connection, transaction
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory
from django.test.client import ClientHandler

from governance.models import Territory, User
from stars.models import DeadlineRequest, Filing, FilingWindow, RatingYear
from tests.access.canary import Found, found_in, text_of

# rows that a request may leave behind whatever it was answered: sign-ins, sessions, the trail of refusals, the last use of a token
TRACES = ("django_session", "axes_", "governance_auditentry", "pghistory_", "governance_apireply", "governance_apitoken")
AT = datetime(2025, 3, 3, tzinfo=UTC)
Moment = Callable[[], None]
WRITES = ("INSERT INTO", "UPDATE", "DELETE FROM")


@dataclass(frozen=True)
class Answer:
    status: int
    found: Found
    wrote: tuple[str, ...]  # tables of ours that the request changed


class Site(RequestFactory):
    """The whole site behind one handler; what a request changed is taken back."""

    def __init__(self) -> None:
        super().__init__()
        self.handler = ClientHandler(enforce_csrf_checks=False)

    def request(self, **request: Any) -> HttpResponseBase:
        return self.handler(self._base_environ(**request))

    def sign_in(self, user: User) -> SimpleCookie:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client.cookies

    def ask(
        self, verb: str, url: str, data: Any = None, *, cookies: SimpleCookie, token: str = "", moment: Moment | None = None
    ) -> tuple[Answer, str]:
        """`moment` in the year; otherwise it is published."""
        self.cookies = cookies
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with transaction.atomic():
            if moment:
                moment()
            with written() as tables:
                sent = self.post(url, data or {}, headers=headers) if verb == "POST" else self.generic(verb, url, headers=headers)
                body = b"".join(sent.streaming_content) if sent.streaming else sent.content
            transaction.set_rollback(True)
        text = text_of(body, sent.headers.get("Content-Type", "")) + "\n" + "\n".join(sent.headers.values())
        return Answer(sent.status_code, found_in(text), tuple(sorted(tables))), text


def while_filed() -> None:
    RatingYear.objects.update(stage=RatingYear.Stage.OPEN)


def while_reviewed() -> None:
    while_filed()
    Filing.objects.update(state=Filing.State.PASSED, accepted_by=None, accepted_at=None)


def while_amended() -> None:
    RatingYear.objects.update(stage=RatingYear.Stage.CLOSED)
    FilingWindow.objects.update(due_at=datetime(2025, 4, 8, tzinfo=UTC), locks_at=datetime(2025, 4, 15, tzinfo=UTC))
    villages = list(Territory.objects.filter(level=Territory.Level.VILLAGE).values_list("pk", flat=True))
    granted = {"kind": "unlock", "state": "granted", "villages": villages, "decided_at": AT}
    for asked_by in User.objects.filter(pk__in=DeadlineRequest.objects.values("asked_by")):
        by = User.objects.get(username={"he": "an", "geng": "client"}[asked_by.username])  # who amends is another
        DeadlineRequest.objects.filter(asked_by=asked_by).update(**granted, decided_by=by)


@contextmanager
def written() -> Iterator[set[str]]:
    tables: set[str] = set()

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        head = sql.lstrip()[:40].upper()
        if head.startswith(WRITES) or (head.startswith("COPY") and " FROM STDIN" in sql.upper()):
            table = sql.split('"')[1] if '"' in sql else sql.split()[2]
            if not table.startswith(TRACES):
                tables.add(table)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield tables
