"""A county's master data: its villages described, its organisations, offices and secretaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from django.db import connection

from governance.duties import Duty
from governance.models import Award, PartyOrganization, Person, Post, Territory
from stars.demo.names import draw_names
from stars.demo.office import Office, found_office, found_organizations, open_accounts
from stars.demo.places import HOME, Setting
from stars.demo.secretaries import Secretary, changes_of, draw_secretaries

VILLAGE_TYPES = {"farming": 48, "industry": 24, "suburban": 13, "improving": 15}
OLDEST, YOUNGER_FROM = 64, 1982  # an age; a year of birth
NAMES, OF_OFFICES = 600, 500  # how many are drawn; the first of those for the offices
DESCRIBE = """
    UPDATE governance_territory t SET village_type = g.village_type, households = g.households, population = g.population
    FROM unnest(%(pk)s::int8[], %(village_type)s::text[], %(households)s::int4[], %(population)s::int4[])
        g (id, village_type, households, population)
    WHERE t.id = g.id
"""
AWARDS = {
    "national": "全国优秀党务工作者",
    "province": "全省优秀党务工作者",
    "city": "全市优秀党务工作者",
    "county": "全县优秀党务工作者",
}


@dataclass
class County:
    """people  its secretaries so far; strength  by post; last  its last finished year"""

    setting: Setting
    territory: Territory
    villages: dict[str, Territory]  # by path
    branches: dict[str, PartyOrganization]  # by path
    office: Office
    names: Sequence[tuple[str, str]]
    people: list[Secretary]
    vacant: list[str]
    last: int
    strength: dict[int, float] = field(default_factory=dict)


def found_county(setting: Setting, last: int) -> County:
    here = Territory.objects.filter(path__prefix=setting.path)
    territory = here.get(level=Territory.Level.COUNTY)
    townships = list(here.filter(level=Territory.Level.TOWNSHIP))
    villages = list(here.filter(level=Territory.Level.VILLAGE))
    _describe(villages)
    names = draw_names(NAMES, seed=setting.path)
    people, vacant = draw_secretaries(villages, setting.mix, last=last)
    return County(
        setting=setting, territory=territory, villages={v.path: v for v in villages},
        branches=found_organizations(territory, townships, villages),
        office=found_office(territory, townships, names[OF_OFFICES:], is_home=setting == HOME),
        names=names[:OF_OFFICES], people=people, vacant=vacant, last=last,
    )  # fmt: skip


def _describe(villages: list[Territory]) -> None:
    random = Random(f"villages {villages[0].county_path}")
    for village in villages:
        community = village.kind == Territory.Kind.COMMUNITY
        village.village_type = "community" if community else random.choices(list(VILLAGE_TYPES), list(VILLAGE_TYPES.values()))[0]
        village.households = random.randint(700, 2400) if community else random.randint(180, 820)
        village.population = round(village.households * random.uniform(2.6, 3.5))
    given = {name: [getattr(v, name) for v in villages] for name in ("pk", "village_type", "households", "population")}
    with connection.cursor() as cursor:
        cursor.execute(DESCRIBE, given)


def arrive(county: County, year: int) -> None:
    """The year's comings and goings, so that the roster has both."""
    arriving = changes_of(year, county.people, county.vacant)
    for secretary in county.people:
        if secretary.leaves_on and secretary.leaves_on.year == year:
            Post.objects.filter(territory__path=secretary.villages[0], duty=Duty.SECRETARY, until_on=None).update(
                until_on=secretary.leaves_on, ending=Post.Ending.RETIRED
            )
    appoint(county, arriving, year)
    county.people += arriving


def appoint(county: County, newcomers: list[Secretary], year: int) -> None:
    """People, posts and awards of these secretaries, and the account of the one who stands out."""
    taken = Person.objects.filter(territory__path__prefix=county.setting.path, posts__duty=Duty.SECRETARY).distinct().count()
    drawn = county.names[taken : taken + len(newcomers)]
    random = Random(f"people {county.setting.path} {taken}")
    people = Person.objects.bulk_create(
        _person(random, name, sex, county.villages[s.villages[0]], s.since, year)
        for (name, sex), s in zip(drawn, newcomers, strict=True)
    )
    posts = Post.objects.bulk_create(
        Post(
            person=person, territory=county.villages[path], organization=county.branches[path], duty=Duty.SECRETARY,
            title="党支部书记", from_on=s.since + timedelta(days=700 * place_in_order),
        )
        for person, s in zip(people, newcomers, strict=True)
        for place_in_order, path in enumerate(s.villages)
    )  # fmt: skip
    strengths = [s.strength for s in newcomers for _path in s.villages]
    county.strength |= {post.pk: strength for post, strength in zip(posts, strengths, strict=True)}
    Award.objects.bulk_create(
        Award(person=person, level=level, title=AWARDS[level], awarded_on=date(county.last - ago, 6, 28))
        for person, s in zip(people, newcomers, strict=True)
        for level, ago in s.awards
    )
    _account_of_the_best(county, people, newcomers)


def _person(random: Random, name: str, sex: str, village: Territory, since: date, year: int) -> Person:
    """Between 25 and 45 at the first day in post, and no older than secretaries are; the younger went to school for longer."""
    born = max(year - OLDEST, since.year - random.randint(25, 45))
    education = random.choices(Person.Education.values, [0, 2, 6, 3] if born >= YOUNGER_FROM else [4, 5, 2, 0])[0]
    born_on = date(born, random.randint(1, 12), random.randint(1, 28))
    return Person(name=name, sex=sex, territory=village, born_on=born_on, education=education)


def _account_of_the_best(county: County, people: list[Person], newcomers: list[Secretary]) -> None:
    best = county.setting.mix.best
    for person, secretary in zip(people, newcomers, strict=True):
        if best and county.villages[secretary.villages[0]].short_name == best:
            county.office.users |= open_accounts(["huo"], [person])
