"""Counties-in-small for any plan, from a seed: every kind of value and special in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

import stars
from governance.policy import load
from stars.engine.compile import compile_policy
from stars.engine.document import Given
from stars.engine.evaluate import Result
from stars.engine.inputs import Events, Inputs
from stars.engine.plan import Plan
from stars.engine.trace import encode_trace
from stars.engine.values import CELL_NOT_APPLICABLE, CELL_NOT_FILED, DISQUALIFIED, NONE, NOT_APPLICABLE, NOT_FILED, Ints, Type
from tests.stars.engine.books import CASES

PRESETS = Path(stars.__file__).parent / "policies"
COUNTY, TOWNSHIP = 23, 7  # subjects in one


@cache
def preset(name: str) -> Plan:
    return compile_policy(load((PRESETS / f"{name}-secretary-2025.yaml").read_bytes()))


@cache
def whole() -> Plan:
    """The sample policy that uses every kind."""
    return compile_policy(load((CASES / "whole.yaml").read_bytes()))


def draw(plan: Plan, n: int, seed: int) -> Inputs:
    random = np.random.default_rng(seed)
    inputs = Inputs.blank(plan, random.permutation(n).astype(np.int64) * 3)
    inputs.county[:] = np.arange(n) // COUNTY
    inputs.township[:] = np.arange(n) // TOWNSHIP + inputs.county * 100
    for sheet in plan.sheets.values():
        most = np.array([indicator.max for indicator in sheet.indicators])
        cells = inputs.cells[sheet.name]
        cells[:] = (random.beta(6, 2, cells.shape) * most // 50 * 50).astype(np.int16)
        cells[random.random(cells.shape) < 0.004] = CELL_NOT_FILED
        cells[random.random(cells.shape) < 0.01] = CELL_NOT_APPLICABLE
        inputs.answers[sheet.name][:] = random.random((n, sheet.periods)) > 0.03
    for chapter in ("roster", "facts", "history", "linked"):
        _draw_given(random, getattr(plan, chapter), getattr(inputs, chapter))
    for name, type_ in plan.settled.items():
        inputs.settled[name][:] = np.where(random.random(n) < 0.2, _true(random, type_, (n,)), NOT_APPLICABLE)
    return replace(inputs, events=_draw_events(random, plan, n))


def _draw_given(random: np.random.Generator, chapter: Mapping[str, Given], arrays: Mapping[str, Ints]) -> None:
    for name, given in chapter.items():
        values = arrays[name]
        values[:] = _true(random, given.type, values.shape)
        specials = [NOT_APPLICABLE, NOT_FILED] + ([NONE, DISQUALIFIED] if given.type.unit == "star" else [])
        rare = random.random(values.shape) < 0.05
        values[rare] = random.choice(specials, int(rare.sum()))


def _true(random: np.random.Generator, type_: Type, shape: tuple[int, ...]) -> Ints:
    return random.integers(type_.low, min(type_.high, type_.low + 400) + 1, shape)


def _draw_events(random: np.random.Generator, plan: Plan, n: int) -> Events:
    lists = list(plan.events.values())
    records = []
    for _ in range(n // 3):
        events = lists[random.choice(len(lists), p=np.array([10, *[2] * (len(lists) - 1)]) / (8 + 2 * len(lists)))]
        item = int(random.integers(len(events.items)))
        own = int(random.integers((events.items[item].up_to or 0) + 1))
        records.append((int(random.integers(n)), events.ordinal, item, own, int(random.integers(1, 4))))
    columns = np.array(records, dtype=np.int64).reshape(-1, 5).T
    return Events(*(np.ascontiguousarray(column) for column in columns))


def rows_of(plan: Plan, result: Result) -> np.ndarray:
    """Trace, outcome and reason of each subject as one row of bytes."""
    others = [result.outcome[:, None].view(np.uint8), np.ascontiguousarray(result.reason[:, None]).view(np.uint8)]
    return np.concatenate([encode_trace(plan, result), *others], axis=1)
