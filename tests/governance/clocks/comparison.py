"""The product's clock beside the slow one."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from governance.deadlines import (
    Extended,
    Paused,
    Reopened,
    Resumed,
    Round,
    Started,
    Stopped,
    Term,
    Transferred,
    Until,
    deadline_of,
    verdict,
    withdrawn,
)
from governance.workdays import Hours, Unit, WorkingCalendar
from tests.governance.clocks import generate, slow

SHANGHAI = ZoneInfo("Asia/Shanghai")
ZONES = (SHANGHAI, UTC, ZoneInfo("America/New_York"))  # of whoever notes a moment: it is the same moment
SAMPLE = 500


Said = dict[str, Any]  # question → answer


def differences(seed: str) -> list[str]:
    case = generate.draw(seed)
    plain, fast = of_slow(seed), of_product(case)
    assert plain.keys() == fast.keys()
    return [f"{where}: {fast[where]}, not {answer}" for where, answer in plain.items() if fast[where] != answer]


@lru_cache(maxsize=SAMPLE)
def of_slow(seed: str) -> Said:
    """Kept, so that a rule altered in the product costs no second walk."""
    case = generate.draw(seed)
    said: Said = {"deadline": slow.judge(case.history, case.old, case.history[-1][1])[1][-1].due}
    for at in case.moments:
        for name, calendar in (("old", case.old), ("new", case.new)):
            said[f"{at} {name}"] = slow.judge(case.history, calendar, at)
        said[f"{at} changes"] = slow.changes(case.history, case.old, case.new, at)
    return said


def of_product(case: generate.Case) -> Said:
    events, old, new = events_of(case.history), calendar_of(case.old), calendar_of(case.new)
    said: Said = {"deadline": wall(deadline_of(events, old))}
    for at in case.moments:
        for name, calendar in (("old", old), ("new", new)):
            found = verdict(events, calendar, moment(at))
            said[f"{at} {name}"] = (found.state.value, [_answer(one) for one in found.rounds])
        said[f"{at} changes"] = [(one.place, one.effect.value) for one in withdrawn(events, old, new, moment(at))]
    return said


def _answer(one: Round) -> slow.Answer:
    return slow.Answer(
        one.holder, wall(one.began_at), wall(one.due_at), wall(one.ended_at), one.used_ms * slow.TICK, one.limit_ms * slow.TICK,
        one.late, one.light.value,
    )  # fmt: skip


def events_of(history: list[tuple]) -> list[Any]:
    return [_event(kind, moment(when, ZONES[place % 3]), more) for place, (kind, when, more) in enumerate(history)]


def _event(kind: str, at: datetime, more: dict) -> Any:
    if kind == "started":
        return Started(at, _term(more["term"]), more["holder"])
    if kind == "transferred":
        return Transferred(at, more["holder"], more["restarts"], _term(more["term"]))
    if kind == "extended":
        return Extended(at, _term(more["by"]))
    if kind == "reopened":
        return Reopened(at, _term(more["term"]))
    return {"paused": Paused, "resumed": Resumed, "stopped": Stopped}[kind](at)


def _term(term: Any) -> Any:
    if term is None:
        return None
    return Until(term) if isinstance(term, date) else Term(term[0], Unit(term[1]), term[2])


def calendar_of(plain: slow.Calendar) -> WorkingCalendar:
    hours = (Hours(date(2000, 1, 1), windows_of(tuple(plain.minutes)), "test"),)
    return WorkingCalendar(plain.days, hours=hours, known_at=None if plain.known is None else moment(plain.known))


@lru_cache
def windows_of(minutes: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    starts = [one for one in minutes if one - 1 not in minutes]
    ends = [one + 1 for one in minutes if one + 1 not in minutes]
    return tuple((start * 60_000, end * 60_000) for start, end in zip(starts, ends, strict=True))


def moment(when: datetime, zone: Any = SHANGHAI) -> datetime:
    return when.replace(tzinfo=SHANGHAI).astimezone(zone)


def wall(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(SHANGHAI).replace(tzinfo=None)


def kinds_in(case: generate.Case) -> Counter[str]:
    """What the case is about, for the count that shows that nothing is left out."""
    found: Counter[str] = Counter()
    for kind, _when, more in case.history:
        term = more.get("term", more.get("by"))
        found[f"{kind} {_named(term)}" if term is not None else kind] += 1
        if kind == "transferred":
            found[f"transferred, {'restarts' if more['restarts'] else 'goes on'}"] += 1
    last = max(case.moments[-1], case.history[-1][1])
    found.update(f"calendar: {effect}" for _place, effect in slow.changes(case.history, case.old, case.new, last))
    return found


def _named(term: Any) -> str:
    if isinstance(term, date):
        return "date"
    return f"{term[1]}{', moves on' if term[2] else ''}"
