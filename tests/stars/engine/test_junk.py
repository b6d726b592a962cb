"""Whatever stands in a document, compiling it ends in a plan or in PolicyErrors."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from governance.policy import PolicyDocument, PolicyErrors, load
from stars.engine.compile import compile_policy
from tests.stars.engine.books import CASES
from tests.stars.engine.counties import PRESETS

BODIES = [load(path.read_bytes()).body for path in [CASES / "whole.yaml", *sorted(PRESETS.glob("*.yaml"))]]
JUNK: list[Any] = [
    None, True, False, 0, -1, 5, 10**17, Decimal("0.001"), Decimal("-3.50"), "", "x", "none", "disqualified", "$cap", "$nope", "$",
    "-", "events.merit", "events", "month", "star", "score", "grade", "good", "-score", "history.star", "facts.x.last", ".", "a.b.c",
    "roster.village_type", [], [1], ["x"], {}, {"a": 1}, {"at_least": {"score": 1}}, {"at_least": 3}, {1: 2}, [{}], [["a"]],
    date(2025, 1, 1), {"from": 1, "gives": 2}, {"title": "打卡"}, "not_filed", "eligible", "half_up", "county", {None: 1}, {True: "x"},
]  # fmt: skip
KEYS = ["unit", "rows", "title", "cap", "when", "pass", "source", "at_most", "round", 5, None]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inside:
        yield from places(below, (*path, key))


def spoil(body: dict[Any, Any], random: Random) -> None:
    """One value replaced, taken out or added somewhere."""
    path = random.choice([path for path in places(body) if path])
    parent: Any = body
    for key in path[:-1]:
        parent = parent[key]
    how = random.random()
    if how < 0.6:
        parent[path[-1]] = copy.deepcopy(random.choice(JUNK))
    elif how < 0.75:
        del parent[path[-1]]
    elif isinstance(parent, dict):
        parent[random.choice(KEYS)] = copy.deepcopy(random.choice(JUNK))
    else:
        parent.append(copy.deepcopy(random.choice(JUNK)))


def compile_spoilt(seed: int) -> bool:
    random = Random(seed)
    body = copy.deepcopy(random.choice(BODIES))
    for _ in range(random.choice([1, 1, 2, 4])):
        spoil(body, random)
    try:
        compile_policy(PolicyDocument("", body, ""))
    except PolicyErrors as errors:
        assert errors.problems
        return False
    return True


def test_junk_is_refused_in_words():
    compiled = [compile_spoilt(seed) for seed in range(400)]
    assert 0 < sum(compiled) < len(compiled)


@pytest.mark.soak
def test_much_junk():
    for seed in range(400, 40_000):
        compile_spoilt(seed)
