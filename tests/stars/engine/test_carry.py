"""Inputs of one policy in another's form: nothing is made up, and what both know is the same."""

from __future__ import annotations

import numpy as np
import pytest

from governance.policy import load
from stars.engine.carry import carry
from stars.engine.compile import compile_policy
from stars.engine.evaluate import evaluate
from stars.engine.inputs import Events, Inputs
from stars.engine.plan import Plan
from stars.engine.values import CELL_NOT_APPLICABLE, CELL_NOT_FILED, NOT_APPLICABLE
from tests.stars.county import POLICY
from tests.stars.engine.counties import draw, preset, whole


def changed(*swaps: tuple[str, str]) -> Plan:
    text = POLICY
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    return compile_policy(load(text))


OLD = changed()


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("plan", [preset("shanxi"), preset("kaifeng"), whole(), OLD], ids=lambda plan: plan.code)
def test_to_itself_nothing_changes(plan: Plan, seed: int) -> None:
    inputs = draw(plan, 60, seed)
    carried = carry(inputs, plan, plan)
    assert carried.unknown == carried.unused == carried.scaled == []
    before, after = evaluate(plan, inputs), evaluate(plan, carried.inputs)
    for name, column in before.columns.items():
        assert np.array_equal(column, after.columns[name]), name


@pytest.mark.parametrize("seed", range(20))
def test_names_hold_whatever_their_order(seed: int) -> None:
    """The same policy with items, words and lists in another order gives everybody the same."""
    new = changed(
        ("      party: {title: 支部建设, max: 60}\n      order: {title: 平安稳定, max: 30}\n",
         "      order: {title: 平安稳定, max: 30}\n      party: {title: 支部建设, max: 60}\n"),
        ("{farming: 农业型, industry: 产业型}", "{industry: 产业型, farming: 农业型}"),
        ("praise: {title: 表彰, points: 3}, practice: {title: 经验推广, up_to: 2.00}",
         "practice: {title: 经验推广, up_to: 2.00}, praise: {title: 表彰, points: 3}"),
    )  # fmt: skip
    inputs = draw(OLD, 60, seed)
    carried = carry(inputs, OLD, new)
    assert carried.unknown == carried.unused == carried.scaled == []
    before, after = evaluate(OLD, inputs), evaluate(new, carried.inputs)
    for name in OLD.steps:
        assert np.array_equal(before.columns[name], after.columns[name]), name


def test_by_place_instead_of_by_name_it_would_be_wrong() -> None:
    """The twin."""
    new = changed(
        ("{farming: 农业型, industry: 产业型}", "{industry: 产业型, farming: 农业型}"),
    )  # fmt: skip
    inputs = draw(OLD, 60, 1)
    assert not np.array_equal(evaluate(OLD, inputs).columns["monthly"], evaluate(new, inputs).columns["monthly"])


def one(plan: Plan) -> Inputs:
    return Inputs.blank(plan, np.array([7], dtype=np.int64))


def test_what_was_never_gathered_is_not_applicable_and_told() -> None:
    new = changed(
        ("      order: {title: 平安稳定, max: 30}\n", "      order: {title: 平安稳定, max: 30}\n      road: {title: 村道养护, max: 20}\n"),
        ("  county_awards: {title: 县级表彰, unit: count, max: 3}\n",
         "  county_awards: {title: 县级表彰, unit: count, max: 3}\n  city_awards: {title: 市级表彰, unit: count, max: 3}\n"),
        ("roster.county_awards], floor", "roster.county_awards, roster.city_awards], floor"),
    )  # fmt: skip
    inputs = one(OLD)
    inputs.cells["month"][:] = 10
    carried = carry(inputs, OLD, new)
    assert carried.unknown == ["月考核 · 村道养护", "市级表彰"]
    assert (carried.inputs.cells["month"][0, :, 2] == CELL_NOT_APPLICABLE).all()
    assert carried.inputs.roster["city_awards"].tolist() == [NOT_APPLICABLE]


def test_what_is_not_used_is_told() -> None:
    new = changed(
        ("      order: {title: 平安稳定, max: 30}\n", ""),
        ("praise: {title: 表彰, points: 3}, ", ""),
    )
    inputs = one(OLD)
    events = Events(*(np.array(column, np.int64) for column in ([0, 0], [0, 0], [0, 1], [0, 150], [2, 1])))
    carried = carry(Inputs(**{**vars(inputs), "events": events}), OLD, new)
    assert carried.unused == ["月考核 · 平安稳定", "加分 · 表彰"]
    assert carried.inputs.events.points.tolist() == [150] and carried.inputs.events.item.tolist() == [0]


@pytest.mark.parametrize(("score", "becomes"), [
    (6000, 4000), (0, 0), (1, 1), (2, 1), (3, 2), (4500, 3000), (CELL_NOT_FILED, CELL_NOT_FILED), (CELL_NOT_APPLICABLE, CELL_NOT_APPLICABLE),
])  # fmt: skip
def test_another_maximum_keeps_the_share(score: int, becomes: int) -> None:
    new = changed(("party: {title: 支部建设, max: 60}", "party: {title: 支部建设, max: 40}"))
    inputs = one(OLD)
    inputs.cells["month"][:] = CELL_NOT_FILED
    inputs.cells["month"][0, 0, 0] = score
    carried = carry(inputs, OLD, new)
    assert carried.inputs.cells["month"][0, 0, 0] == becomes
    assert carried.scaled == ["月考核 · 支部建设"]


def test_another_rhythm_is_another_form() -> None:
    """What was filed by month is nobody's quarter."""
    new = changed(("    every: month\n", "    every: quarter\n"), ("mean: month, at_least: 10", "mean: month, at_least: 3"))
    carried = carry(one(OLD), OLD, new)
    assert carried.unknown == ["月考核"]
    assert (carried.inputs.cells["month"] == CELL_NOT_APPLICABLE).all()
    carried.inputs.check(new)
