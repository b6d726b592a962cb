"""Why this result: the steps of one subject with their operands and numbers, read from the trace. Pure data, no sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stars.engine.conditions import Condition, Holds, Joined
from stars.engine.document import Note, Parameter, Sheet
from stars.engine.frame import Frame
from stars.engine.inputs import Inputs, applies
from stars.engine.kinds.adjustment import Move, Settle
from stars.engine.kinds.allot import Allot
from stars.engine.kinds.arithmetic import Mean, Ratio, Sum, Times, Weigh
from stars.engine.kinds.base import Operation
from stars.engine.kinds.judgement import Override, Tally, Test
from stars.engine.kinds.lookup import Band, Choose, Table, Tiers
from stars.engine.kinds.rank import Rank
from stars.engine.kinds.split import Ceilings, Shares
from stars.engine.plan import Plan, Step
from stars.engine.refs import Source
from stars.engine.trace import Value, decode_trace
from stars.engine.values import (
    CELL_NOT_APPLICABLE,
    CELL_NOT_FILED,
    HUNDRED_PERCENT,
    LEAST,
    LIMIT,
    NOT_APPLICABLE,
    Ints,
    Special,
    Type,
)


@dataclass(frozen=True)
class Operand:
    """`period` of a sheet's total, from 1; else 0."""

    ref: str
    title: str
    value: Value
    type: Type
    period: int = 0


@dataclass(frozen=True)
class Line:
    """One step. `details` are what the kind adds, by name: see the functions below."""

    name: str
    kind: str
    title: str
    note: Note
    parameters: tuple[Parameter, ...]
    operands: tuple[Operand, ...]
    value: Value
    type: Type
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Cell:
    title: str
    max: int
    value: Value
    applies: bool


@dataclass(frozen=True)
class Period:
    """One period of a sheet, from 1; `answers`: in post, so it counts."""

    sheet: Sheet
    period: int
    answers: bool
    total: Value
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Judged:
    """A condition with its answer; a comparison has its operand, how, and with what."""

    how: str
    answer: bool | None
    parts: tuple[Judged, ...] = ()
    operand: Operand | None = None
    value: Value | None = None


@dataclass(frozen=True)
class Explanation:
    periods: tuple[Period, ...]
    eligible: Judged | None
    steps: tuple[Line, ...]  # each after what it uses


def explain(plan: Plan, trace: bytes, inputs: Inputs) -> Explanation:
    """inputs of this one subject, those that the trace was made from"""
    told = decode_trace(plan, trace)
    frame = _told_frame(plan, told, inputs)
    return Explanation(
        tuple(period for sheet in plan.sheets.values() for period in _periods(sheet, told, inputs)),
        None if plan.eligible is None else _judged(plan.eligible, frame),
        tuple(_line(plan, plan.steps[name], told, frame) for name in plan.order),
    )


def _told_frame(plan: Plan, told: Mapping[str, Value], inputs: Inputs) -> Frame:
    """A frame whose columns are those of the trace: nothing is computed anew."""
    frame = Frame(plan.sheets, plan.events, inputs)
    frame.columns = {name: np.array([_number(told[name])]) for name in plan.steps}
    frame.totals = {
        sheet.name: np.array([[_number(told[f"{sheet.name}[{p + 1}]"])] for p in range(sheet.periods)])
        for sheet in plan.sheets.values()
    }
    return frame


def _number(value: Value) -> int:
    return LEAST + value.value if isinstance(value, Special) else value


def value_of(number: int) -> Value:
    """As a column stores it."""
    return Special(number - LEAST) if number < LIMIT else number


def _one(column: Ints) -> Value:
    return value_of(int(column[0]))


def _operand(source: Source, frame: Frame) -> Operand:
    period = source.at + 1 if source.origin == "total" and frame.sheets[source.name].periods > 1 else 0
    return Operand(source.ref, source.title, _one(source.read(frame)), source.type, period)


def _periods(sheet: Sheet, told: Mapping[str, Value], inputs: Inputs) -> list[Period]:
    fits = [one is None or bool(one[0]) for one in applies(sheet, inputs)]
    periods = []
    for p in range(sheet.periods):
        cells = tuple(
            Cell(indicator.title, indicator.max, _cell(int(value)), fit)
            for indicator, value, fit in zip(sheet.indicators, inputs.cells[sheet.name][0, p], fits, strict=True)
        )
        periods.append(Period(sheet, p + 1, bool(inputs.answers[sheet.name][0, p]), told[f"{sheet.name}[{p + 1}]"], cells))
    return periods


