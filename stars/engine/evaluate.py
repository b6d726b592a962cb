"""Evaluates a plan on a chunk of whole counties. docs/grammar.md, sections 6 and 7."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from stars.engine.conditions import Answer
from stars.engine.frame import Frame
from stars.engine.inputs import Inputs
from stars.engine.plan import Plan
from stars.engine.values import DISQUALIFIED, LIMIT, NONE, NOT_FILED, Bools, Ints


class Outcome(IntEnum):
    RATED = 0
    NONE = 1
    DISQUALIFIED = 2
    NOT_ELIGIBLE = 3
    UNRATABLE = 4


@dataclass(frozen=True)
class Result:
    """columns  name -> (n,) for every column of the trace, in its order
    outcome  (n,) int8 of Outcome
    reason   (n,) int16: of the unratable, the place of the column that is the cause, from 1; else 0
    """

    columns: Mapping[str, Ints]
    outcome: NDArray[np.int8]
    reason: NDArray[np.int16]
    outputs: Mapping[str, str]

    def output(self, name: str) -> Ints | None:
        """The column of an output, or None where the policy has no such output."""
        step = self.outputs.get(name)
        return None if step is None else self.columns[step]

    @cached_property
    def standing(self) -> Ints:
        """(n,) comparable across policies: the result of the rated; below them no star, disqualified; beside them the others."""
        below = np.select([self.outcome == Outcome.NONE, self.outcome == Outcome.DISQUALIFIED], [-1, -2], -3)
        return np.where(self.outcome == Outcome.RATED, self.columns[self.outputs["result"]], below)


def evaluate(plan: Plan, inputs: Inputs, given: Mapping[str, Ints] | None = None) -> Result:
    """`given`: columns of steps that look at subjects who are not in the chunk.  raises WrongInputs"""
    inputs.check(plan)
    frame = Frame(plan.sheets, plan.events, inputs)
    answer = None if plan.eligible is None else plan.eligible.answer(frame)
    frame.eligible = None if answer is None else answer.column()
    for name in plan.order:
        frame.columns[name] = given[name] if given and name in given else plan.steps[name].operation.run(frame)
    columns = _columns(plan, frame)
    outcome = _outcome(answer, columns[plan.outputs["result"]])
    return Result(columns, outcome, _reasons(plan, frame, columns, outcome), plan.outputs)


def _columns(plan: Plan, frame: Frame) -> dict[str, Ints]:
    columns = {f"{name}[{p + 1}]": total for name, totals in frame.totals.items() for p, total in enumerate(totals)}
    if frame.eligible is not None:
        columns["eligible"] = frame.eligible
    return columns | {name: frame.columns[name] for name in plan.steps}


def _outcome(eligible: Answer | None, result: Ints) -> NDArray[np.int8]:
    outcome = np.full(len(result), Outcome.RATED, dtype=np.int8)
    outcome[result == NONE] = Outcome.NONE
    outcome[(result < LIMIT) & (result != NONE)] = Outcome.UNRATABLE
    if eligible is not None:
        outcome[eligible.no] = Outcome.NOT_ELIGIBLE
        if eligible.unknown is not None:
            outcome[eligible.unknown] = Outcome.UNRATABLE
    outcome[result == DISQUALIFIED] = Outcome.DISQUALIFIED
    return outcome


def _reasons(plan: Plan, frame: Frame, columns: Mapping[str, Ints], outcome: NDArray[np.int8]) -> NDArray[np.int16]:
    """From the result back to the first column that is special by itself."""
    unratable = outcome == Outcome.UNRATABLE
    if not unratable.any():
        return np.zeros(len(outcome), dtype=np.int16)
    at = np.where(unratable, plan.place_of[plan.outputs["result"]] + 1, 0)
    if frame.eligible is not None:
        at[unratable & (frame.eligible == NOT_FILED)] = plan.place_of["eligible"] + 1
    for name in reversed(plan.order):
        here = at == plan.place_of[name] + 1
        if here.any():
            _step_back(plan, frame, columns, name, at, here)
    return at.astype(np.int16)


def _step_back(plan: Plan, frame: Frame, columns: Mapping[str, Ints], name: str, at: Ints, here: Bools) -> None:
    """Rows whose cause lies in an operand go on to the first such operand."""
    for operand, counts in plan.steps[name].operation.taken(frame):
        if operand.column is None:
            continue
        moves = here & (columns[operand.column] == columns[name])
        if counts is not None:
            moves &= counts
        at[moves] = plan.place_of[operand.column] + 1
        here &= ~moves


def chunks(scopes: Ints, least: int) -> Iterator[slice]:
    """Slices of at least `least` rows that never part a scope; `scopes` has equal ones side by side."""
    starts = np.flatnonzero(np.concatenate(([True], scopes[1:] != scopes[:-1]))) if len(scopes) else np.zeros(0, dtype=np.int64)
    begin = 0
    for start in (*starts[1:].tolist(), len(scopes)):
        if start - begin >= least or start == len(scopes):
            yield slice(begin, start)
            begin = start
