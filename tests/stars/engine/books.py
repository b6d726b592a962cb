"""Books of cases: a policy in small, and sentences with numbers. Values are written as people write them.

policy    chapters laid over the plain head below
defaults  what every subject has unless its case says otherwise
cases     `given` and `expect` for one subject, or `subjects` and a list for each expected step; `outcome(s)`, `reason`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from governance.policy import PolicyDocument, canonical, load
from stars.engine.compile import compile_policy
from stars.engine.evaluate import Outcome, evaluate
from stars.engine.inputs import Events, Inputs
from stars.engine.plan import Plan
from stars.engine.trace import Value, decode_trace, encode_trace
from stars.engine.values import SCALE_OF_UNIT, SPECIAL_WORDS, Special, Type

CASES = Path(__file__).parents[1] / "cases"
POINTS = Type("points", 0, 0)
CELL_SPECIALS = {"not_filed": -32768, "not_applicable": -32767}

HEAD = load(
    """
grammar: rating/1
code: book
title: 样例
dated: 2025-01-01
subject: secretary
every: year
settled_by: [{stage: decide, body: county_leader, title: 决定}]
publicity: {working_days: 5}
"""
).body


@dataclass(frozen=True)
class Case:
    book: str
    name: str
    subjects: tuple[Mapping[str, Any], ...]
    expect: Mapping[str, tuple[Any, ...]]  # by column, a value for each subject
    outcomes: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Book:
    plan: Plan
    cases: tuple[Case, ...]


def plan_of(chapters: Mapping[str, Any]) -> Plan:
    body = {**HEAD, **chapters}
    return compile_policy(PolicyDocument("", body, canonical(body).hex()[:64]))


def read(path: Path) -> Book:
    body = load(path.read_bytes()).body
    defaults = body.get("defaults", {})
    return Book(plan_of(body["policy"]), tuple(_case(path.stem, one, defaults) for one in body["cases"]))


def _case(book: str, one: Mapping[str, Any], defaults: Mapping[str, Any]) -> Case:
    several = "subjects" in one
    subjects = one["subjects"] if several else [one["given"]]
    expect = {name: tuple(value) if several else (value,) for name, value in one.get("expect", {}).items()}
    outcomes = one.get("outcomes") or ([one["outcome"]] if "outcome" in one else [])
    return Case(
        book,
        one["name"],
        tuple(_merged(defaults, subject) for subject in subjects),
        expect,
        tuple(outcomes),
        one.get("reason", ""),
    )


def _merged(defaults: Mapping[str, Any], subject: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(subject)
    for chapter, values in defaults.items():
        merged[chapter] = {**values, **subject.get(chapter, {})}
    return merged


def inputs_of(plan: Plan, cases: Sequence[Case]) -> Inputs:
    """All subjects of these cases; each case has a county of its own."""
    subjects = [(number, subject) for number, case in enumerate(cases) for subject in case.subjects]
    inputs = Inputs.blank(plan, np.arange(len(subjects), dtype=np.int64))
    records: list[list[int]] = []
    for row, (number, subject) in enumerate(subjects):
        inputs.county[row] = number
        inputs.township[row] = number * 100 + subject.get("township", 0)
        _fill(plan, inputs, row, subject)
        records += [_record(plan, row, *event) for event in subject.get("events", [])]
    columns = np.array(records, dtype=np.int64).reshape(-1, 5).T
    return replace(inputs, events=Events(*(np.ascontiguousarray(column) for column in columns)))


def _fill(plan: Plan, inputs: Inputs, row: int, subject: Mapping[str, Any]) -> None:
    for name, periods in subject.get("cells", {}).items():
        inputs.cells[name][row] = [[_cell(value) for value in period] for period in periods]
    for name, answers in subject.get("answers", {}).items():
        inputs.answers[name][row] = answers
    for chapter in ("roster", "facts", "history", "linked"):
        for name, value in subject.get(chapter, {}).items():
            type_ = getattr(plan, chapter)[name].type
            values = [number(plan, one, type_) for one in (value if isinstance(value, list) else [value])]
            array = getattr(inputs, chapter)[name]
            array[row] = values[0] if array.ndim == 1 else [*values, *[values[-1]] * (array.shape[1] - len(values))]
    for name, value in subject.get("settled", {}).items():
        inputs.settled[name][row] = number(plan, value, plan.settled[name])


def _cell(value: Any) -> int:
    return CELL_SPECIALS[value] if isinstance(value, str) else int(value * 100)


def _record(plan: Plan, row: int, of: str, item: str, count: int, points: Any = 0) -> list[int]:
    events = plan.events[of]
    return [row, events.ordinal, [one.name for one in events.items].index(item), int(points * 100), count]


def number(plan: Plan, value: Any, type_: Type) -> int:
    """87.35 -> 8735; a word -> its place; a special -> its reserved number."""
    if isinstance(value, str) and value in SPECIAL_WORDS:
        return SPECIAL_WORDS[value]
    if type_.unit == "word":
        return plan.scales[type_.scale or ""].words.index(value)
    if type_.unit == "yesno":
        return {"yes": 1, "no": 0}[value]
    return int(Decimal(value) * SCALE_OF_UNIT[type_.unit])


def differences(plan: Plan, cases: Sequence[Case]) -> list[str]:
    """What came out otherwise than the cases say, evaluated as one batch."""
    inputs = inputs_of(plan, cases)
    result = evaluate(plan, inputs)
    traces = encode_trace(plan, result)
    found: list[str] = []
    row = 0
    for case in cases:
        for place in range(len(case.subjects)):
            trace = decode_trace(plan, traces[row].tobytes())
            found += _differ(plan, case, place, trace)
            outcome = Outcome(int(result.outcome[row])).name.lower()
            if case.outcomes and outcome != case.outcomes[place]:
                found.append(f"{case.name}: {outcome}, not {case.outcomes[place]}")
            reason = plan.columns[result.reason[row] - 1].name if result.reason[row] else ""
            if case.reason and reason != case.reason:
                found.append(f"{case.name}: because of {reason}, not {case.reason}")
            row += 1
    return found


def _differ(plan: Plan, case: Case, place: int, trace: Mapping[str, Value]) -> list[str]:
    found = []
    for name, values in case.expect.items():
        type_ = next(column.type for column in plan.columns if column.name == name)
        wanted, value = number(plan, values[place], type_), trace[name]
        told = SPECIAL_WORDS[value.word] if isinstance(value, Special) else value
        if told != wanted:
            found.append(f"{case.name}: subject {place + 1}: {name} is {value}, not {values[place]}")
    return found