def _cell(value: int) -> Value:
    return {CELL_NOT_FILED: Special.NOT_FILED, CELL_NOT_APPLICABLE: Special.NOT_APPLICABLE}.get(value, value)


def _line(plan: Plan, step: Step, told: Mapping[str, Value], frame: Frame) -> Line:
    return Line(
        step.name,
        step.kind,
        step.title,
        step.note,
        tuple(plan.parameters[name] for name in step.parameters),
        tuple(_operand(source, frame) for source in step.operation.operands),
        told[step.name],
        step.type,
        DETAILS[type(step.operation)](step.operation, frame),
    )


def _judged(condition: Condition, frame: Frame) -> Judged:
    answer = condition.answer(frame)
    known = None if answer.unknown is not None and answer.unknown[0] else bool(answer.yes[0])
    if isinstance(condition, Joined):
        return Judged(condition.how, known, tuple(_judged(part, frame) for part in condition.parts))
    operand = _operand(condition.source, frame)
    if isinstance(condition, Holds):
        return Judged("holds", known, operand=operand)
    return Judged(condition.passing.how, known, operand=operand, value=value_of(condition.passing.value))


# What each kind adds to a line.


def _sum(one: Sum, frame: Frame) -> dict[str, Any]:
    """signs of the operands; constant; raw: before floor and cap, None where an operand is special"""
    values = [_one(source.read(frame)) for source in one.operands]
    counted = [0 if value is Special.NOT_APPLICABLE else value for value in values]
    known = [value for value in counted if not isinstance(value, Special)]
    signs = tuple(sign for _source, sign in one.terms)
    raw = (
        sum(sign * value for sign, value in zip(signs, known, strict=True)) + one.constant if len(known) == len(values) else None
    )
    return {"signs": signs, "constant": one.constant, "floor": one.floor, "cap": one.cap, "raw": raw}


def _mean(one: Mean, frame: Frame) -> dict[str, Any]:
    """filed, expected: how many operands; needed: how many had to be filed; total of the filed"""
    values = [_one(source.read(frame)) for source in one.operands]
    filed = [value for value in values if not isinstance(value, Special)]
    expected = sum(value is not Special.NOT_APPLICABLE for value in values)
    return {
        "filed": len(filed),
        "expected": expected,
        "needed": min(one.at_least, expected),
        "total": sum(filed),
        "round": one.round,
    }


def _weigh(one: Weigh, frame: Frame) -> dict[str, Any]:
    """weights of the operands in hundredths of a percent, 0 for one that fell out; full: their sum"""
    falls = {Special.NOT_APPLICABLE, Special.NOT_FILED} if one.renormalise else {Special.NOT_APPLICABLE}
    values = [_one(source.read(frame)) for source in one.operands]
    weights = tuple(0 if value in falls else weight for value, weight in zip(values, one.weights, strict=True))
    return {"weights": weights, "full": sum(weights), "changed": sum(weights) != HUNDRED_PERCENT, "round": one.round}


def _times(one: Times, frame: Frame) -> dict[str, Any]:
    return {"gated": one.when is not None, "held": _held(one.when, frame)}


def _ratio(one: Ratio, _frame: Frame) -> dict[str, Any]:
    return {"round": one.round}


def _band(one: Band, frame: Frame) -> dict[str, Any]:
    """floor: that was reached; above: the next one, None at the top"""
    value = _one(one.operand.read(frame))
    if isinstance(value, Special):
        return {"floor": None, "above": None}
    return {"floor": max(f for f in one.floors if f <= value), "above": min((f for f in one.floors if f > value), default=None)}


def _table(_one_: Table, _frame: Frame) -> dict[str, Any]:
    return {}


