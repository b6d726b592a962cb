"""Every route of the site, and for each the address of the row that a territory has there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

from governance.models import PolicyVersion, Territory
from tests.access.world import World, our_models

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^()]*(?:\([^()]*\)[^()]*)*\)")


@dataclass(frozen=True)
class Route:
    pattern: str  # "years/<int:rating_year_id>/"
    name: str  # "work:year"
    parameters: tuple[str, ...]

    def __str__(self) -> str:
        return self.name or self.pattern


def routes() -> list[Route]:
    found = {route.pattern: route for route in _walk(get_resolver().url_patterns, "", "")}
    return list(found.values())


def _walk(patterns: list[Any], prefix: str, space: str) -> Iterator[Route]:
    for one in patterns:
        text = prefix + _plain(str(one.pattern))
        if isinstance(one, URLResolver):
            yield from _walk(one.url_patterns, text, f"{space}{one.namespace}:" if one.namespace else space)
        elif isinstance(one, URLPattern):
            names = tuple(a or b for a, b in PARAMETER.findall(text))
            yield Route(text, space + (one.name or ""), names)


def _plain(pattern: str) -> str:
    return pattern.removeprefix("^").removesuffix("$").removesuffix(r"\Z")


def address(route: Route, world: World, path: str) -> str | None:
    """The route filled in for the row that `path` has there; None where it has none."""
    filled = {name: _argument(route, name, world, path) for name in route.parameters}
    if None in filled.values():
        return None
    text = PARAMETER.sub(lambda found: str(filled[found[1] or found[2]]), route.pattern)
    text = re.sub(r"\(\?:[^()]*\)\??|[\\^$]|\?$", "", text)
    return "/" + text.replace("/?", "/")


def _argument(route: Route, name: str, world: World, path: str) -> Any:
    if name in FIXED:
        return FIXED[name]
    if name in ("path", "territory_path", "township_path"):
        return path
    if name == "digest":
        return world.of(PolicyVersion, path).digest
    if name == "object_id" and route.pattern.startswith("admin/r/"):
        return world.of(Territory, path).pk  # "view on site", with the content type of FIXED
    model = _admin_model(route) if name == "object_id" else _named_model(route, name)
    row = _row(world, model, path)
    return row.pk if row else None


FIXED: dict[str, Any] = {
    "quarter": "1", "year": 2025, "format": ".json", "app_label": "stars", "content_type_id": 1, "lang": "en",
    "url": "nothing", "uidb64": "x", "token": "x", "extra_context": "x", "version": 1, "filename": "x", "kind": "x", "step": "review",
}  # fmt: skip


def _row(world: World, model: type[Model], path: str) -> Model | None:
    """The row here, or the one of the place above that the route speaks of."""
    while path:
        if row := world.of(model, path):
            return row
        if model is Territory:
            return None
        path = path[: {12: 9, 9: 6, 6: 4, 4: 2, 2: 0}[len(path)]]
    return None


def _admin_model(route: Route) -> type[Model]:
    for registered in admin.site._registry:
        if f"/{registered._meta.app_label}/{registered._meta.model_name}/" in "/" + route.pattern:
            return registered
    raise LookupError(f"{route}: which table?")


def _named_model(route: Route, name: str) -> type[Model]:
    """`rating_year_id` is a RatingYear; `pk` and `id` are the table that the route's own table below names."""
    by_name = {model._meta.model_name: model for model in our_models()}
    word = name.removesuffix("_pk").removesuffix("_id").replace("_", "")
    if word in by_name:
        return by_name[word]
    for start, model in PK_OF.items():
        if route.pattern.startswith(start):
            return by_name[model]
    raise LookupError(f"{route.pattern}: nobody said which row <{name}> is; add it to PK_OF or FIXED")


PK_OF = {
    "api/v1/ratings": "publishedrating",
    "api/v1/publications": "publication",
    "api/v1/territories": "territory",
    "api/v1/rating-years": "ratingyear",
    "api/v1/filings": "filing",
}
