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
from stars.models import PolicyCase
from stars.views.steps import STEPS
from tests.access.world import World, our_models

DRAFTED = tuple(f"policies/<int:policy_version_id>/{page}/" for page in ("cases", "draft", "edit", "exceptions", "force"))
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


def addresses(route: Route, world: World, path: str) -> list[str]:
    """The route filled in for the row that `path` has there, once for each step that can be taken; none where it has none."""
    if "step" in route.parameters:
        return [one for step in STEPS if (one := _address(route, world, path, step=step))]
    return [one] if (one := _address(route, world, path)) else []


def _address(route: Route, world: World, path: str, **given: str) -> str | None:
    filled = {name: given.get(name) or _argument(route, name, world, path) for name in route.parameters}
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
    if name == "post_id":
        return answering_post(world, path).pk
    if name == "digest":
        return world.of(PolicyVersion, path).digest
    if admin_model(route) is PolicyVersion or route.pattern.startswith(DRAFTED):
        return world.of(PolicyCase, path).pk if name == "policy_case_id" else world.draft.pk  # the other one is frozen
    row = world.nearest(_model(route, name), path)
    return row.pk if row else None


def answering_post(world: World, path: str) -> Model:
    """Of the first village there."""
    village = min(one for one in world.cast.secretaries if one.startswith(path))
    return world.cast.secretaries[village]


def row_here(route: Route, world: World, path: str) -> bool:
    """Whether the address leads to a row that hangs on this very place, and not on one above."""
    if {"path", "territory_path", "township_path"} & set(route.parameters):
        return True
    models = [_model(route, name) for name in route.parameters if name not in (*FIXED, "digest", "step")]
    return any(world.of(one, path) for one in models)


def _model(route: Route, name: str) -> type[Model]:
    if name == "object_id" and route.pattern.startswith("admin/r/"):
        return Territory
    return admin_model(route) or Territory if name == "object_id" else _named_model(route, name)


FIXED: dict[str, Any] = {
    "quarter": "1", "year": "2025", "app_label": "stars", "content_type_id": 1, "url": "nothing", "row": "1/7",
    "sheet": 0, "period": 0, "place": 0,
    "number": "140821-2025-0001-X", "kind": "publicity",
}  # fmt: skip


def admin_model(route: Route) -> type[Model] | None:
    for registered in admin.site._registry:
        if f"/{registered._meta.app_label}/{registered._meta.model_name}/" in "/" + route.pattern:
            return registered
    return None


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
    "api/v1/docket": "docketitem",
}
