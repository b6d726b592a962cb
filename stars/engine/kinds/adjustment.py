"""move, settle. docs/grammar.md, 6.12, 6.17."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stars.engine import vocabulary as v
from stars.engine.document import MOST_STARS
from stars.engine.frame import Frame
from stars.engine.kinds.base import Operation, StepReader
from stars.engine.refs import Source
from stars.engine.values import (
    DEFAULT_BOUNDS,
    DISQUALIFIED,
    NONE,
    NOT_APPLICABLE,
    NOT_FILED,
    NUMERIC,
    WHOLE,
    Bools,
    Ints,
    Type,
    infect,
    is_special,
    joined,
)


@dataclass(frozen=True)
class Move(Operation):
    type: Type
    last: Source
    by: Source
    first: Source
    from_none: Source
    from_disqualified: Source
    at_most: int
    floor: int
    cap: int

    @property
    def operands(self) -> tuple[Source, ...]:
        return (self.last, self.by, self.first, self.from_none, self.from_disqualified)

    def _starts(self) -> tuple[tuple[int, Source], ...]:
        return ((NOT_APPLICABLE, self.first), (NONE, self.from_none), (DISQUALIFIED, self.from_disqualified))

    def run(self, frame: Frame) -> Ints:
        last, by = self.last.read(frame), self.by.read(frame)
        still = np.where(by == NOT_APPLICABLE, 0, by)
        moved = np.clip(last + np.clip(still, -self.at_most, self.at_most), self.floor, self.cap)
        result = infect(moved, (still,))
        for special, source in self._starts():
            rows = last == special
            if rows.any():
                result = np.where(rows, source.read(frame), result)
        return np.where(last == NOT_FILED, NOT_FILED, result)

    def taken(self, frame: Frame) -> Iterator[tuple[Source, Bools | None]]:
        last = self.last.read(frame)
        yield self.by, ~is_special(last)
        for special, source in self._starts():
            yield source, last == special


def build_move(reader: StepReader) -> Operation | None:
    last = reader.source(reader.own, units=frozenset({"star"}))
    if last is not None and last.origin != "history":
        reader.own.fail("not_history", name=last.ref)
        return None
    by, first, none, disqualified = (reader.field(key, units=WHOLE) for key in ("by", "first", "from_none", "from_disqualified"))
    if last is None or by is None or first is None or none is None or disqualified is None:
        return None
    if not {"at_most", "floor", "cap"} <= reader.fields.keys():
        return None
    at_most, floor, cap = (reader.book.between(reader.fields[key], "star", 0, MOST_STARS) for key in ("at_most", "floor", "cap"))
    if floor > cap:
        reader.fields["cap"].fail("cap_below_floor")
    starts = joined((first.type, none.type, disqualified.type))
    return Move(
        Type("star", min(floor, starts.low), max(cap, starts.high)), last, by, first, none, disqualified, at_most, floor, cap
    )


@dataclass(frozen=True)
class Settle(Operation):
    """`name` of the step, under which settled values are given."""

    type: Type
    name: str
    proposed: Source
    by: str
    up: int
    down: int

    @property
    def operands(self) -> tuple[Source, ...]:
        return (self.proposed,)

    def run(self, frame: Frame) -> Ints:
        proposed, settled = self.proposed.read(frame), frame.inputs.settled[self.name]
        decided = (settled != NOT_APPLICABLE) & ~is_special(proposed)
        allowed = (settled >= proposed - self.down) & (settled <= proposed + self.up)
        return np.where(decided, np.where(allowed, settled, NOT_FILED), proposed)


def _widest(unit: str) -> int:
    return MOST_STARS if unit == "star" else DEFAULT_BOUNDS[unit][1]


def build_settle(reader: StepReader) -> Operation | None:
    proposed = reader.source(reader.own, units=NUMERIC | {"word"})
    if proposed is None or not {"by", "up", "down"} <= reader.fields.keys():
        return None
    unit = "count" if proposed.type.unit == "word" else proposed.type.unit
    up, down = (reader.book.between(reader.fields[key], unit, 0, _widest(unit)) for key in ("up", "down"))
    type_ = proposed.type.within(proposed.type.low - down, proposed.type.high + up)
    if unit in {"count", "star"}:
        type_ = type_.within(max(type_.low, min(proposed.type.low, 0)), type_.high)
    if proposed.type.unit == "word":
        type_ = proposed.type
    return Settle(type_, reader.name, proposed, reader.fields["by"].one_of(v.BODIES), up, down)
