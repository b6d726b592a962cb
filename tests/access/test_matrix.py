"""Every route × person × territory × verb: nobody meets a row that hangs outside their reach, or changes one.

A cell counts only where the same request by somebody permitted finds the row's mark, so a page that is empty for
everybody proves nothing. The counts are printed and may only grow (cells.json).
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.utils import timezone

from governance.models import User
from governance.services.tokens import issue_token
from tests.access.guards import Watch, watch  # noqa: F401  (a fixture)
from tests.access.matrix import Answer, ask
from tests.access.routes import Route, address, routes
from tests.access.world import World, make_world

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
SOME = ["liu", "huo", "tang", "client", ""]
FEW = ["140821102201", "140822101"]  # a village of the sibling township, a township of the other county
SEARCHERS = ["liu", "tang"]  # who tries every search and filter of the admin
PARTS = 4
COUNTED = Path(__file__).with_name("cells.json")


@dataclass
class Walk:
    world: World
    tokens: dict[str, str]
    watch: Watch
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    reaches: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def reach(self, who: str) -> tuple[str, ...]:
        if who not in self.reaches:
            self.reaches[who] = tuple(path for _duty, path in self.user(who).duties) if who else ()
        return self.reaches[who]

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
def walk(db: None, watch: Watch, settings: Any) -> Iterator[Walk]:  # noqa: F811
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_CLASSES": []}
    logging.disable(logging.CRITICAL)  # thousands of refusals are what is wanted here
    world = make_world((Path(__file__).parents[2] / "stars/policies/shanxi-secretary-2025.yaml").read_text("utf-8"))
    client = world.cast["client"]
    _token, text = issue_token(
        account_id=client.pk, territory=world.cast.county, name="matrix", by=world.cast["bao"], at=timezone.now()
    )
    yield Walk(world, {"client": text}, watch)
    logging.disable(logging.NOTSET)


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


LEFT_OUT = ("static/", "healthz")  # healthz answers 503 where no worker runs, and names nobody


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


@pytest.mark.soak
def test_nobody_meets_a_stranger_on_pages_and_api(walk: Walk) -> None:
    """The shorter walk: pages and API."""
    places = [one for one in addresses(walk) if one[2] in FEW and not one[0].pattern.startswith("admin/")]
    _walk_through(walk, places, SOME)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(PARTS))
def test_nobody_meets_a_stranger(part: int, walk: Walk) -> None:
    _walk_through(walk, part_of(walk, part), PEOPLE)


def _walk_through(walk: Walk, places: list[tuple[Route, str, str]], people: list[str]) -> None:
    counted: Counter[str] = Counter()
    faults: list[str] = []
    for route, url, path in places:
        for who in SEARCHERS if "?" in url else people:
            counted[route.pattern] += _visit(walk, who, route, url, path, faults)
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults[:30])
    _count(counted)


def part_of(walk: Walk, part: int) -> list[tuple[Route, str, str]]:
    found = list(addresses(walk))
    patterns = sorted({route.pattern for route, _url, _path in found})
    mine = set(patterns[part::PARTS])
    return [one for one in found if one[0].pattern in mine]


def _visit(walk: Walk, who: str, route: Route, url: str, path: str, faults: list[str]) -> int:
    """How many cells this was: a read counts where somebody permitted finds the mark, a write where it was refused."""
    reach, own = walk.reach(who), walk.covers(who, path)
    answer = walk.get(who, url)
    if leak := answer.leaks_to(reach):
        faults.append(f"{who} GET {url} shows {sorted(leak)}")
    if answer.status >= 500:
        faults.append(f"{who} GET {url}: {answer.status}")
    if own:
        return 0
    cells = int(walk.witnessed(url, path))
    for verb, data in writes(walk, route, path):
        sent = walk.ask(who, verb, url, data)
        if leak := sent.leaks_to(reach):
            faults.append(f"{who} {verb} {url} shows {sorted(leak)}")
        if sent.wrote or sent.status >= 500:
            faults.append(f"{who} {verb} {url} changed {sent.wrote} ({sent.status})")
        cells += 1
    return cells


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


def _count(counted: Counter[str]) -> None:
    before = json.loads(COUNTED.read_text("utf-8"))
    print(f"{sum(counted.values())} cells on {len(counted)} routes")
    fewer = {pattern: (cells, before[pattern]) for pattern, cells in counted.items() if cells < before.get(pattern, 0)}
    assert not fewer, f"fewer cells than there were: {fewer}"


def test_no_route_went_missing() -> None:
    gone = set(json.loads(COUNTED.read_text("utf-8"))) - {route.pattern for route in routes()}
    assert not gone, f"no longer walked: {sorted(gone)}; take them out of cells.json if they are gone for good"


@pytest.mark.soak
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
