"""rank: positions in a scope. docs/grammar.md, 6.13."""

from __future__ import annotations

from dataclasses import dataclass

from stars.engine.burden_words import RANKING
from stars.engine.frame import Frame
from stars.engine.kinds.base import Operation, StepReader
from stars.engine.kinds.ordering import MOST_IN_SCOPE, Order, best_is_high, for_others, order_of, participants, read_ties
from stars.engine.refs import Source
from stars.engine.values import NUMERIC, Ints, Type


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
    ties = read_ties(reader)
    if operand is None or ties is None or "within" not in reader.fields:
        return None
    return Rank(Type("count", 1, MOST_IN_SCOPE), order_of(reader, ((operand, best_is_high(reader)), *ties)))
