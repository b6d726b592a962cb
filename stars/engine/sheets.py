"""Totals of sheets: each period scaled to 100 points of what counts for the subject. docs/grammar.md, 4.1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stars.engine.document import Sheet
from stars.engine.inputs import Cells, Inputs, WrongInputs, applies
from stars.engine.values import CELL_NOT_APPLICABLE, CELL_NOT_FILED, FULL_POINTS, NOT_APPLICABLE, NOT_FILED, Bools, Ints, divide


def totals(sheet: Sheet, inputs: Inputs) -> Ints:
    """(periods, n) in hundredths or special."""
    fits = applies(sheet, inputs)
    maxima = np.array([indicator.max for indicator in sheet.indicators], dtype=np.int64)
    cells = np.ascontiguousarray(
        inputs.cells[sheet.name].transpose(1, 2, 0)
    )  # (periods, indicators, n): a cell's column together
    for i, one in enumerate(fits):
        if one is not None:
            cells[:, i, :] *= one  # what does not apply counts nothing, whatever was filed there
    if cells.size and np.any(cells.max(axis=(0, 2)) > maxima):
        raise WrongInputs(f"cells {sheet.name}: above an indicator's maximum")
    full = _full(maxima, fits)
    total = _scaled(cells.sum(axis=1, dtype=np.int32).astype(np.int64), full)  # no sheet has cells enough to leave 32 bits
    few = np.flatnonzero(cells.min(axis=1, initial=0) < 0)
    if few.size:
        periods, rows = np.divmod(few, len(inputs))
        total[periods, rows] = _with_specials(
            cells[periods, :, rows], maxima, [one if one is None else one[rows] for one in fits]
        )
    if not isinstance(full, int):
        total[:, full == 0] = NOT_APPLICABLE
    total[~inputs.answers[sheet.name].T] = NOT_APPLICABLE
    return total


def _full(maxima: Ints, fits: list[Bools | None]) -> Ints | int:
    """What the indicators that apply can give together; one number where that is the same for all."""
    common = int(maxima[[one is None for one in fits]].sum())
    special = [one * most for most, one in zip(maxima, fits, strict=True) if one is not None]
    if not special:
        return common
    full: Ints = np.add.reduce(special) + common
    return int(full[0]) if full.size and full[0] > 0 and (full == full[0]).all() else full


def _scaled(points: Ints, full: Ints | int) -> Ints:
    if isinstance(full, int):
        return points if full == FULL_POINTS else divide(points * FULL_POINTS, full, "half_up")
    return divide(points * FULL_POINTS, np.maximum(full, 1), "half_up")


def _with_specials(cells: Cells, maxima: Ints, fits: list[Bools | None]) -> Ints:
    """Those with a cell that is not filed or does not apply; cells (few, indicators)."""
    if np.any((cells < 0) & (cells > CELL_NOT_APPLICABLE)):
        raise WrongInputs("cells: below zero")
    counts = cells != CELL_NOT_APPLICABLE
    for i, one in enumerate(fits):
        if one is not None:
            counts[:, i] &= one
    full = (counts * maxima).sum(axis=1)
    total = _scaled(np.where(counts, cells, 0).sum(axis=1, dtype=np.int64), full)
    total[full == 0] = NOT_APPLICABLE
    total[(counts & (cells == CELL_NOT_FILED)).any(axis=1)] = NOT_FILED
    return total


def cell(sheet: Sheet, place: int, inputs: Inputs) -> Ints:
    """One indicator of a sheet with one period, as it was filed."""
    filed: NDArray[np.int64] = inputs.cells[sheet.name][:, 0, place].astype(np.int64)
    values = np.where(filed == CELL_NOT_FILED, NOT_FILED, np.where(filed == CELL_NOT_APPLICABLE, NOT_APPLICABLE, filed))
    values[~inputs.answers[sheet.name][:, 0]] = NOT_APPLICABLE
    fits = applies(sheet, inputs)[place]
    if fits is not None:
        values[~fits] = NOT_APPLICABLE
    return values
