"""The inputs of subjects as arrays: at first everything is filed at nothing, then each says what differs.

Names (docs/grammar.md, section 10): `month` points out of a hundred in every period, `month.3` in the third, `month.party` and
`month.3.party` cells; `events.list.item` how often, or the points of each where the policy leaves them open; `roster.`, `facts.`,
`history.`, `linked.name` and `settled.step`; `township` of the case's own county, from 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from stars.cases.document import MOST_LINES, Subject
from stars.cases.values import Mistakes, parse, several
from stars.engine.document import EventList, Given, Sheet
from stars.engine.inputs import Events, Inputs
from stars.engine.plan import Plan
from stars.engine.values import (
    CELL_NOT_APPLICABLE,
    CELL_NOT_FILED,
    FULL_POINTS,
    LIMIT,
    NOT_APPLICABLE,
    NOT_FILED,
    SCALE_OF_UNIT,
    TOTAL,
    Ints,
    Type,
    divide_one,
)

GIVEN = ("roster", "facts", "history", "linked")
MOST_TIMES, MOST_TOWNSHIPS = 99, 99
CELLS = {NOT_FILED: CELL_NOT_FILED, NOT_APPLICABLE: CELL_NOT_APPLICABLE}


@dataclass
class Reader:
    """Fills row after row of `inputs`; what can't be read is noted at the path of its case."""

    plan: Plan
    inputs: Inputs
    records: list[list[int]] = field(default_factory=list)  # of events, as the columns of Events

    @classmethod
    def blank(cls, plan: Plan, n: int) -> Reader:
        inputs = Inputs.blank(plan, np.arange(n, dtype=np.int64))
        for cells in inputs.cells.values():
            cells[:] = 0
        for chapter in (plan.roster, plan.facts):
            for one in chapter.values():
                if one.type.unit not in ("word", "star"):
                    _column(inputs, chapter is plan.roster, one.name)[:] = max(0, one.type.low)
        return cls(plan, inputs)

    def read(self, row: int, case: int, subject: Subject, path: str, mistakes: Mistakes) -> None:
        """case  number of the case, whose county is its own"""
        self.inputs.county[row], self.inputs.township[row] = case, (case + 1) * (MOST_TOWNSHIPS + 1)
        if len(subject.given) > MOST_LINES:
            mistakes.note("too_many", path, most=MOST_LINES, found=len(subject.given))
            return
        lines = [_Line(self, row, case, name, text, f"{path}.{name}", mistakes) for name, text in subject.given.items()]
        for line in sorted(lines, key=lambda one: one.turn):
            line.fill()

    def finished(self) -> Inputs:
        columns = np.array(self.records, dtype=np.int64).reshape(-1, 5).T
        return replace(self.inputs, events=Events(*(np.ascontiguousarray(column) for column in columns)))


def _column(inputs: Inputs, is_roster: bool, name: str) -> Ints:
    return (inputs.roster if is_roster else inputs.facts)[name]


