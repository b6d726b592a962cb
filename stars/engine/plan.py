"""A policy ready to be evaluated: everything resolved, typed and in an order that works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from stars.engine.conditions import Condition
from stars.engine.document import EventList, Given, Head, Note, Parameter, Scale, Sheet
from stars.engine.kinds.base import Operation
from stars.engine.values import STORAGE, TOTAL, TOTAL_STORAGE, YES_NO, Type


@dataclass(frozen=True)
class Step:
    """`parameters` are the names of those that the step uses."""

    name: str
    title: str
    kind: str
    note: Note
    operation: Operation
    parameters: tuple[str, ...]

    @property
    def type(self) -> Type:
        return self.operation.type


@dataclass(frozen=True)
class Column:
    """One integer of the trace: its name, storage type and the byte at which it begins."""

    name: str
    title: str
    type: Type
    dtype: str
    offset: int
    sheet: str = ""
    period: int = 0


@dataclass(frozen=True)
class Plan:
    """`steps` in the document's order, `order` so that each comes after what it uses."""

    head: Head
    digest: str
    eligible: Condition | None
    eligible_parameters: tuple[str, ...]
    scales: Mapping[str, Scale]
    parameters: Mapping[str, Parameter]
    sheets: Mapping[str, Sheet]
    events: Mapping[str, EventList]
    facts: Mapping[str, Given]
    roster: Mapping[str, Given]
    history: Mapping[str, Given]
    linked: Mapping[str, Given]
    steps: Mapping[str, Step]
    order: tuple[str, ...]
    outputs: Mapping[str, str]

    @property
    def code(self) -> str:
        return self.head.code

    @property
    def title(self) -> str:
        return self.head.title

    @cached_property
    def settled(self) -> Mapping[str, Type]:
        """Steps that a body may settle."""
        return {step.name: step.type for step in self.steps.values() if step.kind == "settle"}

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The layout of the trace (docs/grammar.md, section 8)."""
        columns: list[Column] = []
        offset = 0
        for name, title, type_, dtype, sheet, period in self._laid_out():
            columns.append(Column(name, title, type_, dtype, offset, sheet, period))
            offset += int(dtype[2:])
        return tuple(columns)

    def _laid_out(self) -> list[tuple[str, str, Type, str, str, int]]:
        laid = [
            (f"{sheet.name}[{period}]", sheet.title, TOTAL, TOTAL_STORAGE, sheet.name, period)
            for sheet in self.sheets.values()
            for period in range(1, sheet.periods + 1)
        ]
        if self.eligible is not None:
            laid.append(("eligible", "", YES_NO, STORAGE["yesno"], "", 0))
        laid += [(step.name, step.title, step.type, STORAGE[step.type.unit], "", 0) for step in self.steps.values()]
        return laid

    @cached_property
    def width(self) -> int:
        last = self.columns[-1]
        return last.offset + int(last.dtype[2:])

    @cached_property
    def place_of(self) -> Mapping[str, int]:
        """Place of each column, from 0."""
        return {column.name: place for place, column in enumerate(self.columns)}
