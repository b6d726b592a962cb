"""What is said of a clock: its deadline, its light, whose the lateness is, and what another calendar does to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from governance.deadlines.events import Event
from governance.deadlines.run import Run, replay
from governance.workdays import WorkingCalendar, from_ms, to_ms

AMBER_PERCENT = 80


class Light(StrEnum):
    GREEN = "green"
    AMBER = "amber"  # more than 80 % of the time is used
    RED = "red"  # late


class State(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Round:
    """One run of a clock, from a start to its answer or to the next start, as it stands at a moment.

    holder    who holds it; once it has run out, who held it then: the lateness is theirs
    due_at    the first moment that is too late; None while the clock stands still before it
    used_ms, limit_ms   time that counts: a day is 24 hours of it, a working hour one
    """

    holder: str
    began_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    used_ms: int
    limit_ms: int
    late: bool

    @property
    def left_ms(self) -> int:
        """Below 0: so much it is overdue."""
        return self.limit_ms - self.used_ms

    @property
    def light(self) -> Light:
        if self.late:
            return Light.RED
        return Light.AMBER if self.used_ms * 100 > self.limit_ms * AMBER_PERCENT else Light.GREEN


@dataclass(frozen=True)
class Verdict:
    """A round that has ended is judged by the moment it ended at."""

    state: State
    rounds: tuple[Round, ...]

    @property
    def current(self) -> Round:
        return self.rounds[-1]

    @property
    def lateness(self) -> tuple[Round, ...]:
        """The rounds that are late; each holder answers for his own."""
        return tuple(one for one in self.rounds if one.late)


class Effect(StrEnum):
    WITHDRAWN = "withdrawn"  # late by the old calendar alone: the lateness is taken back
    LATER = "later"
    EARLIER = "earlier"
    KEPT = "kept"  # the new deadline had passed before its notice was known: the old one holds


@dataclass(frozen=True)
class Change:
    """What another version of the calendar does to one round; `place` is its index."""

    place: int
    effect: Effect
    before: Round
    after: Round

    @property
    def lateness_stands(self) -> bool:
        return self.before.late if self.effect == Effect.KEPT else self.after.late


def deadline_of(events: Sequence[Event], calendar: WorkingCalendar) -> datetime | None:
    """The first moment that is too late in the present round; None while the clock stands still before it.

    raises ImpossibleHistory
    """
    return _moment(replay(events, calendar)[-1].due)


def verdict(events: Sequence[Event], calendar: WorkingCalendar, at: datetime) -> Verdict:
    """How the clock stands at a moment; what is received after it isn't known yet.  raises ImpossibleHistory"""
    now = to_ms(at)
    runs = replay(events, calendar, now)
    return Verdict(_state(runs[-1]), tuple(_judged(run, now) for run in runs))


def withdrawn(events: Sequence[Event], old: WorkingCalendar, new: WorkingCalendar, at: datetime) -> list[Change]:
    """What changes when `new` takes the place of `old`, open rounds as they stand at `at`; rounds it leaves alone are not listed.

    raises ImpossibleHistory
    """
    pairs = zip(verdict(events, old, at).rounds, verdict(events, new, at).rounds, strict=True)
    return [
        Change(place, _effect(before, after, new.known_at), before, after)
        for place, (before, after) in enumerate(pairs)
        if before.due_at != after.due_at
    ]


def _effect(before: Round, after: Round, known_at: datetime | None) -> Effect:
    if after.due_at is None or (before.due_at is not None and before.due_at < after.due_at):
        return Effect.WITHDRAWN if before.late and not after.late else Effect.LATER
    return Effect.KEPT if known_at is not None and after.due_at <= known_at else Effect.EARLIER


def _state(run: Run) -> State:
    if run.ended is not None:
        return State.STOPPED
    return State.RUNNING if run.still_from is None else State.PAUSED


def _judged(run: Run, now: int) -> Round:
    end, due = now if run.ended is None else run.ended, run.due
    return Round(
        holder=_holder(run, due), began_at=from_ms(run.began), due_at=_moment(due), ended_at=_moment(run.ended),
        used_ms=run.used(end), limit_ms=run.limit, late=is_late(end, due),
    )  # fmt: skip


def is_late(end: int, due: int | None) -> bool:
    return due is not None and end >= due


def _holder(run: Run, due: int | None) -> str:
    held = [holder for since, holder in run.holders if due is None or since < due]
    return held[-1] if held else run.holders[0][1]


def _moment(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)
