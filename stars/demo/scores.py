"""What is filed about each demo secretary: drawn from a person's strength and the sheet's maxima, never from a result."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

STEP = 50  # clerks give half points


def draw_scores(strength: float, maxima: Sequence[int], *, seed: str) -> list[int]:
    """One row of scores, each within its maximum; all in hundredths."""
    random = Random(seed)
    mood = random.gauss(0, 1.2)  # a good or bad month touches every indicator
    return [_one(random, strength + mood, most) for most in maxima]


def _one(random: Random, strength: float, most: int) -> int:
    share = min(100.0, max(0.0, strength + random.gauss(0, 4.5)))
    return min(most, round(most * share / 100 / STEP) * STEP)
