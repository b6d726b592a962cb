"""References: what a name in a step stands for. docs/grammar.md, section 5."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from governance.policy import key_text
from stars.engine.book import Book
from stars.engine.document import MOST_COUNT, MOST_POINTS, EventList
from stars.engine.frame import Frame
from stars.engine.place import Place
from stars.engine.values import TOTAL, Ints, Type

GIVEN_CHAPTERS = ("facts", "roster", "history", "linked")


@dataclass(frozen=True)
class Source:
    """One operand: where its column comes from and what it is.

    at   period of a total, place of an indicator, periods back, or the number itself
    """

    ref: str
    title: str
    type: Type
    origin: str
    name: str = ""
    at: int = 0

    def read(self, frame: Frame) -> Ints:
        return READERS[self.origin](frame, self)

    @property
    def column(self) -> str | None:
        """Its name among the columns of the trace."""
        if self.origin == "step":
            return self.name
        return f"{self.name}[{self.at + 1}]" if self.origin == "total" else None


def _given(chapter: str) -> Callable[[Frame, Source], Ints]:
    def read(frame: Frame, source: Source) -> Ints:
        values: Ints = getattr(frame.inputs, chapter)[source.name]
        return values if values.ndim == 1 else values[:, source.at]

    return read


READERS: dict[str, Callable[[Frame, Source], Ints]] = {
    "step": lambda frame, source: frame.columns[source.name],
    "total": lambda frame, source: frame.totals[source.name][source.at],
    "cell": lambda frame, source: frame.cell(source.name, source.at),
    "events": lambda frame, source: frame.event_points(source.name),
    "event_count": lambda frame, source: frame.event_count(source.name),
    "number": lambda frame, source: np.full(len(frame), source.at, dtype=np.int64),
    **{chapter: _given(chapter) for chapter in GIVEN_CHAPTERS},
}

StepType = Callable[[Place, str], "tuple[str, Type] | None"]


class Resolver:
    """Turns names into sources. `step_type` builds the named step first; None where it is broken."""

    def __init__(self, book: Book, step_names: frozenset[str], step_type: StepType) -> None:
        self.book, self.step_names, self.step_type = book, step_names, step_type

    def source(self, place: Place) -> Source | None:
        text = place.value
        if not isinstance(text, str) or not text:
            place.fail("not_a_reference", value=key_text(text))
            return None
        head, _, rest = text.partition(".")
        if head == "events":
            return self._events(place, text, rest)
        if head in GIVEN_CHAPTERS:
            return self._given(place, text, head, rest)
        if head in self.book.sheets:
            return self._sheet(place, text, head, rest)
        if text in self.step_names:
            found = self.step_type(place, text)
            return found and Source(text, found[0], found[1], "step", text)
        return self._unknown(place, "sheets", head, text)

    def _unknown(self, place: Place, chapter: str, name: str, text: str) -> Source | None:
        if f"{chapter}.{name}" not in self.book.broken:
            place.fail("unknown_name", name=text)
        return None

    def _events(self, place: Place, text: str, rest: str) -> Source | None:
        name, _, what = rest.partition(".")
        events = self.book.events.get(name)
        if events is None or what not in {"", "count"}:
            return self._unknown(place, "events", name, text)
        if what == "count":
            return Source(text, events.title, Type("count", 0, MOST_COUNT), "event_count", name)
        return Source(text, events.title, Type("points", 0, most_points(events)), "events", name)

    def _given(self, place: Place, text: str, chapter: str, rest: str) -> Source | None:
        name, _, what = rest.partition(".")
        given = getattr(self.book, chapter).get(name)
        back = 1 if what == "last" and chapter == "facts" else 0
        if given is None or (what and not back):
            return self._unknown(place, chapter, name, text)
        if back > given.years_back:
            place.fail("not_so_far_back", name=name, years_back=given.years_back)
            return None
        return Source(text, given.title, given.type, chapter, name, back)

    def _sheet(self, place: Place, text: str, name: str, indicator: str) -> Source | None:
        sheet = self.book.sheets[name]
        if sheet.periods > 1:
            place.fail("several_periods", name=name, periods=sheet.periods)
            return None
        if not indicator:
            return Source(text, sheet.title, TOTAL, "total", name)
        for i, one in enumerate(sheet.indicators):
            if one.name == indicator:
                return Source(text, one.title, Type("points", 0, one.max), "cell", name, i)
        place.fail("unknown_name", name=text)
        return None


def period_totals(book: Book, name: str) -> tuple[Source, ...]:
    """All periods of a sheet, as `mean` and `tally` take them."""
    sheet = book.sheets[name]
    return tuple(Source(f"{name}[{p + 1}]", sheet.title, TOTAL, "total", name, p) for p in range(sheet.periods))


def years_of(book: Book, chapter: str, name: str, periods: int) -> tuple[Source, ...]:
    """The newest periods of a fact or of the history."""
    given = getattr(book, chapter)[name]
    return tuple(Source(f"{chapter}.{name}", given.title, given.type, chapter, name, i) for i in range(periods))


def most_points(events: EventList) -> int:
    if events.year_cap is not None:
        return events.year_cap
    unlimited = MOST_POINTS * MOST_COUNT
    return min(sum(unlimited if item.year_cap is None else item.year_cap for item in events.items), unlimited)
