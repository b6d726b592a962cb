"""The working calendar of a place as it is on record: the country's notices and, over them, the place's own."""

from __future__ import annotations

from datetime import datetime
from itertools import chain

from django.db.models import Max, Q

from governance.models import CalendarDay, CalendarNotice, Territory
from governance.notices import default_hours, hours_of
from governance.workdays import WorkingCalendar


def calendar_for(territory: Territory | None = None, *, version: int | None = None) -> WorkingCalendar:
    """`version`: as the notices up to this number had it; without it, as all of them have it today."""
    notices = notices_for(territory, version=version)
    last = max(notices, key=lambda notice: notice.pk, default=None)
    days = chain.from_iterable(notice.days.all() for notice in notices)
    rows = chain.from_iterable(notice.hours.all() for notice in notices)
    hours = {one.from_on: one for one in default_hours()}
    hours |= {one.from_on: hours_of(one.from_on, one.windows, str(one.notice)) for one in rows}
    return WorkingCalendar(
        exceptions={day.day: day.kind == CalendarDay.Kind.WORKDAY for day in days},
        years=frozenset(notice.year for notice in notices if notice.year),
        hours=tuple(hours[day] for day in sorted(hours)),
        version=last.pk if last else 0,
        known_at=last.recorded_at if last else None,
    )


def version_at(territory: Territory | None, moment: datetime) -> int:
    """The version that was known then; 0 before the first notice."""
    known = CalendarNotice.objects.filter(_where(territory), recorded_at__lte=moment)
    return known.aggregate(last=Max("pk"))["last"] or 0


def notices_for(territory: Territory | None = None, *, version: int | None = None) -> list[CalendarNotice]:
    """Those in force, in the order in which the later one's word counts: the country's before a place's, then by publication."""
    found = CalendarNotice.objects.filter(_where(territory))
    if version is not None:
        found = found.filter(pk__lte=version).exclude(superseded_by__pk__lte=version)
    else:
        found = found.filter(superseded_by=None)
    notices = found.select_related("territory").prefetch_related("days", "hours__notice")
    return sorted(notices, key=lambda one: (one.territory.path if one.territory else "", one.published_on, one.pk))


def _where(territory: Territory | None) -> Q:
    where = Q(territory=None)
    if territory is not None:
        where |= Q(territory__path__in=[territory.path[:digits] for digits in (2, 4, 6, 9, 12)])
    return where
