"""Inputs that were gathered under one policy, in the form that another one asks for.

What both know by the same name is taken over; what only the other asks for is not applicable, so that it neither helps nor harms
anybody, and is told. Nothing is made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from stars.engine.document import EventList, Given, Indicator, Sheet
from stars.engine.inputs import Cells, Events, Inputs
from stars.engine.plan import Plan
from stars.engine.values import CELL_NOT_APPLICABLE, LIMIT, NOT_APPLICABLE, Bools, Ints, Type


@dataclass
class Carried:
    """unknown  what the other policy asks for and nobody has gathered, by title
    unused   what was gathered and the other policy does not ask for
    scaled   indicators whose maximum differs: a score keeps its share of it
    """

    inputs: Inputs
    unknown: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    scaled: list[str] = field(default_factory=list)


def carry(inputs: Inputs, old: Plan, new: Plan) -> Carried:
    """The same subjects in the same order."""
    made = Inputs.blank(new, inputs.key)
    made.county[:], made.township[:] = inputs.county, inputs.township
    carried = Carried(made)
    for sheet in new.sheets.values():
        before = old.sheets.get(sheet.name)
        _carry_sheet(carried, inputs, before if before and before.months == sheet.months else None, sheet)
    carried.unused += [sheet.title for name, sheet in old.sheets.items() if name not in new.sheets]
    for chapter in ("roster", "facts", "history", "linked"):
        _carry_given(carried, inputs, old, new, chapter)
    for name, type_ in new.settled.items():
        if name in old.settled:
            made.settled[name][:] = _between(inputs.settled[name], old, old.settled[name], new, type_)
    carried.inputs = Inputs(
        made.key, made.county, made.township, made.cells, made.answers, _events(carried, inputs.events, old, new),
        made.roster, made.facts, made.history, made.linked, made.settled,
    )  # fmt: skip
    return carried


def _carry_sheet(carried: Carried, inputs: Inputs, before: Sheet | None, sheet: Sheet) -> None:
    cells, answers = carried.inputs.cells[sheet.name], carried.inputs.answers[sheet.name]
    if before is None:
        cells[:] = CELL_NOT_APPLICABLE
        carried.unknown.append(sheet.title)
        return
    answers[:] = inputs.answers[sheet.name]
    places = {one.name: place for place, one in enumerate(before.indicators)}
    for place, indicator in enumerate(sheet.indicators):
        if indicator.name in places:
            held = before.indicators[places[indicator.name]]
            cells[:, :, place] = _scaled(inputs.cells[sheet.name][:, :, places[indicator.name]], held, indicator)
            if held.max != indicator.max:
                carried.scaled.append(f"{sheet.title} · {indicator.title}")
        else:
            cells[:, :, place] = CELL_NOT_APPLICABLE
            carried.unknown.append(f"{sheet.title} · {indicator.title}")
    kept = {one.name for one in sheet.indicators}
    carried.unused += [f"{sheet.title} · {one.title}" for one in before.indicators if one.name not in kept]


def _scaled(cells: Cells, old: Indicator, new: Indicator) -> Cells:
    """Halves go up."""
    if old.max == new.max:
        return cells
    scores = (cells.astype(np.int64) * new.max * 2 + old.max) // (2 * old.max)
    return np.where(cells >= 0, scores, cells).astype(np.int16)


def _carry_given(carried: Carried, inputs: Inputs, old: Plan, new: Plan, chapter: str) -> None:
    """Years further back than were gathered stay not applicable."""
    held: Mapping[str, Given] = getattr(old, chapter)
    arrays: Mapping[str, Ints] = getattr(inputs, chapter)
    made: Mapping[str, Ints] = getattr(carried.inputs, chapter)
    for name, one in getattr(new, chapter).items():
        if name not in held:
            carried.unknown.append(one.title or name)
            continue
        values = _between(arrays[name], old, held[name].type, new, one.type)
        if values.ndim == 1:
            made[name][:] = values
        else:
            years = min(values.shape[1], made[name].shape[1])
            made[name][:, :years] = values[:, :years]
    carried.unused += [one.title or name for name, one in held.items() if name not in getattr(new, chapter)]


def _between(values: Ints, old: Plan, before: Type, new: Plan, after: Type) -> Ints:
    """Words keep their names, numbers their value; what the other type does not hold is not applicable."""
    found = values
    if before.scale and after.scale:
        places = {word: place for place, word in enumerate(new.scales[after.scale].words)}
        table = np.array([places.get(word, NOT_APPLICABLE) for word in old.scales[before.scale].words], np.int64)
        found = np.where(values >= LIMIT, table[np.clip(values, 0, len(table) - 1)], values)
    return np.where((found < LIMIT) | ((found >= after.low) & (found <= after.high)), found, NOT_APPLICABLE)


def _events(carried: Carried, events: Events, old: Plan, new: Plan) -> Events:
    lists = list(new.events.values())
    places = {(of.name, item.name): (of.ordinal, n) for of in lists for n, item in enumerate(of.items)}
    held = [(of, n) for of in old.events.values() for n in range(len(of.items))]
    start = np.cumsum([0, *(len(of.items) for of in old.events.values())])
    target = np.array([places.get((of.name, of.items[n].name), (-1, -1)) for of, n in held], np.int64).reshape(-1, 2)
    carried.unused += [
        f"{of.title} · {of.items[n].title}" for (of, n), (place, _item) in zip(held, target, strict=True) if place < 0
    ]
    moved = target[start[events.list] + events.item]
    kept: Bools = moved[:, 0] >= 0
    of, item = moved[kept].T
    most = np.array([_most(lists[a], b) for a, b in zip(of, item, strict=True)], np.int64)
    return Events(events.row[kept], of, item, np.minimum(events.points[kept], most), events.count[kept])


def _most(of: EventList, item: int) -> int:
    return of.items[item].up_to or 0
