"""The rows of one sheet of an upload, cell by cell."""

from __future__ import annotations

from collections.abc import Iterable
from operator import ne

from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_rowcol_to_cell

from governance.errors import RuleBroken
from governance.workbooks.reading import Sheet, Value
from stars.cells import NOT_FILED
from stars.selectors.grid import Cell, Grid, GridRow, IndicatorColumn
from stars.workbooks.cells import exact, score_of, shown, typed
from stars.workbooks.findings import Checked, ColumnSum
from stars.workbooks.headings import Headings
from stars.workbooks.layout import CODE, PERSON, VILLAGE, Page
from stars.workbooks.villages import Villages


def check_rows(grid: Grid, page: Page, sheet: Sheet, headings: Headings, checked: Checked, *, is_stale: bool) -> None:
    """is_stale: somebody saved the filing after the form was downloaded"""
    checked.versions[page.window.filing.pk] = page.window.filing.version
    check = _Rows(page, sheet, headings, checked, is_stale)
    check.list_merged_cells()
    identity = [headings.columns.get(key) for key in (CODE, VILLAGE, PERSON)]
    rows = {at: values for at, values in enumerate(sheet.rows) if at > headings.row and not is_blank(values)}
    named = {at: [_value(values, column) for column in identity] for at, values in rows.items()}
    villages = Villages(page.rows, grid.territory, named)
    for at, values in rows.items():
        row = villages.of_row(at)
        if isinstance(row, RuleBroken):
            checked.in_row(sheet.name, at, identity[0] or 0, row)
        else:
            check.keep(at, values, row)
        checked.accepted += (sheet.name, at) not in checked.listed
        checked.row_done()
    check.add_up()
    checked.rows += len(rows)
    missing = [row for row in page.rows if not villages.is_taken(row) and any(cell.editable for cell in row.cells)]
    checked.absent += [f"{row.village} · {page.window.period_title}" for row in missing]


def is_blank(values: Iterable[Value]) -> bool:
    return not any(value != "" and not (isinstance(value, str) and value.isspace()) for value in values)


def _value(values: list[Value], column: int | None) -> Value:
    return "" if column is None else values[column]


class _Rows:
    """The rows of one sheet while they are checked."""

    def __init__(self, page: Page, sheet: Sheet, headings: Headings, checked: Checked, is_stale: bool) -> None:
        self.page, self.sheet, self.headings, self.checked, self.is_stale = page, sheet, headings, checked, is_stale
        self.key = page.key
        self.places = [headings.columns.get(column.key) for column in page.window.columns]
        self.unmarked = [place for place in self.places if place is not None and not sheet.marks]
        self.maxima = [column.maximum for column in page.window.columns]
        self.kept: list[list[int]] = []
        self.kept_rows: list[GridRow] = []
        self.filed: dict[int, list[int]] = {}

    def list_merged_cells(self) -> None:
        """Below a merger's first row a reader sees blanks, and would file them as such."""
        first, end = self.headings.row + 1, len(self.sheet.rows)
        for top, left, bottom, right in self.sheet.merges:
            if bottom >= first and top < end and (top, left) != (bottom, right):
                sentence = _(
                    "Merged cells have one score for several villages or items; take the merger apart and write each score."
                )
                self.checked.at(self.sheet.name, max(top, first), left, RuleBroken("merged", sentence))
                within = range(max(top, first), min(bottom + 1, end))
                self.checked.listed |= {(self.sheet.name, at) for at in within if not is_blank(self.sheet.rows[at])}

    def keep(self, at: int, values: list[Value], row: GridRow) -> None:
        """What the row says, as typed and as scores; every mistake at its cell."""
        before, is_open = [cell.value for cell in row.cells], [cell.editable for cell in row.cells]
        scores = self._ordinary(values) if all(is_open) else []
        texts, scores = ([*map(shown, scores)], scores) if scores else self._cell_by_cell(at, values, row)
        checked, post_id = self.checked, row.post.pk
        checked.cells[f"{self.key}/{post_id}"] = texts
        if (self.sheet.name, at) in checked.listed:
            return
        changed = sum(map(ne, scores, before))
        checked.changed += changed
        checked.changed_rows += changed > 0
        checked.closed_rows += not any(is_open)
        if NOT_FILED in scores:
            checked.emptied += sum(score == NOT_FILED != value for score, value in zip(scores, before, strict=True))
        self.kept.append(scores)
        self.kept_rows.append(row)
        if any(is_open):
            self.filed[post_id] = scores

    def _ordinary(self, values: list[Value]) -> list[int]:
        """The scores of a row of ordinary numbers, as nearly all are; empty where it takes a longer look."""
        numbers = [value for place in self.unmarked if type(value := values[place]) is float]
        scores = [*map(exact, numbers, self.maxima)]
        return scores if len(scores) == len(self.maxima) and -1 not in scores else []

    def _cell_by_cell(self, at: int, values: list[Value], row: GridRow) -> tuple[list[str], list[int]]:
        texts, scores = [], []
        for column, place, cell in zip(self.page.window.columns, self.places, row.cells, strict=True):
            value = "" if place is None else values[place]
            if place is None:
                text, score = cell.text, cell.value
            elif type(value) is float and cell.editable and self.unmarked and (score := exact(value, column.maximum)) >= 0:
                text = shown(score)
            else:
                text, score = typed(value), self._score_or_mistake(at, place, value, column, cell, row)
            texts.append(text)
            scores.append(score)
        return texts, scores

    def _score_or_mistake(self, at: int, place: int, value: Value, column: IndicatorColumn, cell: Cell, row: GridRow) -> int:
        """The cell's own score stands in for a mistaken one; it is never written, since one mistake stops the row."""
        mark = self.sheet.marks.get(xl_rowcol_to_cell(at, place), "") if self.sheet.marks else ""
        try:
            score = score_of(value, mark, column, cell)
            if score == NOT_FILED and self.is_stale and cell.value != NOT_FILED:
                raise _emptied(cell)
        except RuleBroken as broken:
            where = f"{row.village} · {column.title} · {self.page.window.period_title}"
            self.checked.in_row(self.sheet.name, at, place, broken, key=cell.key, where=where)
            return cell.value
        return score

    def add_up(self) -> None:
        """Column sums of what was kept; and what filing it would write."""
        for place, (column, scores) in enumerate(zip(self.page.window.columns, zip(*self.kept, strict=True), strict=False)):
            self.checked.columns[column.key] = ColumnSum.of(scores, not_for=self._not_for(place, scores) if column.partial else 0)
        if self.filed:
            self.checked.scores[self.page.window.filing.pk] = self.filed

    def _not_for(self, place: int, scores: Iterable[int]) -> int:
        """Villages whose type the item isn't for, and that say nothing there."""
        return sum(
            score == NOT_FILED and not row.cells[place].applicable
            for row, score in zip(self.kept_rows, scores, strict=True)
        )  # fmt: skip


def _emptied(cell: Cell) -> RuleBroken:
    return RuleBroken(
        "emptied",
        _(
            "“%(score)s” was filed here after this form was downloaded; write the score again, or empty the cell on the filing page."
        )
        % {"score": cell.text},
    )
