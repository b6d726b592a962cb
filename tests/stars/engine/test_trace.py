"""The trace's bytes, the packed inputs, and what a decision keeps of both."""

from __future__ import annotations

import json
import re
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from governance.policy import load
from stars.engine import canonical
from stars.engine.compile import compile_policy
from stars.engine.evaluate import Outcome, evaluate
from stars.engine.inputs import Events, Inputs, WrongInputs
from stars.engine.plan import Plan
from stars.engine.trace import decode_trace, decode_traces, encode_trace
from stars.engine.values import NOT_APPLICABLE, Special
from tests.stars.engine.counties import COUNTY, draw, preset, whole

GRAMMAR = Path(__file__).parents[3] / "docs" / "grammar.md"


def small() -> Plan:
    text = GRAMMAR.read_text(encoding="utf-8")
    found = re.search(r"## 11\..*?```yaml\n(.*?)```", text, re.DOTALL)
    assert found
    return compile_policy(load(found[1]))


def columns(*records: tuple[int, ...]) -> Events:
    return Events(*(np.ascontiguousarray(column) for column in np.array(records, dtype=np.int64).T))


def test_the_grammars_own_example_to_the_byte():
    plan = small()
    inputs = Inputs.blank(plan, np.arange(2))
    inputs.cells["month"][0] = [[5400, 3650], [5100, 3800], [-32768, -32768]]
    inputs.cells["month"][1] = [[5400, 3650], [-32768, 3800], [-32768, -32768]]
    inputs.history["star"][:] = 2
    inputs.roster["full_months_in_post"][:] = 30
    result = evaluate(plan, replace(inputs, events=columns((0, 0, 0, 0, 1))))
    first, second = encode_trace(plan, result)
    assert first.tobytes() == struct.pack("<hhhbiibbbbb", 9050, 8900, -32768, 1, 8975, 9275, 2, 1, 3, 0, 3)
    assert plan.width == 20
    assert decode_trace(plan, second.tobytes())["star"] is Special.NOT_FILED
    assert result.outcome.tolist() == [Outcome.RATED, Outcome.UNRATABLE]
    assert plan.columns[result.reason[1] - 1].name == "month[2]"


@pytest.mark.parametrize("plan", [whole(), preset("shanxi"), preset("kaifeng")], ids=lambda plan: plan.code)
def test_what_is_encoded_is_decoded(plan):
    result = evaluate(plan, draw(plan, 2 * COUNTY, 7))
    traces = encode_trace(plan, result)
    back = decode_traces(plan, traces)
    assert list(back) == list(result.columns) == [column.name for column in plan.columns]
    for name, values in result.columns.items():
        assert np.array_equal(back[name], values), name
    one = decode_trace(plan, traces[5].tobytes())
    told = {name: value.value - 2**63 if isinstance(value, Special) else value for name, value in one.items()}
    assert told == {name: int(values[5]) for name, values in result.columns.items()}


def test_a_trace_of_another_plan_is_refused():
    with pytest.raises(ValueError, match="wanted"):
        decode_trace(preset("shanxi"), b"\0" * 5)


def test_packed_inputs_read_with_the_standard_library():
    plan = preset("shanxi")
    inputs = draw(plan, COUNTY, 3)
    packed = canonical.pack(inputs, {"year": 2025, "policy": plan.digest})
    assert packed.startswith(b"rating-inputs/1\n")
    length = int.from_bytes(packed[16:24], "little")
    directory = json.loads(packed[24 : 24 + length])
    assert directory["header"] == {"policy": plan.digest, "year": 2025}
    name, kind, shape = directory["arrays"][0]
    assert (name, kind, shape) == ("key", "<i8", [COUNTY])
    assert list(struct.unpack_from(f"<{COUNTY}q", packed, 24 + length)) == sorted(inputs.key.tolist())


