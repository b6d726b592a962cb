"""Working days: weekends, public holidays, make-up workdays (调休), and what a county adds."""

from __future__ import annotations

from django.db.models import Q

from governance.models import CalendarDay, Territory
from governance.workdays import DAY, SATURDAY, WorkingCalendar

__all__ = ["DAY", "SATURDAY", "WorkingCalendar", "calendar_for"]


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
