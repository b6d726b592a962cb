"""What the form's controls and buttons do to the text."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from governance.policy import load
from stars.engine.compile import compile_policy
from stars.engine.vocabulary import KINDS
from stars.selectors.prefill import SOURCES
from stars.studio.controls import Control, Group
from stars.studio.edits import CannotEdit, edited
from stars.studio.forms import chapters
from stars.studio.starts import empty_policy
from tests.stars.county import POLICY
from tests.stars.engine.books import CASES
from tests.stars.engine.counties import PRESETS

TODAY = date(2026, 1, 5)
WHOLE = (CASES / "whole.yaml").read_text("utf-8")


def after(text: str, op: str, path: str, *values: str, missing: tuple[str, ...] = ()) -> dict:
    return load(edited(text, op, tuple(path.split("/")), values, today=TODAY, missing=missing)).body


def controls(text: str) -> list[Control]:
    return [one for chapter in chapters(load(text).body, sources=SOURCES) for one in chapter.every() if isinstance(one, Control)]


@pytest.mark.parametrize(
    "text", [POLICY, WHOLE, *((PRESETS / f"{name}-secretary-2025.yaml").read_text("utf-8") for name in ("shanxi", "kaifeng"))]
)
def test_writing_what_stands_there_changes_nothing(text: str) -> None:
    """Every control shows its value, and its own op writes it back as it was."""
    body = load(text).body
    for one in controls(text):
        values = list(one.chosen) if one.look == "many" else [one.value]
        if (one.is_optional and not any(values)) or one.write in ("kind", "rename"):
            continue
        assert after(text, one.write, one.address, *values) == body, one.key


def test_every_number_and_word_of_a_policy_has_its_control() -> None:
    body = load(WHOLE).body
    shown = {one.address for one in controls(WHOLE)}

    def leaves(value: object, path: str) -> list[str]:
        if any(one == path for one in shown):
            return []
        if isinstance(value, dict):
            return [leaf for key, one in value.items() for leaf in leaves(one, f"{path}/{key}" if path else str(key))]
        if isinstance(value, list):
            return [leaf for n, one in enumerate(value) for leaf in leaves(one, f"{path}/{n}")]
        return [path]

    assert leaves(body, "") == ["grammar"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_step_of_each_kind_is_shown_and_can_be_changed_to_another(kind: str) -> None:
    text = edited(POLICY, "new", ("steps",), [kind], today=TODAY)
    (name,) = load(text).body["steps"].keys() - load(POLICY).body["steps"].keys()
    assert kind in load(text).body["steps"][name]
    assert [one for one in controls(text) if one.address.startswith(f"steps/{name}")]
    again = after(text, "kind", f"steps/{name}", "sum")["steps"][name]
    assert "sum" in again


@pytest.mark.parametrize(
    "chapter", ["scales", "parameters", "facts", "roster", "history", "linked", "sheets", "events", "tenure"]
)
def test_a_new_thing_of_each_chapter_leaves_a_sound_policy_sound(chapter: str) -> None:
    text = edited(POLICY.replace("tenure:", "# tenure:") if chapter == "tenure" else POLICY, "new", (chapter,), [], today=TODAY)
    assert compile_policy(load(text))


def test_rows_are_added_to_whatever_is_listed() -> None:
    assert len(after(POLICY, "row", "sheets/month/indicators")["sheets"]["month"]["indicators"]) == 4
    assert len(after(POLICY, "row", "events/merit/items")["events"]["merit"]["items"]) == 3
    assert len(after(POLICY, "row", "scales/grade/words")["scales"]["grade"]["words"]) == 4
    assert after(POLICY, "row", "steps/score/sum", "-events.merit")["steps"]["score"]["sum"][-1] == "-events.merit"
    assert after(POLICY, "row", "steps/evaluated/weigh", "year.report")["steps"]["evaluated"]["weigh"]["year.report"] == 0
    assert after(POLICY, "row", "steps/grade/rows")["steps"]["grade"]["rows"][-1] == {"from": 0, "gives": "poor"}
    assert after(POLICY, "row", "steps/vetoed/test", "events.merit")["steps"]["vetoed"]["test"]["any"] == [
        "events.discipline",
        "events.merit",
    ]
    assert len(after(POLICY, "row", "settled_by")["settled_by"]) == 3


def test_missing_rows_are_added_at_once() -> None:
    text = edited(POLICY, "remove", ("steps", "pay", "rows", "5"), [], today=TODAY)
    assert after(text, "rows", "steps/pay/rows", missing=("5",))["steps"]["pay"]["rows"][5] == 0


def test_conditions_are_changed_part_by_part() -> None:
    text = edited(POLICY, "how_of", ("steps", "vetoed", "test", "any", "0"), ["at_least"], today=TODAY)
    assert load(text).body["steps"]["vetoed"]["test"] == {"any": [{"at_least": {"events.discipline": 0}}]}
    text = edited(text, "asked_of", ("steps", "vetoed", "test", "any", "0"), ["2.50"], today=TODAY)
    text = edited(text, "ref_of", ("steps", "vetoed", "test", "any", "0"), ["score"], today=TODAY)
    text = edited(text, "rename", ("steps", "vetoed", "test", "any"), ["all"], today=TODAY)
    assert load(text).body["steps"]["vetoed"]["test"] == {"all": [{"at_least": {"score": Decimal("2.5")}}]}
    assert after(text, "how_of", "steps/vetoed/test/all/0", "holds")["steps"]["vetoed"]["test"] == {"all": ["score"]}


def test_what_is_optional_comes_and_goes() -> None:
    text = edited(
        POLICY, "words", ("sheets", "month", "indicators", "party", "part", "village_type"), ["farming", "industry"], today=TODAY
    )
    assert load(text).body["sheets"]["month"]["indicators"]["party"]["part"] == {"village_type": ["farming", "industry"]}
    assert (
        load(edited(text, "words", ("sheets", "month", "indicators", "party", "part", "village_type"), [], today=TODAY)).body
        == load(POLICY).body
    )
    assert after(POLICY, "add", "steps/score/floor", "sum.floor")["steps"]["score"]["floor"] == 0
    assert after(POLICY, "remove", "steps/score/nothing") == load(POLICY).body


def test_another_kind_keeps_the_title_that_somebody_wrote() -> None:
    step = after(POLICY, "kind", "steps/grade", "split")["steps"]["grade"]
    assert step["title"] == "等次"
    assert "band" not in step


@pytest.mark.parametrize(
    ("op", "path"), [("kind", "steps/nothing"), ("fly", "steps/grade"), ("up", "steps/nothing"), ("new", "outputs")]
)
def test_what_cannot_be_done(op: str, path: str) -> None:
    with pytest.raises(CannotEdit):
        after(POLICY, op, path, "sum")


def test_an_empty_policy_has_all_its_chapters() -> None:
    text = empty_policy("county-1", TODAY)
    found = chapters(load(text).body, sources=())
    assert all(isinstance(one, Group) for one in found)
    assert len(found) == 12
    assert load(text).body["dated"] == TODAY
