"""The rows of an upload, cell by cell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_rowcol_to_cell

from governance.errors import RuleBroken
from stars.cells import NOT_APPLICABLE, NOT_FILED
from stars.selectors.grid import Cell, Grid, GridRow, IndicatorColumn, WindowColumn
from stars.workbooks.cells import exact, score_of, typed
from stars.workbooks.findings import Checked, ColumnSum
from stars.workbooks.headings import Headings
from stars.workbooks.layout import CODE, PERSON, VILLAGE, Fingerprint, window_key
from stars.workbooks.reading import Sheet, Value
from stars.workbooks.villages import Villages


@dataclass(frozen=True)
class Place:
    """A column of the page: where it stands in the sheet (0-based; None if it is missing) and in a row's cells."""

    column: IndicatorColumn
    at: int | None
    position: int
    sums: ColumnSum


@dataclass(frozen=True)
class Group:
    """The columns of one window."""

    window: WindowColumn
    places: list[Place]
    is_stale: bool  # somebody saved it after the form was downloaded


def check_rows(grid: Grid, sheet: Sheet, headings: Headings, form: Fingerprint | None, checked: Checked) -> None:
    groups = _groups(grid, headings, form)
    checked.columns = {place.column.key: place.sums for group in groups for place in group.places}
    checked.versions = {group.window.filing.pk: group.window.filing.version for group in groups}
    _list_merged_cells(sheet, headings, checked)
    identity = [headings.columns.get(key) for key in (CODE, VILLAGE, PERSON)]
    rows = {at: values for at, values in enumerate(sheet.rows) if at > headings.row and not is_blank(values)}
    villages = Villages(grid, (_value(values, identity[0]) for values in rows.values()))
    for at, values in rows.items():
        try:
            row = villages.take(at, *(_value(values, column) for column in identity))
        except RuleBroken as broken:
            checked.at_cell(at, identity[0] or 0, broken)
        else:
            for group in groups:
                _check_cells(at, values, sheet.marks, row, group, checked)
        checked.accepted += at not in checked.listed
    checked.rows, checked.absent = len(rows), villages.absent()


def is_blank(values: Iterable[Value]) -> bool:
    return not any(value != "" and not (isinstance(value, str) and value.isspace()) for value in values)


def _value(values: list[Value], column: int | None) -> Value:
    return "" if column is None else values[column]


def _groups(grid: Grid, headings: Headings, form: Fingerprint | None) -> list[Group]:
    groups, position = [], 0
    for window in grid.windows:
        places = [
            Place(column, headings.columns.get(column.key), position + i, ColumnSum()) for i, column in enumerate(window.columns)
        ]
        is_stale = form is not None and form.versions.get(window_key(window)) != str(window.filing.version)
        groups.append(Group(window, places, is_stale))
        position += len(places)
    return groups


def _list_merged_cells(sheet: Sheet, headings: Headings, checked: Checked) -> None:
    """Below a merger's first row a reader sees blanks, and would file them as such."""
    for top, left, bottom, right in sheet.merges:
        if bottom > headings.row and top < len(sheet.rows) and (top, left) != (bottom, right):
            sentence = RuleBroken("merged", _("Merged cells have one score for several villages or items; take the merger apart and write each score."))
            checked.at_cell(max(top, headings.row + 1), left, sentence)
            checked.listed.update(
                at for at in range(max(top, headings.row + 1), min(bottom + 1, len(sheet.rows))) if not is_blank(sheet.rows[at])
            )


def _check_cells(at: int, values: list[Value], marks: dict[str, str], row: GridRow, group: Group, checked: Checked) -> None:
    """Keep what the row says in one window, as typed and as scores; every mistake at its cell."""
    texts, scores, filed = [], [], False
    for place in group.places:
        cell, column = row.cells[place.position], place.column
        filed = filed or cell.editable
        if place.at is None:
            texts.append(cell.text)
            scores.append(cell.value)
            continue
        value = values[place.at]
        texts.append(typed(value))
        score = exact(value, column.maximum) if cell.editable and not marks else None
        if score is None:
            score = _score_or_mistake(at, place, value, marks, row, group, checked)
        scores.append(score)
        if score != cell.value:
            checked.changed += 1
            checked.emptied += score == NOT_FILED
        _count(place.sums, score)
    post, window = row.post.pk, group.window
    checked.cells[f"{window.window.sheet}/{window.window.period}/{post}"] = texts
    if filed:
        checked.scores.setdefault(window.filing.pk, {})[post] = scores


def _score_or_mistake(
    at: int, place: Place, value: Value, marks: dict[str, str], row: GridRow, group: Group, checked: Checked
) -> int:
    """The cell's own score stands in for a mistaken one; it is never written, since a mistake stops the whole."""
    cell, column, position = row.cells[place.position], place.column, place.at or 0
    mark = marks.get(xl_rowcol_to_cell(at, position), "") if marks else ""
    try:
        score = score_of(value, mark, column, cell)
        if score == NOT_FILED and group.is_stale and cell.value != NOT_FILED:
            raise _emptied(cell)
    except RuleBroken as broken:
        checked.at_cell(at, position, broken, key=cell.key, where=f"{row.village} · {column.title} · {group.window.period_title}")
        return cell.value
    return score


def _emptied(cell: Cell) -> RuleBroken:
    return RuleBroken(
        "emptied",
        _("“%(score)s” was filed here after this form was downloaded; write the score again, or empty the cell on the filing page.")
        % {"score": cell.text},
    )


def _count(sums: ColumnSum, score: int) -> None:
    if score == NOT_FILED:
        sums.blank += 1
    elif score == NOT_APPLICABLE:
        sums.not_applicable += 1
    else:
        sums.scores += 1
        sums.total += score
