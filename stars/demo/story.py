"""The demo county's years: master data and filings are stated, everything computed is made by the services."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from django.core.management import call_command
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from burden.services.catalogue import adopt_catalogue
from governance.duties import Duty
from governance.models import Award, PartyOrganization, Person, PolicyVersion, Post, Territory
from governance.services import policies
from governance.services.territories import import_territories
from governance.territory_files import PACKED
from stars.cells import NOT_FILED
from stars.demo.names import draw_names
from stars.demo.office import Office, found_office, found_organizations, open_accounts
from stars.demo.scores import draw_scores
from stars.demo.secretaries import LONG_SERVICE_NAME, Secretary, changes_of, draw_secretaries
from stars.engine.document import Item
from stars.models import AssessmentChange, Filing, RatingYear
from stars.plans import plan_for
from stars.selectors.answering import answering_in, applies
from stars.services import events, filing, stages, years
from stars.services.rating import recompute_years

COUNTY = "140821"
PLACES = PACKED.with_name("demo-places.csv.xz")  # `import_territories` takes the whole country
OWN_TOWNSHIP = "140821108"  # 耽子镇: what its clerk still has to file is left to the newcomer
POLICY = "shanxi-secretary-2025"
VILLAGE_TYPES = {"farming": 48, "industry": 24, "suburban": 13, "improving": 15}
PRAISED_BY = {"national": "全国", "province": "山西省", "city": "运城市", "county": "临猗县"}
Say = Callable[[str], None]


@dataclass
class Place:
    county: Territory
    townships: list[Territory]
    villages: list[Territory]
    office: Office
    policy: PolicyVersion
    people: list[Secretary]
    vacant: list[str]
    strength: dict[int, float]  # by post
    first_year: int


def last_finished_year(today: date) -> int:
    """The newest year that a county has published by the spring of the next one."""
    return today.year - 1 if today >= date(today.year, 4, 1) else today.year - 2


def tell(today: date, say: Say, settle: Callable[[], None]) -> Office:
    """`settle` lets the database look at what has been loaded, so that it plans the next step well."""
    last = last_finished_year(today)
    say("territories, organisations, people")
    place = found_county(last)
    settle()
    for year in range(last, today.year + 1):
        say(f"{year}: filings, events")
        if year > last:
            _arrivals(place, year)
        rating_year = years.open_year(
            territory=place.county, year=year, by=place.office.users["county"], at=moment(date(year, 1, 2))
        )
        _file_year(place, rating_year, today)
        _record_events(place, rating_year, today)
        if year == last:
            say(f"{year}: computed, reviewed, decided, in publicity, published")
            _settle_year(place, rating_year)
        else:
            say(f"{year}: computed so far")
            recompute_years([rating_year.pk], at=moment(today, 8))
    return place.office


# ---- master data ---------------------------------------------------------------------------------


def found_county(last: int) -> Place:
    import_territories(PLACES, on=date(last - 5, 1, 1), under=[COUNTY], by=None, at=moment(date(last - 5, 1, 1)))
    here = Territory.objects.filter(path__prefix=COUNTY)
    county = here.get(level=Territory.Level.COUNTY)
    townships = list(here.filter(level=Territory.Level.TOWNSHIP))
    villages = list(here.filter(level=Territory.Level.VILLAGE))
    _describe(villages)
    branches = found_organizations(county, townships, villages)
    names = draw_names(600, seed=COUNTY)
    office = found_office(county, townships, names[500:])
    people, vacant = draw_secretaries(villages, last=last)
    adopted = _adopt(county, last, office)
    adopt_catalogue(
        "prohibited-certificates", county=county, by=office.users["county"], on=date(last, 1, 1), at=moment(date(last, 1, 1))
    )
    place = Place(county, townships, villages, office, adopted, people, vacant, {}, last)
    _appoint(place, people, names, branches, last)
    return place


def _describe(villages: list[Territory]) -> None:
    random = Random("villages " + COUNTY)
    for village in villages:
        community = village.kind == Territory.Kind.COMMUNITY
        village.village_type = "community" if community else random.choices(list(VILLAGE_TYPES), list(VILLAGE_TYPES.values()))[0]
        village.households = random.randint(700, 2400) if community else random.randint(180, 820)
        village.population = round(village.households * random.uniform(2.6, 3.5))
    Territory.objects.bulk_update(villages, ["village_type", "households", "population"])


def _adopt(county: Territory, last: int, office: Office) -> PolicyVersion:
    staff, at = office.users["county"], moment(date(last - 1, 12, 10))
    call_command("load_presets", verbosity=0)
    draft = PolicyVersion.objects.get(code=POLICY)
    if draft.state == PolicyVersion.State.DRAFT:
        policies.bring_into_force(draft.pk, by=office.users["leader"], at=at)
    policies.adopt(draft.pk, territory=county, year_from=last, document_no=f"临组发〔{last - 1}〕18号", by=staff, at=at)
    return PolicyVersion.objects.get(pk=draft.pk)


def _appoint(place: Place, newcomers: list[Secretary], names: list, branches: dict, last: int) -> None:
    """People, posts, awards and the one secretary's account for these secretaries."""
    taken = Person.objects.filter(posts__duty=Duty.SECRETARY).distinct().count()
    by_path = {v.path: v for v in place.villages}
    drawn = names[taken : taken + len(newcomers)]
    random = Random(f"people {taken}")
    people = Person.objects.bulk_create(
        Person(
            name=name, sex=sex, territory=by_path[s.villages[0]],
            born_on=date(max(1958, s.since.year - random.randint(26, 45)), random.randint(1, 12), random.randint(1, 28)),
            education=random.choice(Person.Education.values),
        )
        for (name, sex), s in zip(drawn, newcomers, strict=True)
    )  # fmt: skip
    posts = Post.objects.bulk_create(
        Post(
            person=person, territory=by_path[path], organization=branches.get(path), duty=Duty.SECRETARY,
            title="党支部书记", from_on=s.since + timedelta(days=700 * place_in_order),
        )
        for person, s in zip(people, newcomers, strict=True)
        for place_in_order, path in enumerate(s.villages)
    )  # fmt: skip
    strengths = [s.strength for s in newcomers for _path in s.villages]
    place.strength |= {post.pk: strength for post, strength in zip(posts, strengths, strict=True)}
    Award.objects.bulk_create(
        Award(
            person=person,
            level=level,
            title=f"{PRAISED_BY[level]}优秀党务工作者",
            awarded_on=date(last - ago, 6, 28),
        )
        for person, s in zip(people, newcomers, strict=True)
        for level, ago in s.awards
    )
    _account_of_the_longest(place, people, newcomers)


