"""What is filed about each demo secretary: drawn from a person's strength and the sheet's maxima, never from a result."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import Any

STEP = 50  # clerks give half points


def draw_scores(strength: float, indicators: Mapping[str, Any], *, seed: str) -> list[int]:
    """One row of scores in hundredths, in the document's indicator order, each within its maximum."""
    random = Random(seed)
    mood = random.gauss(0, 1.2)  # a good or bad month touches every indicator
    return [_one(random, strength + mood, spec["max"]) for spec in indicators.values()]


def _one(random: Random, strength: float, maximum: Decimal) -> int:
    most = int(maximum * 100)
    share = min(100.0, max(0.0, strength + random.gauss(0, 2.0)))
    return min(most, round(most * share / 100 / STEP) * STEP)
