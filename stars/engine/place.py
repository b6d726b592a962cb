"""A place in a policy document: reads what should stand there and notes what does not fit, with the key's path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from governance.policy import Problem, key_text
from stars.engine import vocabulary
from stars.engine.values import MOST, SCALE_OF_UNIT


class Place:
    """`value` at `path`. A reading method that finds a mistake notes it and returns a harmless stand-in."""

    __slots__ = ("path", "problems", "value")

    def __init__(self, value: Any, path: str, problems: list[Problem]) -> None:
        self.value, self.path, self.problems = value, path, problems

    def below(self, key: Any, value: Any) -> Place:
        return Place(value, f"{self.path}.{key_text(key)}" if self.path else key_text(key), self.problems)

    def fail(self, code: str, **params: Any) -> None:
        self.problems.append(Problem(code, self.path, params))

    def fields(self, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Place]:
        """The keys of a mapping that may have these and no others."""
        if not isinstance(self.value, dict):
            self.fail("not_a_mapping")
            return {}
        known = {*required, *optional}
        for key, value in self.value.items():
            if key not in known:
                self._unknown(self.below(key, value), key_text(key), known)
        for key in required:
            if key not in self.value:
                self.below(key, None).fail("missing_key", key=key)
        return {key: self.below(key, value) for key, value in self.value.items() if key in known}

    def _unknown(self, place: Place, key: str, known: Iterable[str]) -> None:
        home = vocabulary.HOMES.get(key)
        if home and key not in known:
            place.fail("wrong_level", key=key, home=", ".join(home))
        else:
            near = get_close_matches(key, sorted(known), n=1)
            place.fail("unknown_key", key=key, nearest=near[0] if near else "")

    def entries(self, *, limit: int = 40) -> Iterator[tuple[str, Place]]:
        """The named things of a chapter, in the document's order."""
        if not isinstance(self.value, dict):
            self.fail("not_a_mapping")
            return
        if not self.value:
            self.fail("empty")
        for key, value in self.value.items():
            place = self.below(key, value)
            if not isinstance(key, str) or not vocabulary.NAME.fullmatch(key) or len(key) > limit:
                place.fail("bad_name", name=key_text(key), limit=limit)
            elif key in vocabulary.RESERVED:
                place.fail("reserved_name", name=key)
            else:
                yield key, place

    def items(self, *, least: int = 1) -> list[Place]:
        if not isinstance(self.value, list):
            self.fail("not_a_list")
            return []
        if len(self.value) < least:
            self.fail("too_few", least=least, found=len(self.value))
        return [self.below(i, value) for i, value in enumerate(self.value)]

    def text(self, limit: int = 2000) -> str:
        if not isinstance(self.value, str) or not self.value:
            self.fail("not_text")
            return ""
        if len(self.value) > limit:
            self.fail("text_too_long", limit=limit)
        return self.value

    def one_of(self, allowed: Sequence[str]) -> str:
        if isinstance(self.value, str) and self.value in allowed:
            return self.value
        self.fail("not_one_of", value=key_text(self.value), allowed=", ".join(allowed))
        return allowed[0]

    def yes_no(self) -> bool:
        if isinstance(self.value, bool):
            return self.value
        self.fail("not_yes_no")
        return False

    def day(self) -> date:
        if isinstance(self.value, date):
            return self.value
        self.fail("not_a_date")
        return date.min

    def whole(self, low: int, high: int) -> int:
        whole = self.value if isinstance(self.value, int) and not isinstance(self.value, bool) else None
        if whole is None or not low <= whole <= high:
            self.fail("not_whole_between", low=low, high=high)
        return max(low, min(whole or low, high))

    def number(self, unit: str) -> int:
        """A plain number in whole units of `unit`."""
        if not isinstance(self.value, int | Decimal) or isinstance(self.value, bool):
            self.fail("not_a_number", unit=unit)
            return 0
        scaled = Decimal(self.value) * SCALE_OF_UNIT[unit]
        if scaled != int(scaled):
            self.fail("too_many_decimals", unit=unit, value=key_text(self.value))
        if abs(scaled) > MOST:
            self.fail("number_too_large")
            return 0
        return int(scaled)
