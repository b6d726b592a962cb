"""A chunk while it is being evaluated: its inputs and the columns found so far."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from stars.engine import events, sheets
from stars.engine.document import EventList, Sheet
from stars.engine.inputs import Inputs
from stars.engine.values import Bools, Ints


class Frame:
    def __init__(self, sheets_: Mapping[str, Sheet], events_: Mapping[str, EventList], inputs: Inputs) -> None:
        self.sheets, self.events, self.inputs = sheets_, events_, inputs
        self.columns: dict[str, Ints] = {}
        self.eligible: Ints | None = None
        self._points: dict[str, Ints] = {}
        self._counts: dict[str, Ints] = {}

    def __len__(self) -> int:
        return len(self.inputs)

    @cached_property
    def totals(self) -> dict[str, Ints]:
        """Of each sheet (periods, n)."""
        return {name: sheets.totals(sheet, self.inputs) for name, sheet in self.sheets.items()}

    def event_points(self, name: str) -> Ints:
        if name not in self._points:
            self._points[name] = events.points(self.events[name], self.inputs)
        return self._points[name]

    def event_count(self, name: str) -> Ints:
        if name not in self._counts:
            self._counts[name] = events.count(self.events[name], self.inputs)
        return self._counts[name]

    def cell(self, sheet: str, place: int) -> Ints:
        return sheets.cell(self.sheets[sheet], place, self.inputs)

    def scope(self, within: str) -> Ints:
        return self.inputs.county if within == "county" else self.inputs.township

    @cached_property
    def ineligible(self) -> Bools | None:
        """Who certainly or perhaps takes no part; None: everybody takes part."""
        return None if self.eligible is None else self.eligible != np.int64(1)
