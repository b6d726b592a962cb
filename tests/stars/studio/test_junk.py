"""Whatever a document holds, the form is drawn, and no control of it breaks the text."""

from __future__ import annotations

import random
from datetime import date

import pytest

from governance.policy import load
from stars.selectors.prefill import SOURCES
from stars.studio.controls import Control, place_mistakes
from stars.studio.edits import CannotEdit, edited
from stars.studio.forms import chapters
from stars.studio.text import PolicyText
from tests.stars.county import POLICY
from tests.stars.engine.books import CASES
from tests.stars.studio.test_text import paths

TEXTS = (POLICY, (CASES / "whole.yaml").read_text("utf-8"))
JUNK = (
    None,
    "",
    "x",
    0,
    True,
    [],
    {},
    [1, [2]],
    {"a": {"b": "c"}},
    [{"from": {}}],
    {"title": ["x"]},
    date(2025, 1, 1),
    "$nothing",
    {1: 2},
)


@pytest.mark.parametrize("seed", range(40))
def test_the_form_of_a_spoilt_document(seed: int) -> None:
    chance = random.Random(seed)
    text = chance.choice(TEXTS)
    for _ in range(4):
        doc = PolicyText(text)
        text = doc.set(chance.choice(list(paths(doc.body))), chance.choice(JUNK))
    forms = chapters(load(text).body, sources=SOURCES)
    place_mistakes(forms, [], [])
    everything = [one for chapter in forms for one in chapter.every()]
    buttons = [
        button for chapter in forms for group in chapter.every() if not isinstance(group, Control) for button in group.buttons
    ]
    for one in chance.sample([one for one in everything if isinstance(one, Control)], 6):
        change(text, one.write, one.path, chance.choice(["", "x", "5", "a: b", "{", "'"]))
    for button in chance.sample(buttons, min(6, len(buttons))):
        change(text, button.op, button.path, button.value or (button.options[0][0] if button.options else ""))


def change(text: str, op: str, path: tuple[str, ...], value: str) -> None:
    try:
        new = edited(text, op, path, [value], today=date(2025, 1, 1))
    except CannotEdit:
        return
    load(new)
