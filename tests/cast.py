"""The people whom every test meets: a small county, its neighbour, and who holds which duty where.

Each place's name is in the names of its villages and of everybody who serves there, so a page that
shows a stranger's place or person gives itself away.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pytest

from governance.duties import Duty
from governance.models import PartyOrganization, Person, Post, Territory, User

SINCE = date(2015, 1, 1)
VILLAGES = ("甲", "乙", "丙")
PLACES = [
    ("14", "山西省"),
    ("1408", "运城市"),
    ("140821", "临猗县"),
    ("140822", "万荣县"),
    ("140821101", "嵋阳镇"),
    ("140821102", "临晋镇"),
    ("140822101", "解店镇"),
]
POSTS = [
    ("chen", "陈临猗", Duty.COUNTY_STAFF, "140821"),
    ("he", "何临猗", Duty.COUNTY_STAFF, "140821"),
    ("qin", "秦临猗", Duty.COUNTY_LEADER, "140821"),
    ("an", "安临猗", Duty.AUDITOR, "140821"),
    ("dai", "戴临猗", Duty.DEPARTMENT, "140821"),
    ("xi", "席临猗", Duty.SYSTEM_ADMIN, "140821"),
    ("bao", "包临猗", Duty.SECURITY_ADMIN, "140821"),
    ("shen", "沈临猗", Duty.AUDIT_ADMIN, "140821"),
    ("liu", "刘嵋阳", Duty.TOWNSHIP_CLERK, "140821101"),
    ("lei", "雷嵋阳", Duty.TOWNSHIP_LEADER, "140821101"),
    ("zhao", "赵临晋", Duty.TOWNSHIP_CLERK, "140821102"),
    ("kong", "孔临晋", Duty.TOWNSHIP_LEADER, "140821102"),
    ("huo", "霍嵋阳", Duty.SECRETARY, "140821101201"),
    ("tang", "唐万荣", Duty.COUNTY_STAFF, "140822"),
    ("geng", "耿解店", Duty.TOWNSHIP_CLERK, "140822101"),
]


@dataclass
class Cast:
    places: dict[str, Territory] = field(default_factory=dict)  # by path
    people: dict[str, User] = field(default_factory=dict)  # by the name of the part: chen, liu, …
    secretaries: dict[str, Post] = field(default_factory=dict)  # by the village's path
    organizations: dict[str, PartyOrganization] = field(default_factory=dict)  # by path

    def __getitem__(self, name: str) -> User:
        """The account as it stands now: posts that ended or began since are counted."""
        return User.objects.get(pk=self.people[name].pk)

    @property
    def county(self) -> Territory:
        return self.places["140821"]

    @property
    def other_county(self) -> Territory:
        return self.places["140822"]

    @property
    def township(self) -> Territory:
        return self.places["140821101"]

    @property
    def sibling(self) -> Territory:
        return self.places["140821102"]

    @property
    def village(self) -> Territory:
        """Where huo is secretary."""
        return self.places["140821101201"]

    def villages_of(self, township: Territory) -> list[Territory]:
        return [place for path, place in self.places.items() if len(path) == 12 and path.startswith(township.path)]


def make_cast() -> Cast:
    cast = Cast()
    for path, name in PLACES:
        add_place(cast, path, name)
    for township in [place for path, place in cast.places.items() if len(path) == 9]:
        for number, sign in enumerate(VILLAGES, start=201):
            add_place(cast, f"{township.path}{number}", f"{township.name[:-1]}{sign}村村民委员会")
    for name, full_name, duty, path in POSTS:
        cast.people[name] = appoint(full_name, duty, cast.places[path], account=name)
    add_secretaries(cast)
    add_those_without_posts(cast)
    return cast


def add_place(cast: Cast, path: str, name: str) -> Territory:
    level = {2: 1, 4: 2, 6: 3, 9: 4, 12: 5}[len(path)]
    above = {12: 9, 9: 6, 6: 4, 4: 2, 2: 0}[len(path)]
    place = Territory.objects.create(
        path=path, code=path.ljust(12, "0"), level=level, parent=cast.places.get(path[:above]), name=name,
        short_name=name.removesuffix("村民委员会"), kind=Territory.Kind.VILLAGE if level == 5 else "", valid_from=SINCE,
    )  # fmt: skip
    cast.places[path] = place
    cast.organizations[path] = PartyOrganization.objects.create(
        name=f"中共{place.short_name}{'支部' if level == 5 else ''}委员会", territory=place, valid_from=SINCE,
        kind="branch" if level == 5 else "township_committee" if level == 4 else "county_committee",
        parent=cast.organizations.get(path[:above]),
    )  # fmt: skip
    return place


def appoint(
    name: str, duty: str, place: Territory, *, account: str = "", since: date = SINCE, until: date | None = None
) -> User | None:
    person = Person.objects.create(name=name, sex="m", territory=place)
    Post.objects.create(person=person, territory=place, duty=duty, from_on=since, until_on=until)
    return open_account(account, person) if account else None


def open_account(name: str, person: Person) -> User:
    user = User(username=name, person=person)
    user.set_unusable_password()
    user.save()
    return user


def add_secretaries(cast: Cast) -> None:
    for path, place in cast.places.items():
        if len(path) == 12 and not Post.objects.filter(territory=place, duty=Duty.SECRETARY).exists():
            appoint(f"{place.short_name}书记", Duty.SECRETARY, place)
    for post in Post.objects.filter(duty=Duty.SECRETARY).select_related("territory", "person"):
        cast.secretaries[post.territory.path] = post


def add_those_without_posts(cast: Cast) -> None:
    """sun never held one; wei's ended; the client is a program of the county's."""
    cast.people["sun"] = open_account("sun", Person.objects.create(name="孙嵋阳", sex="f", territory=cast.township))
    cast.people["wei"] = appoint("魏嵋阳", Duty.TOWNSHIP_CLERK, cast.township, account="wei", until=date(2020, 12, 31))
    client = User(username="client", client_of=cast.county)
    client.set_unusable_password()
    client.save()
    cast.people["client"] = client


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()
