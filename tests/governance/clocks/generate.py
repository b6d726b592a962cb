"""Generated histories of a clock, and calendars to read them by. The same seed gives the same case.

An event is (kind, when, what else); a term is a date or (count, unit, moves_on).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from tests.governance.clocks.slow import DAY, MINUTE, TICK, Calendar, days_of_notices, judge, minutes_of_a_day

NOTICES = days_of_notices()
MINUTES = minutes_of_a_day()
SUMMER = [*range(8 * 60, 12 * 60), *range(15 * 60, 18 * 60 + 30)]
EDGES = [0, 1, 8 * 60, 12 * 60, 12 * 60 + 1, 14 * 60 + 30, 18 * 60, 23 * 60 + 59]
NEAR = [date(2023, 1, 19), date(2024, 2, 2), date(2025, 1, 23), date(2025, 9, 25), date(2026, 2, 11), date(2026, 9, 17)]
UNITS = ["days", "working_days", "working_hours"]


@dataclass
class Case:
    history: list[tuple]
    old: Calendar
    new: Calendar
    moments: list[datetime]  # when the clock is asked


def draw(seed: str) -> Case:
    random = Random(seed)
    history = Writer(random).history()
    old, new = calendars(random, history)
    asked = sorted(at for at in set(moments(random, history, old)) if at >= history[0][1])
    return Case(history, old, new, asked)


class Writer:
    """Only events that can follow on one another."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.when = self.moment(self.day())
        self.state = "running"
        self.first_is_date = False

    def history(self) -> list[tuple]:
        events = [self.start("started", {"holder": "甲局"}, self.term())]
        for _ in range(self.random.choice([0, 1, 2, 2, 3, 3, 4, 5, 7])):
            self.later()
            events.append(self.event())
        return events

    def start(self, kind: str, more: dict, term: Any) -> tuple:
        if term is not None:
            self.first_is_date = isinstance(term, date)
        return kind, self.when, {**more, "term": term}

    def event(self) -> tuple:
        random = self.random
        if self.state == "stopped":
            self.state = "running"
            return self.start("reopened", {}, random.choice([None, None, self.term()]))
        kinds = ["paused", "paused", "transferred", "transferred", "extended", "extended", "stopped"]
        kind = random.choice(kinds if self.state == "running" else ["resumed", "resumed", "resumed", *kinds[2:]])
        if kind == "transferred":
            more = {"holder": random.choice(["乙局", "丙镇"]), "restarts": random.random() < 0.5}
            if not more["restarts"]:
                return kind, self.when, {**more, "term": None}
            self.state = "running"
            return self.start(kind, more, self.term() if self.first_is_date or random.random() < 0.5 else None)
        if kind == "extended":
            return kind, self.when, {"by": self.term()}
        self.state = {"paused": "paused", "resumed": "running", "stopped": "stopped"}[kind]
        return kind, self.when, {}

    def term(self) -> Any:
        random = self.random
        if random.random() < 0.25:
            return self.when.date() + random.choice([0, 0, 1, 2, 5, 9, 20]) * DAY
        unit = random.choice(UNITS)
        count = random.choice([1, 1, 2, 3, 5, 7, 10, 15]) * (random.choice([1, 4]) if unit == "working_hours" else 1)
        return count, unit, unit == "days" and random.random() < 0.4

    def later(self) -> None:
        random = self.random
        gap = random.choice([0, 0, 0, 1, 1, 2, 4, 8])
        there = self.moment(self.when.date() + gap * DAY)
        self.when = max(self.when, there)

    def day(self) -> date:
        random = self.random
        if random.random() < 0.6:
            return random.choice(NEAR) + random.randint(-3, 12) * DAY
        return date(2023, 1, 2) + random.randint(0, 4 * 365 - 30) * DAY

    def moment(self, day: date) -> datetime:
        random = self.random
        minute = random.choice(EDGES) if random.random() < 0.35 else random.randrange(24 * 60)
        return datetime.combine(day, time()) + minute * MINUTE


def calendars(random: Random, history: list[tuple]) -> tuple[Calendar, Calendar]:
    """The notices as they are, with some days changed; and what a later notice makes of it."""
    first, last = history[0][1], history[-1][1]
    old = _changed(random, NOTICES, first, last, random.choice([0, 0, 2]))
    new = _changed(random, old, first, last, random.choice([0, 1, 2, 4, 6]))
    hours = random.choice([MINUTES, MINUTES, SUMMER])
    known = first + random.randint(-48, 30 * 24) * timedelta(hours=1)
    return Calendar(old, hours), Calendar(new, random.choice([hours, hours, hours, SUMMER]), random.choice([None, known, known]))


def _changed(random: Random, days: dict[date, bool], first: datetime, last: datetime, count: int) -> dict[date, bool]:
    changed = dict(days)
    length = (last - first).days + 12
    for _ in range(count):
        day = first.date() + random.randint(0, length) * DAY
        for further in range(random.choice([1, 1, 3])):
            changed[day + further * DAY] = random.random() < 0.3
    return changed


def moments(random: Random, history: list[tuple], calendar: Calendar) -> Iterator[datetime]:
    """At each event or a little before the next, later, and around each deadline."""
    ends = [when for _kind, when, _more in history]
    yield random.choice(ends)
    yield ends[-1]
    yield ends[-1] + random.randint(0, 20 * 24 * 60) * MINUTE + random.randint(0, 59_999) * TICK
    for one in judge(history, calendar, ends[-1])[1]:
        if one.due is not None:
            yield from (one.due - TICK, one.due)
