"""The book of clocks, case by case; histories that can't be; and what a late notice does."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from governance.deadline_words import last_moment, note
from governance.deadlines import (
    Effect,
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
    deadline_of,
    verdict,
    withdrawn,
)
from governance.notices import FILES, default_hours, read_file
from governance.workdays import DAY_MS, Unit, WorkingCalendar, end_of

BOOK = yaml.load(Path(__file__).with_name("cases").joinpath("clocks.yaml").read_text("utf-8"), yaml.BaseLoader)
LATE = Path(__file__).with_name("notices")


def calendar(*files: Path, known_at: datetime | None = None) -> WorkingCalendar:
    days = {day: kind == "workday" for file in files for day, (kind, _name) in read_file(file).days.items()}
    return WorkingCalendar(days, hours=default_hours(), known_at=known_at)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


KNOWN = calendar(*FILES.glob("*.yaml"))
KNOWN_AT = moment(BOOK["late_notice"]["known_at"])
PLANNED, PROLONGED = calendar(LATE / "2020.yaml"), calendar(LATE / "2020.yaml", LATE / "2020-extended.yaml", known_at=KNOWN_AT)


def events(case: dict[str, Any]) -> list[Any]:
    return [_event(*row) for row in case["happens"]]


def _event(when: str, kind: str, *more: str) -> Any:
    at = moment(when)
    match kind, more:
        case "started", (term, *holder):
            return Started(at, _term(term), *holder)
        case "transferred", (holder,):
            return Transferred(at, holder, restarts=False)
        case "transferred", (holder, "restarts", *term):
            return Transferred(at, holder, True, *map(_term, term))
        case "extended", (term,):
            return Extended(at, _term(term))
        case "reopened", term:
            return Reopened(at, *map(_term, term))
    return {"paused": Paused, "resumed": Resumed, "stopped": Stopped}[kind](at)


def _term(text: str) -> Term | Until:
    if text.startswith("until "):
        return Until(date.fromisoformat(text[6:]))
    words, _comma, moves_on = text.partition(", ")
    count, _space, unit = words.partition(" ")
    return Term(int(count), Unit(unit.replace(" ", "_")), moves_on == "moves on")


def _due(text: str) -> datetime | None:
    if text == "null":
        return None
    return end_of(date.fromisoformat(text)) if len(text) == 10 else moment(text)


@pytest.mark.parametrize("case", BOOK["cases"], ids=lambda case: case["name"])
def test_the_book(case: dict[str, Any]) -> None:
    happens = events(case)
    assert deadline_of(happens, KNOWN) == _due(case["due"])
    found = verdict(happens, KNOWN, moment(case["at"]) if "at" in case else max(event.at for event in happens))
    now = found.current
    said = {
        "state": found.state, "light": now.light, "late": str(now.late).lower(), "holder": now.holder, "rounds": str(len(found.rounds)),
        "used_days": str(now.used_ms // DAY_MS), "left_days": str(now.left_ms // DAY_MS), "lateness": [one.holder for one in found.lateness],
    }  # fmt: skip
    assert now.due_at == _due(case["due"])
    assert {key: said[key] for key in case.get("expect", {})} == case.get("expect", {})


@pytest.mark.parametrize("case", BOOK["late_notice"]["cases"], ids=lambda case: case["name"])
def test_a_holiday_that_was_announced_late(case: dict[str, Any]) -> None:
    happens = events(case)
    at = moment(case["at"]) if "at" in case else happens[-1].at
    assert deadline_of(happens, PLANNED) == _due(case["before"])
    assert deadline_of(happens, PROLONGED) == _due(case["after"])
    changes = withdrawn(happens, PLANNED, PROLONGED, at)
    if case["effect"] == "null":
        assert changes == []
        return
    (change,) = changes
    assert (change.effect, change.place) == (case["effect"], 0)
    assert change.lateness_stands is (case.get("stands") == "true")
    text = note(change, "《关于延长2020年春节假期的通知》")
    assert case.get("says", "期限") in text
    assert "关于延长2020年春节假期的通知" in text


def test_a_made_up_day_that_was_announced_too_late_makes_nobody_late() -> None:
    """2020 the other way round: what was free becomes a working day, and somebody answered between the two deadlines."""
    happens = [Started(moment("2020-01-21 09:00"), Term(5, Unit.WORKING_DAYS)), Stopped(moment("2020-02-05 10:00"))]
    known_late = WorkingCalendar(PLANNED.exceptions, known_at=moment("2020-02-04 00:00"))
    (change,) = withdrawn(happens, PROLONGED, known_late, moment("2020-02-06 10:00"))
    assert (change.effect, change.after.late, change.lateness_stands) == (Effect.KEPT, True, False)
    assert "仍按" in note(change, "更正通知")
    known_in_time = WorkingCalendar(PLANNED.exceptions, known_at=moment("2020-02-03 23:59:59.999"))
    (change,) = withdrawn(happens, PROLONGED, known_in_time, moment("2020-02-06 10:00"))
    assert (change.effect, change.lateness_stands) == (Effect.EARLIER, True)


def test_every_round_is_looked_at() -> None:
    happens = [
        Started(moment("2020-01-21 09:00"), Term(5, Unit.WORKING_DAYS), "甲局"),
        Transferred(moment("2020-02-05 10:00"), "乙局", restarts=True),
        Stopped(moment("2020-03-20 10:00")),
    ]
    before = verdict(happens, PLANNED, moment("2020-03-21 00:00"))
    assert [one.holder for one in before.lateness] == ["甲局", "乙局"]
    (change,) = withdrawn(happens, PLANNED, PROLONGED, moment("2020-03-21 00:00"))
    assert (change.place, change.effect, change.before.holder) == (0, Effect.WITHDRAWN, "甲局")


def test_nothing_is_known_of_what_is_received_later() -> None:
    happens = [
        Started(moment("2025-03-03 09:00"), Term(5, Unit.WORKING_DAYS)),
        Extended(moment("2025-03-11 09:00"), Term(5, Unit.WORKING_DAYS)),
    ]
    assert verdict(happens, KNOWN, moment("2025-03-11 08:59:59.999")).current.late
    assert not verdict(happens, KNOWN, moment("2025-03-11 09:00")).current.late


T = moment("2025-03-03 09:00")
START, HOUR = Started(T, Term(5, Unit.WORKING_DAYS)), timedelta(hours=1)


@pytest.mark.parametrize(
    ("history", "code", "place"),
    [
        ([], "not_started", 0),
        ([Paused(T)], "not_started", 0),
        ([START, START], "started_twice", 1),
        ([START, Paused(T), Paused(T)], "stands_still", 2),
        ([START, Resumed(T)], "runs", 1),
        ([START, Stopped(T), Paused(T)], "stopped", 2),
        ([START, Stopped(T), Resumed(T)], "stopped", 2),
        ([START, Stopped(T), Stopped(T)], "stopped", 2),
        ([START, Stopped(T), Extended(T, Term(1, Unit.DAYS))], "stopped", 2),
        ([START, Stopped(T), Transferred(T, "乙局", restarts=True)], "stopped", 2),
        ([START, Stopped(T), Transferred(T, "乙局", restarts=False)], "stopped", 2),
        ([START, Reopened(T)], "not_stopped", 1),
        ([Started(T, Term(0, Unit.DAYS))], "empty_term", 0),
        ([START, Extended(T, Term(-1, Unit.DAYS))], "empty_term", 1),
        ([Started(T, Until(date(2025, 3, 2)))], "day_is_past", 0),
        ([START, Extended(T, Until(date(2025, 3, 2)))], "day_is_past", 1),
        ([Started(T, Until(date(2025, 3, 3))), Transferred(T + 24 * HOUR, "乙局", restarts=True)], "day_is_past", 1),
        ([START, Transferred(T, "乙局", restarts=False, term=Term(1, Unit.DAYS))], "term_without_restart", 1),
    ],
)
def test_a_history_that_can_t_be(history: list[Any], code: str, place: int) -> None:
    with pytest.raises(ImpossibleHistory) as impossible:
        deadline_of(history, KNOWN)
    assert (impossible.value.code, impossible.value.place) == (code, place)


def test_moments_as_people_say_them() -> None:
    assert last_moment(end_of(date(2025, 3, 10))) == "2025-03-10 24时"
    assert last_moment(moment("2025-03-10 16:30")) == "2025-03-10 16:30 前"
    assert "暂停" in last_moment(None)
