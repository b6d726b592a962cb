"""The Excel form of one Grid: one sheet, a row a secretary, the quarter's months side by side as on the page."""

from __future__ import annotations

import io
from itertools import groupby
from math import ceil
from typing import Any

import xlsxwriter
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from stars.cells import NOT_APPLICABLE, NOT_FILED, format_score
from stars.selectors.grid import YEAR_SHEETS, Cell, Grid, IndicatorColumn, WindowColumn
from stars.workbooks.layout import CODE, HIDDEN_SHEET, PERSON, VILLAGE, Fingerprint, columns, fingerprint, hidden_rows
from stars.workbooks.text import harmless

FIRST_ROW, FIRST_COLUMN = 4, 3  # of the scores
COLUMNS_ON_A_PAGE = 18
HINT_LENGTH, HINT_TITLE_LENGTH = 255, 32  # Excel's limits
GROUP_COLOURS = ("#DCE6F1", "#E4EEDD", "#FBEBD9", "#E8E3F0")
CLOSED, DOES_NOT_APPLY = "#EDEDED", "#D0D0D0"


def filing_form(grid: Grid) -> bytes:
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
    form = fingerprint(grid)
    workbook.set_properties({"title": title(grid), "company": grid.rating_year.territory.name})
    _Scores(workbook, grid, form).write()
    _write_instructions(workbook, grid, form)
    hidden = workbook.add_worksheet(HIDDEN_SHEET)
    for i, row in enumerate(hidden_rows(form)):
        for j, value in enumerate(row):
            hidden.write_string(i, j, value)
    hidden.very_hidden()
    workbook.close()
    return buffer.getvalue()


def title(grid: Grid) -> str:
    year = grid.rating_year
    names = {"county": year.territory.name, "place": grid.territory.short_name, "year": year.year, "quarter": grid.quarter + 1}
    if grid.quarter == YEAR_SHEETS:
        return _("%(county)s: star rating scores of the year %(year)d") % names
    return _("%(county)s, %(place)s: star rating scores, quarter %(quarter)d of %(year)d") % names


class _Scores:
    """The sheet with the scores, while it is written."""

    def __init__(self, workbook: Workbook, grid: Grid, form: Fingerprint) -> None:
        self.workbook, self.grid, self.form = workbook, grid, form
        self.sheet: Worksheet = workbook.add_worksheet(form.sheet)
        self.columns = list(columns(grid))
        self.last_row, self.last_column = FIRST_ROW + len(grid.rows) - 1, FIRST_COLUMN + len(self.columns) - 1

    def write(self) -> None:
        self._write_head()
        self._write_rows()
        for i, (_window, column) in enumerate(self.columns):
            self._validate(FIRST_COLUMN + i, column, [row.cells[i] for row in self.grid.rows])
        self._set_up_page()

    def _style(self, **more: Any) -> Any:
        return self.workbook.add_format({"border": 1, "border_color": "#A6A6A6", "valign": "vcenter", "align": "center", "font_size": 11} | more)

    def _write_head(self) -> None:
        sheet = self.sheet
        sheet.write_string(0, 0, harmless(title(self.grid)), self.workbook.add_format({"bold": True, "font_size": 16, "valign": "vcenter"}))
        sheet.write_string(1, 0, _("Fill in the white cells. Blank: not yet filed; 0: zero points; 不适用 or /: the item doesn't apply. Grey cells stay as they are."))
        sheet.set_row(0, 30)
        sheet.set_row(2, 34)
        sheet.set_row(3, 78)
        head = self._style(bold=True, text_wrap=True, bg_color="#F2F2F2")
        for i, key in enumerate((CODE, VILLAGE, PERSON)):
            sheet.write_blank(2, i, None, head)
            sheet.write_string(3, i, self.form.headings[key], head)
        at = FIRST_COLUMN
        for i, window in enumerate(self.grid.windows):
            at = self._write_group(at, window, GROUP_COLOURS[i % len(GROUP_COLOURS)])

    def _write_group(self, at: int, window: WindowColumn, colour: str) -> int:
        group, head = self._style(bold=True, text_wrap=True, bg_color=colour), self._style(text_wrap=True, bg_color=colour, font_size=10)
        end = at + len(window.columns)
        if end - at > 1:
            self.sheet.merge_range(2, at, 2, end - 1, group_title(window), group)
        else:
            self.sheet.write_string(2, at, group_title(window), group)
        for i, column in enumerate(window.columns):
            self.sheet.write_string(3, at + i, self.form.headings[column.key], head)
        return end

    def _write_rows(self) -> None:
        fixed = self._style(align="left", bg_color="#F2F2F2")
        styles = {
            "open": self._style(locked=False),
            "closed": self._style(bg_color=CLOSED, font_color="#404040"),
            "does not apply": self._style(bg_color=DOES_NOT_APPLY, font_color="#7F7F7F"),
        }
        for i, row in enumerate(self.grid.rows, FIRST_ROW):
            self.sheet.set_row(i, 20)
            for j, text in enumerate((row.village.code, row.village.short_name, row.person_name)):
                self.sheet.write_string(i, j, harmless(text), fixed)
            for j, cell in enumerate(row.cells, FIRST_COLUMN):
                _write_cell(self.sheet, i, j, cell, styles[_look(cell)])

    def _validate(self, at: int, column: IndicatorColumn, cells: list[Cell]) -> None:
        row = FIRST_ROW
        for editable, run in groupby(cells, key=lambda cell: cell.editable):
            end = row + len(list(run))
            if editable:
                self.sheet.data_validation(row, at, end - 1, at, _rule(xl_rowcol_to_cell(row, at), column))
            row = end

    def _set_up_page(self) -> None:
        sheet = self.sheet
        sheet.set_column(0, 0, 14)
        sheet.set_column(1, 2, 12)
        sheet.set_column(FIRST_COLUMN, max(self.last_column, FIRST_COLUMN), 9.5)
        sheet.freeze_panes(FIRST_ROW, FIRST_COLUMN)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(ceil(len(self.columns) / COLUMNS_ON_A_PAGE) or 1, 0)
        sheet.repeat_rows(2, 3)
        sheet.repeat_columns(0, FIRST_COLUMN - 1)
        sheet.center_horizontally()
        sheet.set_footer("&L&F&C&P / &N&R&D")
        sheet.protect("", {"format_columns": True, "format_rows": True, "select_locked_cells": True})


