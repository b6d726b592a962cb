"""The way to the next result: minimal, found by the engine, and true to the last half point."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stars.engine.evaluate import evaluate
from stars.engine.inputs import Inputs
from stars.engine.plan import Plan
from stars.engine.route import AMONG_PEERS, Change, find_route, on_course
from stars.engine.values import CELL_NOT_APPLICABLE, CELL_NOT_FILED
from tests.stars.engine.counties import draw, preset, whole

N = 46  # two counties-in-small
AHEAD = 9  # months of the twelve that are filed


def year_so_far(plan: Plan, seed: int) -> tuple[Inputs, dict[str, np.ndarray]]:
    """Drawn inputs of which everything after September is still to come."""
    inputs = draw(plan, N, seed)
    to_come = {}
    for sheet in plan.sheets.values():
        ends = (np.arange(sheet.periods) + 1) * sheet.months
        to_come[sheet.name] = np.tile(ends > AHEAD, (N, 1))
        inputs.cells[sheet.name][:, ends > AHEAD, :] = CELL_NOT_FILED
    return inputs, to_come


def changed(inputs: Inputs, row: int, changes: list[Change]) -> Inputs:
    cells = {name: array.copy() for name, array in inputs.cells.items()}
    for change in changes:
        cells[change.sheet][row, list(change.periods), change.place] = change.needed
    return replace(inputs, cells=cells)


def standing(plan: Plan, inputs: Inputs, row: int) -> int:
    return int(evaluate(plan, inputs).standing[row])


@pytest.mark.parametrize("plan", [preset("shanxi"), preset("kaifeng"), whole()], ids=lambda plan: plan.code)
@pytest.mark.parametrize("seed", range(3))
def test_the_way_leads_on_and_nothing_of_it_can_be_less(plan, seed):
    inputs, to_come = year_so_far(plan, seed)
    course = on_course(plan, inputs, to_come)
    found = 0
    for row in range(0, N, 4):
        free = {name: periods[row] for name, periods in to_come.items()}
        route = find_route(plan, course, row, free, sheets=list(plan.sheets))
        before = standing(plan, course, row)
        best = standing(plan, changed(course, row, everything(plan, course, row, free)), row)
        assert bool(route.changes) == (best > before)
        changes = list(route.changes)
        if not changes:
            continue
        found += 1
        assert standing(plan, changed(course, row, changes), row) > before
        for at, change in enumerate(changes):
            without = [*changes[:at], *changes[at + 1 :]]
            assert standing(plan, changed(course, row, without), row) <= before
            less = replace(change, needed=max(change.course, (change.needed - 1) // 50 * 50))
            assert less.needed < change.needed
            assert standing(plan, changed(course, row, [*without, less]), row) <= before
    assert found


def everything(plan: Plan, inputs: Inputs, row: int, free: dict[str, np.ndarray]) -> list[Change]:
    return [
        Change(sheet.name, place, (period,), 0, indicator.max)
        for sheet in plan.sheets.values()
        for period in np.flatnonzero(free[sheet.name]).tolist()
        for place, indicator in enumerate(sheet.indicators)
        if inputs.cells[sheet.name][row, period, place] >= 0
    ]


def test_a_course_is_the_mean_of_the_item_and_without_one_the_share_of_all():
    plan = preset("shanxi")
    inputs = Inputs.blank(plan, np.arange(2, dtype=np.int64))
    month = inputs.cells["month"]
    month[0, 0, :3], month[0, 1, :3] = [2000, 500, 1500], [1000, 501, CELL_NOT_APPLICABLE]
    to_come = {name: np.ones((2, sheet.periods), np.bool_) for name, sheet in plan.sheets.items()}
    filled = on_course(plan, inputs, to_come).cells
    assert filled["month"][0, 2, :3].tolist() == [1500, 501, 1500]  # 500.5 goes up
    assert filled["month"][0, 1, 2] == CELL_NOT_APPLICABLE
    share = (2000 + 500 + 1500 + 1000 + 501) / (2000 + 1000 + 1500 + 2000 + 1000)
    assert filled["quarter"][0, 3, 0] == round(2500 * share)
    assert (filled["month"][1] == CELL_NOT_FILED).all()  # nothing is known of the other


def test_what_is_not_to_come_is_left_as_it_is():
    plan = preset("shanxi")
    inputs, to_come = year_so_far(plan, 5)
    to_come = {name: periods & False for name, periods in to_come.items()}
    for name, cells in on_course(plan, inputs, to_come).cells.items():
        np.testing.assert_array_equal(cells, inputs.cells[name])


def test_peers_are_looked_at_where_the_policy_compares(monkeypatch):
    """Alone nobody is among the best thirty of a hundred: the twin takes the county away and is wrong."""
    plan = preset("shanxi")
    inputs, to_come = year_so_far(plan, 7)
    for sheet in plan.sheets.values():  # good enough for some to be excellent
        cells, most = inputs.cells[sheet.name], np.array([indicator.max for indicator in sheet.indicators])
        cells[:] = np.where(cells >= 0, most - (most - cells) // 4, cells)
    course = on_course(plan, inputs, to_come)
    assert {"split"} <= {step.kind for step in plan.steps.values()} & AMONG_PEERS
    honest = [one_route(plan, course, to_come, row) for row in range(N)]
    assert [one.on_course.star for one in honest] == stars(plan, course)
    monkeypatch.setattr("stars.engine.route.AMONG_PEERS", frozenset())
    assert [one_route(plan, course, to_come, row).on_course.star for row in range(N)] != stars(plan, course)


def one_route(plan, course, to_come, row):
    return find_route(plan, course, row, {name: periods[row] for name, periods in to_come.items()}, sheets=list(plan.sheets))


def stars(plan: Plan, inputs: Inputs) -> list[int | None]:
    result = evaluate(plan, inputs)
    return [int(star) if outcome == 0 else None for star, outcome in zip(result.output("result"), result.outcome, strict=True)]
