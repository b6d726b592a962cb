"""The tables of docs/calendar.md, recomputed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from governance.deadlines import deadline_of, withdrawn
from governance.workdays import MILLISECOND, SHANGHAI, end_of, local_day
from tests.governance.test_deadlines import KNOWN, PLANNED, PROLONGED, _event, moment

TEXT = (Path(__file__).parents[2] / "docs/calendar.md").read_text("utf-8")


def rows(table: str) -> list[list[str]]:
    _before, _mark, after = TEXT.partition(f"<!-- table: {table} -->\n")
    lines = after.split("\n\n")[0].splitlines()[2:]
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert found, table
    return found


def said(due: datetime | None) -> str:
    if due is None:
        return "none"
    last = local_day(due - MILLISECOND)
    return f"end of {last}" if due == end_of(last) else due.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def events(text: str) -> Iterator[Any]:
    for part in text.split("; "):
        day, hour, words = part.split(" ", 2)
        kind, _comma, more = words.partition(", ")
        yield _event(f"{day} {hour}", kind, *(["乙局"] if kind == "transferred" else []), *([more] if more else []))


def test_working_days() -> None:
    for start, count, last, _because in rows("days"):
        assert str(KNOWN.add(date.fromisoformat(start), int(count))) == last


def test_working_hours() -> None:
    for start, count, end in rows("hours"):
        assert said(KNOWN.add_hours(moment(start), timedelta(hours=int(count)))) == end


def test_clocks() -> None:
    for happens, due in rows("clocks"):
        assert said(deadline_of(list(events(happens)), KNOWN)) == due, happens


def test_a_holiday_announced_late() -> None:
    for happens, before, after, effect in rows("late"):
        history = list(events(happens))
        (change,) = withdrawn(history, PLANNED, PROLONGED, history[-1].at)
        assert (said(change.before.due_at), said(change.after.due_at), change.effect) == (before, after, effect), happens
