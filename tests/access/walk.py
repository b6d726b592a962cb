"""The walk's requests, each sent once, and what is asked of their replies."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from http.cookies import SimpleCookie
from itertools import islice
from typing import Any

from django.contrib import admin
from django.db.models import Model

from stars.models import Filing, RatingYear
from tests.access.bodies import Body, bodies
from tests.access.guards import Watch
from tests.access.matrix import Answer, Moment, Site, while_amended, while_filed, while_reviewed
from tests.access.routes import Route, address, admin_model, routes, row_here
from tests.access.world import World

# every role; of the second township a clerk, of the second county its staff and a clerk; an ended post, none, nobody
PEOPLE = (
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
)
WITNESSES = ("chen", "liu", "huo", "bao", "shen", "an", "client", "tang", "geng", "lei", "qin", "xi", "zhao")
PATHS = ("140821", "140822", "140821101", "140821102", "140822101", "140821101201", "140821102201", "140822101201")
TOLD = ("liu", "huo", "tang", "client", "")  # who asks what says the same to everybody and is slow to say it
SAME_FOR_ALL = ("api/v1/schema/", "api/v1/docs/")
LEFT_OUT = ("static/", "healthz")  # healthz answers 503 where no worker runs, and names nobody
API_WRITES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Door:
    route: Route
    url: str
    path: str  # the territory whose rows are asked for
    is_extra: bool = False  # a search, a filter, an autocomplete

    @property
    def moment(self) -> Moment | None:
        """When what is written here is written."""
        if self.route.pattern.endswith("/amend/"):
            return while_amended
        if self.route.pattern.startswith("review/"):
            return while_reviewed
        is_early = self.route.pattern.startswith(
            ("filing/", "uploads/", "events/", "requests/", "years/<int:rating_year_id>/windows/")
        )
        return while_filed if is_early else None


@dataclass
class Walk:
    world: World
    tokens: dict[str, str]
    watch: Watch
    site: Site = field(default_factory=Site)
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    bodies: dict[tuple[str, str], list[Body]] = field(default_factory=dict)
    sent: set[tuple[str, str, str]] = field(default_factory=set)  # who, URL, whose body
    kept_of: str = ""
    kept: dict[str, tuple[Answer, str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    asked: int = 0

    @cached_property
    def cookies(self) -> dict[str, SimpleCookie]:
        people = {who: self.world.cast[who] for who in PEOPLE if who and who not in self.tokens}
        return {who: self.site.sign_in(user) for who, user in people.items()}

    @cached_property
    def reaches(self) -> dict[str, tuple[str, ...]]:
        return {who: tuple(path for _duty, path in self.world.cast[who].duties) if who else () for who in PEOPLE}

    def covers(self, who: str, path: str) -> bool:
        return path.startswith(self.reaches[who])

    def through(self, places: Iterable[Door]) -> None:
        for door in places:
            for who in visitors(self, door):
                self.visit(who, door)

    def sample(self) -> None:
        """Every route and every role; at the admin, whose tables are ruled by one parent, every third person in turn."""
        for door in some_doors(self):
            for place, who in enumerate(visitors(self, door)):
                if not door.url.startswith("/admin/") or (place + _turn(door.route.pattern, door.path)) % 3 == 0:
                    self.visit(who, door)

    def ask(self, who: str, verb: str, url: str, data: Any = None, *, moment: Moment | None = None) -> Answer:
        return self._ask(who, verb, url, data, moment=moment)[0]

    def _ask(self, who: str, verb: str, url: str, data: Any = None, *, moment: Moment | None = None) -> tuple[Answer, str]:
        self.asked += 1
        cookies, token = self.cookies.get(who, SimpleCookie()), self.tokens.get(who, "")
        return self.site.ask(verb, url, data, cookies=cookies, token=token, moment=moment)

    def get(self, who: str, url: str) -> Answer:
        if (who, url) not in self.answers:
            with self.watch.noting((who, url, None)):
                self.answers[who, url] = self.ask(who, "GET", url)
        return self.answers[who, url]

    def witnesses(self, path: str) -> list[str]:
        return [who for who in WITNESSES if self.covers(who, path)]

    def visit(self, who: str, door: Door) -> None:
        """Counts a read where somebody permitted finds the mark, a write where somebody permitted gets it done."""
        self._judge(who, "GET", door.url, self.get(who, door.url))
        if self.covers(who, door.path):
            return
        if any(self.get(one, door.url).found.of(door.path) for one in self.witnesses(door.path)):
            self.counted[door.route.pattern] += 1
        if not door.is_extra:
            self._write(who, door)

    def _write(self, who: str, door: Door) -> None:
        if door.route.pattern.startswith("api/"):
            if self._is_first(who, door.url, ""):
                for verb in API_WRITES:
                    self._judge(who, verb, door.url, self.ask(who, verb, door.url), is_write=True)
            return
        if self.bodies_of(door) and self._is_first(who, door.url, door.path):
            for body in self.bodies_of(door):
                with self.watch.noting((who, door.url, door)):
                    answer = self.ask(who, "POST", door.url, body.data, moment=door.moment)
                self._judge(who, "POST", door.url, answer, is_write=True)
                self.counted[door.route.pattern] += 1

    def is_red(self, who: str, url: str, door: Door | None) -> bool:
        """Whether this request, sent once more, meets a stranger or changes something."""
        if door is None:
            return bool(self.ask(who, "GET", url).found.foreign(self.reaches[who]))
        again = [self.ask(who, "POST", url, body.data, moment=door.moment) for body in self.bodies_of(door)]
        return any(one.wrote or one.found.foreign(self.reaches[who]) for one in again)

    def _is_first(self, *key: str) -> bool:
        is_new = key not in self.sent
        self.sent.add(key)
        return is_new

    def _judge(self, who: str, verb: str, url: str, answer: Answer, *, is_write: bool = False) -> None:
        if leak := answer.found.foreign(self.reaches[who]):
            self.faults.append(f"{who} {verb} {url} shows {sorted(leak)}")
        if answer.status >= 500:
            self.faults.append(f"{who} {verb} {url}: {answer.status}")
        if is_write and answer.wrote:
            self.faults.append(f"{who} {verb} {url} changed {answer.wrote} ({answer.status})")

    def bodies_of(self, door: Door) -> list[Body]:
        """What somebody permitted sends here to change a row of the territory, and gets done."""
        key = (door.url, door.path)
        if key not in self.bodies:
            self.bodies[key] = (
                self._effective(door) if door.route.parameters == () or row_here(door.route, self.world, door.path) else []
            )
        return self.bodies[key]

    def _effective(self, door: Door) -> list[Body]:
        for who in self.witnesses(door.path):
            if door.moment is None and self.get(who, door.url).status not in (200, 405):
                continue
            answer, page = self._page(who, door)
            if answer.status not in (200, 405):
                continue
            made = list(bodies(page, door.url, door.path, lambda name: self._key(door, name)))
            if answer.status == 405:  # a button of another page
                made = [Body({"reason": ["matrix"]})]
            fitting = [body for body in made if door.route.parameters or body.names_the_place]
            done = (body for body in fitting if self.ask(who, "POST", door.url, body.data, moment=door.moment).wrote)
            if first := list(islice(done, 2)):
                return first
        return []

    def _page(self, who: str, door: Door) -> tuple[Answer, str]:
        """Kept while the same address is asked for on behalf of other territories."""
        if self.kept_of != door.url:
            self.kept_of, self.kept = door.url, {}
        if who not in self.kept:
            self.kept[who] = self._ask(who, "GET", door.url, moment=door.moment)
        return self.kept[who]

    def _key(self, door: Door, name: str) -> Any:
        """The row that a field of the admin points to, whose choices are fetched as one types."""
        model = admin_model(door.route)
        target = next((f.related_model for f in model._meta.concrete_fields if f.name == name), None) if model else None
        row = self.world.nearest(target, door.path) if target else None
        return row.pk if row else None


def doors(walk: Walk) -> Iterator[Door]:
    for route in routes():
        if not route.pattern.startswith(LEFT_OUT):
            for path in PATHS:
                if url := address(route, walk.world, path):
                    yield Door(route, url, path)
                    yield from _narrowed(walk, route, url, path)
    for model, model_admin in admin.site._registry.items():
        yield from _admin_extras(walk, model, model_admin)


def some_doors(walk: Walk) -> list[Door]:
    """Of each route, and of each search and filter: at the admin one address, and which territory's goes round; of a row's
    page there and of our own pages one in each county, the last, in which most of the people have no part."""
    kinds: dict[tuple[str, ...], dict[str, list[Door]]] = {}
    for door in doors(walk):
        if "path" in door.route.parameters and not walk.world.of(Filing, door.path):
            continue  # nothing is filed there
        in_each_county = not door.url.startswith("/admin/") or door.route.pattern.endswith("/change/")
        kind = (door.route.pattern, re.sub(r"=\d+", "", door.url.partition("?")[2]), door.path[:6] if in_each_county else "")
        kinds.setdefault(kind, {}).setdefault(door.url, []).append(door)
    chosen = [list(urls.values())[-1 if kind[2] else _turn(*kind) % len(urls)] for kind, urls in kinds.items()]
    return list(dict.fromkeys(door for doors_there in chosen for door in doors_there))


def _turn(*of: str) -> int:
    """The same on every run, and whatever routes are added."""
    return zlib.crc32(" ".join(of).encode())


def _narrowed(walk: Walk, route: Route, url: str, path: str) -> Iterator[Door]:
    """Lists of our own, asked for one place or one year."""
    if route.pattern.startswith(("admin/", *SAME_FOR_ALL)) or route.pattern not in NARROWED:
        return
    year = walk.world.nearest(RatingYear, path)
    for query in NARROWED[route.pattern]:
        yield Door(route, f"{url}?{query.format(path=path, year=year.pk if year else 0)}", path, is_extra=True)


NARROWED = {
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
    "api/v1/ratings/": ["territory={path}", "year=2025"],
    "api/v1/ratings.csv": ["territory={path}"],
    "api/v1/ratings.ndjson": ["territory={path}"],
    "api/v1/filings/": ["territory={path}"],
    "api/v1/rating-years/": ["territory={path}"],
    "api/v1/publications/": ["territory={path}"],
    "api/v1/territories/": ["parent={path}", "territory={path}"],
}


def _admin_extras(walk: Walk, model: type[Model], model_admin: Any) -> Iterator[Door]:
    """Doors that the URL conf doesn't show: searches, filters by a stranger's row, autocomplete."""
    label, name = model._meta.app_label, model._meta.model_name
    base = f"/admin/{label}/{name}/"
    table = Route(base[1:], f"admin:{label}_{name}_changelist", ())
    complete = Route("admin/autocomplete/", "admin:autocomplete", ())
    for path in PATHS:
        if not walk.world.of(model, path):
            continue
        if model_admin.search_fields:
            yield Door(table, f"{base}?q={path}", path, is_extra=True)
        if any(getattr(one, "parameter_name", "") == "place" for one in model_admin.list_filter):
            yield Door(table, f"{base}?place={path}", path, is_extra=True)
        for one in model._meta.concrete_fields:
            row = walk.world.of(one.related_model, path) if one.many_to_one and one.related_model else None
            if row and f"{one.name}__id__exact" in _filters(model_admin):
                yield Door(table, f"{base}?{one.name}__id__exact={row.pk}", path, is_extra=True)
            if row and one.name in model_admin.autocomplete_fields:
                asked = f"app_label={label}&model_name={name}&field_name={one.name}&term={path}"
                yield Door(complete, f"/admin/autocomplete/?{asked}", path, is_extra=True)


def _filters(model_admin: Any) -> set[str]:
    names = [one[0] if isinstance(one, tuple) else one for one in model_admin.list_filter]
    return {f"{one}__id__exact" for one in names if isinstance(one, str)}


def visitors(walk: Walk, door: Door) -> Iterator[str]:
    """Everybody; a search or a filter is asked by those to whom its page opens, the rest meet the page's own refusal."""
    if door.route.pattern in SAME_FOR_ALL:
        yield from TOLD
    elif door.is_extra:
        page = door.url.partition("?")[0]
        yield from (who for who in PEOPLE if page == "/admin/autocomplete/" or walk.get(who, page).status == 200)
    else:
        yield from PEOPLE
