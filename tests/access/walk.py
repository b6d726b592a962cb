"""The walk's requests, each sent once, and what is asked of their replies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from http.cookies import SimpleCookie
from typing import Any

from governance.duties import COUNTY, Duty
from governance.models import Person, User
from tests.access.acts import told
from tests.access.bodies import Body, bodies
from tests.access.doors import SAME_FOR_ALL, Door, some_doors, turn
from tests.access.guards import Watch
from tests.access.matrix import Answer, Reply, Site
from tests.access.moments import Moment
from tests.access.routes import admin_model, row_here
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
TOLD = ("liu", "huo", "tang", "client", "")  # who asks what says the same to everybody and is slow to say it
API_WRITES = ("POST", "PUT", "PATCH", "DELETE")
MAY_COME = (200, 302, 405)  # the page, on to the page that holds the form, takes forms alone

# who holds one of these duties acts here on the own county, or on what hangs on no place: nobody's refusal to prove
OWN: tuple[tuple[str, frozenset[str]], ...] = (
    ("years/", frozenset({Duty.COUNTY_STAFF})),
    ("admin/governance/policyversion/", COUNTY),
    *(
        (f"policies/{page}/", COUNTY)
        for page in (
            "new",
            "new/empty",
            *(f"<int:policy_version_id>/{page}" for page in ("cases", "cases/new", "draft", "edit", "exceptions", "force")),
            "<int:policy_version_id>/cases/<int:policy_case_id>",
        )
    ),
)

Get = tuple[str, str, Moment | None]  # who, URL, when


@dataclass
class Walk:
    world: World
    watch: Watch
    site: Site = field(default_factory=Site)
    cookies: dict[str, SimpleCookie] = field(default_factory=dict)  # of those who stand in the present world, which walks share
    answers: dict[Get, Answer] = field(default_factory=dict)
    digests: dict[Get, bytes] = field(default_factory=dict)
    bodies: dict[tuple[str, str], list[Body]] = field(default_factory=dict)
    sent: set[tuple[str, str, str]] = field(default_factory=set)  # who, URL, whose body
    kept_of: str = ""
    kept: dict[str, Reply] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    read: Counter[str] = field(default_factory=Counter)
    written: Counter[str] = field(default_factory=Counter)
    asked: int = 0

    def anew(self) -> Walk:
        """In the same world, nothing asked."""
        return Walk(self.world, self.watch, cookies=self.cookies)

    def stand(self, reach: str = "") -> None:
        """The world, or as much of it as there would be without strangers to `reach`; everybody in it signs in."""
        self.world.stand(reach)
        there = set(User.objects.values_list("pk", flat=True))
        people = {who: self.world.cast.people[who] for who in {*PEOPLE, *WITNESSES} - {"", "client"}}
        self.cookies.clear()
        self.cookies.update({who: self.site.sign_in(user) for who, user in people.items() if user.pk in there})

    @cached_property
    def reaches(self) -> dict[str, tuple[str, ...]]:
        reaches = {who: tuple(path for _duty, path in self.world.cast[who].duties) for who in {*PEOPLE, *WITNESSES} - {""}}
        return reaches | {"": ()}

    @cached_property
    def names(self) -> dict[str, str]:
        """As the frame of a page greets them."""
        return {who: str(user) for who, user in self.world.cast.people.items()}

    def covers(self, who: str, path: str) -> bool:
        return path.startswith(self.reaches[who])

    def through(self, places: Iterable[Door]) -> None:
        for door in places:
            for who in visitors(self, door):
                self.visit(who, door)

    def sample(self) -> None:
        """Every route and every role; at the admin, whose tables are ruled by one parent, every third person in turn."""
        for door in some_doors(self.world):
            for place, who in enumerate(visitors(self, door)):
                if not door.url.startswith("/admin/") or (place + turn(door.route.pattern, door.path)) % 3 == 0:
                    self.visit(who, door)

    def ask(self, who: str, verb: str, url: str, body: Body | None = None, *, moment: Moment | None = None) -> Answer:
        return self.reply(who, verb, url, body, moment=moment).answer(self.names.get(who, "-"))

    def reply(self, who: str, verb: str, url: str, body: Body | None = None, *, moment: Moment | None = None) -> Reply:
        self.asked += 1
        cookies, token = self.cookies.get(who, SimpleCookie()), self.world.token if who == "client" else ""
        return self.site.ask(verb, url, body, cookies=cookies, token=token, moment=moment)

    def get(self, who: str, url: str, moment: Moment | None = None) -> Answer:
        key = (who, url, moment)
        if key not in self.answers:
            with self.watch.noting((*key, None)):
                reply = self.reply(who, "GET", url, moment=moment)
            self.answers[key], self.digests[key] = reply.answer(self.names.get(who, "-")), reply.digest
        return self.answers[key]

    def witnesses(self, path: str) -> list[str]:
        return [who for who in WITNESSES if self.covers(who, path)]

    def visit(self, who: str, door: Door) -> None:
        """Counts a read where somebody permitted finds the mark, a write where somebody permitted gets it done."""
        self._read(who, door, None)
        if door.moment and not door.step:  # a step's address is no page
            self._read(who, door, door.moment)
        if not door.is_extra and not self.covers(who, door.path) and not self._acts_on_own(who, door):
            self._write(who, door)

    def _read(self, who: str, door: Door, moment: Moment | None) -> None:
        is_notice = moment is not None and door.is_public  # everybody reads it, and nothing of any other county
        answer = self.get(who, door.url, moment)
        self._judge(who, "GET", door.url, answer, reach=(door.path[:6],) if is_notice else ())
        if is_notice:
            self.read[door.route.pattern] += answer.found.of(door.path)
        elif not self.covers(who, door.path):
            shown = any(self.get(one, door.url, moment).found.of(door.path) for one in self.witnesses(door.path))
            self.read[door.route.pattern] += shown

    def _acts_on_own(self, who: str, door: Door) -> bool:
        held = {duty for duty, _path in self.world.cast[who].duties} if who else set()
        return any(held & duties for pattern, duties in OWN if _is_of(door, pattern))

    def _write(self, who: str, door: Door) -> None:
        if door.route.pattern.startswith("api/") and self._is_first(who, door.url, ""):
            for verb in API_WRITES:
                self._judge(who, verb, door.url, self.ask(who, verb, door.url), is_write=True)
        if self.bodies_of(door) and self._is_first(who, door.url, door.path):
            for body in self.bodies_of(door):
                with self.watch.noting((who, door.url, door.moment, door)):
                    answer = self._send(who, door, body)
                self._judge(who, "POST", door.url, answer, is_write=True)
                self.written[door.route.pattern] += 1

    def _send(self, who: str, door: Door, body: Body) -> Answer:
        return self.ask(who, body.verb, door.url, self._signed(who, body), moment=door.moment)

    def _signed(self, who: str, body: Body) -> Body:
        """Where the sender is named, it is whoever sends it."""
        user = self.world.cast.people.get(who)
        return replace(body, json=body.json | {"as": user.pk}) if user and body.json and "as" in body.json else body

    def is_red(self, who: str, url: str, moment: Moment | None, door: Door | None) -> bool:
        """Whether this request, sent once more, meets a stranger or changes something."""
        if door is None:
            return bool(self.ask(who, "GET", url, moment=moment).foreign(self.reaches[who]))
        again = [self._send(who, door, body) for body in self.bodies_of(door)]
        return any(one.wrote or one.foreign(self.reaches[who]) for one in again)

    def _is_first(self, *key: str) -> bool:
        is_new = key not in self.sent
        self.sent.add(key)
        return is_new

    def _judge(
        self, who: str, verb: str, url: str, answer: Answer, *, reach: tuple[str, ...] = (), is_write: bool = False
    ) -> None:
        """`reach`: beyond their own."""
        if leak := answer.foreign((*self.reaches[who], *reach)):
            self.faults.append(f"{who} {verb} {url} shows {sorted(leak)}")
        if answer.status >= 500:
            self.faults.append(f"{who} {verb} {url}: {answer.status}")
        if is_write and answer.wrote:
            self.faults.append(f"{who} {verb} {url} changed {answer.wrote} ({answer.status})")

    def bodies_of(self, door: Door) -> list[Body]:
        """What somebody permitted sends here to change a row of the territory, and gets done."""
        key = (door.url, door.path)
        if key not in self.bodies:
            self.bodies[key] = self._effective(door) if self._may_be_written(door) else []
        return self.bodies[key]

    def _may_be_written(self, door: Door) -> bool:
        """What hangs on no place is written on behalf of each county."""
        if _is_own(door):
            return len(door.path) == 6
        return door.route.parameters == () or row_here(door.route, self.world, door.path)

    def _effective(self, door: Door) -> list[Body]:
        """Each act once, by the first who gets it done."""
        done: dict[str, Body] = {}
        for who in self.witnesses(door.path):
            if door.moment is None and self.get(who, door.url).status not in MAY_COME:
                continue
            page = self._page(who, door)
            if page.sent.status_code in MAY_COME:
                for body in self._made(who, door, page.text):
                    if body.act not in done and self._gets_done(who, door, body):
                        done[body.act] = body
        return list(done.values())

    def _gets_done(self, who: str, door: Door, body: Body) -> bool:
        answer = self._send(who, door, body)
        self._judge(who, "POST", door.url, answer)
        return bool(answer.wrote)

    def _made(self, who: str, door: Door, page: str) -> list[Body]:
        made = told(door, self.world, page, self._workbook(who, door))
        if made is None:
            made = list(bodies(page, door.url, door.path, lambda name: self._key(door, name)))
        return [body for body in made if door.route.parameters or _is_own(door) or body.names_the_place]

    def _workbook(self, who: str, door: Door) -> bytes:
        """The form of the page, as it is downloaded to be filled in; of a list of tasks, the list; of cases, their table."""
        url, form = door.url.removesuffix("upload/"), "list.xlsx" if door.url.startswith("/tasks/") else "form.xlsx"
        if door.url.endswith("/cases/"):
            form = "table.xlsx"
        elif url == door.url:
            return b""
        return self.reply(who, "GET", url + form, moment=door.moment).content

    def _page(self, who: str, door: Door) -> Reply:
        """Kept while the same address is asked for on behalf of other territories."""
        if self.kept_of != door.url:
            self.kept_of, self.kept = door.url, {}
        if who not in self.kept:
            self.kept[who] = self.reply(who, "GET", door.url, moment=door.moment)
        return self.kept[who]

    def _key(self, door: Door, name: str) -> Any:
        """The row that a field of the admin points to, whose choices are fetched as one types."""
        model = admin_model(door.route)
        target = next((f.related_model for f in model._meta.concrete_fields if f.name == name), None) if model else None
        if model is User and target is Person:
            return Person.objects.filter(territory__path__prefix=door.path, user=None).values_list("pk", flat=True).first()
        row = self.world.nearest(target, door.path) if target else None
        return row.pk if row else None


def visitors(walk: Walk, door: Door) -> Iterator[str]:
    """Everybody; a search or a filter is asked by those to whom its page opens, the rest meet the page's own refusal."""
    if door.route.pattern in SAME_FOR_ALL:
        yield from TOLD
    elif door.is_extra:
        page = door.url.partition("?")[0]
        yield from (who for who in PEOPLE if page == "/admin/autocomplete/" or walk.get(who, page).status == 200)
    else:
        yield from PEOPLE


def _is_own(door: Door) -> bool:
    return any(_is_of(door, pattern) for pattern, _duties in OWN)


def _is_of(door: Door, pattern: str) -> bool:
    """`pattern` is a route, or all routes of a table of the admin."""
    return door.route.pattern == pattern or (pattern.startswith("admin/") and door.route.pattern.startswith(pattern))
