"""Totals of sheets: each period scaled to 100 points of what counts for the subject. docs/grammar.md, 4.1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stars.engine.document import Sheet
from stars.engine.inputs import Cells, Inputs, WrongInputs, applies
from stars.engine.values import (
    CELL_NOT_APPLICABLE,
    CELL_NOT_FILED,
    FULL_POINTS,
    NOT_APPLICABLE,
    NOT_FILED,
    Bools,
    Ints,
    divide,
)


def totals(sheet: Sheet, inputs: Inputs) -> list[Ints]:
    """One column a period, in hundredths or special."""
    fits = applies(sheet, inputs)
    maxima = np.array([indicator.max for indicator in sheet.indicators], dtype=np.int64)
    columns = np.ascontiguousarray(
        inputs.cells[sheet.name].transpose(1, 2, 0)
    )  # (periods, indicators, n): each cell column lies together
    for i, one in enumerate(fits):
        if one is not None:
            columns[:, i, :] *= one  # what does not apply counts nothing, whatever was filed there
    _check_cells(sheet, columns, maxima)
    full = _full(maxima, fits)
    answers = inputs.answers[sheet.name]
    return [_total(columns[p], maxima, full, fits, answers[:, p]) for p in range(sheet.periods)]


def _check_cells(sheet: Sheet, columns: NDArray[np.int16], maxima: Ints) -> None:
    if not columns.size:
        return
    if np.any(columns.max(axis=(0, 2)) > maxima):
        raise WrongInputs(f"cells {sheet.name}: above an indicator's maximum")


def _full(maxima: Ints, fits: list[Bools | None]) -> Ints | int:
    """What the indicators that apply can give together."""
    common = int(maxima[[one is None for one in fits]].sum())
    special: Ints | None = None
    for most, one in zip(maxima, fits, strict=True):
        if one is not None:
            special = one * most if special is None else special + one * most
    return common if special is None else special + common


def _total(cells: NDArray[np.int16], maxima: Ints, full: Ints | int, fits: list[Bools | None], answers: Bools) -> Ints:
    """cells (indicators, n) of one period; those that do not apply are zero."""
    total = _scaled(cells.sum(axis=0, dtype=np.int64), full)
    rows = np.flatnonzero(cells.min(axis=0) < 0)
    if rows.size:
        total[rows] = _with_specials(cells[:, rows], maxima, [one if one is None else one[rows] for one in fits])
    if not isinstance(full, int):
        total[full == 0] = NOT_APPLICABLE
    if not answers.all():
        total[~answers] = NOT_APPLICABLE
    return total


def _scaled(points: Ints, full: Ints | int) -> Ints:
    if isinstance(full, int):
        return points if full == FULL_POINTS else divide(points * FULL_POINTS, full, "half_up")
    return divide(points * FULL_POINTS, np.maximum(full, 1), "half_up")


def _with_specials(cells: Cells, maxima: Ints, fits: list[Bools | None]) -> Ints:
    """The few rows with a cell that is not filed or does not apply."""
    if np.any((cells < 0) & (cells > CELL_NOT_APPLICABLE)):
        raise WrongInputs("cells: below zero")
    counts = cells != CELL_NOT_APPLICABLE
    for i, one in enumerate(fits):
        if one is not None:
            counts[i] &= one
    full = (counts * maxima[:, None]).sum(axis=0)
    points = np.where(counts, cells, 0).sum(axis=0, dtype=np.int64)
    total = _scaled(points, full)
    total[full == 0] = NOT_APPLICABLE
    total[(counts & (cells == CELL_NOT_FILED)).any(axis=0)] = NOT_FILED
    return total


def cell(sheet: Sheet, place: int, inputs: Inputs) -> Ints:
    """One indicator of a sheet with one period, as it was filed."""
    filed = inputs.cells[sheet.name][:, 0, place].astype(np.int64)
    values = np.where(filed == CELL_NOT_FILED, NOT_FILED, np.where(filed == CELL_NOT_APPLICABLE, NOT_APPLICABLE, filed))
    values[~inputs.answers[sheet.name][:, 0]] = NOT_APPLICABLE
    fits = applies(sheet, inputs)[place]
    if fits is not None:
        values[~fits] = NOT_APPLICABLE
    return values
