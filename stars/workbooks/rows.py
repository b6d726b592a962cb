"""The rows of one sheet of an upload, cell by cell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_rowcol_to_cell

from governance.errors import RuleBroken
from stars.cells import NOT_APPLICABLE, NOT_FILED
from stars.selectors.grid import Cell, Grid, GridRow, IndicatorColumn
from stars.workbooks.cells import exact, score_of, typed
from stars.workbooks.findings import Checked, ColumnSum
from stars.workbooks.headings import Headings
from stars.workbooks.layout import CODE, PERSON, VILLAGE, Page
from stars.workbooks.reading import Sheet, Value
from stars.workbooks.villages import Villages


def check_rows(grid: Grid, page: Page, sheet: Sheet, headings: Headings, checked: Checked, *, is_stale: bool) -> None:
    """is_stale: somebody saved the filing after the form was downloaded"""
    checked.versions[page.window.filing.pk] = page.window.filing.version
    checked.columns |= {column.key: ColumnSum() for column in page.window.columns}
    check = _Rows(page, sheet, headings, checked, is_stale)
    check.list_merged_cells()
    identity = [headings.columns.get(key) for key in (CODE, VILLAGE, PERSON)]
    rows = {at: values for at, values in enumerate(sheet.rows) if at > headings.row and not is_blank(values)}
    villages = Villages(page.rows, grid.territory, (_value(values, identity[0]) for values in rows.values()))
    for at, values in rows.items():
        try:
            row = villages.take(at, *(_value(values, column) for column in identity))
        except RuleBroken as broken:
            checked.in_row(sheet.name, at, identity[0] or 0, broken)
        else:
            check.keep(at, values, row)
        checked.accepted += (sheet.name, at) not in checked.listed
    checked.rows += len(rows)
    missing = [row for row in page.rows if not villages.is_taken(row) and any(cell.editable for cell in row.cells)]
    checked.absent += [f"{row.village} · {page.window.period_title}" for row in missing]


def is_blank(values: Iterable[Value]) -> bool:
    return not any(value != "" and not (isinstance(value, str) and value.isspace()) for value in values)


def _value(values: list[Value], column: int | None) -> Value:
    return "" if column is None else values[column]


@dataclass(frozen=True)
class _Rows:
    """What the rows of one sheet are checked with."""

    page: Page
    sheet: Sheet
    headings: Headings
    checked: Checked
    is_stale: bool

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
        texts, scores, marks = [], [], self.sheet.marks
        for column, cell in zip(self.page.window.columns, row.cells, strict=True):
            place = self.headings.columns.get(column.key)
            if place is None:
                texts.append(cell.text)
                scores.append(cell.value)
                continue
            value = values[place]
            score = exact(value, column.maximum) if cell.editable and not marks else None
            if score is None:
                score = self._score_or_mistake(at, place, value, column, cell, row)
            texts.append(typed(value))
            scores.append(score)
            self._count(column, cell, score)
        window, post = self.page.window, row.post.pk
        self.checked.cells[f"{self.page.key}/{post}"] = texts
        if any(cell.editable for cell in row.cells):
            self.checked.scores.setdefault(window.filing.pk, {})[post] = scores

    def _score_or_mistake(self, at: int, place: int, value: Value, column: IndicatorColumn, cell: Cell, row: GridRow) -> int:
        """The cell's own score stands in for a mistaken one; it is never written, since one mistake stops the whole."""
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

    def _count(self, column: IndicatorColumn, cell: Cell, score: int) -> None:
        sums = self.checked.columns[column.key]
        if score == NOT_FILED:
            sums.blank += 1
        elif score == NOT_APPLICABLE:
            sums.not_applicable += 1
        else:
            sums.scores += 1
            sums.total += score
        if score != cell.value:
            self.checked.changed += 1
            self.checked.emptied += score == NOT_FILED


def _emptied(cell: Cell) -> RuleBroken:
    return RuleBroken(
        "emptied",
        _(
            "“%(score)s” was filed here after this form was downloaded; write the score again, or empty the cell on the filing page."
        )
        % {"score": cell.text},
    )
