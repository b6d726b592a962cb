"""The second opinion on deadlines: walks day by day and minute by minute, with nothing of the product but its data files.

Times are the wall clock in Shanghai, without a zone; what happens, happens at whole minutes; questions may be asked at any moment.
A history is a list of (kind, when, what else): see tests.governance.clocks.generate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parents[3] / "governance" / "data"
DAY, MINUTE, TICK = timedelta(days=1), timedelta(minutes=1), timedelta(milliseconds=1)
HORIZON = date(2032, 1, 1)


def days_of_notices() -> dict[date, bool]:
    """Days that don't go by their weekday: worked (True) or not."""
    days = {}
    for file in sorted((DATA / "calendar").glob("*.yaml")):
        for holiday in yaml.safe_load(file.read_text("utf-8"))["holidays"]:
            day = holiday["from"]
            while day <= holiday["to"]:
                days[day] = False
                day += DAY
            for day in holiday.get("workdays", []):
                days[day] = True
    return days


def minutes_of_a_day() -> list[int]:
    (only,) = yaml.safe_load((DATA / "working-hours.yaml").read_text("utf-8"))
    return [minute for window in only["hours"] for minute in range(*[_minute(text) for text in window.split("-")])]


def _minute(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


@dataclass
class Calendar:
    days: dict[date, bool]
    minutes: list[int]  # of a working day, from midnight
    known: datetime | None = None

    def works(self, day: date) -> bool:
        return self.days.get(day, day.weekday() < 5)


@dataclass
class Round:
    began: datetime
    term: Any
    holders: list[tuple[datetime, str]]
    legs: list[dict] = field(default_factory=list)
    spent: timedelta = timedelta(0)
    still: list[tuple[datetime, datetime]] = field(default_factory=list)
    paused: datetime | None = None
    ended: datetime | None = None


@dataclass
class Answer:
    holder: str
    began: datetime
    due: datetime | None
    ended: datetime | None
    used: timedelta
    limit: timedelta
    late: bool
    light: str


def judge(history: list[tuple], calendar: Calendar, at: datetime) -> tuple[str, list[Answer]]:
    rounds: list[Round] = []
    for kind, when, more in history:
        if when > at:
            break
        happen(rounds, kind, when, more, calendar)
    last = rounds[-1]
    state = "stopped" if last.ended else "paused" if last.paused else "running"
    return state, [answer(one, calendar, at) for one in rounds]


def happen(rounds: list[Round], kind: str, when: datetime, more: dict, calendar: Calendar) -> None:
    if kind == "started":
        rounds.append(new_round(when, more["term"], more["holder"]))
        return
    one = rounds[-1]
    if kind == "paused":
        one.paused = when
    elif kind == "resumed":
        end_pause(one, when)
    elif kind == "transferred" and not more["restarts"]:
        one.holders.append((when, more["holder"]))
    elif kind == "transferred":
        end_pause(one, when)
        one.ended = when
        rounds.append(new_round(when, more["term"] or one.term, more["holder"]))
    elif kind == "extended" and isinstance(more["by"], date):
        midnight = datetime.combine(when.date(), time())
        one.spent = used(one, calendar, midnight, walk(one, calendar))
        one.legs = [date_leg(when, more["by"])]
    elif kind == "extended":
        one.legs.append({"chained": True, **leg_of(more["by"])})
    elif kind == "stopped":
        end_pause(one, when)
        one.ended = when
    elif kind == "reopened" and more["term"] is None:
        one.still.append((one.ended, when))
        one.ended = None
    elif kind == "reopened":
        rounds.append(new_round(when, more["term"], one.holders[-1][1]))
    else:
        raise AssertionError(kind)


def new_round(when: datetime, term: Any, holder: str) -> Round:
    leg = date_leg(when, term) if isinstance(term, date) else {"chained": False, "after": when, **leg_of(term)}
    return Round(when, term, [(when, holder)], [leg])


def date_leg(when: datetime, day: date) -> dict:
    """The day on which the date is set, and all days up to it."""
    return {"chained": False, "first": when.date(), "unit": "days", "count": (day - when.date()).days + 1, "moves_on": False}


def leg_of(term: tuple) -> dict:
    count, unit, moves_on = term
    return {"unit": unit, "count": count, "moves_on": moves_on}


def end_pause(one: Round, when: datetime) -> None:
    if one.paused is not None:
        one.still.append((one.paused, when))
        one.paused = None


def answer(one: Round, calendar: Calendar, at: datetime) -> Answer:
    end = one.ended or at
    legs = walk(one, calendar)
    due = legs[-1][1]
    late = due is not None and end >= due
    spent, limit = used(one, calendar, end, legs), one.spent + sum((limit for _first, _due, limit in legs), timedelta(0))
    light = "red" if late else "amber" if spent / limit > 0.8 else "green"
    return Answer(holder_of(one, due), one.began, due, one.ended, spent, limit, late, light)


def holder_of(one: Round, due: datetime | None) -> str:
    """Who held it in the last millisecond that was in time."""
    holder = one.holders[0][1]
    for since, name in one.holders:
        if due is None or since <= due - TICK:
            holder = name
    return holder


Walked = list[tuple[date | datetime | None, datetime | None, timedelta]]


def walk(one: Round, calendar: Calendar) -> Walked:
    """Of each leg the day or moment from which it counts, the first moment after its end, and how much it counts."""
    found = []
    due: datetime | None = None
    for leg in one.legs:
        hours = leg["unit"] == "working_hours"
        if leg["chained"] and due is None:
            found.append((None, None, leg["count"] * (timedelta(hours=1) if hours else DAY)))
            continue
        if hours:
            start = due if leg["chained"] else leg["after"]
            due = walk_minutes(one, calendar, start, leg["count"] * 60)
            found.append((start, due, timedelta(hours=leg["count"])))
        else:
            first = (due - TICK).date() + DAY if leg["chained"] else leg.get("first") or leg["after"].date() + DAY
            due, days = walk_days(one, calendar, first, leg)
            found.append((first, due, days * DAY))
    return found


def walk_days(one: Round, calendar: Calendar, first: date, leg: dict) -> tuple[datetime | None, int]:
    day, counted = first, 0
    while day < HORIZON:
        if stands_for_ever(one, day):
            return None, leg["count"]
        if not touched(one, day):
            if leg["unit"] == "days" or calendar.works(day):
                counted += 1
            if counted >= leg["count"] and (not leg["moves_on"] or calendar.works(day)):
                return datetime.combine(day + DAY, time()), counted if leg["unit"] == "days" else leg["count"]
        day += DAY
    raise AssertionError("past the horizon")


def walk_minutes(one: Round, calendar: Calendar, start: datetime, count: int) -> datetime | None:
    day = start.date()
    while day < HORIZON:
        for minute in calendar.minutes if calendar.works(day) else []:
            moment = datetime.combine(day, time()) + minute * MINUTE
            if one.paused is not None and moment >= one.paused:
                return None
            if moment >= start and not stands(one, moment):
                count -= 1
                if not count:
                    return moment + MINUTE
        day += DAY
        if one.paused is not None and day > one.paused.date():
            return None
    raise AssertionError("past the horizon")


def used(one: Round, calendar: Calendar, at: datetime, walked: Walked) -> timedelta:
    total = one.spent
    for leg, (first, due, limit) in zip(one.legs, walked, strict=True):
        if due is None or at < due:
            return total + (timedelta(0) if first is None else passed(one, calendar, leg["unit"], first, at))
        total += limit
    first = due if leg["unit"] == "working_hours" else (due - TICK).date() + DAY
    return total + passed(one, calendar, leg["unit"], first, at)


def passed(one: Round, calendar: Calendar, unit: str, first: date | datetime, at: datetime) -> timedelta:
    """What counts from a day or a moment on, until `at`."""
    total = timedelta(0)
    day = first.date() if isinstance(first, datetime) else first
    while day <= at.date():
        midnight = datetime.combine(day, time())
        if unit == "working_hours":
            for minute in calendar.minutes if calendar.works(day) else []:
                moment = midnight + minute * MINUTE
                if first <= moment < at and not stands(one, moment):
                    total += min(at - moment, MINUTE)
        elif not touched(one, day) and not stands_for_ever(one, day) and (unit == "days" or calendar.works(day)):
            total += min(at - midnight, DAY)
        day += DAY
    return total


def touched(one: Round, day: date) -> bool:
    midnight = datetime.combine(day, time())
    return any(start < end and start < midnight + DAY and end > midnight for start, end in one.still)


def stands_for_ever(one: Round, day: date) -> bool:
    return one.paused is not None and day >= one.paused.date()


def stands(one: Round, moment: datetime) -> bool:
    """Whether it stands still in the minute that begins at `moment`."""
    in_pause = one.paused is not None and moment >= one.paused
    return in_pause or any(start <= moment < end for start, end in one.still)


def changes(history: list[tuple], old: Calendar, new: Calendar, at: datetime) -> list[tuple[int, str]]:
    """Which rounds another calendar changes, and how."""
    found = []
    pairs = zip(judge(history, old, at)[1], judge(history, new, at)[1], strict=True)
    for place, (before, after) in enumerate(pairs):
        if before.due == after.due:
            continue
        is_later = after.due is None or (before.due is not None and after.due > before.due)
        if is_later:
            found.append((place, "withdrawn" if before.late and not after.late else "later"))
        else:
            found.append((place, "kept" if new.known is not None and after.due <= new.known else "earlier"))
    return found
