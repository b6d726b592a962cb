"""The three moments of a filing, by the policy's rule and the working calendar; when the calendar changes, they follow it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from governance.calendar import calendar_for, notices_for
from governance.models import CalendarNotice, Territory, User
from governance.services import audit
from governance.workdays import WorkingCalendar
from stars.engine.document import DayRule, Sheet
from stars.models import FilingWindow, RatingYear
from stars.periods import bounds, end_of, start_of
from stars.plans import plan_for
from stars.services.locks import lock_year
from stars.wording import window_title


@dataclass(frozen=True)
class Moments:
    opens_at: datetime
    due_at: datetime
    locks_at: datetime


def moments(sheet: Sheet, starts_on: date, ends_on: date, calendar: WorkingCalendar) -> Moments:
    days = [_day(rule, starts_on, ends_on, calendar) for rule in (sheet.opens, sheet.due, sheet.locks)]
    # working days and plain days may cross at a holiday
    return Moments(start_of(days[0]), end_of(max(days[:2])), end_of(max(days)))


def window_of(rating_year: RatingYear, sheet: Sheet, period: int, calendar: WorkingCalendar) -> FilingWindow:
    """As it is when the year opens; not saved."""
    starts_on, ends_on = bounds(rating_year.year, sheet.months, period)
    at = moments(sheet, starts_on, ends_on, calendar)
    return FilingWindow(
        rating_year=rating_year, sheet=sheet.ordinal, sheet_code=sheet.name, period=period, starts_on=starts_on, ends_on=ends_on,
        opens_at=at.opens_at, due_at=at.due_at, locks_at=at.locks_at,
    )  # fmt: skip


def move_windows(territory: Territory | None, before: int, by: User | None, at: datetime, tell: Callable[[str], None]) -> None:
    """Of the open years under `territory` (None: everywhere), as `governance.services.calendar` tells it.

    A moment goes later whenever the new calendar says so, past ones too, and earlier only while that still lies ahead: nobody is
    late by a day that was announced after it. What was extended by hand is never shortened.
    """
    years = RatingYear.objects.filter(stage=RatingYear.Stage.OPEN)
    if territory:
        years = years.filter(territory__path__prefix=territory.path)
    for pk in years.order_by("pk").values_list("pk", flat=True):
        _move_year(lock_year(pk), before, by, at, tell)


def _move_year(rating_year: RatingYear, before: int, by: User | None, at: datetime, tell: Callable[[str], None]) -> None:
    county = rating_year.territory
    old, new = calendar_for(county, version=before), calendar_for(county)
    if rating_year.stage != RatingYear.Stage.OPEN or old.exceptions == new.exceptions:
        return
    notice, sheets = max(notices_for(county), key=lambda one: one.pk), plan_for(rating_year.policy).sheets
    windows = [one for one in rating_year.windows.all() if _is_moved(one, sheets[one.sheet_code], old, new, notice, at)]
    FilingWindow.objects.bulk_update(windows, ["opens_at", "due_at", "locks_at", "due_before", "moved_by"])
    if windows:
        audit.record(
            "stars.move_windows", by=by, at=at, territory=county, subject=rating_year, windows=len(windows), notice=str(notice)
        )  # fmt: skip
        names = "、".join(window_title(one) for one in windows)
        tell(
            _("%(year)s: the days of %(count)d forms have moved: %(names)s.")
            % {"year": rating_year, "count": len(windows), "names": names}
        )


def _is_moved(
    window: FilingWindow, sheet: Sheet, old: WorkingCalendar, new: WorkingCalendar, notice: CalendarNotice, at: datetime
) -> bool:
    was, is_ = (moments(sheet, window.starts_on, window.ends_on, calendar) for calendar in (old, new))
    held = Moments(window.opens_at, window.due_at, window.locks_at)
    if window.opens_at > at:
        window.opens_at = is_.opens_at
    window.due_at = _moved(held.due_at, was.due_at, is_.due_at, at)
    window.locks_at = max(_moved(held.locks_at, was.locks_at, is_.locks_at, at), window.due_at)
    if window.due_at != held.due_at:
        window.due_before, window.moved_by = held.due_at, notice
    return held != Moments(window.opens_at, window.due_at, window.locks_at)


def _moved(held: datetime, was: datetime, is_: datetime, at: datetime) -> datetime:
    return is_ if is_ > held or (held == was and is_ > at) else held


def _day(rule: DayRule, starts_on: date, ends_on: date, calendar: WorkingCalendar) -> date:
    day = starts_on if rule.after == "start" else ends_on
    return calendar.add(day, rule.count) if rule.working else date.fromordinal(day.toordinal() + rule.count)
