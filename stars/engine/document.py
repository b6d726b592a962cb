"""What a policy says, read and checked; steps aside. Numbers are in whole units of their type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from stars.engine.values import Type

MOST_STARS = 100
MOST_CELL = 30_000  # hundredths; a cell is an int16
MOST_POINTS = 100_000  # hundredths of one event
MOST_COUNT = 10_000  # events of one list and subject


@dataclass(frozen=True)
class Note:
    """Where a thing stands in the paper, how good the evidence is, and which document allows it."""

    source: str = ""
    evidence: str = ""
    authorised_by: str = ""


@dataclass(frozen=True)
class Parameter:
    name: str
    title: str
    value: int
    unit: str
    date: date
    source: str
    evidence: str


@dataclass(frozen=True)
class Scale:
    """Words from worst to best with their names for people."""

    name: str
    title: str
    words: tuple[str, ...]
    titles: tuple[str, ...]


@dataclass(frozen=True)
class Stage:
    stage: str
    body: str
    title: str


@dataclass(frozen=True)
class Tenure:
    posts: tuple[str, ...]
    merge_gap_months: int
    gaps_count: bool
    drop_before_removal: bool
    as_of: str


@dataclass(frozen=True)
class DayRule:
    """The n-th day after the first or last day of a period; n = 0 is that day itself."""

    after: str
    count: int
    working: bool


@dataclass(frozen=True)
class Indicator:
    """`part` holds (roster entry, places of the words in its scale) that must all fit a subject.

    fact  the source that knows something about it before anybody files (stars.selectors.prefill); empty: none does
    """

    name: str
    title: str
    max: int
    part: tuple[tuple[str, tuple[int, ...]], ...]
    note: Note
    fact: str = ""


@dataclass(frozen=True)
class Sheet:
    """`ordinal` is its place in the document, `months` the length of its period, `periods` how many there are.

    accepted_after  sheets whose filings below, of the same time, must be accepted before one of this sheet may be
    """

    name: str
    ordinal: int
    title: str
    every: str
    months: int
    periods: int
    filed_by: str
    reviewed_by: tuple[str, ...]
    accepted_after: tuple[str, ...]
    opens: DayRule
    due: DayRule
    locks: DayRule
    indicators: tuple[Indicator, ...]
    note: Note


@dataclass(frozen=True)
class Item:
    name: str
    title: str
    points: int | None
    up_to: int | None
    event_cap: int | None
    year_cap: int | None
    note: Note


@dataclass(frozen=True)
class EventList:
    name: str
    ordinal: int
    title: str
    filed_by: str
    year_cap: int | None
    items: tuple[Item, ...]
    note: Note


@dataclass(frozen=True)
class Given:
    """A value that nobody files: a fact, a roster entry, earlier results, a step of another policy."""

    name: str
    ordinal: int
    title: str
    type: Type
    years_back: int = 0
    query: str = ""
    policy: str = ""
    step: str = ""
    of: str = ""


@dataclass(frozen=True)
class Head:
    code: str
    title: str
    dated: date
    document: str
    source: str
    subject: str
    every: str
    restart_when: str
    settled_by: tuple[Stage, ...]
    publicity_days: int
    tenure: Tenure | None