def test_unpacked_inputs_give_the_same_results():
    plan = whole()
    inputs = draw(plan, 2 * COUNTY, 4)
    packed = canonical.pack(inputs, {"note": "注"})
    back, header = canonical.unpack(packed)
    assert header == {"note": "注"}
    assert canonical.pack(back, header) == packed
    order = np.argsort(inputs.key)
    assert np.array_equal(encode_trace(plan, evaluate(plan, back)), encode_trace(plan, evaluate(plan, inputs))[order])


def test_packed_inputs_that_were_cut_are_refused():
    packed = canonical.pack(draw(preset("kaifeng"), 5, 1), {})
    for spoilt in (b"x" + packed, packed + b"\0", packed[:-1]):
        with pytest.raises(ValueError, match="packed inputs"):
            canonical.unpack(spoilt)


def test_two_subjects_of_one_key_are_refused():
    inputs = draw(preset("kaifeng"), 5, 1)
    inputs.key[:] = 1
    with pytest.raises(ValueError, match="one key"):
        canonical.pack(inputs, {})


def spoil_cells(inputs: Inputs) -> Inputs:
    inputs.cells["month"][0, 0, 0] = 7501
    return inputs


def spoil_below_zero(inputs: Inputs) -> Inputs:
    inputs.cells["month"][0, 0, 0] = -5
    return inputs


def spoil_roster(inputs: Inputs) -> Inputs:
    inputs.roster["village_type"][0] = 2
    return inputs


def spoil_settled(inputs: Inputs) -> Inputs:
    inputs.settled["star"][0] = 101
    return inputs


WRONG = {
    "a cell above its maximum": spoil_cells,
    "a cell below zero": spoil_below_zero,
    "a word outside its scale": spoil_roster,
    "a settled star that cannot be": spoil_settled,
    "a sheet that is not there": lambda one: replace(one, cells={}),
    "a history that is too short": lambda one: replace(one, history={"star": one.history["star"][:, :1]}),
    "keys of another kind": lambda one: replace(one, key=one.key.astype(np.int32)),
    "an event of nobody": lambda one: replace(one, events=columns((99, 0, 0, 0, 1))),
    "an event of no list": lambda one: replace(one, events=columns((0, 2, 0, 0, 1))),
    "an event of no item": lambda one: replace(one, events=columns((0, 0, 2, 0, 1))),
    "an event that never happened": lambda one: replace(one, events=columns((0, 0, 0, 0, 0))),
    "more points than the item allows": lambda one: replace(one, events=columns((0, 0, 1, 201, 1))),
    "own points where they are fixed": lambda one: replace(one, events=columns((0, 0, 0, 1, 1))),
    "more events than are believable": lambda one: replace(one, events=columns((0, 0, 0, 0, 10_000), (0, 0, 0, 0, 1))),
}


@pytest.mark.parametrize("spoil", WRONG.values(), ids=WRONG)
def test_inputs_that_do_not_fit_are_refused(spoil):
    inputs = draw(whole(), COUNTY, 1)
    inputs.roster["village_type"][0] = 1
    inputs.answers["month"][0, 0] = True
    with pytest.raises(WrongInputs):
        evaluate(whole(), spoil(inputs))


def test_nobody_is_rated_without_complaint():
    plan = whole()
    result = evaluate(plan, Inputs.blank(plan, np.zeros(0, dtype=np.int64)))
    assert encode_trace(plan, result).shape == (0, plan.width)


def test_blank_inputs_are_unratable_and_say_what_is_missing_first():
    plan = preset("shanxi")
    inputs = Inputs.blank(plan, np.arange(3))
    inputs.roster["full_months_in_post"][:] = [24, 3, NOT_APPLICABLE]
    result = evaluate(plan, inputs)
    assert [Outcome(one).name for one in result.outcome] == ["UNRATABLE", "NOT_ELIGIBLE", "NOT_ELIGIBLE"]
    assert plan.columns[result.reason[0] - 1].name == "month[1]"
