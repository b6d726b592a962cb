"""The other side of the API: a program with a token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.test import Client

from governance import clock
from governance.models import Territory, User
from governance.services.tokens import issue_token
from tests.cast import Cast, appoint


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


@dataclass
class Api:
    """A program with a token, or (without one) nobody."""

    token: str = ""

    def get(self, path: str, **more: Any) -> HttpResponse:
        return self.ask("GET", path, **more)

    def ask(self, verb: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> HttpResponse:
        bearer = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return Client(raise_request_exception=False).generic(
            verb, f"/api/v1/{path}", headers={**bearer, **(headers or {})}, **more
        )

    def rows(self, path: str) -> list[dict[str, Any]]:
        """All pages."""
        found: list[dict[str, Any]] = []
        url = path
        while url:
            page = self.get(url).json()
            found += page["results"]
            url = (page["next"] or "").partition("/api/v1/")[2]
        return found


def token_of(cast: Cast, name: str, *, territory: Territory | None = None, **more: Any) -> str:
    user = cast[name]
    place = territory or Territory.objects.get(path=user.duties[0][1])
    by = cast["bao"] if place.path.startswith("140821") else guardian_of(cast, place)
    return issue_token(account_id=user.pk, territory=place, name=name, by=by, at=clock.now(), **more)[1]


def guardian_of(cast: Cast, place: Territory) -> User:
    """The security administrator of the other county, who has no part in the cast."""
    if "guardian" not in cast.people:
        cast.people["guardian"] = appoint("关万荣", "security_admin", cast.places[place.path[:6]], account="guardian")
    return cast["guardian"]
