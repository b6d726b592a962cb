"""allot: a total divided to the cent. docs/grammar.md, 6.16."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stars.engine import vocabulary as v
from stars.engine.frame import Frame
from stars.engine.kinds.base import Operation, StepReader
from stars.engine.kinds.ordering import MOST_IN_SCOPE, carried, changes, for_others, participants
from stars.engine.refs import Source
from stars.engine.values import MOST, Bools, Ints, Type


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
    place[order] = index - carried(index, changes([group[order]]))
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
