"""rank, split, allot: what looks at others of the same scope. docs/grammar.md, 6.13, 6.14, 6.16."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stars.engine import vocabulary as v
from stars.engine.burden_words import RANKING
from stars.engine.frame import Frame
from stars.engine.kinds.base import Operation, StepReader
from stars.engine.place import Place
from stars.engine.refs import Source
from stars.engine.values import (
    HUNDRED_PERCENT,
    MOST,
    NOT_APPLICABLE,
    NUMERIC,
    Bools,
    Ints,
    Type,
    divide,
    is_special,
)

MOST_IN_SCOPE = 100_000


@dataclass(frozen=True)
class Order:
    """Operands that order, the most important first; True: the higher is better."""

    keys: tuple[tuple[Source, bool], ...]
    within: str

    def lay_out(self, frame: Frame, part: Bools) -> Layout:
        """Participants by scope, then from the best to the worst."""
        rows = np.flatnonzero(part)
        scope = frame.scope(self.within)[rows]
        keys = [_falling(source.read(frame)[rows], high) for source, high in self.keys]
        order = np.lexsort((*reversed(keys), scope))
        return Layout(rows[order], scope[order], [key[order] for key in keys])


def _falling(values: Ints, high: bool) -> Ints:
    """A key that is small for the better; a special is worse than every value."""
    keys = ~values if high else values
    return np.where(is_special(values), np.iinfo(np.int64).max, keys)


class Layout:
    """Participants in order. `rows` are their rows in the chunk; the other arrays go with them.

    place    from 0 within the scope
    start    index at which the scope begins; size of the scope
    first, last  places of the first and last of the tied group
    """

    def __init__(self, rows: Ints, scope: Ints, keys: list[Ints]) -> None:
        self.rows = rows
        index = np.arange(len(rows), dtype=np.int64)
        new_scope = _changes([scope])
        new_group = _changes([scope, *keys])
        self.start = _carried(index, new_scope)
        self.size = _ends(index, new_scope) - self.start
        self.place = index - self.start
        self.first = _carried(index, new_group) - self.start
        self.last = _ends(index, new_group) - 1 - self.start
        self.group: Ints = np.cumsum(new_group, dtype=np.int64)

    def chosen(self, kept: Bools) -> Layout:
        """The same order with only some of them; sizes and places are theirs."""
        return Layout(self.rows[kept], self.start[kept], [self.group[kept]])


def _changes(keys: Sequence[Ints]) -> Bools:
    new = np.zeros(len(keys[0]), dtype=np.bool_)
    new[:1] = True
    for key in keys:
        new[1:] |= key[1:] != key[:-1]
    return new


def _carried(index: Ints, new: Bools) -> Ints:
    carried: Ints = np.maximum.accumulate(np.where(new, index, 0))
    return carried


def _ends(index: Ints, new: Bools) -> Ints:
    """For each the index just behind the last of its group."""
    starts = np.flatnonzero(new)
    behind = np.append(starts[1:], len(index))
    ends: Ints = behind[np.cumsum(new) - 1]
    return ends


def participants(frame: Frame, values: Ints) -> Bools:
    part = ~is_special(values)
    return part if frame.ineligible is None else part & ~frame.ineligible


def for_others(frame: Frame, values: Ints) -> Ints:
    """What those get who take no part: why they are out."""
    if frame.eligible is None:
        return values.copy()
    out = np.where(frame.eligible == np.int64(0), NOT_APPLICABLE, frame.eligible)
    return np.where(frame.eligible == np.int64(1), values, out)


@dataclass(frozen=True)
class Rank(Operation):
    type: Type
    order: Order

    @property
    def operands(self) -> tuple[Source, ...]:
        return tuple(source for source, _high in self.order.keys)

    def run(self, frame: Frame) -> Ints:
        values = self.operands[0].read(frame)
        result = for_others(frame, values)
        layout = self.order.lay_out(frame, participants(frame, values))
        result[layout.rows] = layout.first + 1
        return result


def build_rank(reader: StepReader) -> Operation | None:
    operand = reader.source(reader.own, units=NUMERIC | {"word"})
    if "authorised_by" not in reader.fields:
        reader.place.fail("ranking_unauthorised", clause=RANKING)
    ties = _ties(reader)
    if operand is None or ties is None or "within" not in reader.fields:
        return None
    return Rank(Type("count", 1, MOST_IN_SCOPE), _order(reader, ((operand, _high(reader)), *ties)))


def _high(reader: StepReader) -> bool:
    return reader.one_of("best", ("high", "low"), "high") == "high"


def _order(reader: StepReader, keys: tuple[tuple[Source, bool], ...]) -> Order:
    return Order(keys, reader.fields["within"].one_of(v.SCOPES))


def _ties(reader: StepReader) -> tuple[tuple[Source, bool], ...] | None:
    if "ties" not in reader.fields:
        return ()
    found: list[tuple[Source, bool]] = []
    places = reader.fields["ties"].items()
    for place in places:
        source, minus = reader.signed(place)
        if source is not None and source.type.unit == "yesno":
            place.fail("wrong_type", found="yesno", wanted="number, word")
        elif source is not None:
            found.append((source, not minus))
    return tuple(found) if len(found) == len(places) else None


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
    ties = _ties(reader)
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
    return Ceilings(word.type, word, _order(reader, ties), tuple(limits), reader.rounding("down"), _line_in(reader))


def _share(reader: StepReader, place: Place) -> int:
    return reader.book.between(place, "percent", 0, HUNDRED_PERCENT)


def _shares(reader: StepReader) -> Operation | None:
    operand = reader.source(reader.own, units=NUMERIC)
    ties = _ties(reader)
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
    order = _order(reader, ((operand, _high(reader)), *ties))
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


@dataclass(frozen=True)
class Allot(Operation):
    """`total` for each scope is the number, or the sum of the column `pool`."""

    type: Type
    by: Source
    within: str
    total: int
    pool: Source | None
    cap: int | None

    @property
    def operands(self) -> tuple[Source, ...]:
        return (self.by,) if self.pool is None else (self.pool, self.by)

    def run(self, frame: Frame) -> Ints:
        values = self.by.read(frame)
        result = for_others(frame, values)
        rows = np.flatnonzero(participants(frame, values))
        if not len(rows):
            return result
        _scopes, group = np.unique(frame.scope(self.within)[rows], return_inverse=True)
        shares = np.maximum(values[rows], 0)
        result[rows] = self._divided(self._totals(frame, rows, group), group, shares, frame.inputs.key[rows])
        return result

    def _totals(self, frame: Frame, rows: Ints, group: Ints) -> Ints:
        if self.pool is None:
            return np.full(group.max() + 1, self.total, dtype=np.int64)
        given = self.pool.read(frame)[rows]
        return _summed(np.maximum(given, 0), group, int(group.max()) + 1)

    def _divided(self, totals: Ints, group: Ints, shares: Ints, keys: Ints) -> Ints:
        """Exact parts in cents; who is over the cap gets the cap and leaves with it, until nobody is."""
        active = np.ones(len(group), dtype=np.bool_)
        result = np.zeros(len(group), dtype=np.int64)
        while True:
            sums = _summed(np.where(active, shares, 0), group, len(totals))
            product, whole = totals[group] * shares, np.maximum(sums, 1)[group]
            part, left = product // whole, product % whole
            over = active & (sums[group] > 0) & self._over(part, left)
            if not over.any():
                break
            result[over] = self.cap or 0
            totals = totals - _summed(result * over, group, len(totals))
            active &= ~over
        part[~active | (sums[group] == 0)] = 0
        left[~active | (sums[group] == 0)] = 0
        spare = np.where(sums > 0, totals - _summed(part, group, len(totals)), 0)
        return result + part + _largest_remainders(left, spare, group, keys)

    def _over(self, part: Ints, left: Ints) -> Bools:
        if self.cap is None:
            return np.zeros(len(part), dtype=np.bool_)
        over: Bools = (part > self.cap) | ((part == self.cap) & (left > 0))
        return over


def _summed(values: Ints, group: Ints, groups: int) -> Ints:
    total = np.zeros(groups, dtype=np.int64)
    np.add.at(total, group, values)
    return total


def _largest_remainders(left: Ints, spare: Ints, group: Ints, keys: Ints) -> Ints:
    order = np.lexsort((keys, -left, group))
    index = np.arange(len(order), dtype=np.int64)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = index - _carried(index, _changes([group[order]]))
    return ((place < spare[group]) & (left > 0)).astype(np.int64)


def build_allot(reader: StepReader) -> Operation | None:
    by = reader.field("by", units=frozenset({"points", "count", "money", "star"}))
    pool, total = None, 0
    if isinstance(reader.own.value, str) and not reader.own.value.startswith("$"):
        pool = reader.source(reader.own, units=frozenset({"money"}))
        if pool is None:
            return None
        most = max(pool.type.high, 0) * MOST_IN_SCOPE
    else:
        most = total = reader.book.between(reader.own, "money", 0, MOST)
    if by is None or "within" not in reader.fields:
        return None
    cap = reader.book.between(reader.fields["cap"], "money", 0, MOST) if "cap" in reader.fields else None
    if not reader.safe(most * max(by.type.high, 1)) or not reader.safe(max(by.type.high, 0) * MOST_IN_SCOPE):
        return None
    return Allot(
        Type("money", 0, most if cap is None else min(most, cap)), by, reader.fields["within"].one_of(v.SCOPES), total, pool, cap
    )
