"""A year of the working calendar as twelve months, each day with the notice that speaks of it."""

from __future__ import annotations

from calendar import Calendar, monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from governance.calendar import calendar_for, notices_for
from governance.models import CalendarDay, CalendarNotice, Territory, User
from governance.notices import stretches
from governance.scope import rows_in_reach
from governance.workdays import DAY, Hours, WorkingCalendar

WEEKS = Calendar()  # from Monday on
Said = tuple[CalendarDay, CalendarNotice]


def readable_notices(user: User) -> QuerySet[CalendarNotice]:
    """The country's are everybody's."""
    return CalendarNotice.objects.filter(Q(territory=None) | rows_in_reach(CalendarNotice, user))


@dataclass(frozen=True)
class Day:
    """`said`: what a notice says of it, if one does."""

    day: date
    works: bool
    said: CalendarDay | None = None
    is_own: bool = False  # the county's own word


@dataclass(frozen=True)
class Month:
    first: date
    working_days: int
    weeks: list[list[Day | None]]  # Monday first; None outside of the month


@dataclass(frozen=True)
class Stretch:
    first: date
    last: date
    kind: str
    name: str
    notice: CalendarNotice

    @property
    def works(self) -> bool:
        return self.kind == CalendarDay.Kind.WORKDAY


@dataclass(frozen=True)
class Year:
    year: int
    announced: bool
    working_days: int
    free_days: int
    made_up: int
    months: list[Month]
    stretches: list[Stretch]
    notices: list[CalendarNotice]  # of which something counts in this year
    hours: list[Hours]  # that hold at some time of it
    version: int


def year_of(territory: Territory | None, year: int) -> Year:
    calendar, said = calendar_for(territory), _said(territory)
    of_year = {day: one for day, one in said.items() if day.year == year}
    first, last = date(year, 1, 1), date(year, 12, 31)
    working = calendar.between(first - DAY, last)
    notices = {notice.pk: notice for _row, notice in of_year.values()}
    return Year(
        year=year, announced=calendar.announced(year), working_days=working, free_days=(last - first).days + 1 - working,
        made_up=sum(row.kind == CalendarDay.Kind.WORKDAY for row, _notice in of_year.values()),
        months=[_month(calendar, year, number, of_year) for number in range(1, 13)],
        stretches=sorted(_stretches(of_year), key=lambda one: one.first),
        notices=list(notices.values()), hours=_hours(calendar, first, last), version=calendar.version,
    )  # fmt: skip


def _said(territory: Territory | None) -> dict[date, Said]:
    """Of each day the last word."""
    return {row.day: (row, notice) for notice in notices_for(territory) for row in notice.days.all()}


def _month(calendar: WorkingCalendar, year: int, number: int, said: dict[date, Said]) -> Month:
    last = date(year, number, monthrange(year, number)[1])
    weeks = [
        [_day(calendar, day, said) if day.month == number else None for day in week]
        for week in WEEKS.monthdatescalendar(year, number)
    ]
    first = last.replace(day=1)
    return Month(first, calendar.between(first - DAY, last), weeks)


def _day(calendar: WorkingCalendar, day: date, said: dict[date, Said]) -> Day:
    if day not in said:
        return Day(day, calendar.is_working(day))
    row, notice = said[day]
    return Day(day, calendar.is_working(day), row, is_own=notice.territory is not None)


def _stretches(said: dict[date, Said]) -> Iterator[Stretch]:
    for notice in {notice.pk: notice for _row, notice in said.values()}.values():
        days = {day: (row.kind, row.name) for day, (row, by) in said.items() if by.pk == notice.pk}
        for first, last, kind, name in stretches(days):
            yield Stretch(first, last, kind, name, notice)


def _hours(calendar: WorkingCalendar, first: date, last: date) -> list[Hours]:
    begun = [one for one in calendar.hours if one.from_on <= first][-1:]
    return begun + [one for one in calendar.hours if first < one.from_on <= last]
