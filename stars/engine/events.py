"""Totals of event lists: each record, item and list under its cap. docs/grammar.md, 4.2."""

from __future__ import annotations

import numpy as np

from stars.engine.document import EventList, Item
from stars.engine.inputs import Inputs
from stars.engine.values import Ints


def points(events: EventList, inputs: Inputs) -> Ints:
    """(n,) hundredths, never special."""
    total = np.zeros(len(inputs), dtype=np.int64)
    for place, item in enumerate(events.items):
        total += _item(events, place, item, inputs)
    return total if events.year_cap is None else np.minimum(total, events.year_cap)


def _item(events: EventList, place: int, item: Item, inputs: Inputs) -> Ints:
    records = inputs.events
    chosen = (records.list == events.ordinal) & (records.item == place)
    each = records.points[chosen] if item.points is None else np.int64(item.points)
    worth = each * records.count[chosen]
    if item.event_cap is not None:
        worth = np.minimum(worth, item.event_cap)
    total = np.zeros(len(inputs), dtype=np.int64)
    np.add.at(total, records.row[chosen], worth)
    return total if item.year_cap is None else np.minimum(total, item.year_cap)


def count(events: EventList, inputs: Inputs) -> Ints:
    total = np.zeros(len(inputs), dtype=np.int64)
    chosen = inputs.events.list == events.ordinal
    np.add.at(total, inputs.events.row[chosen], inputs.events.count[chosen])
    return total
