"""The policies that the product ships."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from governance.policy import load
from stars.services import rectification
from tests.stars.engine.counties import PRESETS, preset

NAMES = ["shanxi", "kaifeng"]


@pytest.mark.parametrize("name", NAMES)
def test_every_sheet_is_out_of_a_hundred_for_every_village_type(name):
    plan = preset(name)
    for sheet in plan.sheets.values():
        for place in range(len(plan.scales["village_type"].words)):
            fits = [one.max for one in sheet.indicators if all(place in words for _name, words in one.part)]
            assert sum(fits) == 10_000, sheet.name


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_used(name):
    text = (PRESETS / f"{name}-secretary-2025.yaml").read_text(encoding="utf-8")
    by_services = {rectification.PARAMETER}
    assert [one for one in preset(name).parameters if text.count(f"${one}") == 0 and one not in by_services] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_a_step_is_a_parameter(name):
    """Zero, and the stars of the ladder itself, are no numbers that a paper fixes."""
    body = load((PRESETS / f"{name}-secretary-2025.yaml").read_bytes()).body
    ladder = {"by_score"}
    numbers = [(step, one) for step, spec in body["steps"].items() if step not in ladder for one in numbers_in(spec)]
    assert numbers == []


def numbers_in(value: Any) -> Iterator[int | Decimal]:
    if isinstance(value, dict):
        for one in value.values():
            yield from numbers_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from numbers_in(one)
    elif isinstance(value, int | Decimal) and not isinstance(value, bool) and value:
        yield value


def test_the_shanxi_year_is_about_two_hundred_cells():
    cells = sum(sheet.periods * len(sheet.indicators) for sheet in preset("shanxi").sheets.values())
    assert 180 <= cells <= 220


def test_the_shanxi_shares():
    values = {name: one.value for name, one in preset("shanxi").parameters.items()}
    assert [values[f"{part}_weight"] for part in ("month", "quarter", "year")] == [4000, 3000, 3000]
    assert [values[f"{part}_weight"] for part in ("quantitative", "office", "masses")] == [7000, 2000, 1000]
    assert values["excellent_quota"] == 3000
    assert values["most_stars"] == 9


def test_the_kaifeng_ladder_has_five_levels():
    plan = preset("kaifeng")
    star = plan.steps[plan.outputs["result"]].type
    assert (star.low, star.high) == (1, 5)
