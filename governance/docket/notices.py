"""A calendar that changes late: deadlines, open and past, are reckoned anew, and lateness that was unfair is taken back, on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from governance import deadlines
from governance.calendar import calendar_for
from governance.deadline_words import note
from governance.deadlines import Change, Effect
from governance.docket import ledger
from governance.docket.acts import write_line
from governance.docket.lists import CLOSED
from governance.models import CalendarNotice, DocketEvent, DocketItem, Territory, User
from governance.record import language_of_record
from governance.services import audit
from governance.workdays import WorkingCalendar

AT_ONCE = 500


@dataclass
class Recalculated:
    """looked at, of those moved to another deadline, of those no longer late"""

    items: int = 0
    moved: int = 0
    withdrawn: int = 0


@dataclass
class _Calendars:
    held: dict[tuple[int, int | None], WorkingCalendar] = field(default_factory=dict)

    def of(self, place: Territory, version: int | None) -> WorkingCalendar:
        key = (place.pk, version)
        if key not in self.held:
            self.held[key] = calendar_for(place, version=version)
        return self.held[key]


def recalculate(place: Territory | None, *, by: User | None, at: datetime) -> Recalculated:
    """After a notice for `place` (None: the country). In the caller's transaction or batch by batch; again changes nothing."""
    done, calendars, last = Recalculated(), _Calendars(), 0
    rows = DocketItem.objects.exclude(started_at=None)
    if place is not None:
        rows = rows.filter(territory__path__prefix=place.path)
    while batch := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        last = batch[-1]
        with transaction.atomic():
            for item in _locked(batch):
                _look_at(item, calendars, done, by, at)
    return done


def _locked(batch: Sequence[int]) -> list[DocketItem]:
    rows = DocketItem.objects.select_for_update(of=("self",)).filter(pk__in=batch).order_by("pk")
    return list(rows.select_related("territory").prefetch_related("events"))


def _look_at(item: DocketItem, calendars: _Calendars, done: Recalculated, by: User | None, at: datetime) -> None:
    new = calendars.of(item.territory, None)
    if new.version == item.calendar_version:
        return
    done.items += 1
    old = calendars.of(item.territory, item.calendar_version)
    lines = sorted(item.events.all(), key=lambda line: line.number)
    events = ledger.clock_events(lines)
    moment = max(at, events[-1].at)
    changes = deadlines.withdrawn(events, old, new, moment)
    rounds = len(deadlines.verdict(events, new, moment).rounds)
    present = next((one for one in changes if one.place == rounds - 1), None)
    if present is not None and present.effect == Effect.KEPT:
        return  # the deadline that people knew holds, and with it the calendar they knew
    if changes:
        _note(item, lines, changes, present, new, done, by, at)
    else:
        item.calendar_version = new.version
        item.save(update_fields=["calendar_version"])


def _note(
    item: DocketItem, lines: list[DocketEvent], changes: Sequence[Change], present: Change | None, new: WorkingCalendar,
    done: Recalculated, by: User | None, at: datetime,
) -> None:  # fmt: skip
    taken_back = next((one for one in changes if one.effect == Effect.WITHDRAWN), None)
    shown = taken_back or (present if item.state not in CLOSED else None)
    done.moved += 1
    if shown is None:
        ledger.project(item, lines, new)
        item.save()
        return
    act = DocketEvent.Act.LATENESS_WITHDRAWN if taken_back else DocketEvent.Act.RECALCULATED
    with language_of_record():
        text = note(shown, str(CalendarNotice.objects.get(pk=new.version)))
    line = DocketEvent(item=item, number=item.version + 1, act=act, by=by, at=at, text=text)
    write_line(item, line, [*lines, line], new)
    if taken_back:
        done.withdrawn += 1
        audit.record("docket.lateness_withdrawn", by=by, at=at, territory=item.territory, subject=item, line=line.number)
