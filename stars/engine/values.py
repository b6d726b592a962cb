"""What a value is: whole numbers in the unit of their type, and four specials. docs/grammar.md, section 2."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LEAST = int(np.iinfo(np.int64).min)


class Special(Enum):
    """The value is its code: in storage it is the smallest integer of the type, plus the code."""

    NOT_FILED = 0
    NOT_APPLICABLE = 1
    NONE = 2
    DISQUALIFIED = 3

    @property
    def word(self) -> str:
        return self.name.lower()


NOT_FILED, NOT_APPLICABLE, NONE, DISQUALIFIED = (LEAST + special.value for special in Special)
LIMIT = LEAST + len(Special)  # every true value lies above it
SPECIAL_WORDS = {special.word: LEAST + special.value for special in Special}

CELL_NOT_FILED = int(np.iinfo(np.int16).min)
CELL_NOT_APPLICABLE = CELL_NOT_FILED + 1

CONTAGION = (NOT_APPLICABLE, NONE, NOT_FILED, DISQUALIFIED)  # the strongest last
STRENGTH = np.array([3, 1, 2, 4], dtype=np.int64)  # by code of the special

HUNDRED_PERCENT = 10_000
FULL_POINTS = 10_000
RATIO_BOUND = 1_000_000
MOST = 10_000_000_000_000  # of any number in a document: 100,000,000,000.00 yuan
SAFE = 2**62  # no intermediate result of the engine grows beyond it

SCALE_OF_UNIT = {"points": 100, "percent": 100, "money": 100, "count": 1, "star": 1}
STORAGE = {"points": "<i4", "percent": "<i4", "money": "<i8", "count": "<i4", "star": "<i1", "word": "<i1", "yesno": "<i1"}
TOTAL_STORAGE = "<i2"
NUMERIC = frozenset(SCALE_OF_UNIT)
WHOLE = frozenset({"count", "star"})
SCALED = frozenset({"points", "percent", "money"})

DEFAULT_BOUNDS = {
    "points": (0, 1_000_000),
    "percent": (0, 1_000_000),
    "money": (0, MOST),
    "count": (0, 1_000_000),
}


@dataclass(frozen=True)
class Type:
    """Unit and the least and greatest true value; for words the scale, for the rest None."""

    unit: str
    low: int
    high: int
    scale: str | None = None

    def within(self, low: int, high: int) -> Type:
        return Type(self.unit, low, high, self.scale)

    def bounded(self, floor: int | None, cap: int | None) -> Type:
        low, high = self.low, self.high
        if floor is not None:
            low, high = max(low, floor), max(high, floor)
        if cap is not None:
            low, high = min(low, cap), min(high, cap)
        return self.within(low, high)

    def same_kind(self, other: Type) -> bool:
        return self.scale == other.scale and (self.unit == other.unit or {self.unit, other.unit} <= WHOLE)


YES_NO = Type("yesno", 0, 1)
TOTAL = Type("points", 0, FULL_POINTS)


def joined(types: Iterable[Type]) -> Type:
    """The type of a value that is one of these; count beside star is star."""
    types = tuple(types)
    unit = "star" if any(one.unit == "star" for one in types) else types[0].unit
    return Type(unit, min(one.low for one in types), max(one.high for one in types), types[0].scale)


def is_special(values: Ints) -> Bools:
    return values < LIMIT


def any_special(values: Ints) -> bool:
    return bool(values.size) and int(values.min()) < LIMIT


def infect(result: Ints, operands: Iterable[Ints]) -> Ints:
    """Where an operand is special, so is the result: the strongest by contagion."""
    strongest: Ints | None = None
    for operand in operands:
        if any_special(operand):
            strongest = _stronger(strongest, operand)
    if strongest is None:
        return result
    return np.where(strongest > 0, np.array((0, *CONTAGION), dtype=np.int64)[strongest], result)


def _stronger(strongest: Ints | None, operand: Ints) -> Ints:
    if strongest is None:
        strongest = np.zeros(operand.shape, dtype=np.int64)
    rows = np.flatnonzero(is_special(operand))
    strongest[rows] = np.maximum(strongest[rows], STRENGTH[operand[rows] - LEAST])
    return strongest


def divide(numerator: Ints, denominator: Ints | int, how: str) -> Ints:
    """The exact quotient in whole units: half_up, down or up by magnitude (GB/T 8170). denominator > 0."""
    if numerator.size and numerator.min() < 0:
        size = _divide(np.abs(numerator), denominator, how)
        return np.where(numerator < 0, -size, size)
    return _divide(numerator, denominator, how)


def _divide(size: Ints, denominator: Ints | int, how: str) -> Ints:
    if how == "half_up":
        return (2 * size + denominator) // (2 * denominator)
    if how == "down":
        return size // denominator
    return (size + denominator - 1) // denominator


def divide_one(numerator: int, denominator: int, how: str) -> int:
    """`divide` for one number, of any size: bounds are worked out with it."""
    size = abs(numerator)
    if how == "half_up":
        size = (2 * size + denominator) // (2 * denominator)
    elif how == "down":
        size = size // denominator
    else:
        size = -(-size // denominator)
    return -size if numerator < 0 else size
