"""sum, mean, weigh, times, ratio. docs/grammar.md, 6.1 to 6.5."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from stars.engine.book import plain
from stars.engine.frame import Frame
from stars.engine.kinds.base import Operation, StepReader, gated, with_zero
from stars.engine.place import Place
from stars.engine.refs import Source, period_totals
from stars.engine.values import (
    DISQUALIFIED,
    HUNDRED_PERCENT,
    NONE,
    NOT_APPLICABLE,
    NOT_FILED,
    NUMERIC,
    RATIO_BOUND,
    SCALED,
    WHOLE,
    Bools,
    Ints,
    Type,
    any_special,
    divide,
    divide_one,
    infect,
    is_special,
    joined,
)


@dataclass(frozen=True)
class Sum(Operation):
    """`terms` with their signs; `constant` is the sum of plain numbers among them."""

    type: Type
    terms: tuple[tuple[Source, int], ...]
    constant: int
    floor: int | None
    cap: int | None

    @property
    def operands(self) -> tuple[Source, ...]:
        return tuple(source for source, _sign in self.terms)

    def run(self, frame: Frame) -> Ints:
        columns = [source.read(frame) for source in self.operands]
        total = np.full(len(frame), self.constant, dtype=np.int64)
        for column, (_source, sign) in zip(columns, self.terms, strict=True):
            total += sign * (np.where(column == NOT_APPLICABLE, 0, column) if any_special(column) else column)
        if self.floor is not None:
            np.maximum(total, self.floor, out=total)
        if self.cap is not None:
            np.minimum(total, self.cap, out=total)
        return self._specials(total, columns)

    def _specials(self, total: Ints, columns: list[Ints]) -> Ints:
        if not any(any_special(column) for column in columns):
            return total
        total = infect(total, [np.where(column == NOT_APPLICABLE, 0, column) for column in columns])
        absent = np.logical_and.reduce([column == NOT_APPLICABLE for column in columns])
        return np.where(absent, NOT_APPLICABLE, total)


def build_sum(reader: StepReader) -> Operation | None:
    places = reader.own.items()
    plain = [place for place in places if _is_number(place)]
    named = [place for place in places if not _is_number(place)]
    terms = [reader.signed(place) for place in named]
    if not terms and places:
        reader.own.fail("only_numbers")
    sources = tuple(source for source, _minus in terms if source is not None)
    if len(sources) < len(terms) or not sources or not reader.same_kind(sources, named):
        return None
    if sources[0].type.unit not in NUMERIC:
        named[0].fail("wrong_type", found=sources[0].type.unit, wanted=", ".join(sorted(NUMERIC)))
        return None
    unit = joined(source.type for source in sources).unit
    constant = sum(reader.book.number(place, unit) for place in plain)
    floor, cap = reader.optional_number("floor", unit), reader.optional_number("cap", unit)
    if floor is not None and cap is not None and floor > cap:
        reader.fields["cap"].fail("cap_below_floor")
    signed = tuple((source, -1 if minus else 1) for source, (_same, minus) in zip(sources, terms, strict=True))
    type_ = _sum_type(unit, signed, constant).bounded(floor, cap)
    return Sum(type_, signed, constant, floor, cap)


def _is_number(place: Place) -> bool:
    return isinstance(place.value, int | Decimal) or (isinstance(place.value, str) and place.value.startswith("$"))


def _sum_type(unit: str, terms: tuple[tuple[Source, int], ...], constant: int) -> Type:
    ends = [(with_zero(source.type).low * sign, with_zero(source.type).high * sign) for source, sign in terms]
    return Type(unit, constant + sum(min(pair) for pair in ends), constant + sum(max(pair) for pair in ends))


@dataclass(frozen=True)
class Mean(Operation):
    type: Type
    parts: tuple[Source, ...]
    at_least: int
    round: str

    @property
    def operands(self) -> tuple[Source, ...]:
        return self.parts

    def run(self, frame: Frame) -> Ints:
        total = np.zeros(len(frame), dtype=np.int64)
        filed = np.zeros(len(frame), dtype=np.int64)
        expected = np.zeros(len(frame), dtype=np.int64)
        columns = [part.read(frame) for part in self.parts]
        for column in columns:
            if any_special(column):
                known = ~is_special(column)
                total += np.where(known, column, 0)
                filed += known
                expected += column != NOT_APPLICABLE
            else:
                total += column
                filed += 1
                expected += 1
        mean = divide(total, np.maximum(filed, 1), self.round)
        mean[filed < np.minimum(expected, self.at_least)] = NOT_FILED
        mean[expected == 0] = NOT_APPLICABLE
        return _without_star(mean, columns)


def _without_star(result: Ints, columns: list[Ints]) -> Ints:
    for special in (NONE, DISQUALIFIED):
        for column in columns:
            if any_special(column):
                result[column == special] = special
    return result


def build_mean(reader: StepReader) -> Operation | None:
    if isinstance(reader.own.value, str):
        parts = _periods(reader, reader.own)
    else:
        parts = reader.sources(reader.own.items(least=2), SCALED)
    if parts is None:
        return None
    at_least = (
        reader.book.between(reader.fields["at_least"], "count", 1, len(parts)) if "at_least" in reader.fields else len(parts)
    )
    return Mean(joined(part.type for part in parts), parts, at_least, reader.rounding())


def _periods(reader: StepReader, place: Place) -> tuple[Source, ...] | None:
    if place.value not in reader.book.sheets:
        reader.book.unknown(place, "not_a_sheet", "sheets", place.value)
        return None
    return period_totals(reader.book, place.value)


@dataclass(frozen=True)
class Weigh(Operation):
    """`weights` in hundredths of a percent, together 100 %."""

    type: Type
    parts: tuple[Source, ...]
    weights: tuple[int, ...]
    renormalise: bool
    round: str

    @property
    def operands(self) -> tuple[Source, ...]:
        return self.parts

    def run(self, frame: Frame) -> Ints:
        columns = [part.read(frame) for part in self.parts]
        if not any(any_special(column) for column in columns):
            return divide(self._weighted(columns), HUNDRED_PERCENT, self.round)
        return self._with_specials(columns)

    def _weighted(self, columns: list[Ints]) -> Ints:
        total = columns[0] * self.weights[0]
        for column, weight in zip(columns[1:], self.weights[1:], strict=True):
            total += column * weight
        return total

    def _falls_out(self, column: Ints) -> Bools:
        absent = column == NOT_APPLICABLE
        falls: Bools = absent | (column == NOT_FILED) if self.renormalise else absent
        return falls

    def _with_specials(self, columns: list[Ints]) -> Ints:
        out = [self._falls_out(column) for column in columns]
        kept = [np.where(gone, 0, column) for gone, column in zip(out, columns, strict=True)]
        full = np.zeros(len(columns[0]), dtype=np.int64)
        for gone, weight in zip(out, self.weights, strict=True):
            full += np.where(gone, 0, weight)
        result = infect(divide(self._weighted(kept), np.maximum(full, 1), self.round), kept)
        missing = np.logical_or.reduce([column == NOT_FILED for column in columns])
        return np.where(full == 0, np.where(missing, NOT_FILED, NOT_APPLICABLE), result)


def build_weigh(reader: StepReader) -> Operation | None:
    if not isinstance(reader.own.value, dict) or len(reader.own.value) < 2:
        reader.own.fail("weigh_needs_two")
        return None
    entries = [
        (Place(ref, f"{reader.own.path}.{ref}", reader.own.problems), reader.own.below(ref, w))
        for ref, w in reader.own.value.items()
    ]
    weights = tuple(reader.book.number(place, "percent") for _ref, place in entries)
    for (_ref, place), weight in zip(entries, weights, strict=True):
        if weight <= 0:
            place.fail("weight_not_above_zero")
    if sum(weights) != HUNDRED_PERCENT:
        reader.own.fail("weights_not_100", sum=plain(sum(weights), "percent"))
    parts = reader.sources([ref for ref, _weight in entries], SCALED)
    if parts is None:
        return None
    renormalise = reader.one_of("missing", ("unratable", "renormalise"), "unratable") == "renormalise"
    type_ = joined(part.type for part in parts)
    if not reader.safe(4 * HUNDRED_PERCENT * max(abs(type_.low), abs(type_.high))):
        return None
    return Weigh(type_, parts, weights, renormalise, reader.rounding())


@dataclass(frozen=True)
class Times(Operation):
    type: Type
    parts: tuple[Source, Source]
    by_percent: bool
    when: Source | None
    round: str

    @property
    def operands(self) -> tuple[Source, ...]:
        return self.parts if self.when is None else (*self.parts, self.when)

    def run(self, frame: Frame) -> Ints:
        one, other = (part.read(frame) for part in self.parts)
        product = one * other
        if self.by_percent:
            product = divide(product, HUNDRED_PERCENT, self.round)
        return gated(frame, self.when, infect(product, (one, other)))


def build_times(reader: StepReader) -> Operation | None:
    places = reader.own.items(least=2)
    if len(places) != 2:
        reader.own.fail("needs_two")
        return None
    parts = [_factor(reader, place) for place in places]
    one, other = parts
    if one is None or other is None:
        return None
    if "number" == one.origin == other.origin:
        reader.own.fail("only_numbers")
        return None
    unit = _product_unit(one.type.unit, other.type.unit)
    if unit is None:
        reader.own.fail("no_product", one=one.type.unit, other=other.type.unit)
        return None
    by_percent = {one.type.unit, other.type.unit} <= SCALED
    corners = [a * b for a in (one.type.low, one.type.high) for b in (other.type.low, other.type.high)]
    if not reader.safe(2 * max(abs(corner) for corner in corners) + HUNDRED_PERCENT):
        return None
    ends = [divide_one(corner, HUNDRED_PERCENT, "up") for corner in corners] if by_percent else corners
    type_ = Type(unit, min(ends), max(ends))
    when = reader.when() if "when" in reader.fields else None
    return Times(with_zero(type_) if when else type_, (one, other), by_percent, when, reader.rounding())


def _factor(reader: StepReader, place: Place) -> Source | None:
    if isinstance(place.value, str) and place.value.startswith("$"):
        parameter = reader.book.parameter(place)
        if parameter is None:
            return None
        return Source(
            place.value,
            parameter.title,
            Type(parameter.unit, parameter.value, parameter.value),
            "number",
            parameter.name,
            parameter.value,
        )
    return reader.source(place, units=NUMERIC)


def _product_unit(one: str, other: str) -> str | None:
    if {one, other} <= WHOLE:
        return "count"
    if one in WHOLE or other in WHOLE:
        return other if one in WHOLE else one
    if "percent" in {one, other}:
        return other if one == "percent" else one
    return None


@dataclass(frozen=True)
class Ratio(Operation):
    type: Type
    parts: tuple[Source, ...]
    round: str

    @property
    def operands(self) -> tuple[Source, ...]:
        return self.parts

    def run(self, frame: Frame) -> Ints:
        part, whole = (one.read(frame) for one in self.parts)
        share = divide(part * HUNDRED_PERCENT, np.maximum(whole, 1), self.round)
        share = np.clip(share, -RATIO_BOUND, RATIO_BOUND)
        share[whole <= 0] = NOT_APPLICABLE
        return infect(share, (part, whole))


def build_ratio(reader: StepReader) -> Operation | None:
    places = reader.own.items(least=2)
    if len(places) != 2:
        reader.own.fail("needs_two")
        return None
    parts = reader.sources(places, NUMERIC)
    if parts is None or not reader.safe(
        3 * HUNDRED_PERCENT * max(abs(one) for part in parts for one in (part.type.low, part.type.high))
    ):
        return None
    low = -RATIO_BOUND if parts[0].type.low < 0 else 0
    return Ratio(Type("percent", low, RATIO_BOUND), parts, reader.rounding())