@dataclass(frozen=True)
class _Line:
    reader: Reader
    row: int
    case: int
    name: str
    text: str
    path: str
    mistakes: Mistakes

    @property
    def turn(self) -> tuple[int, int]:
        """The roster tells which indicators apply; whole sheets come before periods, and these before cells."""
        head, *rest = self.name.split(".")
        if head not in self.reader.plan.sheets:
            return (0, 0)
        has_indicator = bool(rest) and not rest[-1].isdecimal()
        return (1, 2 * has_indicator + (bool(rest) and rest[0].isdecimal()))

    def fill(self) -> None:
        head, *rest = self.name.split(".")
        plan = self.reader.plan
        if head in plan.sheets:
            self._sheet(plan.sheets[head], rest)
        elif head in GIVEN and len(rest) == 1 and rest[0] in getattr(plan, head):
            self._given(head, getattr(plan, head)[rest[0]])
        elif head == "events" and len(rest) == 2 and rest[0] in plan.events:
            self._event(plan.events[rest[0]], rest[1])
        elif head == "settled" and len(rest) == 1 and rest[0] in plan.settled:
            self._put(plan.settled[rest[0]], self.reader.inputs.settled[rest[0]])
        elif head == "township" and not rest:
            self._township()
        else:
            self._fail("unknown_input", name=self.name)

    def _fail(self, code: str, **params: object) -> None:
        self.mistakes.note(code, self.path, **params)

    def _parse(self, text: str, type_: Type) -> int | None:
        return parse(self.reader.plan, text, type_, self.mistakes, self.path)

    def _put(self, type_: Type, column: Ints) -> None:
        value = self._parse(self.text, type_)
        if value is not None:
            column[self.row] = value

    def _township(self) -> None:
        number = self._parse(self.text, Type("count", 1, MOST_TOWNSHIPS))
        if number is not None and number > LIMIT:
            self.reader.inputs.township[self.row] = (self.case + 1) * (MOST_TOWNSHIPS + 1) + number - 1

    # -- what nobody files ----------------------------------------------------------------------------------------------

    def _given(self, chapter: str, given: Given) -> None:
        """Of facts and history the newest first; what is not said stays as it is."""
        array: Ints = getattr(self.reader.inputs, chapter)[given.name]
        if array.ndim == 1:
            self._put(given.type, array)
            return
        values = several(self.text)
        if not 1 <= len(values) <= array.shape[1]:
            self._fail("wrong_number", most=array.shape[1], found=len(values))
            return
        for place, text in enumerate(values):
            value = self._parse(text, given.type)
            if value is not None:
                array[self.row, place] = value

    def _event(self, events: EventList, name: str) -> None:
        place = next((place for place, item in enumerate(events.items) if item.name == name), None)
        if place is None:
            self._fail("unknown_input", name=self.name)
            return
        most = events.items[place].up_to
        if most is None:
            count = self._parse(self.text, Type("count", 0, MOST_TIMES))
            if count is not None and count > 0:
                self.reader.records.append([self.row, events.ordinal, place, 0, count])
            return
        for text in several(self.text):
            points = self._parse(text, Type("points", 0, most))
            if points is not None and points >= 0:
                self.reader.records.append([self.row, events.ordinal, place, points, 1])

    # -- sheets ---------------------------------------------------------------------------------------------------------

    def _sheet(self, sheet: Sheet, rest: list[str]) -> None:
        periods = range(sheet.periods)
        if rest and rest[0].isdecimal():
            if not 1 <= int(rest[0]) <= sheet.periods:
                self._fail("unknown_period", sheet=sheet.title, periods=sheet.periods)
                return
            periods, rest = range(int(rest[0]) - 1, int(rest[0])), rest[1:]
        if not rest:
            self._total(sheet, periods)
        elif len(rest) == 1:
            self._cells(sheet, periods, rest[0])
        else:
            self._fail("unknown_input", name=self.name)

    def _cells(self, sheet: Sheet, periods: range, name: str) -> None:
        place = next((place for place, one in enumerate(sheet.indicators) if one.name == name), None)
        if place is None:
            self._fail("unknown_input", name=self.name)
            return
        value = self._parse(self.text, Type("points", 0, sheet.indicators[place].max))
        if value is not None:
            cell = CELLS.get(value, value)
            if cell < CELL_NOT_FILED:
                self._fail("not_in_a_cell", value=self.text)
            else:
                self.reader.inputs.cells[sheet.name][self.row, list(periods), place] = cell

    def _total(self, sheet: Sheet, periods: range) -> None:
        value = self._parse(self.text, TOTAL)
        if value is None:
            return
        if value == NOT_APPLICABLE:
            self.reader.inputs.answers[sheet.name][self.row, list(periods)] = False
        elif value == NOT_FILED:
            self.reader.inputs.cells[sheet.name][self.row, list(periods)] = CELL_NOT_FILED
        elif value < LIMIT:
            self._fail("not_in_a_cell", value=self.text)
        else:
            self._spread(sheet, periods, value)

    def _spread(self, sheet: Sheet, periods: range, total: int) -> None:
        """Cells that make this total: full marks from the first on, until it is reached."""
        fits = self._applying(sheet)
        room = sum(indicator.max for indicator, one in zip(sheet.indicators, fits, strict=True) if one)
        left = divide_one(total * room, FULL_POINTS, "half_up")
        if not room or divide_one(left * FULL_POINTS, room, "half_up") != total:
            self._fail("total_not_possible", sheet=sheet.title, room=f"{room / SCALE_OF_UNIT['points']:g}")
            return
        for place, (indicator, one) in enumerate(zip(sheet.indicators, fits, strict=True)):
            points = min(left, indicator.max) if one else 0
            left -= points
            self.reader.inputs.cells[sheet.name][self.row, list(periods), place] = points
        self.reader.inputs.answers[sheet.name][self.row, list(periods)] = True

    def _applying(self, sheet: Sheet) -> list[bool]:
        roster, row = self.reader.inputs.roster, self.row
        return [all(int(roster[name][row]) in words for name, words in one.part) for one in sheet.indicators]
