"""What is known about the subjects of a chunk, as arrays with one row a subject."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from stars.engine.document import MOST_COUNT, EventList, Given, Sheet
from stars.engine.values import CELL_NOT_FILED, NOT_APPLICABLE, Bools, Ints, Type, is_special

if TYPE_CHECKING:
    from stars.engine.plan import Plan

Cells = NDArray[np.int16]
Scalar = TypeVar("Scalar", bound=np.generic)


class WrongInputs(ValueError):
    """The arrays do not fit the policy; whoever made them has a mistake."""


@dataclass(frozen=True)
class Events:
    """One record an entry: `row` of the subject, places of list and item in the policy, own points in hundredths, how often."""

    row: Ints
    list: Ints
    item: Ints
    points: Ints
    count: Ints

    @classmethod
    def none(cls) -> Events:
        return cls(*(np.zeros(0, dtype=np.int64) for _ in range(5)))

    def take(self, rows: Ints, n: int) -> Events:
        """Those of the subjects in `rows`, renumbered to their new places."""
        place = np.full(n, -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        moved = place[self.row]
        kept = moved >= 0
        return Events(moved[kept], self.list[kept], self.item[kept], self.points[kept], self.count[kept])


@dataclass(frozen=True)
class Inputs:
    """key      (n,) the subject's lasting id; orders only the last cents of `allot`
    county, township  (n,) any integers that are equal within a scope
    cells    sheet -> (n, periods, indicators) int16 hundredths, CELL_NOT_FILED, CELL_NOT_APPLICABLE
    answers  sheet -> (n, periods) bool: in post, so a filing is expected
    roster, linked, settled  name -> (n,); settled is NOT_APPLICABLE where nobody settled
    facts    name -> (n, 1 + years back), this period first
    history  name -> (n, years back), newest first
    """

    key: Ints
    county: Ints
    township: Ints
    cells: Mapping[str, Cells] = field(default_factory=dict)
    answers: Mapping[str, Bools] = field(default_factory=dict)
    events: Events = field(default_factory=Events.none)
    roster: Mapping[str, Ints] = field(default_factory=dict)
    facts: Mapping[str, Ints] = field(default_factory=dict)
    history: Mapping[str, Ints] = field(default_factory=dict)
    linked: Mapping[str, Ints] = field(default_factory=dict)
    settled: Mapping[str, Ints] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.key)

    @classmethod
    def blank(cls, plan: Plan, key: Ints) -> Inputs:
        """Nothing filed, everybody answering for every period, nothing given: arrays to fill in."""
        n = len(key)

        def given(chapter: Mapping[str, Given], columns: bool) -> dict[str, Ints]:
            back = 0 if chapter is plan.history else 1
            return {
                name: np.full((n, one.years_back + back) if columns else n, NOT_APPLICABLE, dtype=np.int64)
                for name, one in chapter.items()
            }

        return cls(
            key=key,
            county=np.zeros(n, dtype=np.int64),
            township=np.zeros(n, dtype=np.int64),
            cells={
                s.name: np.full((n, s.periods, len(s.indicators)), CELL_NOT_FILED, dtype=np.int16) for s in plan.sheets.values()
            },
            answers={s.name: np.ones((n, s.periods), dtype=np.bool_) for s in plan.sheets.values()},
            roster=given(plan.roster, columns=False),
            facts=given(plan.facts, columns=True),
            history=given(plan.history, columns=True),
            linked=given(plan.linked, columns=False),
            settled={name: np.full(n, NOT_APPLICABLE, dtype=np.int64) for name in plan.settled},
        )

    def take(self, rows: Ints) -> Inputs:
        """The subjects in `rows`, in that order."""
        return Inputs(
            self.key[rows],
            self.county[rows],
            self.township[rows],
            _rows(self.cells, rows),
            _rows(self.answers, rows),
            self.events.take(rows, len(self)),
            _rows(self.roster, rows),
            _rows(self.facts, rows),
            _rows(self.history, rows),
            _rows(self.linked, rows),
            _rows(self.settled, rows),
        )

    def check(self, plan: Plan) -> None:
        """raises WrongInputs: names, shapes, kinds of array, values out of their bounds"""
        for name in ("key", "county", "township"):
            _shape(name, getattr(self, name), (len(self),), np.int64)
        _names("cells", self.cells, plan.sheets)
        _names("answers", self.answers, plan.sheets)
        for sheet in plan.sheets.values():
            _shape(f"cells {sheet.name}", self.cells[sheet.name], (len(self), sheet.periods, len(sheet.indicators)), np.int16)
            _shape(f"answers {sheet.name}", self.answers[sheet.name], (len(self), sheet.periods), np.bool_)
        for kind in ("roster", "facts", "history", "linked"):
            self._check_given(kind, getattr(plan, kind))
        _names("settled", self.settled, plan.settled)
        for name, type_ in plan.settled.items():
            _shape(f"settled {name}", self.settled[name], (len(self),), np.int64)
            _bounds(f"settled {name}", self.settled[name], type_)
        self._check_events(plan)

    def _check_given(self, kind: str, chapter: Mapping[str, Given]) -> None:
        arrays: Mapping[str, Ints] = getattr(self, kind)
        _names(kind, arrays, chapter)
        for name, one in chapter.items():
            columns = {"facts": (1 + one.years_back,), "history": (one.years_back,)}.get(kind, ())
            _shape(f"{kind} {name}", arrays[name], (len(self), *columns), np.int64)
            _bounds(f"{kind} {name}", arrays[name], one.type)

    def _check_events(self, plan: Plan) -> None:
        events = self.events
        if not len(events.row):
            return
        for name in ("row", "list", "item", "points", "count"):
            _shape(f"events {name}", getattr(events, name), (len(events.row),), np.int64)
        if not (events.row.min() >= 0 and events.row.max() < len(self) and events.list.min() >= 0 and events.item.min() >= 0):
            raise WrongInputs("events: of a subject, list or item that is not there")
        lists = list(plan.events.values())
        if events.list.max() >= len(lists) or np.any(events.item >= np.array([len(one.items) for one in lists])[events.list]):
            raise WrongInputs("events: of a list or item that is not there")
        most = np.array([[_most_points(one, i) for i in range(max(len(each.items) for each in lists))] for one in lists])
        if events.count.min() < 1 or events.points.min() < 0 or np.any(events.points > most[events.list, events.item]):
            raise WrongInputs("events: count below 1, or points outside what the item allows")
        often = np.zeros((len(self), len(lists)), dtype=np.int64)
        np.add.at(often, (events.row, events.list), events.count)
        if often.max() > MOST_COUNT:
            raise WrongInputs(f"events: one subject has more than {MOST_COUNT} of a list")


def _rows(arrays: Mapping[str, NDArray[Scalar]], rows: Ints) -> dict[str, NDArray[Scalar]]:
    return {name: array[rows] for name, array in arrays.items()}


def _most_points(events: EventList, item: int) -> int:
    return (events.items[item].up_to or 0) if item < len(events.items) else 0


def _names(what: str, arrays: Mapping[str, object], wanted: Mapping[str, object]) -> None:
    if set(arrays) != set(wanted):
        raise WrongInputs(f"{what}: {sorted(arrays)} given, {sorted(wanted)} wanted")


def _shape(what: str, array: NDArray[np.generic], shape: tuple[int, ...], dtype: type) -> None:
    if array.shape != shape or array.dtype != dtype:
        raise WrongInputs(f"{what}: {array.dtype}{array.shape} given, {np.dtype(dtype)}{shape} wanted")


def _bounds(what: str, array: Ints, type_: Type) -> None:
    known = array[~is_special(array)]
    if known.size and not (type_.low <= known.min() and known.max() <= type_.high):
        raise WrongInputs(f"{what}: values outside {type_.low} to {type_.high}")


def applies(sheet: Sheet, inputs: Inputs) -> list[Bools | None]:
    """For each indicator which subjects it is for; None: for all."""
    return [_fits(indicator.part, inputs) for indicator in sheet.indicators]


def _fits(part: tuple[tuple[str, tuple[int, ...]], ...], inputs: Inputs) -> Bools | None:
    fits: Bools | None = None
    for name, words in part:
        values = inputs.roster[name]
        one = np.logical_or.reduce([values == word for word in words])
        fits = one if fits is None else fits & one
    return fits
