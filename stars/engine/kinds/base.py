"""What a kind of step is: how it is read from a document, and what it does to whole columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from governance.policy import key_text
from stars.engine import vocabulary as v
from stars.engine.book import Book
from stars.engine.conditions import ConditionReader
from stars.engine.frame import Frame
from stars.engine.place import Place
from stars.engine.refs import Resolver, Source
from stars.engine.values import LIMIT, NOT_FILED, NUMERIC, SAFE, Bools, Ints, Type


class Operation:
    """One step's arithmetic. Subclasses are frozen dataclasses, one for each kind.

    type      of the result, with the least and greatest value it can have
    operands  in the order in which the step names them: for the graph, for reasons, for people
    """

    type: Type

    @property
    def operands(self) -> tuple[Source, ...]:
        raise NotImplementedError

    def run(self, frame: Frame) -> Ints:
        raise NotImplementedError

    def taken(self, frame: Frame) -> Iterator[tuple[Source, Bools | None]]:
        """Operands that can be the cause of a special result, with the rows where they count (None: all)."""
        for operand in self.operands:
            yield operand, None


@dataclass(frozen=True)
class StepReader:
    """A step being read: its own key's place, the other keys, and what names mean."""

    name: str
    place: Place
    own: Place
    fields: dict[str, Place]
    book: Book
    resolver: Resolver
    conditions: ConditionReader

    def source(self, place: Place | None, *, units: frozenset[str] | None = None) -> Source | None:
        """A ref of one of these units; None, with the mistake noted, if it is not."""
        if place is None:
            return None
        source = self.resolver.source(place)
        if source is not None and units is not None and source.type.unit not in units:
            place.fail("wrong_type", found=source.type.unit, wanted=", ".join(sorted(units)))
            return None
        return source

    def field(self, key: str, *, units: frozenset[str] | None = None) -> Source | None:
        return self.source(self.fields.get(key), units=units)

    def signed(self, place: Place) -> tuple[Source | None, bool]:
        """A ref with `-` before it or without; True with it."""
        text = place.value
        if isinstance(text, str) and text.startswith("-"):
            return self.resolver.source(Place(text[1:], place.path, place.problems)), True
        return self.resolver.source(place), False

    def sources(self, places: Sequence[Place], units: frozenset[str]) -> tuple[Source, ...] | None:
        """Refs that are all of one type; None if one of them is broken."""
        found = [self.source(place, units=units) for place in places]
        whole = tuple(source for source in found if source is not None)
        if len(whole) < len(found) or not whole:
            return None
        return whole if self.same_kind(whole, places) else None

    def same_kind(self, sources: Sequence[Source], places: Sequence[Place]) -> bool:
        for source, place in zip(sources, places, strict=True):
            if not source.type.same_kind(sources[0].type):
                place.fail("mixed_types", found=source.type.unit, wanted=sources[0].type.unit)
                return False
        return True

    def when(self) -> Source | None:
        return self.field("when", units=frozenset({"yesno"}))

    def rounding(self, default: str = "half_up") -> str:
        return self.fields["round"].one_of(v.ROUNDINGS) if "round" in self.fields else default

    def one_of(self, key: str, allowed: Sequence[str], default: str) -> str:
        return self.fields[key].one_of(allowed) if key in self.fields else default

    def optional_number(self, key: str, unit: str) -> int | None:
        return self.book.number(self.fields[key], unit) if key in self.fields else None

    def safe(self, size: int) -> bool:
        """Whether an intermediate result of this size stays exact."""
        if size > SAFE:
            self.place.fail("too_large")
        return size <= SAFE


def given_values(reader: StepReader, places: Sequence[Place]) -> tuple[Type, tuple[int, ...]] | None:
    """What rows give: words of one scale, or numbers of the step's `unit`; none and disqualified beside either."""
    type_ = _given_type(reader, places)
    if type_ is None:
        return None
    values = tuple(reader.book.value_or_special(place, type_, ("none", "disqualified")) for place in places)
    true = [value for value in values if value >= LIMIT]
    return (type_ if type_.unit == "word" else type_.within(min(true, default=0), max(true, default=0))), values


def _given_type(reader: StepReader, places: Sequence[Place]) -> Type | None:
    words = [
        p for p in places if isinstance(p.value, str) and not p.value.startswith("$") and p.value not in {"none", "disqualified"}
    ]
    if not words:
        if "unit" not in reader.fields:
            reader.place.fail("unit_missing")
            return None
        return Type(reader.fields["unit"].one_of(tuple(sorted(NUMERIC))), 0, 0)
    if "unit" in reader.fields:
        reader.fields["unit"].fail("unit_of_words")
        return None
    scale = reader.book.scale_of_word.get(words[0].value)
    if scale is None:
        words[0].fail("unknown_word", word=key_text(words[0].value), scale="")
        return None
    return reader.book.word_type(scale)


def gated(frame: Frame, when: Source | None, result: Ints) -> Ints:
    """`when` of tiers and times: no → 0, unknown → not filed."""
    if when is None:
        return result
    gate = when.read(frame)
    return np.where(gate == NOT_FILED, NOT_FILED, np.where(gate == np.int64(0), np.int64(0), result))


def with_zero(type_: Type) -> Type:
    return type_.within(min(type_.low, 0), max(type_.high, 0))
