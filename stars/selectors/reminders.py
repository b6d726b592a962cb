"""Who is to be reminded of what today: filers of what is due, reviewers of what waits, the county of late townships."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.calendar import WorkingCalendar, calendar_for
from governance.duties import Duty
from governance.models import Post
from governance.record import language_of_record
from governance.services.inbox import Line
from stars.models import DeadlineRequest, Filing, RatingYear
from stars.periods import local_day
from stars.plans import plan_for
from stars.selectors.answering import FILERS, sheet_of
from stars.selectors.desk import waits_for
from stars.selectors.grid import quarter_of
from stars.selectors.review import REVIEWING
from stars.wording import due_day, shown_day, window_title

BEFORE = (3, 1, 0)  # working days before a form is due
LEVELS = (2, 4, 6, 9, 12)
Holders = dict[tuple[str, str], list[int]]  # (duty, path) → people


def reminders(at: datetime) -> dict[int, list[Line]]:
    """By person, of the county-years that are open. On a day off nobody is reminded."""
    found: dict[int, list[Line]] = defaultdict(list)
    years = (
        RatingYear.objects.filter(stage=RatingYear.Stage.OPEN).select_related("territory", "policy").order_by("territory__path")
    )
    with language_of_record():
        for rating_year in years:
            calendar = calendar_for(rating_year.territory)
            if calendar.is_working(local_day(at)):
                for person, line in _of_year(rating_year, calendar, at):
                    found[person].append(line)
    return dict(found)


def _of_year(rating_year: RatingYear, calendar: WorkingCalendar, at: datetime) -> Iterator[tuple[int, Line]]:
    holders = _holders(rating_year, at)
    filings = list(
        Filing.objects.filter(window__rating_year=rating_year, window__opens_at__lte=at)
        .exclude(state=Filing.State.ACCEPTED).select_related("window", "territory")
        .order_by("window__due_at", "window__sheet", "territory__path")
    )  # fmt: skip
    for filing in filings:
        filing.window.rating_year = rating_year
    unfiled = [one for one in filings if one.state == Filing.State.DRAFT and not one.is_locked(at)]
    yield from _to_file(unfiled, holders, calendar, at)
    yield from _late_units([one for one in unfiled if one.due_at <= at], rating_year, holders)
    yield from _to_review(filings, rating_year, holders)
    yield from _to_answer(rating_year, holders)


def _to_file(unfiled: Sequence[Filing], holders: Holders, calendar: WorkingCalendar, at: datetime) -> Iterator[tuple[int, Line]]:
    today = local_day(at)
    for filing in unfiled:
        due_on = due_day(filing)
        left = next((days for days in BEFORE if calendar.add(due_on, -days) == today), None)
        if filing.due_at <= at:
            says = _("%(where)s %(form)s was due on %(day)s and is not handed in.")
        elif left == 0:
            says = _("%(where)s %(form)s is due today, %(day)s.")
        elif left:
            says = ngettext(
                "%(where)s %(form)s is due on %(day)s, in %(left)d working day.",
                "%(where)s %(form)s is due on %(day)s, in %(left)d working days.", left,
            )  # fmt: skip
        else:
            continue
        text = says % {"where": filing.territory, "form": window_title(filing.window), "day": shown_day(due_on), "left": left}
        url = reverse("stars:filing", args=[filing.window.rating_year_id, filing.territory.path, quarter_of(filing.window)])
        filer = FILERS[sheet_of(plan_for(filing.window.rating_year.policy), filing.window).filed_by]
        for person in _holding(holders, filer, filing.territory.path):
            yield person, Line(filing.territory.path, text, url)


def _late_units(late: Sequence[Filing], rating_year: RatingYear, holders: Holders) -> Iterator[tuple[int, Line]]:
    """One line a form."""
    by_window: dict[str, list[Filing]] = defaultdict(list)
    for filing in late:
        by_window[window_title(filing.window)].append(filing)
    url = f"{reverse('stars:review')}?year={rating_year.pk}&state=draft&late=yes"
    for title, filings in by_window.items():
        names = "、".join(str(filing.territory) for filing in filings)
        text = _("%(form)s is overdue at %(count)d: %(names)s.") % {"form": title, "count": len(filings), "names": names}
        for person in _holding(holders, Duty.COUNTY_STAFF, rating_year.territory.path):
            yield person, Line(rating_year.territory.path, text, url)


def _to_review(filings: Sequence[Filing], rating_year: RatingYear, holders: Holders) -> Iterator[tuple[int, Line]]:
    """One line a reviewer."""
    counts: dict[tuple[int, str], int] = defaultdict(int)
    for filing in filings:
        if body := waits_for(filing):
            place = rating_year.territory.path if body == "county" else filing.territory.path
            for person in _holding(holders, REVIEWING[body], filing.territory.path):
                counts[person, place] += 1
    url = f"{reverse('stars:review')}?year={rating_year.pk}"
    for (person, place), count in counts.items():
        text = ngettext("%(count)d filing waits for your review.", "%(count)d filings wait for your review.", count)
        yield person, Line(place, text % {"count": count}, url)


def _to_answer(rating_year: RatingYear, holders: Holders) -> Iterator[tuple[int, Line]]:
    """Requests for time, to those who did not ask."""
    asked = DeadlineRequest.objects.filter(filing__window__rating_year=rating_year, state=DeadlineRequest.State.ASKED)
    askers = list(asked.values_list("asked_by__person", flat=True))
    for person in _holding(holders, Duty.COUNTY_STAFF, rating_year.territory.path):
        if count := sum(asker != person for asker in askers):
            text = ngettext(
                "%(count)d request for time waits for an answer.", "%(count)d requests for time wait for an answer.", count
            )
            yield person, Line(rating_year.territory.path, text % {"count": count}, reverse("stars:requests"))


def _holders(rating_year: RatingYear, at: datetime) -> Holders:
    """Who holds which duty where today, in the county and above it; people with an account."""
    county = rating_year.territory.path
    near = Q(territory__path__prefix=county) | Q(territory__path__in=[county[:n] for n in LEVELS if n < len(county)])
    posts = Post.objects.current(local_day(at)).filter(
        near, person__user__is_active=True, duty__in=[*FILERS.values(), *REVIEWING.values()]
    )
    found: Holders = defaultdict(list)
    for duty, path, person in posts.order_by("pk").values_list("duty", "territory__path", "person_id"):
        found[duty, path].append(person)
    return found


def _holding(holders: Holders, duty: str, path: str) -> list[int]:
    """On the place or above it, each once."""
    return list(dict.fromkeys(person for n in LEVELS if n <= len(path) for person in holders.get((duty, path[:n]), ())))
