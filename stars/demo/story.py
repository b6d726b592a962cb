"""The demo's years: master data, filings and events are stated, everything computed, decided and published is made by the services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from burden.services.catalogue import adopt_catalogue
from governance.calendar import calendar_for
from governance.models import PolicyVersion
from governance.notices import FILES, read_file
from governance.presets import preset_files
from governance.services import policies
from governance.services.calendar import import_notices
from governance.services.territories import import_territories
from governance.territory_files import PACKED
from stars.demo import bodies, complaints, happenings, trainings
from stars.demo.bodies import KAIFENG
from stars.demo.county import County, appoint, arrive, found_county
from stars.demo.filings import Desks
from stars.demo.places import HOME, NEIGHBOURS, Setting, Stage
from stars.demo.seed import Walked, write_year
from stars.models import Filing, RatingYear
from stars.periods import end_of, local_day, start_of
from stars.services import filing, stages, years
from stars.services.rating import recompute_years

PLACES = PACKED.with_name("demo-places.csv.xz")  # `import_territories` takes the whole country
POLICY = "shanxi-secretary-2025"
WORKDAY_BEGINS = timedelta(hours=8)
TOO_EARLY = "本月尚未结束，平安稳定、矛盾调处两项请月底核实后再报。"
Say = Callable[[str], None]


def last_finished_year(today: date) -> int:
    """The newest year that a county has published by the spring of the next one."""
    return today.year - 1 if today >= date(today.year, 4, 1) else today.year - 2


def tell(today: date, say: Say, settle: Callable[[], None]) -> None:
    """`settle` lets the database look at what has been loaded, so that it plans well."""
    last, now = last_finished_year(today), start_of(today) + WORKDAY_BEGINS
    say("territories, organisations, people")
    begins = date(last - 5, 1, 1)
    import_territories(
        PLACES,
        on=begins,
        under=[KAIFENG, *(one.path for one in (HOME, *NEIGHBOURS))],
        by=None,
        at=start_of(begins) + WORKDAY_BEGINS,
    )
    for notice in [read_file(file) for file in sorted(FILES.glob("*.yaml"))]:
        import_notices([notice], by=None, at=min(end_of(notice.published_on), now))
    policy = _policies_in_force(date(last - 1, 12, 1))
    counties = [_found(setting, policy, last) for setting in (HOME, *NEIGHBOURS)]
    settle()
    home, neighbours = counties[0], counties[1:]
    for year in range(last, today.year + 1):
        if year > last:
            arrive(home, year)
        say(f"{home.territory} {year}: filings, events, results")
        _live_through(home, year, now)
    for county in neighbours:
        say(f"{county.territory} {last}: filings, events, results")
        _live_through(county, last, now)
    say("coordination bodies, task lists, the docket")
    bodies.live_in_kaifeng(bodies.found_kaifeng(), now)
    office, orders = home.office, bodies.open_orders(HOME.path)
    bodies.live_in_linyi(bodies.found_linyi(office), office, HOME.own_township, orders, now)


def _policies_in_force(day: date) -> PolicyVersion:
    at = start_of(day) + WORKDAY_BEGINS
    for file in preset_files():
        policies.load_preset(file, by=None, at=at)
    return PolicyVersion.objects.get(code=POLICY)


def _found(setting: Setting, policy: PolicyVersion, last: int) -> County:
    county = found_county(setting, last)
    appoint(county, county.people, last)
    staff, at = county.office.users["county"], start_of(date(last - 1, 12, 10)) + timedelta(hours=15)
    number = setting.document_no.format(year=last - 1)
    policies.adopt(policy.pk, territory=county.territory, year_from=last, document_no=number, by=staff, at=at)
    if setting == HOME:
        adopt_catalogue("prohibited-certificates", county=county.territory, by=staff, on=date(last, 1, 1), at=at)
    return county


def _live_through(county: County, year: int, now: datetime) -> None:
    """A county-year up to now."""
    users = county.office.users
    opened = min(start_of(date(year, 1, 2)) + timedelta(hours=9), now)
    rating_year = years.open_year(territory=county.territory, year=year, by=users["county"], at=opened)
    desks = Desks(rating_year, county.office, county.strength, now, county.setting.own_township)
    vetoed = {path for s in county.people if s.vetoed for path in s.villages} if year == county.last else set()
    noted = happenings.noted(rating_year, vetoed, recorder=users["county3"], confirmer=users["county2"], now=now)
    walked = [one for window in desks.walked() for one in window]
    write_year(rating_year, walked, list(noted))
    trainings.train(county.territory, year, recorder=users["county3"], now=now)
    for one in walked:
        if one.filing.state == Filing.State.SUBMITTED and start_of(one.filing.window.ends_on) > now:
            _return_early(county, one)
    if year == county.last:
        _settle(county, rating_year, now)
    else:
        recompute_years([rating_year.pk], at=now)


def _return_early(county: County, one: Walked) -> None:
    """The month isn't over; the township sends back what a quick clerk has handed in."""
    leader, at = county.office.head(one.filing.territory), one.steps[-1].at + timedelta(hours=1)
    filing.return_filing(filing_id=one.filing.pk, reason=TOO_EARLY, by=leader, at=at)


# ---- the end of the year -------------------------------------------------------------------------


def _settle(county: County, rating_year: RatingYear, now: datetime) -> None:
    """Close, compute, review, decide, publicity, publish, as far as the county has come: the last step it took is of yesterday,
    but for the one that has published, which took them all in the spring."""
    users, calendar = county.office.users, calendar_for(county.territory)
    reaches, today = county.setting.reaches, local_day(now)
    days = {Stage.COMPUTED: 0, Stage.REVIEWED: 2, Stage.DECIDED: 4, Stage.PUBLICITY: 5}
    locked = timezone.localtime(rating_year.windows.aggregate(last=Max("locks_at"))["last"]).date()
    closed_on = calendar.add(locked, 1) if reaches == Stage.PUBLISHED else calendar.add(today, -1 - days[reaches])

    def at(stage: Stage, hours: float) -> datetime:
        return start_of(calendar.add(closed_on, days[stage])) + timedelta(hours=hours)

    years.close_year(rating_year_id=rating_year.pk, by=users["county2"], at=at(Stage.COMPUTED, 9.5))
    recompute_years([rating_year.pk], at=at(Stage.COMPUTED, 10.25))
    if reaches == Stage.COMPUTED:
        return
    stages.review_year(rating_year_id=rating_year.pk, by=users["county"], at=at(Stage.REVIEWED, 16.4))
    stages.decide_year(
        rating_year_id=rating_year.pk, by=users["leader"], at=at(Stage.DECIDED, 11.2), note="经县委组织部部务会议研究"
    )
    in_publicity = stages.open_publicity(rating_year_id=rating_year.pk, by=users["county2"], at=at(Stage.PUBLICITY, 9))
    if reaches == Stage.PUBLICITY:
        complaints.object_and_answer(rating_year, users, in_publicity.publicity_from)  # type: ignore[arg-type]  # set by this very step
        return
    until: date = in_publicity.publicity_until  # type: ignore[assignment]  # set by this very step
    stages.publish_year(
        rating_year_id=rating_year.pk, by=users["county2"], at=start_of(calendar.add(until, 1)) + timedelta(hours=9)
    )
