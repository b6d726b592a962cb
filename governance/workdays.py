"""Working days and working hours of one version of the calendar: whole numbers over prefix tables.

No database, no clock, and no time zone but Asia/Shanghai, whatever the server's or the database's. A moment is a whole number
of milliseconds since 1 January 2000, 00:00 in Shanghai, which has been at +08:00 ever since. A stretch of time holds its first
millisecond and not its end: 23:59:59.999 is in the day, 00:00:00.000 is in the next.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST, LAST = date(2000, 1, 1), date(2119, 12, 31)  # what the tables hold: every year that can be rated, and what follows
DAYS = (LAST - FIRST).days + 1
DAY = timedelta(days=1)
MILLISECOND = timedelta(milliseconds=1)
DAY_MS = DAY // MILLISECOND
SATURDAY = 5


class OutOfCalendar(ValueError):
    """A day or a moment before 2000 or after 2119."""


class Unit(StrEnum):
    """What a term counts."""

    DAYS = "days"  # of the calendar
    WORKING_DAYS = "working_days"
    WORKING_HOURS = "working_hours"


def start_of(day: date) -> datetime:
    """The first moment of a day in Asia/Shanghai."""
    return datetime.combine(day, time(), tzinfo=SHANGHAI)


def end_of(day: date) -> datetime:
    """The first moment after a day in Asia/Shanghai."""
    return start_of(day + DAY)


def last_day_before(end: datetime) -> date:
    """The last day in time of what ends at `end`, the first moment that is too late."""
    return local_day(end - MILLISECOND)


def local_day(at: datetime) -> date:
    """raises ValueError, if `at` names no time zone"""
    return _aware(at).astimezone(SHANGHAI).date()


def to_ms(at: datetime) -> int:
    """What is finer than a millisecond is cut off.  raises ValueError, if `at` names no time zone"""
    return (_aware(at) - start_of(FIRST)) // MILLISECOND


def from_ms(ms: int) -> datetime:
    return start_of(FIRST) + ms * MILLISECOND


def day_of(ms: int) -> date:
    return FIRST + ms // DAY_MS * DAY


def first_ms(day: date) -> int:
    return (day - FIRST).days * DAY_MS


def clock_of(ms_of_day: int) -> str:
    minutes = ms_of_day // (DAY_MS // (24 * 60))
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@dataclass(frozen=True)
class Hours:
    """The hours of a working day from a day on. `windows` are milliseconds of the day, from and to, in order and apart."""

    from_on: date
    windows: tuple[tuple[int, int], ...]
    source: str

    @property
    def length(self) -> int:
        return sum(end - start for start, end in self.windows)

    @property
    def texts(self) -> list[str]:
        """As "08:00-12:00"."""
        return [f"{clock_of(start)}-{clock_of(end)}" for start, end in self.windows]


@dataclass(frozen=True)
class WorkingCalendar:
    """What is known of the days that don't go by their weekday: working (True) or free (False).

    A year that the State Council has not announced yet counts its weekends only; `announced` tells.

    hours     in the order of their days; working hours are counted from the first of these days on
    version   number of the last notice in it, 0 if there is none
    known_at  since when that notice has been on record
    """

    exceptions: Mapping[date, bool]
    years: frozenset[int] = frozenset()
    hours: tuple[Hours, ...] = ()
    version: int = 0
    known_at: datetime | None = None

    def announced(self, year: int) -> bool:
        return year in self.years

    def is_working(self, day: date) -> bool:
        return self.exceptions.get(day, day.weekday() < SATURDAY)

    def add(self, day: date, working_days: int) -> date:
        """The last of so many working days after `day` (before it, if negative); `day` itself doesn't count."""
        if not working_days:
            return day
        row = _row(day)
        before = int(self._days_before[row + 1]) if working_days > 0 else int(self._days_before[row]) + 1
        return FIRST + self._row_of_working_day(before + working_days) * DAY

    def between(self, start: date, end: date) -> int:
        """Working days after `start`, up to and including `end`: between(day, add(day, n)) is n."""
        if end < start:
            return int(self._days_before[_row(end)] - self._days_before[_row(start)])
        return int(self._days_before[_row(end) + 1] - self._days_before[_row(start) + 1])

    def next_working_day(self, day: date) -> date:
        return self.add(day, 1)

    def previous_working_day(self, day: date) -> date:
        return self.add(day, -1)

    def end_of_working_day(self, day: date, number: int) -> datetime:
        """The first moment after the `number`-th working day after `day`."""
        return end_of(self.add(day, number))

    def add_hours(self, at: datetime, amount: timedelta) -> datetime:
        """The first moment by which so much working time has run since `at`."""
        return from_ms(self.reached(Unit.WORKING_HOURS, self.counted(Unit.WORKING_HOURS, to_ms(at)) + amount // MILLISECOND))

    def hours_between(self, start: datetime, end: datetime) -> timedelta:
        return (self.counted(Unit.WORKING_HOURS, to_ms(end)) - self.counted(Unit.WORKING_HOURS, to_ms(start))) * MILLISECOND

    def counted(self, unit: Unit, ms: int) -> int:
        """Milliseconds that count in `unit`, between the first day of the tables and `ms`; a day that counts has 24 hours of them."""
        row, in_day = divmod(ms, DAY_MS)
        if not 0 <= row < DAYS:
            raise OutOfCalendar(f"{day_of(ms)} is outside of {FIRST} – {LAST}")
        if unit == Unit.DAYS:
            return ms
        if unit == Unit.WORKING_DAYS:
            return int(self._days_before[row]) * DAY_MS + (in_day if self._works[row] else 0)
        of_today = sum(min(max(in_day - start, 0), end - start) for start, end in self._windows(row))
        return int(self._hours_before[row]) + of_today

    def reached(self, unit: Unit, amount: int) -> int:
        """The first moment by which `amount` has been counted, the reverse of `counted`; `amount` is more than 0."""
        if unit == Unit.DAYS:
            return amount
        if unit == Unit.WORKING_DAYS:
            whole, rest = divmod(amount - 1, DAY_MS)
            return self._row_of_working_day(whole + 1) * DAY_MS + rest + 1
        row = int(np.searchsorted(self._hours_before, amount)) - 1
        rest = amount - int(self._hours_before[row])
        for start, end in self._windows(row):
            if rest <= end - start:
                return row * DAY_MS + start + rest
            rest -= end - start
        raise OutOfCalendar(f"so many working hours don't end before {LAST}")

    @cached_property
    def _works(self) -> NDArray[np.bool_]:
        """(days,) of the tables, whether it is a working day."""
        works = (np.arange(DAYS) + FIRST.weekday()) % 7 < SATURDAY
        for day, working in self.exceptions.items():
            works[_row(day)] = working
        return works

    @cached_property
    def _days_before(self) -> NDArray[np.int64]:
        """(days + 1,) working days before each day."""
        return np.concatenate([[0], np.cumsum(self._works, dtype=np.int64)])

    @cached_property
    def _hours_before(self) -> NDArray[np.int64]:
        """(days + 1,) milliseconds of working time before each day."""
        lengths = np.zeros(DAYS, dtype=np.int64)
        for hours in self.hours:
            lengths[_row(hours.from_on) :] = hours.length
        return np.concatenate([[0], np.cumsum(lengths * self._works, dtype=np.int64)])

    def _windows(self, row: int) -> tuple[tuple[int, int], ...]:
        if row >= DAYS or not self._works[row]:
            return ()
        place = bisect_right(self.hours, FIRST + row * DAY, key=lambda hours: hours.from_on)
        return self.hours[place - 1].windows if place else ()

    def _row_of_working_day(self, number: int) -> int:
        """`number` counts from the first working day of the tables, which is 1."""
        if not 1 <= number <= int(self._days_before[-1]):
            raise OutOfCalendar(f"so many working days don't end between {FIRST} and {LAST}")
        return int(np.searchsorted(self._days_before, number)) - 1


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:  # Python would take it for the server's own time
        raise ValueError(f"{at} names no time zone")
    return at


def _row(day: date) -> int:
    if not FIRST <= day <= LAST:
        raise OutOfCalendar(f"{day} is outside of {FIRST} – {LAST}")
    return (day - FIRST).days
