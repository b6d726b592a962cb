"""Working days: weekends, public holidays, make-up workdays (调休), and what a county adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from governance.models import CalendarDay, Territory

DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True)
class WorkingCalendar:
    """What is known of the days that don't go by their weekday: working (True) or free (False).

    A year that the State Council has not announced yet counts its weekends only; `announced` tells.
    """

    exceptions: Mapping[date, bool]
    years: frozenset[int] = frozenset()

    def announced(self, year: int) -> bool:
        return year in self.years

    def is_working(self, day: date) -> bool:
        return self.exceptions.get(day, day.weekday() < SATURDAY)

    def add(self, day: date, working_days: int) -> date:
        """The last of so many working days after `day` (before it, if negative); `day` itself doesn't count."""
        step = DAY if working_days > 0 else -DAY
        left = abs(working_days)
        while left:
            day += step
            left -= self.is_working(day)
        return day

    def between(self, start: date, end: date) -> int:
        """Working days after `start`, up to and including `end`: between(day, add(day, n)) is n."""
        if end < start:
            return -self.between(end - DAY, start - DAY)
        return sum(self.is_working(start + n * DAY) for n in range(1, (end - start).days + 1))


def calendar_for(territory: Territory | None = None) -> WorkingCalendar:
    """The country's days and, over them, those that the territory or a place above it has added."""
    where = Q(territory=None)
    if territory is not None:
        where |= Q(territory__path__in=[territory.path[:digits] for digits in (2, 4, 6, 9, 12)])
    rows = list(CalendarDay.objects.filter(where).values_list("territory__path", "day", "kind"))
    nearest_last = sorted(rows, key=lambda row: len(row[0] or ""))
    return WorkingCalendar(
        exceptions={day: kind == CalendarDay.Kind.WORKDAY for _path, day, kind in nearest_last},
        # every notice names National Day
        years=frozenset(day.year for path, day, kind in rows if path is None and (day.month, day.day) == (10, 1)),
    )
