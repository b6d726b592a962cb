"""Edits of a text: what they say is what was asked, and nothing else of it changes."""

from __future__ import annotations

import copy
import zlib
from collections.abc import Iterator
from pathlib import Path as File
from typing import Any

import pytest

from governance.policy import PolicyErrors, canonical, key_text, load
from stars.studio.text import NoSuchPlace, Path, PolicyText
from stars.studio.writing import Typed, written
from tests.stars.county import POLICY
from tests.stars.engine.books import CASES
from tests.stars.engine.counties import PRESETS

FILES = [*sorted(PRESETS.glob("*.yaml")), CASES / "whole.yaml"]
STEP = 7  # every which path is tried; another one in each file


def paths(value: Any, above: Path = ()) -> Iterator[Path]:
    keys = (
        [key_text(key) for key in value]
        if isinstance(value, dict)
        else map(str, range(len(value)))
        if isinstance(value, list)
        else ()
    )
    for key in keys:
        yield (*above, key)
        yield from paths(at(value, (key,)), (*above, key))


def child(value: Any, key: str) -> Any:
    return next(name for name in value if key_text(name) == key) if isinstance(value, dict) else int(key)


def at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[child(value, key)]
    return value


def without(body: Any, path: Path) -> Any:
    """And without what it was the last entry of."""
    parent = at(body, path[:-1])
    if len(parent) == 1 and path[:-1]:
        return without(body, path[:-1])
    del parent[child(parent, path[-1])]
    return body


def swapped(body: Any, path: Path, by: int) -> Any:
    parent = at(body, path[:-1])
    keys = list(parent) if isinstance(parent, dict) else list(range(len(parent)))
    here = keys.index(child(parent, path[-1]))
    there = here + by
    if 0 <= there < len(keys):
        pairs = [(key, parent[key]) for key in keys]
        pairs[here], pairs[there] = pairs[there], pairs[here]
        values = dict(pairs) if isinstance(parent, dict) else [value for _key, value in pairs]
        parent.clear()
        parent.update(values) if isinstance(parent, dict) else parent.extend(values)  # type: ignore[attr-defined]
    return body


def put(body: Any, path: Path, value: Any) -> Any:
    parent = at(body, path[:-1])
    parent[child(parent, path[-1])] = value
    return body


def same(text: str, body: Any) -> bool:
    return canonical(load(text).body) == canonical(body)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_at_every_place(file: File) -> None:
    doc = PolicyText(file.read_text("utf-8"))
    tried = [path for path in paths(doc.body) if zlib.crc32("/".join(path).encode()) % STEP == 0]
    assert len(tried) > 20
    for path in tried:
        body = copy.deepcopy(doc.body)
        assert same(doc.set(path, "新：值 # 甲"), put(copy.deepcopy(body), path, "新：值 # 甲")), path
        assert same(
            doc.set(path, {"a": 1, "b": ["x", True, None]}), put(copy.deepcopy(body), path, {"a": 1, "b": ["x", True, None]})
        ), path
        assert same(doc.remove(path), without(copy.deepcopy(body), path)), path
        for by in (-1, 1):
            assert same(doc.move(path, by), swapped(copy.deepcopy(body), path, by)), path
        if isinstance(at(body, path), dict):
            at(body, path)["zz"] = {"title": "添"}
            assert same(doc.set((*path, "zz", "title"), "添"), body), path


def test_comments_and_layout_stay() -> None:
    text = "# 头\na: {x: 1, y: 2}  # 尾\n\nb:   # 段\n  - {p: 1}   # 一\n  # 之间\n  - {p: 2}\nc: text\n"
    doc = PolicyText(text)
    assert doc.set(("a", "y"), 3) == text.replace("y: 2", "y: 3")
    assert doc.set(("a", "z"), 3) == text.replace("y: 2}", "y: 2, z: 3}")
    assert doc.set(("b", "1", "p"), 9) == text.replace("p: 2", "p: 9")
    assert doc.set(("b", "2"), {"p": 3}) == text.replace("  - {p: 2}\n", "  - {p: 2}\n  - {p: 3}\n")
    assert doc.remove(("b", "0")) == text.replace("  - {p: 1}   # 一\n", "")
    assert doc.move(("b", "0"), 1) == text.replace("{p: 1}   # 一\n  # 之间\n  - {p: 2}", "{p: 2}\n  # 之间\n  - {p: 1}   # 一")
    assert doc.set(("d",), {"q": 1}) == text + "d: {q: 1}\n"
    assert doc.rename(("a", "x"), "w") == text.replace("x: 1", "w: 1")


def test_a_chapter_that_is_missing_is_written_in_lines() -> None:
    text = PolicyText("code: x\n").set(("sheets", "one"), {"title": "表", "indicators": {"a": {"title": "甲", "max": 5}}})
    assert text == "code: x\nsheets:\n  one:\n    title: 表\n    indicators:\n      a: {title: 甲, max: 5}\n"
    assert PolicyText(text).remove(("sheets", "one", "indicators", "a")) == "code: x\nsheets:\n  one:\n    title: 表\n"


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "1.50",
        "true",
        "null",
        "2025-01-01",
        "~",
        "",
        "a: b",
        "a #b",
        "{x",
        "- y",
        "“引”",
        '带"号',
        "a,b",
        "[x]",
        "中文，标点：可",
        "$x",
        "*x",
        "&x",
        "!x",
        "\\",
        "x:",
        "@a",
        "`b",
        "%c",
    ],
)
def test_text_stays_text(text: str) -> None:
    for holder in (f"x: {written(text)}\n", f"x: {{y: {written(text)}}}\n", f"x: [{written(text)}]\n"):
        found = load(holder).body["x"]
        assert (found["y"] if isinstance(found, dict) else found[0] if isinstance(found, list) else found) == text


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("5", 5),
        ("$cap", "$cap"),
        ("grade", "grade"),
        ("-events.demerit", "-events.demerit"),
        ("a: b}", "a: b}"),
        ("none", "none"),
    ],
)
def test_what_is_typed_is_a_number_where_it_looks_like_one(typed: str, value: Any) -> None:
    assert load(f"x: {{y: {written(Typed(typed))}}}\n").body["x"]["y"] == value


def test_lines_are_those_of_the_keys() -> None:
    doc = PolicyText(POLICY)
    lines = POLICY.split("\n")
    for path in (("sheets", "month", "indicators", "order"), ("steps", "grade", "rows", "1"), ("outputs",)):
        assert path[-1 if path[0] != "steps" else 1] in lines[doc.line(path) - 1]
    assert doc.line(("sheets", "month", "nothing")) == doc.line(("sheets", "month"))


def test_a_place_that_is_not_there() -> None:
    doc = PolicyText(POLICY)
    for act in (
        lambda: doc.remove(("steps", "nothing")),
        lambda: doc.move(("steps", "nothing"), 1),
        lambda: doc.rename(("a", "b"), "c"),
    ):
        with pytest.raises(NoSuchPlace):
            act()
    with pytest.raises(PolicyErrors):
        _ = PolicyText("a: [").body
