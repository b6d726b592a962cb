"""What may happen to a clock. A history is a list of these in the order of their receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from governance.workdays import Unit


class ImpossibleHistory(ValueError):
    """An event that can't follow on the ones before it; `place` is its index.

    code  not_started, started_twice, stands_still, runs, stopped, not_stopped, empty_term, day_is_past, term_without_restart
    """

    def __init__(self, code: str, place: int) -> None:
        super().__init__(f"event {place}: {code}")
        self.code, self.place = code, place


@dataclass(frozen=True)
class Term:
    """So many days, working days or working hours. `moves_on`: a last day that is free gives way to the next working day."""

    count: int
    unit: Unit
    moves_on: bool = False


@dataclass(frozen=True)
class Until:
    """To the end of a day."""

    day: date


@dataclass(frozen=True)
class Started:
    at: datetime
    term: Term | Until
    holder: str = ""


@dataclass(frozen=True)
class Paused:
    at: datetime


@dataclass(frozen=True)
class Resumed:
    at: datetime


@dataclass(frozen=True)
class Transferred:
    """Another holds it now. `restarts`: by rule the clock begins anew, with `term`, or with the one it last began with."""

    at: datetime
    holder: str
    restarts: bool
    term: Term | Until | None = None


@dataclass(frozen=True)
class Extended:
    """By so much after the deadline, or to a day."""

    at: datetime
    by: Term | Until


@dataclass(frozen=True)
class Stopped:
    """Answered, withdrawn or struck off."""

    at: datetime


@dataclass(frozen=True)
class Reopened:
    """With a term of its own, or with what was left when it stopped."""

    at: datetime
    term: Term | Until | None = None


Event = Started | Paused | Resumed | Transferred | Extended | Stopped | Reopened