def _tiers(one: Tiers, frame: Frame) -> dict[str, Any]:
    """slices: (from, to, hundredths of a percent, amount in it) that count"""
    value = _one(one.operand.read(frame))
    amount = 0 if isinstance(value, Special) else max(value, 0)
    ends = (*one.floors[1:], max(amount, one.floors[-1]))
    slices = [
        (low, min(high, amount), percent, min(high, amount) - low)
        for low, high, percent in zip(one.floors, ends, one.percents, strict=True)
    ]
    if not one.marginal:
        percent = one.percents[max(i for i, floor in enumerate(one.floors) if floor <= amount)]
        slices = [(0, amount, percent, amount)]
    return {
        "marginal": one.marginal,
        "slices": tuple(each for each in slices if each[3] > 0),
        "capped": one.cap is not None,
        "gated": one.when is not None,
        "held": _held(one.when, frame),
    }


def _choose(one: Choose, frame: Frame) -> dict[str, Any]:
    """chosen: the operand that was taken, None where the word is special"""
    word = _one(one.word.read(frame))
    chosen = one.otherwise if isinstance(word, Special) else (one.rows[word] or one.otherwise)
    taken = word is Special.NOT_APPLICABLE or not isinstance(word, Special)
    return {"chosen": _operand(chosen, frame) if chosen is not None and taken else None}


def _test(one: Test, frame: Frame) -> dict[str, Any]:
    return {"judged": _judged(one.condition, frame)}


def _tally(one: Tally, frame: Frame) -> dict[str, Any]:
    """passed: for each operand yes, no or None for unknown"""
    passed = []
    for source in one.operands:
        answer = one.passing.answer(source.read(frame))
        passed.append(None if answer.unknown is not None and answer.unknown[0] else bool(answer.yes[0]))
    return {"passed": tuple(passed), "in_a_row": one.in_a_row, "how": one.passing.how, "value": value_of(one.passing.value)}


def _move(one: Move, frame: Frame) -> dict[str, Any]:
    """start: first, from_none, from_disqualified, or "" where the last result was moved; change: within the limit"""
    last = _one(one.last.read(frame))
    start = {Special.NOT_APPLICABLE: "first", Special.NONE: "from_none", Special.DISQUALIFIED: "from_disqualified"}
    by = _one(one.by.read(frame))
    change = None if isinstance(by, Special) and by is not Special.NOT_APPLICABLE else 0 if isinstance(by, Special) else by
    limited = None if change is None else max(-one.at_most, min(one.at_most, change))
    return {
        "start": start.get(last, "") if isinstance(last, Special) else "",
        "change": limited,
        "limit": one.at_most,
        "floor": one.floor,
        "cap": one.cap,
    }


def _rank(one: Rank, _frame: Frame) -> dict[str, Any]:
    return {"within": one.order.within}


def _ceilings(one: Ceilings, _frame: Frame) -> dict[str, Any]:
    """limits: (word, hundredths of a percent)"""
    return {"within": one.order.within, "limits": one.at_most}


def _shares(one: Shares, _frame: Frame) -> dict[str, Any]:
    return {"within": one.order.within}


def _override(one: Override, frame: Frame) -> dict[str, Any]:
    return {"held": _held(one.when, frame), "how": one.how, "to": value_of(one.value)}


def _allot(one: Allot, _frame: Frame) -> dict[str, Any]:
    """total: of each scope, None where it is a sum over the scope"""
    return {"within": one.within, "total": None if one.pool else one.total, "cap": one.cap}


def _settle(one: Settle, frame: Frame) -> dict[str, Any]:
    """settled: what the body decided, None where it left the proposal"""
    settled = int(frame.inputs.settled[one.name][0])
    return {"by": one.by, "settled": None if settled == NOT_APPLICABLE else settled, "up": one.up, "down": one.down}


def _held(when: Source | None, frame: Frame) -> bool | None:
    """Whether the gate is open; None: unknown."""
    if when is None:
        return True
    value = _one(when.read(frame))
    return None if isinstance(value, Special) else bool(value)


DETAILS: Mapping[type[Operation], Callable[[Any, Frame], dict[str, Any]]] = {
    Sum: _sum,
    Mean: _mean,
    Weigh: _weigh,
    Times: _times,
    Ratio: _ratio,
    Band: _band,
    Table: _table,
    Tiers: _tiers,
    Choose: _choose,
    Test: _test,
    Tally: _tally,
    Move: _move,
    Rank: _rank,
    Ceilings: _ceilings,
    Shares: _shares,
    Override: _override,
    Allot: _allot,
    Settle: _settle,
}
