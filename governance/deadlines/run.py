"""One run of a clock, replayed: where it ends, and how much of it is used. Moments are milliseconds (governance.workdays)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from governance.deadlines.events import (
    Event,
    Extended,
    ImpossibleHistory,
    Paused,
    Reopened,
    Resumed,
    Started,
    Stopped,
    Term,
    Transferred,
    Until,
)
from governance.workdays import DAY_MS, Unit, WorkingCalendar, day_of, first_ms, to_ms

HOUR_MS = DAY_MS // 24
EVER = 1 << 62


@dataclass(frozen=True)
class Leg:
    """A stretch to be counted. The next one begins where this one ends: its own `begin` is None."""

    begin: int | None
    unit: Unit
    amount: int
    moves_on: bool = False


@dataclass(frozen=True)
class Stretch:
    """A leg as it lies in the calendar. `due` is None where the clock stands still before its end; `limit` counts all of it."""

    begin: int | None
    due: int | None
    limit: int


@dataclass
class Run:
    calendar: WorkingCalendar
    place: int  # of the event at hand
    began: int
    term: Term | Until
    holders: list[tuple[int, str]]  # since when, who
    spent: int = 0  # counted before the legs: what was used when a new date was set
    legs: list[Leg] = field(default_factory=list)
    stood_still: list[tuple[int, int]] = field(default_factory=list)
    still_from: int | None = None
    ended: int | None = None

    def __post_init__(self) -> None:
        self.legs = [self._first_leg(self.began, self.term)]

    # ---- what happens

    def pause(self, ms: int) -> None:
        self._require_not_ended()
        self._require(self.still_from is None, "stands_still")
        self.still_from = ms

    def resume(self, ms: int) -> None:
        self._require_not_ended()
        self._require(self.still_from is not None, "runs")
        self._stand_until(ms)

    def hand_over(self, ms: int, holder: str, term: Term | Until | None) -> None:
        self._require_not_ended()
        self._require(term is None, "term_without_restart")
        self.holders.append((ms, holder))

    def extend(self, ms: int, by: Term | Until) -> None:
        self._require_not_ended()
        if isinstance(by, Until):
            self.spent, self.legs = self.used(midnight(ms)), [self._first_leg(ms, by)]
        else:
            self.legs.append(self._leg(None, by))

    def stop(self, ms: int) -> None:
        self._require_not_ended()
        self._stand_until(ms)
        self.ended = ms

    def go_on(self, ms: int) -> None:
        """The time between the answer and the reopening is nobody's."""
        self.still_from, self.ended = self.ended, None
        self._stand_until(ms)

    def _stand_until(self, ms: int) -> None:
        if self.still_from is not None:
            self.stood_still.append((self.still_from, ms))
            self.still_from = None

    def _first_leg(self, ms: int, term: Term | Until) -> Leg:
        """From an event on: hours at once, days from the next day, a date with the day itself."""
        if isinstance(term, Until):
            self._require(first_ms(term.day) >= midnight(ms), "day_is_past")
            return Leg(midnight(ms), Unit.DAYS, first_ms(term.day) + DAY_MS - midnight(ms))
        return self._leg(ms if term.unit == Unit.WORKING_HOURS else midnight(ms) + DAY_MS, term)

    def _leg(self, begin: int | None, term: Term) -> Leg:
        self._require(term.count > 0, "empty_term")
        return Leg(begin, term.unit, term.count * (HOUR_MS if term.unit == Unit.WORKING_HOURS else DAY_MS), term.moves_on)

    def _require_not_ended(self) -> None:
        self._require(self.ended is None, "stopped")

    def _require(self, holds: bool, code: str) -> None:
        if not holds:
            raise ImpossibleHistory(code, self.place)

    # ---- what follows from it

    @property
    def due(self) -> int | None:
        """The first moment that is too late; None while the clock stands still before it."""
        return self.stretches()[-1].due

    @property
    def limit(self) -> int:
        return self.spent + sum(stretch.limit for stretch in self.stretches())

    def used(self, now: int) -> int:
        """What has been counted until `now`; past the end of the last leg it is counted on."""
        used, stretches = self.spent, self.stretches()
        for leg, stretch in zip(self.legs, stretches, strict=True):
            if stretch.due is None or now < stretch.due:
                return used + (0 if stretch.begin is None else self._counted(leg.unit, stretch.begin, now))
            used += stretch.limit
        due = stretches[-1].due
        return used + (0 if due is None else self._counted(self.legs[-1].unit, due, now))

    def stretches(self) -> list[Stretch]:
        found: list[Stretch] = []
        for leg in self.legs:
            begin = leg.begin if leg.begin is not None else _after(found[-1].due, leg.unit)
            found.append(Stretch(None, None, leg.amount) if begin is None else self._stretch(leg, begin))
        return found

    def _stretch(self, leg: Leg, begin: int) -> Stretch:
        due = self._reached(leg.unit, begin, leg.amount)
        if due is None or not leg.moves_on or self.calendar.is_working(day_of(due - 1)):
            return Stretch(begin, due, leg.amount)
        later = self._reached(Unit.WORKING_DAYS, due, DAY_MS)
        return Stretch(begin, later, leg.amount if later is None else self._counted(leg.unit, begin, later))

    def _reached(self, unit: Unit, begin: int, amount: int) -> int | None:
        for start, end in self._free(unit, begin):
            before = self.calendar.counted(unit, start)
            here = amount if end == EVER else self.calendar.counted(unit, end) - before
            if amount <= here:
                return self.calendar.reached(unit, before + amount)
            amount -= here
        return None

    def _counted(self, unit: Unit, begin: int, now: int) -> int:
        counted = self.calendar.counted
        return sum(counted(unit, min(end, now)) - counted(unit, start) for start, end in self._free(unit, begin) if start < now)

    def _free(self, unit: Unit, begin: int) -> Iterator[tuple[int, int]]:
        """Where the clock runs, from `begin` on and in order; the last stretch has no end, unless it stands still now."""
        for start, end in self._gaps(unit):
            if start > begin:
                yield begin, start
            begin = max(begin, end)
        if begin < EVER:
            yield begin, EVER

    def _gaps(self, unit: Unit) -> Iterator[tuple[int, int]]:
        """Where it stands still, in order: for a term of days, the whole of each day that it stood still on."""
        still_now = [] if self.still_from is None else [(self.still_from, EVER)]
        for start, end in self.stood_still + still_now:
            if start < end:
                yield (start, end) if unit == Unit.WORKING_HOURS else (midnight(start), midnight(end - 1) + DAY_MS)


