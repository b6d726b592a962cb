"""What looks at others of the same scope: who takes part, and in which order. docs/grammar.md, 6.13."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stars.engine import vocabulary as v
from stars.engine.frame import Frame
from stars.engine.kinds.base import StepReader
from stars.engine.refs import Source
from stars.engine.values import (
    NOT_APPLICABLE,
    Bools,
    Ints,
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
        new_scope = changes([scope])
        new_group = changes([scope, *keys])
        self.start = carried(index, new_scope)
        self.size = _ends(index, new_scope) - self.start
        self.place = index - self.start
        self.first = carried(index, new_group) - self.start
        self.last = _ends(index, new_group) - 1 - self.start
        self.group: Ints = np.cumsum(new_group, dtype=np.int64)

    def chosen(self, kept: Bools) -> Layout:
        """The same order with only some of them; sizes and places are theirs."""
        return Layout(self.rows[kept], self.start[kept], [self.group[kept]])


def changes(keys: Sequence[Ints]) -> Bools:
    new = np.zeros(len(keys[0]), dtype=np.bool_)
    new[:1] = True
    for key in keys:
        new[1:] |= key[1:] != key[:-1]
    return new


def carried(index: Ints, new: Bools) -> Ints:
    ends: Ints = np.maximum.accumulate(np.where(new, index, 0))
    return ends


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


def best_is_high(reader: StepReader) -> bool:
    return reader.one_of("best", ("high", "low"), "high") == "high"


def order_of(reader: StepReader, keys: tuple[tuple[Source, bool], ...]) -> Order:
    return Order(keys, reader.fields["within"].one_of(v.SCOPES))


def read_ties(reader: StepReader) -> tuple[tuple[Source, bool], ...] | None:
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
