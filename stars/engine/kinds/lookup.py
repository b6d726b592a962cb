"""band, table, tiers, choose. docs/grammar.md, 6.6 to 6.9."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from governance.policy import key_text
from stars.engine.book import plain
from stars.engine.chapters import key_number
from stars.engine.document import MOST_STARS
from stars.engine.frame import Frame
from stars.engine.kinds.base import Operation, StepReader, gated, given_values
from stars.engine.place import Place
from stars.engine.refs import Source
from stars.engine.values import (
    HUNDRED_PERCENT,
    LEAST,
    LIMIT,
    NOT_APPLICABLE,
    NUMERIC,
    RATIO_BOUND,
    SPECIAL_WORDS,
    WHOLE,
    Bools,
    Ints,
    Special,
    Type,
    divide,
    divide_one,
    infect,
    is_special,
    joined,
)

ROW_SPECIALS = ("none", "disqualified", "not_applicable")


@dataclass(frozen=True)
class Band(Operation):
    """`floors` rise; `gives[i]` is for values from floors[i] on."""

    type: Type
    operand: Source
    floors: tuple[int, ...]
    gives: tuple[int, ...]

    @property
    def operands(self) -> tuple[Source, ...]:
        return (self.operand,)

    def run(self, frame: Frame) -> Ints:
        values = self.operand.read(frame)
        place = np.searchsorted(np.array(self.floors, dtype=np.int64), values, side="right") - 1
        found = np.array(self.gives, dtype=np.int64)[np.maximum(place, 0)]
        return infect(found, (values,))


def build_band(reader: StepReader) -> Operation | None:
    operand = reader.source(reader.own, units=NUMERIC)
    rows = [one.fields(("from", "gives")) for one in reader.fields["rows"].items()] if "rows" in reader.fields else []
    if any(len(row) < 2 for row in rows) or not rows:
        return None
    given = given_values(reader, [row["gives"] for row in rows])
    if operand is None or given is None:
        return None
    floors = [reader.book.number(row["from"], operand.type.unit) for row in rows]
    _falling(rows, floors)
    if floors[-1] > operand.type.low:
        low, floor = (plain(one, operand.type.unit) for one in (operand.type.low, floors[-1]))
        rows[-1]["from"].fail("band_leaves_hole", low=low, floor=floor)
    type_, values = given
    return Band(type_, operand, tuple(reversed(floors)), tuple(reversed(values)))


def _falling(rows: list[dict[str, Place]], floors: list[int]) -> None:
    for row, floor, above in zip(rows[1:], floors[1:], floors, strict=False):
        if floor == above:
            row["from"].fail("bands_overlap")
        elif floor > above:
            row["from"].fail("bands_not_falling")


@dataclass(frozen=True)
class Table(Operation):
    """`cells[i, j]` for the i-th key of the first operand and the j-th of the second; a single operand has one column.

    lows      least true value of each operand: its place 0
    specials  of each operand: those that have rows, by value, with their place behind the true values
    """

    type: Type
    parts: tuple[Source, ...]
    lows: tuple[int, ...]
    specials: tuple[tuple[tuple[int, int], ...], ...]
    cells: tuple[tuple[int, ...], ...]

    @property
    def operands(self) -> tuple[Source, ...]:
        return self.parts

    def run(self, frame: Frame) -> Ints:
        columns = [part.read(frame) for part in self.parts]
        places, without_row = [], []
        for i, column in enumerate(columns):
            place, missing = self._places(i, column)
            places.append(place)
            without_row.append(np.where(missing, column, 0))
        cells = np.array(self.cells, dtype=np.int64)
        found = cells[places[0], places[1] if len(places) > 1 else 0]
        return infect(found, without_row)

    def _places(self, i: int, column: Ints) -> tuple[Ints, Bools]:
        special = is_special(column)
        place = np.where(special, 0, column - self.lows[i])
        missing = special.copy()
        for value, row in self.specials[i]:
            here = column == value
            place[here] = row
            missing &= ~here
        return place, missing


def build_table(reader: StepReader) -> Operation | None:
    refs = reader.own.items() if isinstance(reader.own.value, list) else [reader.own]
    parts = [reader.source(place, units=WHOLE | {"word"}) for place in refs]
    if not 1 <= len(refs) <= 2:
        reader.own.fail("needs_one_or_two")
        return None
    if "rows" not in reader.fields or any(part is None for part in parts):
        return None
    sources = tuple(part for part in parts if part is not None)
    for source, place in zip(sources, refs, strict=True):
        if source.type.high - source.type.low > MOST_STARS:
            place.fail("table_too_long", low=source.type.low, high=source.type.high)
            return None
    return _table(reader, sources)


def _table(reader: StepReader, parts: tuple[Source, ...]) -> Operation | None:
    outer = _rows(reader, parts[0], reader.fields["rows"])
    if outer is None:
        return None
    keys, places = outer
    if len(parts) == 1:
        given = given_values(reader, places)
        if given is None:
            return None
        return _finish(given[0], parts, (keys,), [(value,) for value in given[1]])
    inner = [_rows(reader, parts[1], place) for place in places]
    first = inner[0]
    if first is None or any(one is None for one in inner):
        return None
    for one, place in zip(inner, places, strict=True):
        if one is not None and one[0] != first[0]:
            place.fail("rows_differ")
            return None
    given = given_values(reader, [place for one in inner if one is not None for place in one[1]])
    if given is None:
        return None
    width = len(first[0])
    flat = given[1]
    return _finish(given[0], parts, (keys, first[0]), [tuple(flat[i : i + width]) for i in range(0, len(flat), width)])


def _finish(type_: Type, parts: tuple[Source, ...], keys: tuple[tuple[int, ...], ...], cells: list[tuple[int, ...]]) -> Table:
    specials = tuple(tuple((key, place) for place, key in enumerate(one) if key < LIMIT) for one in keys)
    return Table(type_, parts, tuple(part.type.low for part in parts), specials, tuple(cells))


def _rows(reader: StepReader, source: Source, chapter: Place) -> tuple[tuple[int, ...], list[Place]] | None:
    """Keys and places of rows, the true values first in their order, then the specials that have one."""
    if not isinstance(chapter.value, dict) or not chapter.value:
        chapter.fail("not_a_mapping")
        return None
    found: dict[int, Place] = {}
    for key, value in chapter.value.items():
        number = _key(reader, source, key)
        if number is None or number in found:
            chapter.below(key, value).fail("row_never_met", key=key_text(key))
        else:
            found[number] = chapter.below(key, value)
    wanted = list(range(source.type.low, source.type.high + 1))
    missing = [one for one in wanted if one not in found]
    if missing:
        chapter.fail("missing_row", keys=", ".join(_name(reader, source.type, one) for one in missing[:10]))
        return None
    keys = (*wanted, *sorted(key for key in found if key < LIMIT))
    return keys, [found[key] for key in keys]


def _key(reader: StepReader, source: Source, key: Any) -> int | None:
    if isinstance(key, str) and key in ROW_SPECIALS:
        return SPECIAL_WORDS[key]
    if source.type.scale is not None:
        words = reader.book.scales[source.type.scale].words
        return words.index(key) if key in words else None
    number = key_number(key)
    return number if number is not None and source.type.low <= number <= source.type.high else None


def _name(reader: StepReader, type_: Type, value: int) -> str:
    return str(value) if type_.scale is None else reader.book.scales[type_.scale].words[value]


@dataclass(frozen=True)
class Tiers(Operation):
    """`floors` rise from 0; `percents` in hundredths."""

    type: Type
    operand: Source
    marginal: bool
    floors: tuple[int, ...]
    percents: tuple[int, ...]
    cap: Source | None
    when: Source | None
    round: str

    @property
    def operands(self) -> tuple[Source, ...]:
        return tuple(one for one in (self.operand, self.cap, self.when) if one is not None)

    def run(self, frame: Frame) -> Ints:
        values = self.operand.read(frame)
        amount = np.maximum(values, 0)
        product = self._marginal(amount) if self.marginal else self._whole(amount)
        result = divide(product, HUNDRED_PERCENT, self.round)
        touched = [values]
        if self.cap is not None:
            cap = self.cap.read(frame)
            result = np.where(cap == NOT_APPLICABLE, result, np.minimum(result, cap))
            touched.append(np.where(cap == NOT_APPLICABLE, 0, cap))
        return gated(frame, self.when, infect(result, touched))

    def _marginal(self, amount: Ints) -> Ints:
        total = np.zeros(len(amount), dtype=np.int64)
        for i, (floor, percent) in enumerate(zip(self.floors, self.percents, strict=True)):
            slice_ = np.maximum(amount - floor, 0)
            if i + 1 < len(self.floors):
                slice_ = np.minimum(slice_, self.floors[i + 1] - floor)
            total += slice_ * percent
        return total

    def _whole(self, amount: Ints) -> Ints:
        place = np.searchsorted(np.array(self.floors, dtype=np.int64), amount, side="right") - 1
        return amount * np.array(self.percents, dtype=np.int64)[place]


def build_tiers(reader: StepReader) -> Operation | None:
    operand = reader.source(reader.own, units=frozenset({"points", "money"}))
    rows = [one.fields(("from", "gives")) for one in reader.fields["rows"].items()] if "rows" in reader.fields else []
    if operand is None or not rows or any(len(row) < 2 for row in rows) or "marginal" not in reader.fields:
        return None
    floors = [reader.book.number(row["from"], operand.type.unit) for row in rows]
    percents = [reader.book.between(row["gives"], "percent", 0, RATIO_BOUND) for row in rows]
    if floors[0] != 0:
        rows[0]["from"].fail("first_tier_not_zero")
    for row, floor, below in zip(rows[1:], floors[1:], floors, strict=False):
        if floor <= below:
            row["from"].fail("tiers_not_rising")
    most = max(operand.type.high, 0) * max(percents)
    cap = _cap(reader, operand.type)
    if not reader.safe(2 * most + HUNDRED_PERCENT) or ("cap" in reader.fields and cap is None):
        return None
    when = reader.when() if "when" in reader.fields else None
    high = divide_one(most, HUNDRED_PERCENT, "up")
    type_ = Type(operand.type.unit, min(0, cap.type.low) if cap else 0, high if cap is None else max(0, min(high, cap.type.high)))
    return Tiers(type_, operand, reader.fields["marginal"].yes_no(), tuple(floors), tuple(percents), cap, when, reader.rounding())


def _cap(reader: StepReader, type_: Type) -> Source | None:
    place = reader.fields.get("cap")
    if place is None:
        return None
    if not isinstance(place.value, str) or place.value.startswith("$"):
        number = reader.book.number(place, type_.unit)
        return Source(key_text(place.value), "", type_.within(number, number), "number", "", number)
    return reader.source(place, units=frozenset({type_.unit}))


@dataclass(frozen=True)
class Choose(Operation):
    type: Type
    word: Source
    rows: tuple[Source | None, ...]  # by place of the word; None: otherwise
    otherwise: Source | None

    @property
    def operands(self) -> tuple[Source, ...]:
        chosen = [*self.rows, self.otherwise]
        return (self.word, *dict.fromkeys(one for one in chosen if one is not None))

    def _chosen(self, frame: Frame) -> Iterator[tuple[Source, Bools]]:
        words = self.word.read(frame)
        for place, source in enumerate(self.rows):
            one = source or self.otherwise
            if one is not None:
                yield one, words == place
        if self.otherwise is not None:
            yield self.otherwise, words == NOT_APPLICABLE

    def run(self, frame: Frame) -> Ints:
        words = self.word.read(frame)
        result = np.where(is_special(words), words, LEAST + Special.NOT_APPLICABLE.value)
        for source, rows in self._chosen(frame):
            result = np.where(rows, source.read(frame), result)
        return result

    def taken(self, frame: Frame) -> Iterator[tuple[Source, Bools | None]]:
        words = self.word.read(frame)
        yield self.word, is_special(words) if self.otherwise is None else is_special(words) & (words != NOT_APPLICABLE)
        yield from self._chosen(frame)


def build_choose(reader: StepReader) -> Operation | None:
    word = reader.source(reader.own, units=frozenset({"word"}))
    if word is None or word.type.scale is None or "rows" not in reader.fields:
        return None
    words = reader.book.scales[word.type.scale].words
    chapter = reader.fields["rows"]
    if not isinstance(chapter.value, dict):
        chapter.fail("not_a_mapping")
        return None
    places = {}
    for key, value in chapter.value.items():
        if key in words:
            places[key] = chapter.below(key, value)
        else:
            chapter.below(key, value).fail("row_never_met", key=key_text(key))
    missing = [one for one in words if one not in places]
    if missing and "otherwise" not in reader.fields:
        chapter.fail("missing_row", keys=", ".join(missing))
        return None
    all_places = [*places.values(), *([reader.fields["otherwise"]] if "otherwise" in reader.fields else [])]
    sources = reader.sources(all_places, NUMERIC | {"word", "yesno"})
    if sources is None:
        return None
    by_word = dict(zip(places, sources, strict=False))
    otherwise = sources[-1] if "otherwise" in reader.fields else None
    return Choose(joined(one.type for one in sources), word, tuple(by_word.get(one) for one in words), otherwise)
