"""Days, moments and windows as sentences name them."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from governance.deadline_words import moved
from governance.workdays import last_day_before
from stars import periods
from stars.models import Filing, FilingWindow
from stars.plans import plan_for


def shown_day(day: date) -> str:
    return date_format(day, "DATE_FORMAT")


def shown_moment(at: datetime | None) -> str:
    return "" if at is None else date_format(timezone.localtime(at, timezone.get_default_timezone()), "SHORT_DATETIME_FORMAT")


def opening_day(window: FilingWindow) -> str:
    return shown_day(periods.local_day(window.opens_at))


def last_day(window: FilingWindow) -> str:
    """On which one can still file."""
    return shown_day(last_day_before(window.locks_at))


def due_day(filing: Filing) -> date:
    """The last day on which this unit is on time."""
    return last_day_before(filing.due_at)


def moved_note(filing: Filing, at: datetime) -> str:
    """What the calendar did to the deadline, and to lateness that was noted by it."""
    before = filing.window.due_before
    note = window_note(filing.window, is_withdrawn=before is not None and before <= filing.came_in(at) < filing.due_at)
    if note and filing.due_at > filing.window.due_at:
        note += _("The extension of this unit until the end of %(day)s stands.") % {"day": shown_day(due_day(filing))}
    return note


def window_note(window: FilingWindow, *, notice: str = "", is_withdrawn: bool = False) -> str:
    """`notice`: by name, for those who may read it; a county's own is no township's."""
    change = notice or _("the change of the working calendar")
    return moved(change, window.due_before, window.due_at, is_withdrawn=is_withdrawn) if window.due_before else ""


def window_title(window: FilingWindow) -> str:
    sheet = plan_for(window.rating_year.policy).sheets[window.sheet_code]
    return _("“%(sheet)s” of %(period)s") % {"sheet": sheet.title, "period": periods.title(window.starts_on, window.ends_on)}