def _account_of_the_longest(place: Place, people: list[Person], newcomers: list[Secretary]) -> None:
    home = {v.path for v in place.villages if v.short_name == LONG_SERVICE_NAME}
    holder = [person for person, s in zip(people, newcomers, strict=True) if home & set(s.villages)]
    if holder:
        place.office.users |= open_accounts(["huo"], holder)


def _arrivals(place: Place, year: int) -> None:
    """The year's comings and goings, so that the roster has both."""
    arriving = changes_of(year, place.people, place.vacant)
    branches: dict[str, PartyOrganization] = {}
    for secretary in place.people:
        if secretary.leaves_on and secretary.leaves_on.year == year:
            Post.objects.filter(territory__path=secretary.villages[0], duty=Duty.SECRETARY, until_on=None).update(
                until_on=secretary.leaves_on, ending=Post.Ending.RETIRED
            )
    _appoint(place, arriving, draw_names(600, seed=COUNTY), branches, year)
    place.people += arriving


# ---- a year of filings ---------------------------------------------------------------------------


def moment(day: date, hour: int = 10) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


def _file_year(place: Place, rating_year: RatingYear, today: date) -> None:
    """Everything that was due before today is filed, passed and accepted; the newcomer's own quarter stays open."""
    now = moment(today)
    for one in (
        Filing.objects.filter(window__rating_year=rating_year)
        .select_related("window", "territory")
        .order_by("window__due_at", "territory__path")
    ):
        window = one.window
        if window.opens_at > now or (one.territory.path == OWN_TOWNSHIP and window.locks_at > now):
            continue
        at = min(window.due_at - timedelta(hours=30), now - timedelta(days=1))
        if at < max(window.opens_at, moment(window.ends_on - timedelta(days=8))):
            continue
        with transaction.atomic():
            _file(place, one, at, hurry=window.due_at > now)


