"""What must hold for every county, whatever is in it. A small sample here; `soak` draws many more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stars.engine.evaluate import chunks, evaluate
from stars.engine.inputs import Inputs
from stars.engine.kinds.allot import Allot
from stars.engine.kinds.rank import Rank
from stars.engine.kinds.split import Ceilings, Shares
from stars.engine.plan import Plan
from stars.engine.values import is_special
from tests.stars.engine.counties import COUNTY, draw, preset, rows_of, whole

SEEDS = st.integers(0, 2**32 - 1)
LOOKING_ABOUT = (Rank, Ceilings, Shares, Allot)  # what may change when a neighbour does
few = settings(max_examples=8, derandomize=True, deadline=None)
many = settings(max_examples=300, deadline=None)


def plans() -> list[Plan]:
    return [whole(), preset("shanxi"), preset("kaifeng")]


def order_of_rows_means_nothing(seed: int) -> None:
    for plan in plans():
        inputs = draw(plan, 3 * COUNTY, seed)
        order = np.random.default_rng(seed).permutation(len(inputs))
        assert np.array_equal(rows_of(plan, evaluate(plan, inputs))[order], rows_of(plan, evaluate(plan, inputs.take(order))))


def counties_may_be_evaluated_apart(seed: int) -> None:
    for plan in plans():
        inputs = draw(plan, 4 * COUNTY, seed)
        apart = [evaluate(plan, inputs.take(np.arange(part.start, part.stop))) for part in chunks(inputs.county, 2 * COUNTY)]
        assert len(apart) == 2
        assert np.array_equal(rows_of(plan, evaluate(plan, inputs)), np.concatenate([rows_of(plan, one) for one in apart]))


def another_county_changes_nothing(seed: int) -> None:
    for plan in plans():
        inputs = draw(plan, 2 * COUNTY, seed)
        changed = rows_of(plan, evaluate(plan, _spoilt(plan, inputs, COUNTY + 3)))
        assert np.array_equal(rows_of(plan, evaluate(plan, inputs))[:COUNTY], changed[:COUNTY])


def a_neighbour_changes_only_what_is_ranked_split_or_allotted(seed: int) -> None:
    for plan in plans():
        inputs = draw(plan, COUNTY, seed)
        before, after = evaluate(plan, inputs), evaluate(plan, _spoilt(plan, inputs, 5))
        others = np.arange(COUNTY) != 5
        free = [name for name in before.columns if name not in _touched(plan)]
        assert free
        for name in free:
            assert np.array_equal(before.columns[name][others], after.columns[name][others]), name


def a_higher_mark_never_lowers_the_score(seed: int) -> None:
    random = np.random.default_rng(seed)
    for plan in (preset("shanxi"), preset("kaifeng")):
        inputs = draw(plan, COUNTY, seed)
        sheet = random.choice(list(plan.sheets.values()))
        place = int(random.integers(len(sheet.indicators)))
        cells = inputs.cells[sheet.name].copy()
        column = cells[:, int(random.integers(sheet.periods)), place]
        column[column >= 0] = np.minimum(column[column >= 0] + int(random.integers(1, 500)), sheet.indicators[place].max)
        score = plan.outputs["score"]
        before = evaluate(plan, inputs).columns[score]
        after = evaluate(plan, replace(inputs, cells={**inputs.cells, sheet.name: cells})).columns[score]
        assert np.array_equal(is_special(before), is_special(after))
        assert (after >= before).all()


def _spoilt(plan: Plan, inputs: Inputs, row: int) -> Inputs:
    """One subject's filings all at zero."""
    cells = {name: array.copy() for name, array in inputs.cells.items()}
    for array in cells.values():
        array[row] = 0
    return replace(inputs, cells=cells)


def _touched(plan: Plan) -> set[str]:
    """Steps that look at others, and what uses them."""
    touched: set[str] = set()
    for name in plan.order:
        operation = plan.steps[name].operation
        if isinstance(operation, LOOKING_ABOUT) or any(one.column in touched for one in operation.operands):
            touched.add(name)
    return touched


PROPERTIES = [
    order_of_rows_means_nothing,
    counties_may_be_evaluated_apart,
    another_county_changes_nothing,
    a_neighbour_changes_only_what_is_ranked_split_or_allotted,
    a_higher_mark_never_lowers_the_score,
]


@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda one: one.__name__)
def test_property(holds):
    few(given(SEEDS)(holds))()


@pytest.mark.soak
@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda one: one.__name__)
def test_property_at_length(holds):
    many(given(SEEDS)(holds))()
