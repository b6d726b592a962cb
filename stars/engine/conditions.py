"""Conditions: yes, no or unknown. docs/grammar.md, 6.10. Nothing else in the engine decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from stars.engine.book import Book
from stars.engine.frame import Frame
from stars.engine.place import Place
from stars.engine.refs import Resolver, Source
from stars.engine.values import DISQUALIFIED, NONE, NOT_FILED, SPECIAL_WORDS, Bools, Ints, Type

COMPARISONS = ("at_least", "above", "below", "worse_than", "is")
JUNCTIONS = ("all", "any", "not")


@dataclass(frozen=True)
class Answer:
    """`yes` and `unknown` never hold together; `unknown` is None where everything is known."""

    yes: Bools
    unknown: Bools | None

    def column(self) -> Ints:
        values = self.yes.astype(np.int64)
        return values if self.unknown is None else np.where(self.unknown, NOT_FILED, values)

    @property
    def no(self) -> Bools:
        return ~self.yes if self.unknown is None else ~(self.yes | self.unknown)


def answer_of(column: Ints) -> Answer:
    unknown = column == NOT_FILED
    return Answer(column == np.int64(1), unknown if unknown.any() else None)


@dataclass(frozen=True)
class Passing:
    """A comparison without its operand: how, and with what number, word or special."""

    how: str
    value: int

    def answer(self, values: Ints) -> Answer:
        if self.how == "is":
            return self._is(values)
        yes = _COMPARE[self.how](values, self.value)
        if self.how in {"below", "worse_than"}:
            yes |= (values == NONE) | (values == DISQUALIFIED)
        return _with_unknown(yes, values)

    def _is(self, values: Ints) -> Answer:
        yes = values == self.value
        return Answer(yes, None) if self.value in SPECIAL_WORDS.values() else _with_unknown(yes, values)


def _less(values: Ints, than: int) -> Bools:
    return (values < than) & (values > DISQUALIFIED)


_COMPARE: dict[str, Callable[[Ints, int], Bools]] = {
    "at_least": lambda values, floor: values >= floor,
    "above": lambda values, floor: values > floor,
    "below": _less,
    "worse_than": _less,
}


def _with_unknown(yes: Bools, values: Ints) -> Answer:
    unknown = values == NOT_FILED
    return Answer(yes, unknown if unknown.any() else None)


@dataclass(frozen=True)
class Compare:
    source: Source
    passing: Passing

    def answer(self, frame: Frame) -> Answer:
        return self.passing.answer(self.source.read(frame))

    @property
    def sources(self) -> tuple[Source, ...]:
        return (self.source,)


@dataclass(frozen=True)
class Holds:
    """A yes/no step."""

    source: Source

    def answer(self, frame: Frame) -> Answer:
        return answer_of(self.source.read(frame))

    @property
    def sources(self) -> tuple[Source, ...]:
        return (self.source,)


@dataclass(frozen=True)
class Joined:
    parts: tuple[Condition, ...]
    how: ClassVar[str]

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(source for part in self.parts for source in part.sources)


class AllOf(Joined):
    how = "all"

    def answer(self, frame: Frame) -> Answer:
        answers = [part.answer(frame) for part in self.parts]
        yes = _every(one.yes for one in answers)
        if all(one.unknown is None for one in answers):
            return Answer(yes, None)
        return Answer(yes, ~yes & _every(~one.no for one in answers))


class AnyOf(Joined):
    how = "any"

    def answer(self, frame: Frame) -> Answer:
        answers = [part.answer(frame) for part in self.parts]
        no = _every(one.no for one in answers)
        yes = ~_every(~one.yes for one in answers)
        return Answer(yes, None if all(one.unknown is None for one in answers) else ~(yes | no))


class NotOf(Joined):
    how = "not"

    def answer(self, frame: Frame) -> Answer:
        inner = self.parts[0].answer(frame)
        return Answer(inner.no, inner.unknown)


Condition = Compare | Holds | AllOf | AnyOf | NotOf


def _every(columns: Iterable[Bools]) -> Bools:
    result: Bools = np.logical_and.reduce(list(columns))
    return result


class ConditionReader:
    def __init__(self, book: Book, resolver: Resolver) -> None:
        self.book, self.resolver = book, resolver

    def read(self, place: Place) -> Condition | None:
        if isinstance(place.value, str):
            return self._holds(place)
        if not isinstance(place.value, dict) or len(place.value) != 1:
            place.fail("bad_condition")
            return None
        fields = place.fields((), (*COMPARISONS, *JUNCTIONS))
        for how, one in fields.items():
            return self._junction(how, one) if how in JUNCTIONS else self._compare(how, one)
        return None

    def _holds(self, place: Place) -> Condition | None:
        source = self.resolver.source(place)
        if source is None:
            return None
        if source.origin == "events":
            return Compare(
                Source(f"{source.ref}.count", source.title, Type("count", 0, 1), "event_count", source.name),
                Passing("at_least", 1),
            )
        if source.type.unit != "yesno":
            place.fail("not_yes_no_step", name=source.ref)
            return None
        return Holds(source)

    def _junction(self, how: str, place: Place) -> Condition | None:
        if how == "not":
            inner = self.read(place)
            return None if inner is None else NotOf((inner,))
        parts = [self.read(one) for one in place.items()]
        whole = tuple(part for part in parts if part is not None)
        if len(whole) < len(parts) or not whole:
            return None
        return AllOf(whole) if how == "all" else AnyOf(whole)

    def _compare(self, how: str, place: Place) -> Condition | None:
        if not isinstance(place.value, dict) or len(place.value) != 1:
            place.fail("bad_condition")
            return None
        ((ref, value),) = place.value.items()
        source = self.resolver.source(Place(ref, place.path, place.problems))
        if source is None:
            return None
        passing = self.passing(how, place.below(ref, value), source.type)
        return None if passing is None else Compare(source, passing)

    def passing(self, how: str, place: Place, type_: Type) -> Passing | None:
        if how == "is":
            if type_.unit == "yesno":
                place.fail("wrong_type", found="yesno", wanted="number, word")
                return None
            return Passing(how, self.book.value_or_special(place, type_, tuple(SPECIAL_WORDS)))
        wanted_word = how == "worse_than"
        if (type_.unit == "word") != wanted_word or type_.unit == "yesno":
            place.fail("wrong_type", found=type_.unit, wanted="word" if wanted_word else "number")
            return None
        return Passing(how, self.book.value(place, type_))

    def pass_of(self, place: Place, type_: Type) -> Passing | None:
        """`{at_least: 80.00}`: the comparison of a tally."""
        if not isinstance(place.value, dict) or len(place.value) != 1:
            place.fail("bad_condition")
            return None
        for how, one in place.fields((), COMPARISONS).items():
            return self.passing(how, one, type_)
        return None
