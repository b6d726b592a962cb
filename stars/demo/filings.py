"""Who files what in a county's year and when: between the last day of a window's period and its due day, reviewed days later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from random import Random

from django.db.models import F

from governance.calendar import calendar_for
from governance.duties import Duty
from governance.models import Post, Territory, User
from governance.workdays import WorkingCalendar
from stars.cells import NOT_FILED
from stars.demo.office import Office
from stars.demo.scores import draw_scores
from stars.demo.seed import Step, Walked
from stars.engine.plan import Plan
from stars.models import Filing, FilingWindow, RatingYear, RosterPost
from stars.periods import last_month, local_day, start_of
from stars.plans import plan_for
from stars.selectors.answering import applies
from stars.services.roster import refresh_roster

State = Filing.State
REVIEWED = {"township": State.PASSED, "county": State.ACCEPTED}
MORNING, AFTERNOON = (8 * 60 + 30, 11 * 60 + 40), (14 * 60 + 30, 17 * 60 + 40)  # minutes of the day
EARLY_DAYS = 8  # into a running month before the first clerks note something down
SLOW_DAYS = 40  # for so long after a month a reviewer may still owe an answer


@dataclass(frozen=True)
class Desks:
    """A county-year with its roster, and the people who file and review.

    strength   by post
    kept_free  path of the township whose open windows are left to whoever tries the demo
    """

    rating_year: RatingYear
    office: Office
    strength: dict[int, float]
    now: datetime
    kept_free: str = ""

    def walked(self) -> Iterator[list[Walked]]:
        """What has been filed by now, window by window."""
        plan, calendar = plan_for(self.rating_year.policy), calendar_for(self.rating_year.territory)
        rosters = self._rosters()
        known_on, answering = next(rosters)
        for filings in self._by_window():
            while filings[0].window.ends_on > known_on and (later := next(rosters, None)):
                known_on, answering = later
            ranked = Random(f"ranks {filings[0].window}").sample(range(len(filings)), len(filings))
            steps = [self._steps(one, rank, plan, calendar) for one, rank in zip(filings, ranked, strict=True)]
            begun = [(one, taken) for one, taken in zip(filings, steps, strict=True) if taken]
            if begun:
                yield [Walked(one, self._rows(one, answering[one.territory.path], plan, taken), taken) for one, taken in begun]

    def _rosters(self) -> Iterator[tuple[date, dict[str, list[RosterPost]]]]:
        """Who answers, as known on the last day of each who leaves, and now: who comes later answers for no month before."""
        county, year = self.rating_year.territory, self.rating_year.year
        here = Post.objects.filter(territory__path__prefix=county.path, duty=Duty.SECRETARY)
        ends = here.filter(until_on__year=year, until_on__lte=local_day(self.now)).values_list("until_on", flat=True)
        for day in [*sorted({day for day in ends if day}), local_day(self.now)]:
            refresh_roster(self.rating_year, at=start_of(day))
            yield day, _by_filer(self.rating_year)

    def _by_window(self) -> Iterator[list[Filing]]:
        filings = Filing.objects.filter(window__rating_year=self.rating_year, window__opens_at__lte=self.now)
        in_order = filings.select_related("window", "territory").order_by("window__due_at", "window", "territory__path")
        for _window, group in groupby(in_order, lambda one: one.window_id):
            found = [one for one in group if one.territory.path != self.kept_free or one.window.is_locked(self.now)]
            for one in found:
                one.window.rating_year = self.rating_year
            if found:
                yield found

    # -- by whom and when

    def _steps(self, one: Filing, rank: int, plan: Plan, calendar: WorkingCalendar) -> list[Step]:
        """Those that lie before now; `rank` says how diligent the filer is this time."""
        random = Random(f"steps {one.window} {one.territory.path}")
        if start_of(one.window.ends_on) > self.now:
            return self._early_steps(one, rank, calendar, random)
        bodies = plan.sheets[one.window.sheet_code].reviewed_by
        day = calendar.add(one.window.ends_on, random.randint(1, _days_to_file(one.window, calendar)))
        moments = _saved_and_submitted(day, random)
        for _body in bodies:
            day = calendar.add(day, random.choice([1, 1, 2]))
            moments.append(_office_hour(day, random))
        states = [State.DRAFT, State.SUBMITTED, *(REVIEWED[body] for body in bodies)]
        steps = [Step(*step) for step in zip(states, self._people(one), moments, strict=True)]
        return [step for step in steps if step.at < self.now][: self._patience(one.window, rank)]

    def _early_steps(self, one: Filing, rank: int, calendar: WorkingCalendar, random: Random) -> list[Step]:
        """Of a month that still runs: two clerks have begun, one was too quick."""
        today = local_day(self.now)
        if one.window.sheet_code != "month" or (today - one.window.starts_on).days < EARLY_DAYS or not 3 <= rank <= 5:
            return []
        moments = _saved_and_submitted(calendar.add(today, -random.randint(1, 3)), random)
        steps = [Step(*step) for step in zip([State.DRAFT, State.SUBMITTED], self._people(one), moments, strict=False)]
        return steps if rank == 5 else steps[:1]

    def _people(self, one: Filing) -> list[User]:
        """Who saves it, who submits it, and each reviewer."""
        users = self.office.users
        if one.territory.level == Territory.Level.COUNTY:
            return [users["county3"], users["county3"], users["county2"]]
        clerk = self.office.clerk(one.territory)
        return [clerk, clerk, self.office.head(one.territory), users["county2"]]

    def _patience(self, window: FilingWindow, rank: int) -> int:
        """Of the newest month a few wait for their reviewers: one for the township's, two for the county's."""
        if window.sheet_code != "month" or window.ends_on <= local_day(self.now) - timedelta(days=SLOW_DAYS):
            return 4
        return {0: 2, 1: 3, 2: 3}.get(rank, 4)

    # -- what

    def _rows(self, one: Filing, answering: Sequence[RosterPost], plan: Plan, taken: Sequence[Step]) -> dict[int, list[int]]:
        """Of every post that answers for the window; a draft has got half-way down the page."""
        sheet = plan.sheets[one.window.sheet_code]
        month = 1 << last_month(sheet.months, one.window.period)
        meant = [row for row in answering if row.months & month]
        if len(taken) == 1:
            meant = meant[: (len(meant) + 1) // 2]
        maxima = [indicator.max for indicator in sheet.indicators]
        rows = {}
        for row in meant:
            seed = f"{row.post.territory.path} {row.post.from_on} {self.rating_year.year} {sheet.name} {one.window.period}"
            facts = row.facts  # type: ignore[attr-defined]  # annotated
            drawn = draw_scores(self.strength[row.post_id], maxima, seed=seed)
            # an indicator of other village types stays empty
            rows[row.post_id] = [
                score if applies(indicator, plan, facts) else NOT_FILED
                for score, indicator in zip(drawn, sheet.indicators, strict=True)
            ]
        return rows


def _by_filer(rating_year: RatingYear) -> dict[str, list[RosterPost]]:
    """Everybody on the roster, under the township and under the county, in the order of the villages."""
    posts = RosterPost.objects.filter(entry__rating_year=rating_year).select_related("post__territory")
    found: dict[str, list[RosterPost]] = defaultdict(list)
    for row in posts.annotate(facts=F("entry__facts")).order_by("post__territory__path", "post__from_on", "post_id"):
        for filer in (row.post.territory.township_path, row.post.territory.county_path):
            found[filer].append(row)
    return found


def _days_to_file(window: FilingWindow, calendar: WorkingCalendar) -> int:
    """Working days after the period, the due day left out."""
    due_on = local_day(window.due_at - timedelta(seconds=1))
    return max(1, calendar.between(window.ends_on, due_on) - 1)


def _saved_and_submitted(day: date, random: Random) -> list[datetime]:
    saved = _office_hour(day, random)
    return [saved, saved + timedelta(minutes=random.randint(4, 25), seconds=random.randint(0, 59))]


def _office_hour(day: date, random: Random) -> datetime:
    minutes = random.randint(*random.choice([MORNING, AFTERNOON]))
    return start_of(day) + timedelta(minutes=minutes, seconds=random.randint(0, 59))
