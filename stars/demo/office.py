"""The offices of the demo: organisations, people, posts and accounts of a county and its townships."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

from django.contrib.auth.hashers import make_password

from governance.duties import Duty
from governance.models import PartyOrganization, Person, Post, Territory, User

HELD_SINCE = date(2021, 6, 1)
RATING_POSTS = [
    ("county", Duty.COUNTY_STAFF, "县委组织部组织科科员"),
    ("county2", Duty.COUNTY_STAFF, "县委组织部组织科副科长"),
    ("county3", Duty.COUNTY_STAFF, "县委组织部干部科科员"),
    ("leader", Duty.COUNTY_LEADER, "县委组织部分管副部长"),
]
SUPERVISION = (
    "county4",
    Duty.COUNTY_STAFF,
    "县委组织部干部监督科科员",
)  # files and reviews nothing, and so may answer objections
OTHER_POSTS = [
    ("auditor", Duty.AUDITOR, "县纪委监委审计联络员"),
    ("department", Duty.DEPARTMENT, "县农业农村局联络员"),
    ("sysadmin", Duty.SYSTEM_ADMIN, "系统管理员"),
    ("secadmin", Duty.SECURITY_ADMIN, "安全管理员"),
    ("auditadmin", Duty.AUDIT_ADMIN, "审计管理员"),
]


@dataclass
class Office:
    """Accounts of a county by what they do; those of townships are `clerk-140821108` and `head-140821108`."""

    county: Territory
    townships: list[Territory]
    users: dict[str, User] = field(default_factory=dict)

    def clerk(self, township: Territory) -> User:
        return self.users[f"clerk-{township.path}"]

    def head(self, township: Territory) -> User:
        return self.users[f"head-{township.path}"]


def found_office(county: Territory, townships: list[Territory], names: list[tuple[str, str]], *, is_home: bool) -> Office:
    """People, posts and accounts without a password of a county and its townships.

    is_home  the county that the demo is about: all its posts, and user names without its number
    """
    wanted = [(role, duty, title, county) for role, duty, title in RATING_POSTS + (OTHER_POSTS if is_home else [])]
    for place in townships:
        wanted.append((f"clerk-{place.path}", Duty.TOWNSHIP_CLERK, "党建办干事", place))
        wanted.append((f"head-{place.path}", Duty.TOWNSHIP_LEADER, "党委副书记", place))
    role, duty, title = SUPERVISION
    wanted.append((role, duty, title, county))  # behind the others, so that these keep the names they are drawn
    random = Random(f"office {county.path}")
    people = Person.objects.bulk_create(
        Person(
            name=name, sex=sex, territory=place, education=random.choice([Person.Education.COLLEGE, Person.Education.BACHELOR]),
            born_on=date(random.randint(1972, 1995), random.randint(1, 12), random.randint(1, 28)),
        )
        for (name, sex), (*_, place) in zip(names, wanted, strict=False)
    )  # fmt: skip
    Post.objects.bulk_create(
        Post(person=person, territory=place, duty=duty, title=title, from_on=HELD_SINCE)
        for person, (_role, duty, title, place) in zip(people, wanted, strict=True)
    )
    user_names = [role if is_home or place != county else f"{role}-{county.path}" for role, _duty, _title, place in wanted]
    accounts = open_accounts(user_names, people)
    return Office(county, townships, {role: accounts[name] for (role, *_), name in zip(wanted, user_names, strict=True)})


def open_accounts(user_names: list[str], people: list[Person]) -> dict[str, User]:
    users = [
        User(username=name, person=person, password=make_password(None)) for name, person in zip(user_names, people, strict=True)
    ]
    return {user.username: user for user in User.objects.bulk_create(users)}


def found_organizations(county: Territory, townships: list[Territory], villages: list[Territory]) -> dict[str, PartyOrganization]:
    """The Party's own tree beside the territories', by path."""
    kinds = PartyOrganization.Kind
    top = PartyOrganization.objects.create(
        name=f"中共{county.name}委员会", kind=kinds.COUNTY_COMMITTEE, territory=county, valid_from=HELD_SINCE
    )
    committees = PartyOrganization.objects.bulk_create(
        PartyOrganization(
            name=f"中共{t.name}委员会", kind=kinds.TOWNSHIP_COMMITTEE, territory=t, parent=top, valid_from=HELD_SINCE
        )
        for t in townships
    )
    above = {organization.territory.path: organization for organization in committees}
    branches = PartyOrganization.objects.bulk_create(
        PartyOrganization(
            name=f"{v.short_name}党支部", kind=kinds.BRANCH, territory=v, parent=above[v.township_path], valid_from=HELD_SINCE
        )
        for v in villages
    )
    return {organization.territory.path: organization for organization in [top, *committees, *branches]}


def draw_passwords(user_names: list[str]) -> dict[str, tuple[str, str]]:
    """By user name, a random password and what is stored of it; hashing takes its time."""
    words = {name: secrets.token_urlsafe(9) for name in user_names}
    return {name: (word, make_password(word)) for name, word in words.items()}


def give_passwords(drawn: dict[str, tuple[str, str]], kept_in: Path) -> None:
    """To the accounts that a newcomer tries; only this file, readable by its owner, knows the words."""
    users = list(User.objects.filter(username__in=drawn))
    for user in users:
        user.password = drawn[user.username][1]
    User.objects.bulk_update(users, ["password"])
    kept_in.parent.mkdir(parents=True, exist_ok=True)
    kept_in.touch(mode=0o600)
    kept_in.write_text(json.dumps({name: word for name, (word, _stored) in drawn.items()}, indent=1), encoding="utf-8")