def group_title(window: WindowColumn) -> str:
    words = {"period": window.period_title, "sheet": window.sheet_title, "due": _day(window.window.due_at)}
    if window.is_open:
        return _("%(period)s %(sheet)s\ndue %(due)s") % words
    return _("%(period)s %(sheet)s\nnot open") % words


def _day(moment: Any) -> str:
    return date_format(localtime(moment), "MONTH_DAY_FORMAT")


def _look(cell: Cell) -> str:
    if not cell.applicable or not cell.answered:
        return "does not apply"
    return "open" if cell.editable else "closed"


def _write_cell(sheet: Worksheet, row: int, column: int, cell: Cell, style: Any) -> None:
    if not cell.applicable or cell.value == NOT_APPLICABLE:
        sheet.write_string(row, column, format_score(NOT_APPLICABLE) if cell.applicable else "/", style)
    elif cell.value == NOT_FILED:
        sheet.write_blank(row, column, None, style)
    else:
        sheet.write_number(row, column, cell.value / 100, style)


def _rule(cell: str, column: IndicatorColumn) -> dict[str, Any]:
    maximum = format_score(column.maximum)
    words = {"title": column.title, "maximum": maximum, "hint": column.hint}
    return {
        "validate": "custom",
        "value": f'=OR(AND(ISNUMBER({cell}),{cell}>=0,{cell}<={maximum},ROUND({cell},2)={cell}),{cell}="/",{cell}="／",{cell}="不适用")',
        "ignore_blank": True,
        "input_title": column.title[:HINT_TITLE_LENGTH],
        "input_message": (_("0 to %(maximum)s, at most two decimals. %(hint)s") % words)[:HINT_LENGTH],
        "error_title": _("Not a score"),
        "error_message": (_("%(title)s: write a number from 0 to %(maximum)s with at most two decimals, or 不适用.") % words)[:HINT_LENGTH],
    }


def _write_instructions(workbook: Workbook, grid: Grid, form: Fingerprint) -> None:
    sheet = workbook.add_worksheet(form.instructions)
    wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
    head = workbook.add_format({"bold": True, "border": 1, "bg_color": "#F2F2F2"})
    boxed = workbook.add_format({"text_wrap": True, "valign": "top", "border": 1})
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 3, 16)
    sheet.set_column(4, 4, 50)
    sheet.write_string(0, 0, form.instructions, workbook.add_format({"bold": True, "font_size": 16}))
    at = 1
    for line in instructions():
        sheet.merge_range(at, 0, at, 4, line, wrapped)
        at += 1
    for i, text in enumerate((_("Item"), _("Period"), _("Points"), _("Can be filed"), _("Note")), 0):
        sheet.write_string(at + 1, i, text, head)
    for row, (window, column) in enumerate(columns(grid), at + 2):
        span = f"{_day(window.window.opens_at)}–{_day(window.window.due_at)}"
        for i, text in enumerate((column.title, window.period_title, f"0–{format_score(column.maximum)}", span, column.hint)):
            sheet.write_string(row, i, harmless(text), boxed)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.protect()


def instructions() -> list[str]:
    return [
        _("1. Write scores in the white cells only. Grey cells are not open, don't apply to the village, or belong to a time when the secretary wasn't in the post."),
        _("2. A blank cell means “not yet filed”, 0 means “zero points”, 不适用 or / means “doesn't apply”. These three are never taken for one another."),
        _("3. A score has at most two decimals and doesn't exceed the points in its heading. Write 86, not 86%."),
        _("4. Headings, codes and names stay as they are. Columns are found by their heading, villages by their code, so rows and columns may be moved."),
        _("5. Don't merge cells and don't add sheets. A formula counts with the value that it shows."),
        _("6. Save as .xlsx and upload it on the filing page. Each mistake is shown at its cell; nothing is filed until all are corrected and you confirm."),
        _("7. This form is for one township and one quarter. Download it again when the page has changed since."),
    ]  # fmt: skip
