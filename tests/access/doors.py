"""The doors of the walk: each route's address for each territory, and the searches and filters that no URL conf shows."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Model

from stars.models import Filing, RatingYear
from tests.access import moments
from tests.access.moments import Moment
from tests.access.routes import Route, addresses, routes
from tests.access.world import World

PATHS = ("140821", "140822", "140821101", "140821102", "140822101", "140821101201", "140821102201", "140822101201")
SAME_FOR_ALL = ("api/v1/schema/", "api/v1/docs/")
LEFT_OUT = ("static/", "healthz")  # healthz answers 503 where no worker runs, and names nobody
PUBLIC = "publicity/"


@dataclass(frozen=True)
class Door:
    route: Route
    url: str
    path: str  # the territory whose rows are asked for
    is_extra: bool = False  # a search, a filter, an autocomplete

    @property
    def moment(self) -> Moment | None:
        """When what is written here is written, and what hangs here for everybody hangs."""
        pattern = self.route.pattern
        if self.is_public or pattern.startswith(WHILE_IT_HANGS):
            return moments.in_publicity(self.path[:6])
        if self.step:
            return moments.before_step(self.step, self.path[:6])
        if pattern.endswith("/amend/"):
            return moments.AMENDED
        if pattern.startswith("requests/<"):
            return moments.ASKED
        if pattern.startswith("review/") or pattern.endswith("/review/"):
            return moments.REVIEWED
        return moments.FILED if pattern.startswith(EARLY) or pattern.endswith(AHEAD) else None

    @property
    def is_public(self) -> bool:
        return self.route.pattern.startswith(PUBLIC)

    @property
    def step(self) -> str:
        """Of a county-year, that a button takes."""
        return self.url.split("/")[-2] if "step" in self.route.parameters else ""


WHILE_IT_HANGS = ("objections/new/", "my-star/objection/")
EARLY = ("filing/", "uploads/", "offline/", "events/", "requests/", "years/<int:rating_year_id>/windows/", "api/v1/filings/")
AHEAD = "/route/"  # of a year that is open


def doors(world: World) -> Iterator[Door]:
    for route in routes():
        if not route.pattern.startswith(LEFT_OUT):
            for path in PATHS:
                for url in addresses(route, world, path):
                    yield Door(route, url, path)
                    yield from _narrowed(world, route, url, path)
    for model, model_admin in admin.site._registry.items():
        yield from _admin_extras(world, model, model_admin)


def some_doors(world: World) -> list[Door]:
    """Of each route, step, search and filter: at the admin and for a step one address, and which territory's goes round; of a
    row's page there and of our own pages one in each county, the last, in which most of the people have no part."""
    kinds: dict[tuple[str, ...], dict[str, list[Door]]] = {}
    for door in doors(world):
        if "path" in door.route.parameters and not world.of(Filing, door.path):
            continue  # nothing is filed there
        in_each_county = door.route.pattern.endswith("/change/") or not (door.url.startswith("/admin/") or door.step)
        asked = re.sub(r"=\d+", "", door.url.partition("?")[2])
        kind = (door.route.pattern, *filter(None, [door.step]), asked, door.path[:6] if in_each_county else "")
        kinds.setdefault(kind, {}).setdefault(door.url, []).append(door)
    chosen = [list(urls.values())[-1 if kind[-1] else turn(*kind) % len(urls)] for kind, urls in kinds.items()]
    return list(dict.fromkeys(door for doors_there in chosen for door in doors_there))


def turn(*of: str) -> int:
    """The same on every run, and whatever routes are added."""
    return zlib.crc32(" ".join(of).encode())


def _narrowed(world: World, route: Route, url: str, path: str) -> Iterator[Door]:
    """Lists of our own, asked for one place or one year."""
    if route.pattern not in NARROWED:
        return
    year = world.nearest(RatingYear, path)
    for query in NARROWED[route.pattern]:
        yield Door(route, f"{url}?{query.format(path=path, year=year.pk if year else 0)}", path, is_extra=True)


NARROWED = {
    "admin/search/": ["s={path}&extended=1"],
    "docket/": ["show=all"],
    "calendar/<int:year>/": ["place={path}"],
    "filing/": ["year={year}"],
    "completeness/": ["place={path}", "place={path}&by=month"],
    "completeness/table.xlsx": ["place={path}"],
    "api/v1/completeness/": ["territory={path}&year=2025"],
    "review/": ["year={year}&state=all", "state=all&unit={path}"],
    "events/": ["year={year}"],
    "my-star/": ["year=2025"],
    "years/<int:rating_year_id>/roster/": ["township={path}"],
    "years/<int:rating_year_id>/ratings/": ["township={path}", "q={path}"],
    "api/v1/ratings/": ["territory={path}", "year=2025", "updated_since=1"],
    "api/v1/ratings.csv": ["territory={path}"],
    "api/v1/ratings.ndjson": ["territory={path}"],
    "api/v1/filings/": ["territory={path}"],
    "api/v1/rating-years/": ["year=2025"],
    "api/v1/publications/": ["territory={path}"],
    "api/v1/territories/": ["level=4", "territory={path}"],
}


def _admin_extras(world: World, model: type[Model], model_admin: Any) -> Iterator[Door]:
    """Doors that the URL conf doesn't show: searches, filters by a stranger's row, autocomplete."""
    label, name = model._meta.app_label, model._meta.model_name
    base = f"/admin/{label}/{name}/"
    table = Route(base[1:], f"admin:{label}_{name}_changelist", ())
    complete = Route("admin/autocomplete/", "admin:autocomplete", ())
    for path in PATHS:
        if not world.of(model, path):
            continue
        if model_admin.search_fields:
            yield Door(table, f"{base}?q={path}", path, is_extra=True)
        if any(getattr(one, "parameter_name", "") == "place" for one in model_admin.list_filter):
            yield Door(table, f"{base}?place={path}", path, is_extra=True)
        for one in model._meta.concrete_fields:
            row = world.of(one.related_model, path) if one.many_to_one and one.related_model else None
            if row and f"{one.name}__id__exact" in _filters(model_admin):
                yield Door(table, f"{base}?{one.name}__id__exact={row.pk}", path, is_extra=True)
            if row and one.name in model_admin.autocomplete_fields:
                asked = f"app_label={label}&model_name={name}&field_name={one.name}&term={path}"
                yield Door(complete, f"/admin/autocomplete/?{asked}", path, is_extra=True)


def _filters(model_admin: Any) -> set[str]:
    names = [one[0] if isinstance(one, tuple) else one for one in model_admin.list_filter]
    return {f"{one}__id__exact" for one in names if isinstance(one, str)}