def _file(place: Place, one: Filing, at: datetime, *, hurry: bool) -> None:
    office = place.office
    township = one.territory.level == Territory.Level.TOWNSHIP
    filer = office.clerk(one.territory) if township else office.users["county3"]
    rows = _rows(place, one)
    filing.save_scores(filing_id=one.pk, rows=rows, version=None, by=filer, at=at, door=AssessmentChange.Door.PAGE)
    stage = Random(f"stage {one.pk}").random() if hurry else 1.0  # the open window: some are further than others
    if stage < 0.35:
        return
    filing.submit_filing(filing_id=one.pk, by=filer, at=at + timedelta(hours=1))
    if stage < 0.6:
        return
    if township:
        filing.pass_filing(filing_id=one.pk, by=office.head(one.territory), at=at + timedelta(hours=5))
    if stage >= 0.8:
        filing.accept_filing(filing_id=one.pk, by=office.users["county2"], at=at + timedelta(hours=22))


def _rows(place: Place, one: Filing) -> dict[int, list[int]]:
    """Scores of every post that answers for the filing's window; an indicator of other village types stays empty."""
    plan = plan_for(place.policy)
    sheet = plan.sheets[one.window.sheet_code]
    rows = {}
    for post_id, answering in answering_in(one, sheet).items():
        seed = f"{answering.post.territory.path} {answering.post.from_on} {one.window.rating_year.year} {sheet.name} {one.window.period}"
        drawn = draw_scores(place.strength[post_id], [i.max for i in sheet.indicators], seed=seed)
        meant = [applies(indicator, plan, answering.facts) for indicator in sheet.indicators]
        rows[post_id] = [score if fits else NOT_FILED for score, fits in zip(drawn, meant, strict=True)]
    return rows


# ---- events, and the end of the year -------------------------------------------------------------


def _record_events(place: Place, rating_year: RatingYear, today: date) -> None:
    for post, list_code, item, day in _happenings(place, rating_year):
        if day >= today:
            continue
        event = events.record_event(
            post_id=post.pk, list_code=list_code, item_code=item.name, happened_on=day, evidence="见县委组织部登记材料",
            points=item.up_to, by=place.office.users["county3"], at=moment(day, 16),
        )  # fmt: skip
        events.confirm_event(event_id=event.pk, by=place.office.users["county2"], at=moment(day + timedelta(days=1), 9))


def _happenings(place: Place, rating_year: RatingYear) -> Iterator[tuple[Post, str, Item, date]]:
    """Who did what: sanctions of the few who were sanctioned, praise and talks for some of the others."""
    random = Random(f"events {rating_year.year}")
    year, lists = rating_year.year, plan_for(place.policy).events
    vetoed = {path for s in place.people if s.vetoed for path in s.villages} if year == place.first_year else set()
    for post in (
        Post.objects.filter(territory__path__prefix=COUNTY, duty=Duty.SECRETARY, from_on__lt=date(year, 1, 1), until_on=None)
        .select_related("territory")
        .order_by("territory__path")
    ):
        day = date(year, random.randint(2, 11), random.randint(1, 26))
        if post.territory.path in vetoed:
            yield post, "discipline", lists["discipline"].items[0], day
        elif random.random() < 0.10:
            yield post, "merit", random.choice(lists["merit"].items), day
        elif random.random() < 0.04:
            yield post, "demerit", random.choice(lists["demerit"].items), day


def _settle_year(place: Place, rating_year: RatingYear) -> None:
    """What the county does in the spring: close, compute, review, decide, publicity, publish, pay."""
    users = place.office.users
    locked = rating_year.windows.aggregate(last=Max("locks_at"))["last"]
    at = timezone.localtime(locked) + timedelta(days=1, hours=9)
    years.close_year(rating_year_id=rating_year.pk, by=users["county2"], at=at)
    recompute_years([rating_year.pk], at=at + timedelta(hours=1))
    stages.review_year(rating_year_id=rating_year.pk, by=users["county"], at=at + timedelta(days=2))
    stages.decide_year(
        rating_year_id=rating_year.pk, by=users["leader"], at=at + timedelta(days=5), note="经县委组织部部务会议研究"
    )
    stages.open_publicity(rating_year_id=rating_year.pk, by=users["county2"], at=at + timedelta(days=6))
    rating_year.refresh_from_db()
    until: date = rating_year.publicity_until  # type: ignore[assignment]  # set by the step before
    after = moment(until + timedelta(days=1))
    stages.publish_year(rating_year_id=rating_year.pk, by=users["county2"], at=after)
