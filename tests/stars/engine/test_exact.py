"""The engine counts in whole numbers and knows nothing of the rest of the product."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import stars.engine
from stars.engine.values import (
    DISQUALIFIED,
    LEAST,
    NONE,
    NOT_APPLICABLE,
    NOT_FILED,
    SPECIAL_WORDS,
    Special,
    divide,
    divide_one,
    infect,
)  # fmt: skip

ENGINE = Path(stars.engine.__file__).parent
SOURCES = sorted(ENGINE.rglob("*.py"))


def inexact(source: str) -> list[int]:
    """Lines with a float literal, a true division, or `float`."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        divides = isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
        literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
        named = isinstance(node, ast.Name | ast.Attribute) and "float" in ast.unparse(node)
        if divides or literal or named:
            lines.append(node.lineno)
    return lines


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: str(source.relative_to(ENGINE)))
def test_no_float_and_no_division(source):
    assert inexact(source.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("spoilt", ["x = 0.5", "x = a / b", "x /= 2", "x = np.float64(1)", "x = float(y)"])
def test_the_search_finds_them(spoilt):
    assert inexact(spoilt) == [1]


def test_the_engine_needs_no_django():
    names = ", ".join(
        f"stars.engine.{'.'.join(s.relative_to(ENGINE).with_suffix('').parts)}" for s in SOURCES if s.stem != "__init__"
    )
    program = f"import sys, {names}; sys.exit(any(name.partition('.')[0] in ('django', 'psycopg') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], cwd=ENGINE.parents[1], check=False).returncode == 0


@pytest.mark.parametrize(
    ("numerator", "denominator", "how", "quotient"),
    [
        (25, 10, "half_up", 3), (-25, 10, "half_up", -3), (24, 10, "half_up", 2), (-24, 10, "half_up", -2), (35, 10, "half_up", 4),
        (29, 10, "down", 2), (-29, 10, "down", -2), (20, 10, "down", 2),
        (21, 10, "up", 3), (-21, 10, "up", -3), (20, 10, "up", 2), (0, 10, "up", 0), (0, 10, "half_up", 0),
    ],
)  # fmt: skip
def test_rounding_goes_by_the_magnitude(numerator, denominator, how, quotient):
    assert divide(np.array([numerator, 0]), denominator, how)[0] == quotient
    assert divide(np.array([numerator]), np.array([denominator]), how)[0] == quotient
    assert divide_one(numerator, denominator, how) == quotient


def test_specials_are_the_least_numbers_in_the_order_of_their_codes():
    assert [NOT_FILED, NOT_APPLICABLE, NONE, DISQUALIFIED] == [LEAST, LEAST + 1, LEAST + 2, LEAST + 3]
    assert {special.word: LEAST + special.value for special in Special} == SPECIAL_WORDS


def test_contagion_takes_the_strongest():
    strongest = [DISQUALIFIED, NOT_FILED, NONE, NOT_APPLICABLE]
    for place, strong in enumerate(strongest):
        for weak in [5, *strongest[place:]]:
            for pair in ((strong, weak), (weak, strong)):
                assert infect(np.array([7]), [np.array([one]) for one in pair])[0] == strong
    assert infect(np.array([7]), [np.array([1]), np.array([2])])[0] == 7
