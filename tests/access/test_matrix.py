"""Every route × person × territory × verb: nobody meets a row that hangs outside their reach, or changes one.

A cell counts only where the same request by somebody permitted finds the row's mark, so a page that is empty for
everybody proves nothing. The counts are printed and may only grow (cells.json).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from governance.services.tokens import issue_token

from governance.models import User
from tests.access.guards import Watch, watch  # noqa: F401  (a fixture)
from tests.access.matrix import Answer, ask
from tests.access.routes import Route, address, routes
from tests.access.world import AT, LATER, World, make_world

PEOPLE = [
    "liu",
    "lei",
    "zhao",
    "huo",
    "chen",
    "qin",
    "an",
    "dai",
    "client",
    "tang",
    "geng",
    "xi",
    "bao",
    "shen",
    "wei",
    "sun",
    "",
]
WITNESSES = ["chen", "liu", "huo", "bao", "shen", "an", "client", "tang", "geng"]
PATHS = ["140821101201", "140821101", "140821102201", "140821102", "140821", "140822101201", "140822101", "140822"]
COUNTED = Path(__file__).with_name("cells.json")


@dataclass
class Walk:
    world: World
    tokens: dict[str, str]
    watch: Watch
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)

    def reach(self, who: str) -> tuple[str, ...]:
        return tuple(path for _duty, path in self.user(who).duties) if who else ()

    def user(self, who: str) -> User | None:
        return self.world.cast[who] if who else None

    def get(self, who: str, url: str) -> Answer:
        if (who, url) not in self.answers:
            self.answers[who, url] = self.ask(who, "GET", url)
        return self.answers[who, url]

    def ask(self, who: str, verb: str, url: str, data: dict[str, Any] | None = None) -> Answer:
        self.watch.cell = (who, verb, url, data and tuple(sorted(data.items())))
        return ask(self.user(who), verb, url, data, self.tokens.get(who, ""))

    def witnessed(self, url: str, path: str) -> bool:
        """Somebody who may finds the row's mark at this address."""
        return any(self.get(who, url).shows(path) for who in WITNESSES if self.covers(who, path))

    def covers(self, who: str, path: str) -> bool:
        return any(path.startswith(at) for at in self.reach(who))


@pytest.fixture
def walk(db: None, watch: Watch, settings: Any) -> Walk:  # noqa: F811
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_CLASSES": []}
    world = make_world((Path(__file__).parents[2] / "stars/policies/shanxi-secretary-2025.yaml").read_text("utf-8"))
    client = world.cast["client"]
    _token, text = issue_token(
        account_id=client.pk, territory=world.cast.county, name="matrix", expires_at=LATER, by=world.cast["bao"], at=AT
    )
    return Walk(world, {"client": text}, watch)


def addresses(walk: Walk) -> Iterator[tuple[Route, str, str]]:
    """(route, url, the territory whose row it asks for)."""
    for route in routes():
        if route.pattern.startswith(LEFT_OUT):
            continue
        for path in PATHS:
            url = address(route, walk.world, path)
            if url:
                yield route, url, path
    for registered, model_admin in admin.site._registry.items():
        yield from _admin_extras(walk, registered, model_admin)


LEFT_OUT = ("static/", "media/")


def _admin_extras(walk: Walk, model: type[Model], model_admin: Any) -> Iterator[tuple[Route, str, str]]:
    """Doors that the URL conf doesn't show: searches, filters by a stranger's row, autocomplete."""
    label, name = model._meta.app_label, model._meta.model_name
    base = f"/admin/{label}/{name}/"
    route = Route(base, f"admin:{label}_{name}_changelist", ())
    for path in PATHS:
        if model_admin.search_fields:
            yield route, f"{base}?q=Z{path}Z", path
        for one in model._meta.concrete_fields:
            row = walk.world.of(one.related_model, path) if one.many_to_one and one.related_model else None
            if row:
                yield route, f"{base}?{one.name}__id__exact={row.pk}", path
                yield route, f"/admin/autocomplete/?app_label={label}&model_name={name}&field_name={one.name}&term=Z{path}Z", path


@pytest.mark.parametrize("who", PEOPLE)
def test_nobody_meets_a_stranger(who: str, walk: Walk) -> None:
    reach, counted, leaks, changed = walk.reach(who), set(), [], []
    for route, url, path in addresses(walk):
        answer = walk.get(who, url)
        if leak := answer.leaks_to(reach):
            leaks.append(f"{who} GET {url}: {sorted(leak)}")
        if walk.witnessed(url, path) and not walk.covers(who, path):
            counted.add((route.pattern, path, "GET", url))
        for verb, data in writes(walk, route, path):
            sent = walk.ask(who, verb, url, data)
            if leak := sent.leaks_to(reach):
                leaks.append(f"{who} {verb} {url}: {sorted(leak)}")
            if sent.wrote and not walk.covers(who, path):
                changed.append(f"{who} {verb} {url}: {sent.wrote} ({sent.status})")
            counted.add((route.pattern, path, verb, url))
        assert answer.status < 500, f"{who} GET {url}: {answer.status}"
    assert not leaks, "\n".join(leaks[:20])
    assert not changed, "\n".join(changed[:20])
    _count(who, len(counted))


def writes(walk: Walk, route: Route, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if route.pattern.startswith("api/"):
        yield from ((verb, {}) for verb in ("POST", "PUT", "PATCH", "DELETE"))
    elif route.parameters:
        yield "POST", _form(walk, path)


def _form(walk: Walk, path: str) -> dict[str, Any]:
    """What a forged form would send: the stranger's own rows under every name that a page of ours reads."""
    data: dict[str, Any] = {"reason": "matrix", "note": "matrix", "post": "yes", "confirm": "yes"}
    for (model, at), row in walk.world.rows.items():
        if at == path:
            data[model._meta.model_name] = data[f"{model._meta.model_name}_id"] = str(row.pk)
    return data


def _count(who: str, cells: int) -> None:
    before = json.loads(COUNTED.read_text("utf-8"))[who or "anonymous"]
    print(f"{who or 'anonymous'}: {cells} cells")
    assert cells >= before, f"{cells} cells; there were {before}: a door went missing from the walk"


def test_each_scope_filter_is_needed(walk: Walk) -> None:
    """The twin: with any one of the filters taken away, one of the requests that reach it meets a stranger."""
    for who in ("liu", "huo", "tang", "dai", "client"):
        for _route, url, _path in addresses(walk):
            walk.get(who, url)
    survived = [at for at, cells in walk.watch.reached.items() if not _red(walk, at, cells)]
    assert not survived, f"taken away and nothing turned red: {survived}"


def _red(walk: Walk, at: tuple[str, int], cells: list[Any]) -> bool:
    with walk.watch.without(at):
        return any(walk.ask(who, verb, url).leaks_to(walk.reach(who)) for who, verb, url, _data in cells)
