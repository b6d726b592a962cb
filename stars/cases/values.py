"""What is typed in a case as whole numbers in the unit of their type, and back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from governance.policy import Problem
from stars.engine.book import plain
from stars.engine.plan import Plan
from stars.engine.values import SCALE_OF_UNIT, SCALED, SPECIAL_WORDS, Type

NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,2})?")
BETWEEN = re.compile(r"\s*[,，、]\s*")
SPOKEN = {"未填报": "not_filed", "不适用": "not_applicable", "不定星级": "none", "取消评星资格": "disqualified"}
YES_NO = {"no": 0, "yes": 1, "否": 0, "是": 1}


class Mistakes:
    """Notes what is wrong at which path."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def note(self, code: str, path: str, **params: Any) -> None:
        self.found.append(Problem(code, path, params))


def special(text: str) -> int | None:
    """`not_filed`, or as people say it; None where it is no special."""
    return SPECIAL_WORDS.get(SPOKEN.get(text, text))


def several(text: str) -> list[str]:
    """ "3, none" is two values."""
    return BETWEEN.split(text.strip()) if text.strip() else []


def parse(plan: Plan, text: str, type_: Type, mistakes: Mistakes, path: str) -> int | None:
    """None where it is a mistake, which is then noted."""
    typed = unicodedata.normalize("NFKC", text).strip()
    known = special(typed)
    if known is not None:
        return known
    if type_.unit in ("word", "yesno"):
        return _word(plan, typed, type_, mistakes, path)
    if not NUMBER.fullmatch(typed) or ("." in typed and type_.unit not in SCALED):
        mistakes.note("not_a_number", path, value=text, unit=type_.unit)
        return None
    value = int(Decimal(typed) * SCALE_OF_UNIT[type_.unit])
    if not type_.low <= value <= type_.high:
        low, high = (plain(bound, type_.unit) for bound in (type_.low, type_.high))
        mistakes.note("out_of_range", path, value=typed, low=low, high=high)
        return None
    return value


def _word(plan: Plan, typed: str, type_: Type, mistakes: Mistakes, path: str) -> int | None:
    """By its name or by its title."""
    known: Mapping[str, int] = YES_NO
    if type_.scale:
        scale = plan.scales[type_.scale]
        known = {one: place for names in (scale.titles, scale.words) for place, one in enumerate(names)}
    if typed not in known:
        mistakes.note("not_one_of", path, value=typed, allowed="、".join(known))
        return None
    return known[typed]
