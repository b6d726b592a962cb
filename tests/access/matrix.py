"""One request of the walk: who, verb, address; and what came back."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property
from http.cookies import SimpleCookie
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory
from django.test.client import ClientHandler

from governance.models import User
from tests.access.bodies import Body
from tests.access.canary import Found, found_in, text_of
from tests.access.moments import Moment

# rows that a request may leave behind whatever it was answered: sign-ins, sessions, the trail of refusals; the last use of a token
TRACES = ("django_session", "axes_", "governance_auditentry", "pghistory_", "governance_apireply")
LAST_USE = "governance_apitoken"
# as the database itself counts, whatever wrote: rows taken back by a savepoint are counted too
CHANGES = """SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables
    WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"""
# new in every reply, whoever asks: what guards a form, what allows a script, what tells a second press; when a workbook was
# made, how long a search took
CHANCE = [
    re.compile(one)
    for one in (
        r'csrfmiddlewaretoken" value="\w+',
        r"X-CSRFToken\W+\w+",
        r'nonce="[^"]+',
        r'name="(?:key|once)" value="[^"]+',
        r"<dcterms:[^<]*",
        r"用时 [\d.]+",
    )
]
SAID = ("Location", "ETag", "Content-Disposition", "HX-Refresh")  # headers that tell of rows
FRAME = re.compile(r'<header class="side">.*?</header>', re.DOTALL)  # of our pages: the menu, the own name and posts


@dataclass(frozen=True)
class Answer:
    status: int
    found: Found  # beside the frame, which shows everybody their own place
    framed: Found
    wrote: tuple[str, ...]  # tables of ours that the request changed

    def foreign(self, reach: tuple[str, ...]) -> set[str]:
        return self.found.foreign(reach) | self.framed.foreign(reach)


@dataclass(frozen=True)
class Reply:
    sent: HttpResponseBase
    content: bytes
    wrote: tuple[str, ...]

    @property
    def text(self) -> str:
        return text_of(self.content, self.sent.headers.get("Content-Type", ""))

    @cached_property
    def told(self) -> str:
        """Without what is drawn by lot, in which any mark may turn up."""
        return without_chance(self.text)

    @property
    def digest(self) -> bytes:
        """Of all that it says about rows."""
        headers = (self.sent.headers.get(one, "") for one in SAID)
        said = "\n".join([str(self.sent.status_code), *headers, self.told])
        return hashlib.sha256(said.encode()).digest()

    def answer(self, own: str) -> Answer:
        """`own`: the name of whoever asked, which the frame of an admin's page shows."""
        text = self.told
        frame = FRAME.search(text)
        page = text[: frame.start()] + text[frame.end() :] if frame else text
        if text.lstrip().startswith("<!DOCTYPE"):
            page = page.replace(own, "")
        headers = [value for key, value in self.sent.headers.items() if key != "Content-Length"]  # four digits, any of them
        found = found_in("\n".join([page, *headers]))
        return Answer(self.sent.status_code, found, found_in(frame[0] if frame else ""), self.wrote)


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
        self,
        verb: str,
        url: str,
        body: Body | None = None,
        *,
        cookies: SimpleCookie,
        token: str = "",
        moment: Moment | None = None,
    ) -> Reply:
        """`moment` in the year; otherwise it is published."""
        self.cookies = cookies
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with transaction.atomic():
            if moment:
                moment()
            before = _changes() if verb != "GET" else {}
            sent = self._send(verb, url, body, headers)
            content = b"".join(sent.streaming_content) if sent.streaming else sent.content
            after = _changes() if verb != "GET" else {}
            transaction.set_rollback(True)
        wrote = (table for table in after if after[table] != before.get(table) and not table.startswith(TRACES))
        return Reply(sent, content, tuple(sorted(table for table in wrote if not (token and table == LAST_USE))))

    def _send(self, verb: str, url: str, body: Body | None, headers: dict[str, str]) -> HttpResponseBase:
        if body and body.json is not None:
            return self.generic(verb, url, json.dumps(body.json), "application/json", headers=headers)
        if verb != "POST":
            return self.generic(verb, url, headers=headers)
        files = {name: SimpleUploadedFile(f"{name}.xlsx", content) for name, content in body.files.items()} if body else {}
        return self.post(url, {**body.data, **files} if body else {}, headers=headers)


def without_chance(text: str) -> str:
    for one in CHANCE:
        text = one.sub("", text)
    return text


def _changes() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(CHANGES)
        return dict(cursor.fetchall())
