"""test, tally, override. docs/grammar.md, 6.10, 6.11, 6.15."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from governance.policy import key_text
from stars.engine.burden_words import VETO
from stars.engine.conditions import Condition, Passing, answer_of
from stars.engine.frame import Frame
from stars.engine.kinds.base import Operation, StepReader
from stars.engine.refs import Source, period_totals, years_of
from stars.engine.values import DISQUALIFIED, LIMIT, NOT_FILED, NUMERIC, YES_NO, Bools, Ints, Type, is_special, joined


@dataclass(frozen=True)
class Test(Operation):
    __test__ = False  # not a test case of pytest

    type: Type
    condition: Condition

    @property
    def operands(self) -> tuple[Source, ...]:
        return tuple(dict.fromkeys(self.condition.sources))

    def run(self, frame: Frame) -> Ints:
        return self.condition.answer(frame).column()


def build_test(reader: StepReader) -> Operation | None:
    condition = reader.conditions.read(reader.own)
    return None if condition is None else Test(YES_NO, condition)


@dataclass(frozen=True)
class Tally(Operation):
    """`parts` newest first where they are periods in a row."""

    type: Type
    parts: tuple[Source, ...]
    passing: Passing
    in_a_row: bool

    @property
    def operands(self) -> tuple[Source, ...]:
        return self.parts

    def run(self, frame: Frame) -> Ints:
        count = np.zeros(len(frame), dtype=np.int64)
        unknown = np.zeros(len(frame), dtype=np.bool_)
        unbroken = np.ones(len(frame), dtype=np.bool_)
        for part in self.parts:
            answer = self.passing.answer(part.read(frame))
            if answer.unknown is not None:
                unknown |= answer.unknown
            unbroken &= answer.yes
            count += unbroken if self.in_a_row else answer.yes
        return np.where(unknown, NOT_FILED, count)


def build_tally(reader: StepReader) -> Operation | None:
    parts = _tallied(reader)
    if parts is None or "pass" not in reader.fields:
        return None
    in_a_row = reader.fields["in_a_row"].yes_no() if "in_a_row" in reader.fields else False
    passing = reader.conditions.pass_of(reader.fields["pass"], joined(part.type for part in parts))
    return None if passing is None else Tally(Type("count", 0, len(parts)), parts, passing, in_a_row)


def _tallied(reader: StepReader) -> tuple[Source, ...] | None:
    value = reader.own.value
    if isinstance(value, str) and value.partition(".")[0] in {"history", "facts"}:
        return _years(reader, *value.partition(".")[::2])
    for key in ("periods", "and_now", "in_a_row"):
        if key in reader.fields:
            reader.fields[key].fail("only_for_periods", key=key)
            return None
    if isinstance(value, list):
        return reader.sources(reader.own.items(), NUMERIC | {"word"})
    if isinstance(value, str) and value in reader.book.sheets:
        return period_totals(reader.book, value)
    reader.book.unknown(reader.own, "not_a_sheet", "sheets", key_text(value))
    return None


def _years(reader: StepReader, chapter: str, name: str) -> tuple[Source, ...] | None:
    if "periods" not in reader.fields:
        reader.place.below("periods", None).fail("missing_key", key="periods")
        return None
    first = reader.source(reader.own)
    if first is None:
        return None
    now = _now(reader, chapter, first)
    known = getattr(reader.book, chapter)[name].years_back + (1 if chapter == "facts" or now else 0)
    periods = reader.book.between(reader.fields["periods"], "count", 1, known)
    if "and_now" in reader.fields and now is None:
        return None
    return (*([now] if now else []), *years_of(reader.book, chapter, name, periods - (1 if now else 0)))


def _now(reader: StepReader, chapter: str, first: Source) -> Source | None:
    place = reader.fields.get("and_now")
    if place is None:
        return None
    if chapter != "history":
        place.fail("only_for_history")
        return None
    now = reader.source(place)
    return now if now and reader.same_kind((first, now), (reader.own, place)) else None


@dataclass(frozen=True)
class Override(Operation):
    """how: becomes, at_most, at_least."""

    type: Type
    operand: Source
    when: Source
    how: str
    value: int

    @property
    def operands(self) -> tuple[Source, ...]:
        return (self.operand, self.when)

    def run(self, frame: Frame) -> Ints:
        values = self.operand.read(frame)
        gate = answer_of(self.when.read(frame))
        result = np.where(gate.yes, self._changed(values), values)
        if gate.unknown is not None:
            result = np.where(gate.unknown, NOT_FILED, result)
        return np.where(values == DISQUALIFIED, DISQUALIFIED, result)

    def _changed(self, values: Ints) -> Ints:
        if self.how == "becomes":
            return np.full(len(values), self.value, dtype=np.int64)
        kept: Bools = is_special(values)
        limited = np.minimum(values, self.value) if self.how == "at_most" else np.maximum(values, self.value)
        return np.where(kept, values, limited)


def build_override(reader: StepReader) -> Operation | None:
    operand = reader.source(reader.own, units=NUMERIC | {"word"})
    when = reader.when()
    hows = [key for key in ("becomes", "at_most", "at_least") if key in reader.fields]
    if len(hows) != 1:
        reader.place.fail("one_of_three", keys="becomes, at_most, at_least")
        return None
    if operand is None or when is None:
        return None
    how, place = hows[0], reader.fields[hows[0]]
    specials = ("none", "disqualified") if how == "becomes" else ()
    value = reader.book.value_or_special(place, operand.type, specials)
    if value == DISQUALIFIED and "authorised_by" not in reader.fields:
        place.fail("veto_unauthorised", clause=VETO)
    return Override(_override_type(operand.type, how, value), operand, when, how, value)


def _override_type(type_: Type, how: str, value: int) -> Type:
    if value < LIMIT:
        return type_
    if how == "becomes":
        return type_.within(min(type_.low, value), max(type_.high, value))
    limited = type_.bounded(None, value) if how == "at_most" else type_.bounded(value, None)
    return type_.within(min(type_.low, limited.low), max(type_.high, limited.high))
