"""What has been read of a document so far, and the readings that need it: parameters by name, words of scales."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from governance.policy import Problem, key_text
from stars.engine import vocabulary
from stars.engine.document import EventList, Given, Note, Parameter, Scale, Sheet
from stars.engine.place import Place
from stars.engine.values import SCALE_OF_UNIT, SPECIAL_WORDS, Type


@dataclass
class Book:
    problems: list[Problem]
    scales: dict[str, Scale] = field(default_factory=dict)
    parameters: dict[str, Parameter] = field(default_factory=dict)
    sheets: dict[str, Sheet] = field(default_factory=dict)
    events: dict[str, EventList] = field(default_factory=dict)
    facts: dict[str, Given] = field(default_factory=dict)
    roster: dict[str, Given] = field(default_factory=dict)
    history: dict[str, Given] = field(default_factory=dict)
    linked: dict[str, Given] = field(default_factory=dict)
    scale_of_word: dict[str, str] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)  # `chapter.name` of what is there and wrong: said once, not at each use
    used: list[str] = field(default_factory=list)  # parameters that the thing being read uses, by name

    @contextmanager
    def noting_parameters(self) -> Iterator[list[str]]:
        """What is used inside belongs to the thing read inside, not to the one around it."""
        outer, self.used = self.used, []
        try:
            yield self.used
        finally:
            self.used = outer

    def number(self, place: Place, unit: str) -> int:
        """A plain number or `$parameter` in whole units of `unit`; `star` takes parameters counted whole."""
        if not isinstance(place.value, str):
            return place.number(unit)
        parameter = self.parameter(place)
        if parameter is None:
            return 0
        wanted = "count" if unit == "star" else unit
        if parameter.unit != wanted:
            place.fail("wrong_unit", name=parameter.name, unit=parameter.unit, wanted=wanted)
        return parameter.value

    def between(self, place: Place, unit: str, low: int, high: int) -> int:
        value = self.number(place, unit)
        if not low <= value <= high:
            place.fail("out_of_range", low=plain(low, unit), high=plain(high, unit), value=plain(value, unit))
        return max(low, min(value, high))

    def unknown(self, place: Place, code: str, chapter: str, name: str) -> None:
        if f"{chapter}.{name}" not in self.broken:
            place.fail(code, name=name)

    def parameter(self, place: Place) -> Parameter | None:
        text = place.value
        if not text.startswith("$"):
            place.fail("not_a_number_or_parameter", value=text)
            return None
        parameter = self.parameters.get(text[1:])
        if parameter is None:
            self.unknown(place, "unknown_parameter", "parameters", text[1:])
        elif parameter.name not in self.used:
            self.used.append(parameter.name)
        return parameter

    def word(self, place: Place, scale: str | None) -> int:
        """The place of a word in its scale."""
        if not isinstance(place.value, str) or scale is None or place.value not in self.scales[scale].words:
            place.fail("unknown_word", word=key_text(place.value), scale=scale or "")
            return 0
        return self.scales[scale].words.index(place.value)

    def value(self, place: Place, type_: Type) -> int:
        """A number or word of this type."""
        return self.word(place, type_.scale) if type_.unit == "word" else self.number(place, type_.unit)

    def value_or_special(self, place: Place, type_: Type, specials: tuple[str, ...]) -> int:
        if isinstance(place.value, str) and place.value in specials:
            return SPECIAL_WORDS[place.value]
        return self.value(place, type_)

    def word_type(self, scale: str) -> Type:
        return Type("word", 0, len(self.scales[scale].words) - 1, scale)


def plain(value: int, unit: str) -> str:
    """A value in whole units as people write it: 8735 points -> '87.35'."""
    scale = SCALE_OF_UNIT.get(unit, 1)
    if scale == 1:
        return str(value)
    sign, (whole, part) = "-" if value < 0 else "", divmod(abs(value), scale)
    return f"{sign}{whole}.{part:02d}"


def note(fields: dict[str, Place]) -> Note:
    return Note(
        source=fields["source"].text() if "source" in fields else "",
        evidence=fields["evidence"].one_of(vocabulary.EVIDENCE) if "evidence" in fields else "",
        authorised_by=fields["authorised_by"].text() if "authorised_by" in fields else "",
    )


def title(fields: dict[str, Place]) -> str:
    return fields["title"].text(vocabulary.LONG_TITLE) if "title" in fields else ""
