"""The seventeen kinds of step, by name."""

from __future__ import annotations

from collections.abc import Callable

from stars.engine.kinds import adjustment, allot, arithmetic, judgement, lookup, rank, split
from stars.engine.kinds.base import Operation, StepReader

KINDS: dict[str, Callable[[StepReader], Operation | None]] = {
    "sum": arithmetic.build_sum,
    "mean": arithmetic.build_mean,
    "weigh": arithmetic.build_weigh,
    "times": arithmetic.build_times,
    "ratio": arithmetic.build_ratio,
    "band": lookup.build_band,
    "table": lookup.build_table,
    "tiers": lookup.build_tiers,
    "choose": lookup.build_choose,
    "test": judgement.build_test,
    "tally": judgement.build_tally,
    "move": adjustment.build_move,
    "rank": rank.build_rank,
    "split": split.build_split,
    "override": judgement.build_override,
    "allot": allot.build_allot,
    "settle": adjustment.build_settle,
}
