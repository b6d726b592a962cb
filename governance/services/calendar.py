"""The State Council's yearly notice, from its file into the calendar."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from governance.calendar import DAY, SATURDAY
from governance.errors import RuleBroken
from governance.models import CalendarDay, User
from governance.services import audit

FILES = Path(__file__).resolve().parents[1] / "data" / "calendar"
NEIGHBOUR = timedelta(days=31)  # a holiday at the turn of the year reaches into the next


@dataclass(frozen=True)
class Notice:
    year: int
    source: str
    days: dict[date, tuple[str, str]] = field(default_factory=dict)  # day → (kind, name)


@dataclass(frozen=True)
class CalendarReport:
    year: int
    added: int
    changed: int
    removed: int


def read_notice(path: Path) -> Notice:
    """raises RuleBroken: bad_calendar, naming the file and what is wrong in it"""
    try:
        body = yaml.safe_load(path.read_text(encoding="utf-8"))
        notice = Notice(year=int(body["year"]), source=str(body["source"]))
        for holiday in body["holidays"]:
            _enter(notice, holiday)
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise _bad(path, f"{type(error).__name__}: {error}") from None
    if date(notice.year, 10, 1) not in notice.days:
        raise _bad(path, _("National Day is missing"))
    return notice


@transaction.atomic
def load_notice(notice: Notice, *, by: User | None, at: datetime) -> CalendarReport:
    """The country's days of that year become exactly those of the notice; a second time changes nothing."""
    held = {row.day: row for row in CalendarDay.objects.select_for_update(of=("self",)).filter(_is_of(notice), territory=None)}
    gone = [row.pk for day, row in held.items() if day not in notice.days]
    CalendarDay.objects.filter(pk__in=gone).delete()
    added = changed = 0
    for day, (kind, name) in sorted(notice.days.items()):
        row = held.get(day)
        if row is None:
            CalendarDay.objects.create(day=day, kind=kind, name=name, source=notice.source)
            added += 1
        elif (row.kind, row.name, row.source) != (kind, name, notice.source):
            row.kind, row.name, row.source = kind, name, notice.source
            row.save()
            changed += 1
    report = CalendarReport(notice.year, added, changed, len(gone))
    if added or changed or gone:
        audit.record(
            "calendar.load", by=by, at=at, territory=None, subject=f"calendar:{notice.year}",
            source=notice.source, added=added, changed=changed, removed=len(gone),
        )  # fmt: skip
    return report


def _is_of(notice: Notice) -> Q:
    """Days at the turn of a year may be the neighbour's notice's; all others of the year are this one's."""
    return Q(source=notice.source) | Q(day__in=notice.days) | Q(day__year=notice.year, day__month__range=(2, 11))


def _enter(notice: Notice, holiday: dict[str, Any]) -> None:
    name, first, last = str(holiday["name"]), holiday["from"], holiday["to"]
    if not first <= last:
        raise ValueError(f"{name}: {first} – {last}")
    for number in range((last - first).days + 1):
        _put(notice, first + number * DAY, CalendarDay.Kind.HOLIDAY, name)
    for day in holiday.get("workdays", ()):
        if day.weekday() < SATURDAY:
            raise ValueError(f"{day} is a working day anyhow")
        _put(notice, day, CalendarDay.Kind.WORKDAY, name)


def _put(notice: Notice, day: date, kind: str, name: str) -> None:
    if day in notice.days:
        raise ValueError(f"{day} twice")
    if not date(notice.year, 1, 1) - NEIGHBOUR <= day <= date(notice.year, 12, 31) + NEIGHBOUR:
        raise ValueError(f"{day} is not in {notice.year}")
    notice.days[day] = (kind, name)


def _bad(path: Path, reason: str) -> RuleBroken:
    return RuleBroken(
        "bad_calendar",
        _("%(file)s: %(reason)s. Nothing was changed; correct the file and load it again.")
        % {"file": path.name, "reason": reason},
    )
