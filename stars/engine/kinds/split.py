"""split: grades by rank, under ceilings or by shares. docs/grammar.md, 6.14."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stars.engine.frame import Frame
from stars.engine.kinds.base import Operation, StepReader
from stars.engine.kinds.ordering import MOST_IN_SCOPE, Layout, Order, best_is_high, for_others, order_of, participants, read_ties
from stars.engine.place import Place
from stars.engine.refs import Source
from stars.engine.values import HUNDRED_PERCENT, NUMERIC, Bools, Ints, Type, divide


@dataclass(frozen=True)
class Ceilings(Operation):
    """`at_most`: (place of the word, hundredths of a percent), the best word first."""

    type: Type
    word: Source
    order: Order
    at_most: tuple[tuple[int, int], ...]
    round: str
    line_in: bool

    @property
    def operands(self) -> tuple[Source, ...]:
        return (self.word, *(source for source, _high in self.order.keys))

    def run(self, frame: Frame) -> Ints:
        words = self.word.read(frame)
        result = for_others(frame, words)
        layout = self.order.lay_out(frame, participants(frame, words))
        now = words[layout.rows]
        for word, percent in self.at_most:
            now = self._limited(now, word, divide(layout.size * percent, HUNDRED_PERCENT, self.round), layout)
        result[layout.rows] = now
        return result

    def _limited(self, now: Ints, word: int, quota: Ints, layout: Layout) -> Ints:
        having = now == word
        those = layout.chosen(having)
        stays = (those.first if self.line_in else those.last) < quota[having]
        limited = now.copy()
        limited[np.flatnonzero(having)[~stays]] = word - 1
        return limited


@dataclass(frozen=True)
class Row:
    """A row of shares: `share` in hundredths of a percent, `count` of heads, or the rest."""

    word: int
    share: int | None = None
    count: int | None = None


@dataclass(frozen=True)
class Shares(Operation):
    """Rows above and below the rest, in the order in which they take."""

    type: Type
    order: Order
    top: tuple[Row, ...]
    rest: int
    bottom: tuple[Row, ...]
    round: str
    line_in: bool

    @property
    def operands(self) -> tuple[Source, ...]:
        return tuple(source for source, _high in self.order.keys)

    def run(self, frame: Frame) -> Ints:
        values = self.operands[0].read(frame)
        result = for_others(frame, values)
        layout = self.order.lay_out(frame, participants(frame, values))
        words = np.full(len(layout.rows), self.rest, dtype=np.int64)
        above, below = np.zeros(len(words), dtype=np.int64), layout.size.copy()
        for row in self.top:
            line = self._from_top(layout, above, np.minimum(above + self._size(row, layout), below))
            words[(layout.place >= above) & (layout.place < line)] = row.word
            above = line
        for row in self.bottom:
            line = self._from_bottom(layout, below, np.maximum(below - self._size(row, layout), above))
            words[(layout.place >= line) & (layout.place < below)] = row.word
            below = line
        result[layout.rows] = words
        return result

    def _size(self, row: Row, layout: Layout) -> Ints:
        if row.count is not None:
            return np.full(len(layout.rows), row.count, dtype=np.int64)
        return divide(layout.size * (row.share or 0), HUNDRED_PERCENT, self.round)

    def _from_top(self, layout: Layout, above: Ints, line: Ints) -> Ints:
        """The line moved off a tied group that lies across it: before it, or behind it when the line takes in."""
        first, last, cuts = _across(layout, line)
        moved = last + 1 if self.line_in else np.maximum(first, above)
        return np.where(cuts, moved, line)

    def _from_bottom(self, layout: Layout, below: Ints, line: Ints) -> Ints:
        first, last, cuts = _across(layout, line)
        moved = first if self.line_in else np.minimum(last + 1, below)
        return np.where(cuts, moved, line)


def _across(layout: Layout, line: Ints) -> tuple[Ints, Ints, Bools]:
    """First and last place of the tied group at a line, and whether the line cuts it."""
    inside = line < layout.size
    at = np.where(inside, layout.start + line, 0)
    first, last = layout.first[at], layout.last[at]
    return first, last, inside & (first < line)


def build_split(reader: StepReader) -> Operation | None:
    if ("at_most" in reader.fields) == ("rows" in reader.fields):
        reader.place.fail("at_most_or_rows")
        return None
    if "within" not in reader.fields:
        return None
    return _ceilings(reader) if "at_most" in reader.fields else _shares(reader)


def _line_in(reader: StepReader) -> bool:
    return reader.one_of("line", ("out", "in"), "out") == "in"


def _ceilings(reader: StepReader) -> Operation | None:
    word = reader.source(reader.own, units=frozenset({"word"}))
    ties = read_ties(reader)
    if "best" in reader.fields:
        reader.fields["best"].fail("best_of_words")
    if not ties:
        if ties == ():
            reader.place.below("ties", None).fail("missing_key", key="ties")
        return None
    chapter = reader.fields["at_most"]
    if not isinstance(chapter.value, dict) or not chapter.value:
        chapter.fail("not_a_mapping")
        return None
    if word is None:
        return None
    limits = []
    for key, value in chapter.value.items():
        place = reader.book.word(Place(key, f"{chapter.path}.{key}", chapter.problems), word.type.scale)
        limits.append((place, _share(reader, chapter.below(key, value))))
        if place == 0:
            chapter.below(key, value).fail("ceiling_of_worst", word=str(key))
    limits.sort(reverse=True)
    return Ceilings(word.type, word, order_of(reader, ties), tuple(limits), reader.rounding("down"), _line_in(reader))


def _share(reader: StepReader, place: Place) -> int:
    return reader.book.between(place, "percent", 0, HUNDRED_PERCENT)


def _shares(reader: StepReader) -> Operation | None:
    operand = reader.source(reader.own, units=NUMERIC)
    ties = read_ties(reader)
    places = reader.fields["rows"].items(least=2)
    rows = [_row(reader, place) for place in places]
    if operand is None or ties is None or any(row is None for row in rows):
        return None
    whole = [row for row in rows if row is not None]
    rests = [i for i, row in enumerate(whole) if row.share is None and row.count is None]
    if len(rests) != 1:
        reader.fields["rows"].fail("one_rest", found=len(rests))
        return None
    scale = reader.book.scale_of_word[places[0].value["gives"]]
    for place in places:
        reader.book.word(place.below("gives", place.value["gives"]), scale)
    rest = rests[0]
    order = order_of(reader, ((operand, best_is_high(reader)), *ties))
    return Shares(
        reader.book.word_type(scale),
        order,
        tuple(whole[:rest]),
        whole[rest].word,
        tuple(reversed(whole[rest + 1 :])),
        reader.rounding("down"),
        _line_in(reader),
    )


def _row(reader: StepReader, place: Place) -> Row | None:
    fields = place.fields(("gives",), ("share", "count", "rest"))
    sizes = [key for key in ("share", "count", "rest") if key in fields]
    if "gives" not in fields or len(sizes) != 1:
        place.fail("share_count_or_rest")
        return None
    given = fields["gives"].value
    scale = reader.book.scale_of_word.get(given) if isinstance(given, str) else None
    if scale is None:
        fields["gives"].fail("unknown_word", word=str(given), scale="")
        return None
    word = reader.book.word(fields["gives"], scale)
    if "share" in fields:
        return Row(word, share=_share(reader, fields["share"]))
    if "count" in fields:
        return Row(word, count=reader.book.between(fields["count"], "count", 0, MOST_IN_SCOPE))
    if not fields["rest"].yes_no():
        fields["rest"].fail("rest_is_true")
    return Row(word)
