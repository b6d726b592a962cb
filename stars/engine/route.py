"""The way to the next result: what of the cells that are still to come must be better, and by how little, found by evaluating.

A course is assumed for every cell that is still to come: the mean of the same item so far. What a change brings is what the
engine finds with it, everybody else on their course; nothing is estimated.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stars.engine.evaluate import Outcome, Result, evaluate
from stars.engine.inputs import Cells, Events, Inputs, applies
from stars.engine.plan import Plan
from stars.engine.values import CELL_NOT_FILED, LIMIT, Bools, Ints

AMONG_PEERS = frozenset({"rank", "split", "allot"})  # kinds that look beyond the subject itself
STEP = 50  # hundredths: a change is told in half points
ToCome = Mapping[str, Bools]  # sheet -> (n, periods)


@dataclass(frozen=True)
class Change:
    """One item of a sheet, alike in all its periods that are to come. course, needed in hundredths of a point, periods from 0."""

    sheet: str
    place: int
    periods: tuple[int, ...]
    course: int
    needed: int


@dataclass(frozen=True)
class Standing:
    """star: the result of the rated, None of others; score: None where there is none"""

    outcome: Outcome
    star: int | None
    score: int | None


@dataclass(frozen=True)
class Route:
    """on_course: what comes of it as it goes; with_changes: what the changes bring; changes: none where nothing leads further

    at_best  what all cells to come at their maximum bring; where that is no better, no change of theirs leads further
    """

    on_course: Standing
    with_changes: Standing
    at_best: Standing
    changes: tuple[Change, ...]


def on_course(plan: Plan, inputs: Inputs, to_come: ToCome) -> Inputs:
    """Inputs with every cell that is to come filled: the subject's own mean of the item, or, of an item with nothing filed so far,
    the share that the subject has of everything filed. Who has nothing filed at all stays not filed."""
    shares = _shares(plan, inputs)
    cells: dict[str, Cells] = {}
    for sheet in plan.sheets.values():
        found = inputs.cells[sheet.name].copy()
        filed = found >= 0
        count, total = filed.sum(axis=1), np.where(filed, found, 0).sum(axis=1, dtype=np.int64)
        most = np.array([indicator.max for indicator in sheet.indicators], dtype=np.int64)
        by_share = (2 * most * shares[:, None, 0] + shares[:, None, 1]) // np.maximum(2 * shares[:, None, 1], 1)
        course = np.where(count > 0, (2 * total + count) // np.maximum(2 * count, 1), by_share)
        known = (count > 0) | (shares[:, None, 1] > 0)
        fill = to_come[sheet.name][:, :, None] & (found == CELL_NOT_FILED) & known[:, None, :]
        cells[sheet.name] = np.where(fill, course[:, None, :], found).astype(np.int16)
    return replace(inputs, cells=cells)


def find_route(plan: Plan, inputs: Inputs, row: int, free: ToCome, *, sheets: Collection[str]) -> Route:
    """inputs: on course, `row` one of its subjects; free: the cells to come that the subject can still do something about,
    (periods,) for each sheet; sheets: those that may be named
    """
    search = _Search(plan, inputs, row)
    possible = _possible(plan, inputs, row, free, sheets)
    course, best = search.standings([(), possible])
    if not best.standing > course.standing:
        return Route(course.told, course.told, best.told, ())
    chosen = search.least(search.fewest(possible, course), course)
    return Route(course.told, search.standings([chosen])[0].told, best.told, tuple(chosen))


@dataclass(frozen=True)
class _Found:
    standing: int
    score: int
    told: Standing


class _Search:
    """Tries changes of one subject, many at once: each try is a copy of the county, or of the subject where nobody is compared."""

    def __init__(self, plan: Plan, inputs: Inputs, row: int) -> None:
        alone = not any(step.kind in AMONG_PEERS for step in plan.steps.values())
        self.plan = plan
        self.inputs = inputs.take(np.array([row])) if alone else inputs
        self.row = 0 if alone else row

    def standings(self, tries: Sequence[Sequence[Change]]) -> list[_Found]:
        n = len(self.inputs)
        copies = _copies(self.inputs, len(tries))
        for at, changes in enumerate(tries):
            for change in changes:
                copies.cells[change.sheet][at * n + self.row, list(change.periods), change.place] = change.needed
        result = evaluate(self.plan, copies)
        rows = np.arange(len(tries)) * n + self.row
        return [_found(result, row) for row in rows.tolist()]

    def fewest(self, possible: Sequence[Change], course: _Found) -> list[Change]:
        """As few as lead on when each goes to its maximum: those that bring most first, then without each that isn't needed."""
        alone = self.standings([(change,) for change in possible])
        gains = [(found.standing, found.score) for found in alone]
        order = sorted(range(len(possible)), key=lambda at: (gains[at], -at), reverse=True)
        ranked = [possible[at] for at in order]
        prefixes = self.standings([ranked[: size + 1] for size in range(len(ranked))])
        size = next(at for at, found in enumerate(prefixes) if found.standing > course.standing) + 1
        chosen = ranked[:size]
        for change in reversed(ranked[:size]):
            without = [one for one in chosen if one is not change]
            if without and self.standings([without])[0].standing > course.standing:
                chosen = without
        return chosen

    def least(self, chosen: list[Change], course: _Found) -> list[Change]:
        """Each no higher than it must be, the others being as they are."""
        for at, change in enumerate(chosen):
            low, high = 0, -(-change.needed // STEP) - change.course // STEP  # in steps above the course; `high` leads on
            while low + 1 < high:
                middle = (low + high) // 2
                trial = [*chosen[:at], _raised(change, middle), *chosen[at + 1 :]]
                low, high = (low, middle) if self.standings([trial])[0].standing > course.standing else (middle, high)
            chosen = [*chosen[:at], _raised(change, high), *chosen[at + 1 :]]
        return chosen


def _raised(change: Change, steps: int) -> Change:
    """Up to the next half point, never above the maximum."""
    value = (change.course // STEP + steps) * STEP
    return replace(change, needed=min(max(value, change.course), change.needed))


def _possible(plan: Plan, inputs: Inputs, row: int, free: ToCome, sheets: Collection[str]) -> list[Change]:
    """Every item with room above its course, at its maximum."""
    found = []
    for name in sheets:
        sheet = plan.sheets[name]
        periods = np.flatnonzero(free[name] & inputs.answers[name][row])
        fits = [one is None or bool(one[row]) for one in applies(sheet, inputs)]
        for place, indicator in enumerate(sheet.indicators):
            values = inputs.cells[name][row, periods, place]
            if fits[place] and len(values) and 0 <= values.min() < indicator.max:
                found.append(Change(name, place, tuple(periods.tolist()), int(values.min()), indicator.max))
    return found


def _shares(plan: Plan, inputs: Inputs) -> Ints:
    """(n, 2): points filed so far, and what could have been had with them."""
    shares = np.zeros((len(inputs), 2), dtype=np.int64)
    for sheet in plan.sheets.values():
        cells = inputs.cells[sheet.name]
        filed = cells >= 0
        most = np.array([indicator.max for indicator in sheet.indicators], dtype=np.int64)
        shares[:, 0] += np.where(filed, cells, 0).sum(axis=(1, 2), dtype=np.int64)
        shares[:, 1] += (filed * most).sum(axis=(1, 2), dtype=np.int64)
    return shares


def _copies(inputs: Inputs, times: int) -> Inputs:
    """One behind the other, each a county with townships of its own."""
    n, events = len(inputs), inputs.events
    turn, turn_of_event = (np.repeat(np.arange(times, dtype=np.int64), size) for size in (n, len(events.row)))
    repeated = Events(np.tile(events.row, times) + turn_of_event * n, *(
        np.tile(getattr(events, name), times) for name in ("list", "item", "points", "count")
    ))  # fmt: skip
    county, township = (np.unique(codes, return_inverse=True)[1] for codes in (inputs.county, inputs.township))
    return replace(
        inputs.take(np.tile(np.arange(n), times)), events=repeated,
        county=np.tile(county, times) + turn * n, township=np.tile(township, times) + turn * n,
    )  # fmt: skip


def _found(result: Result, row: int) -> _Found:
    outcome, value = Outcome(int(result.outcome[row])), int(result.output("result")[row])  # type: ignore[index]
    scores = result.output("score")
    score = None if scores is None or scores[row] < LIMIT else int(scores[row])
    told = Standing(outcome, value if outcome == Outcome.RATED else None, score)
    return _Found(int(result.standing[row]), score or 0, told)
