"""From the lines of an item's ledger to its clock. The lines are the truth; what an item says of its clock is read off them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from governance import deadlines
from governance.deadlines import Light, Term, Until
from governance.models import DocketEvent, DocketItem
from governance.workdays import Unit, WorkingCalendar, from_ms, to_ms

Act = DocketEvent.Act
NO_CLOCK = {"started_at": None, "due_at": None, "amber_at": None, "ended_at": None, "is_paused": False}


class Shown(models.TextChoices):
    """An item's light for people: a clock that never began has none."""

    RED = "red", _("red")
    AMBER = "amber", _("amber")
    GREEN = "green", _("green")
    NONE = "none", _("no clock")


@dataclass
class _Replay:
    """Which events of a clock the lines amount to. A line that changes nothing of the clock leaves none."""

    events: list[deadlines.Event]
    is_paused: bool = False
    is_stopped: bool = False

    def take(self, line: DocketEvent) -> None:
        if not self.events:
            if line.act == Act.ASSIGNED:
                self.events.append(deadlines.Started(line.at, _term(line) or Term(1, Unit.DAYS), _holder(line)))
            return
        match line.act:
            case Act.ASSIGNED:
                self._hand_over(line)
            case Act.PAUSED | Act.RETURNED:
                self._pause(line.at)
            case Act.RESUMED:
                self._resume(line.at)
            case Act.EXTENDED:
                self.events.append(deadlines.Extended(line.at, _term(line) or Term(1, Unit.DAYS)))
            case Act.ANSWERED | Act.WITHDRAWN:
                self._stop(line.at)
            case Act.SENT_BACK | Act.REOPENED:
                self.events.append(deadlines.Reopened(line.at, _term(line)))
                self.is_stopped = self.is_paused = False

    def _hand_over(self, line: DocketEvent) -> None:
        self._resume(line.at)
        term = _term(line) if line.restarts else None
        self.events.append(deadlines.Transferred(line.at, _holder(line), line.restarts, term))

    def _pause(self, at: datetime) -> None:
        if not self.is_paused:
            self.events.append(deadlines.Paused(at))
            self.is_paused = True

    def _resume(self, at: datetime) -> None:
        if self.is_paused:
            self.events.append(deadlines.Resumed(at))
            self.is_paused = False

    def _stop(self, at: datetime) -> None:
        if not self.is_stopped:
            self.events.append(deadlines.Stopped(at))
            self.is_stopped, self.is_paused = True, False


def clock_events(lines: Iterable[DocketEvent]) -> list[deadlines.Event]:
    """What happened to the clock, in the order of the ledger's numbers; nothing before the first assignment."""
    replay = _Replay([])
    for line in lines:
        replay.take(line)
    return replay.events


def project(item: DocketItem, lines: Sequence[DocketEvent], calendar: WorkingCalendar) -> None:
    """Sets on `item`, unsaved, what its ledger says under this calendar.  raises deadlines.ImpossibleHistory"""
    events = clock_events(lines)
    values: dict[str, object] = clock_of(events, calendar, lines[-1].at) if events else dict(NO_CLOCK)
    for name, value in values.items():
        setattr(item, name, value)
    item.calendar_version = calendar.version


def clock_of(events: Sequence[deadlines.Event], calendar: WorkingCalendar, at: datetime) -> dict[str, object]:
    """The present round as an item keeps it. `at` is not before the last event."""
    at = max(at, events[-1].at)
    verdict = deadlines.verdict(events, calendar, at)
    now, is_running = verdict.current, verdict.state == deadlines.State.RUNNING
    return {
        "started_at": now.began_at, "due_at": now.due_at, "ended_at": now.ended_at,
        "is_paused": verdict.state == deadlines.State.PAUSED,
        "amber_at": _amber_from(events, calendar, at) if is_running else _if_amber(now, now.ended_at or at),
    }  # fmt: skip


def light_of(item: DocketItem, now: datetime) -> Shown:
    """As it is now; of a clock that ended, whether it ended in time."""
    if item.started_at is None:
        return Shown.NONE
    return _light(item.due_at, item.ended_at, now, is_near=item.amber_at is not None and now >= item.amber_at)


def light_of_round(present: deadlines.Round, at: datetime) -> Shown:
    """As `light_of`, of a round that a replay gives."""
    return _light(present.due_at, present.ended_at, at, is_near=present.light == Light.AMBER)


def _light(due_at: datetime | None, ended_at: datetime | None, at: datetime, *, is_near: bool) -> Shown:
    if due_at is not None and (ended_at or at) >= due_at:
        return Shown.RED
    return Shown.AMBER if is_near and ended_at is None else Shown.GREEN


def _if_amber(now: deadlines.Round, at: datetime) -> datetime | None:
    return at if now.light == Light.AMBER else None


def _amber_from(events: Sequence[deadlines.Event], calendar: WorkingCalendar, at: datetime) -> datetime | None:
    """The first moment from `at` on at which a running clock has used more than its 80 %."""

    def is_green(moment: datetime) -> bool:
        return deadlines.verdict(events, calendar, moment).current.light == Light.GREEN

    if not is_green(at):
        return at
    due = deadlines.deadline_of(events, calendar)
    if due is None:
        return None
    green, not_green = to_ms(at), to_ms(due)
    while not_green - green > 1:
        middle = (green + not_green) // 2
        green, not_green = (middle, not_green) if is_green(from_ms(middle)) else (green, middle)
    return from_ms(not_green)


def _term(line: DocketEvent) -> Term | Until | None:
    if line.until_on is not None:
        return Until(line.until_on)
    return Term(line.term_count, Unit(line.term_unit)) if line.term_count else None


def _holder(line: DocketEvent) -> str:
    return str(line.unit_id or "")