def replay(events: Sequence[Event], calendar: WorkingCalendar, until: int = EVER) -> list[Run]:
    """One run for each start of the clock; what was received after `until` is left out.  raises ImpossibleHistory"""
    runs: list[Run] = []
    now = 0
    for place, event in enumerate(events):
        now = max(now, to_ms(event.at))  # a server's clock may step back, the order of receipt doesn't
        if now > until:
            break
        _happen(runs, event, now, place, calendar)
    if not runs:
        raise ImpossibleHistory("not_started", 0)
    return runs


def _happen(runs: list[Run], event: Event, ms: int, place: int, calendar: WorkingCalendar) -> None:
    if isinstance(event, Started):
        if runs:
            raise ImpossibleHistory("started_twice", place)
        runs.append(Run(calendar, place, ms, event.term, [(ms, event.holder)]))
        return
    if not runs:
        raise ImpossibleHistory("not_started", place)
    run = runs[-1]
    run.place = place
    match event:
        case Paused():
            run.pause(ms)
        case Resumed():
            run.resume(ms)
        case Extended(by=by):
            run.extend(ms, by)
        case Stopped():
            run.stop(ms)
        case Transferred(holder=holder, restarts=False, term=term):
            run.hand_over(ms, holder, term)
        case Transferred(holder=holder, term=term):
            run.stop(ms)
            runs.append(Run(calendar, place, ms, term or run.term, [(ms, holder)]))
        case Reopened() if run.ended is None:
            raise ImpossibleHistory("not_stopped", place)
        case Reopened(term=None):
            run.go_on(ms)
        case Reopened(term=Term() | Until() as term):
            runs.append(Run(calendar, place, ms, term, [(ms, run.holders[-1][1])]))


def midnight(ms: int) -> int:
    """The first moment of the day of `ms`."""
    return ms // DAY_MS * DAY_MS


def _after(due: int | None, unit: Unit) -> int | None:
    """Where a term begins that follows on a deadline: hours at once, days after the last day."""
    return due if due is None or unit == Unit.WORKING_HOURS else midnight(due - 1) + DAY_MS
