"""The Excel form of one Grid: a worksheet for each window, a row a secretary, a column an item, as on the page."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

import xlsxwriter
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from governance.workbooks.text import harmless
from governance.workdays import last_day_before
from stars.cells import NOT_APPLICABLE, NOT_FILED, format_score
from stars.periods import local_day
from stars.selectors.grid import Cell, Grid, IndicatorColumn
from stars.workbooks.instructions import write_instructions
from stars.workbooks.layout import CODE, HIDDEN_SHEET, PERSON, VILLAGE, Fingerprint, Page, fingerprint, hidden_rows, pages

HEADING_ROW, FIRST_ROW, FIRST_COLUMN = 3, 4, 3  # of the scores
HINT_LENGTH, HINT_TITLE_LENGTH = 255, 32  # Excel's limits
CLOSED, DOES_NOT_APPLY, HEAD = "#EDEDED", "#D0D0D0", "#F2F2F2"


def filing_form(grid: Grid) -> bytes:
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
    form, windows = fingerprint(grid), pages(grid)
    workbook.set_properties({"title": f"{grid.rating_year} {grid.territory}"})
    sheets = [_PageSheet(workbook, grid, form, page) for page in windows]
    for sheet in sheets:
        sheet.write()
    write_instructions(workbook, form.instructions, windows)
    _write_hidden(workbook, form)
    first_open = next((sheet.sheet for sheet in sheets if sheet.page.is_open), None)
    if first_open:
        first_open.activate()
    workbook.close()
    return buffer.getvalue()


class _PageSheet:
    """One window's sheet, while it is written."""

    def __init__(self, workbook: Workbook, grid: Grid, form: Fingerprint, page: Page) -> None:
        self.workbook, self.grid, self.form, self.page = workbook, grid, form, page
        self.columns = page.window.columns
        self.sheet: Worksheet = workbook.add_worksheet(form.sheets[page.key])

    def write(self) -> None:
        self._write_head()
        self._write_rows()
        for i, column in enumerate(self.columns):
            self._validate(FIRST_COLUMN + i, column, [row.cells[i] for row in self.page.rows])
        self._set_up_page()

    def _style(self, **more: Any) -> Any:
        box = {"border": 1, "border_color": "#A6A6A6", "valign": "vcenter", "align": "center", "font_size": 11}
        return self.workbook.add_format(box | more)

    def _write_head(self) -> None:
        sheet, window = self.sheet, self.page.window
        names = {
            "county": self.grid.rating_year.territory, "place": self.grid.territory,
            "period": window.period_title, "sheet": window.sheet_title,
        }  # fmt: skip
        title = self.workbook.add_format({"bold": True, "font_size": 16, "valign": "vcenter"})
        sheet.write_string(0, 0, harmless(_("%(county)s, %(place)s: %(sheet)s, %(period)s") % names), title)
        sheet.write_string(1, 0, _dates(self.page, self.grid.at))
        sheet.write_string(
            2,
            0,
            _(
                "White cells are yours to fill in. Blank: not yet filed; 0: zero points; 不适用 or /: does not apply. Grey cells stay as they are."
            ),
        )
        head = self._style(bold=True, text_wrap=True, bg_color=HEAD, font_size=10)
        for i, key in enumerate((CODE, VILLAGE, PERSON, *(column.key for column in self.columns))):
            sheet.write_string(HEADING_ROW, i, self.form.headings[key], head)

    def _write_rows(self) -> None:
        fixed = self._style(align="left", bg_color=HEAD)
        styles = {
            "open": self._style(locked=False),
            "closed": self._style(bg_color=CLOSED, font_color="#404040"),
            "does not apply": self._style(bg_color=DOES_NOT_APPLY, font_color="#7F7F7F"),
        }
        for i, row in enumerate(self.page.rows, FIRST_ROW):
            self.sheet.set_row(i, 20)
            for j, text in enumerate((row.village.code, row.village.short_name, row.person_name)):
                self.sheet.write_string(i, j, harmless(text), fixed)
            for j, cell in enumerate(row.cells, FIRST_COLUMN):
                _write_cell(self.sheet, i, j, cell, styles[_look(cell)])

    def _validate(self, at: int, column: IndicatorColumn, cells: list[Cell]) -> None:
        for first, last in _editable_runs(cells):
            start, end = FIRST_ROW + first, FIRST_ROW + last
            self.sheet.data_validation(start, at, end, at, _rule(xl_rowcol_to_cell(start, at), column))

    def _set_up_page(self) -> None:
        sheet = self.sheet
        sheet.set_row(0, 30)
        sheet.set_row(HEADING_ROW, 64)
        sheet.set_column(0, 0, 14)
        sheet.set_column(1, 2, 12)
        sheet.set_column(FIRST_COLUMN, FIRST_COLUMN + max(len(self.columns), 1) - 1, 9.5)
        sheet.freeze_panes(FIRST_ROW, FIRST_COLUMN)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADING_ROW)
        sheet.center_horizontally()
        sheet.set_footer("&L&F&C&P / &N&R&D")
        sheet.protect("", {"format_columns": True, "format_rows": True})


def _dates(page: Page, at: datetime) -> str:
    window = page.window.window
    days = {
        "opens": _day(window.opens_at), "due": _last_day(window.due_at), "locks": _last_day(window.locks_at),
        "state": page.window.filing.get_state_display(),
    }  # fmt: skip
    if page.window.is_open:
        return _("Opened %(opens)s, due %(due)s, locks after %(locks)s. State: %(state)s") % days
    if at < window.opens_at:
        return _("Not open yet: opens on %(opens)s") % days
    return _("Locked since the end of %(locks)s. State: %(state)s") % days


def _day(moment: datetime) -> str:
    return date_format(local_day(moment), "DATE_FORMAT")


def _last_day(moment: datetime) -> str:
    """`moment` is the first one that is too late."""
    return date_format(last_day_before(moment), "DATE_FORMAT")


def _look(cell: Cell) -> str:
    if not cell.applicable or not cell.answered:
        return "does not apply"
    return "open" if cell.editable else "closed"


def _write_cell(sheet: Worksheet, row: int, column: int, cell: Cell, style: Any) -> None:
    if not cell.applicable:
        sheet.write_string(row, column, "/", style)
    elif cell.value == NOT_FILED:
        sheet.write_blank(row, column, None, style)
    elif cell.value == NOT_APPLICABLE:
        sheet.write_string(row, column, cell.text, style)
    else:
        sheet.write_number(row, column, cell.value / 100, style)


def _editable_runs(cells: list[Cell]) -> Iterator[tuple[int, int]]:
    """First and last of each unbroken run of open cells."""
    for editable, run in groupby(enumerate(cells), key=lambda numbered: numbered[1].editable):
        if editable:
            places = [place for place, _cell in run]
            yield places[0], places[-1]


def _rule(cell: str, column: IndicatorColumn) -> dict[str, Any]:
    maximum = format_score(column.maximum)
    words = {"title": column.title, "maximum": maximum, "hint": column.hint}
    number = f"AND(ISNUMBER({cell}),{cell}>=0,{cell}<={maximum},ROUND({cell},2)={cell})"
    hint, refusal = (
        _("%(hint)s; at most two decimals"),
        _("%(title)s: write a number from 0 to %(maximum)s with at most two decimals."),
    )
    if column.partial:
        number = f'OR({number},{cell}="/",{cell}="／",{cell}="不适用")'
        hint, refusal = (
            _("%(hint)s; at most two decimals, or 不适用"),
            _("%(title)s: write a number from 0 to %(maximum)s with at most two decimals, or 不适用."),
        )
    return {
        "validate": "custom", "value": f"={number}", "ignore_blank": True,
        "input_title": column.title[:HINT_TITLE_LENGTH], "input_message": (hint % words)[:HINT_LENGTH],
        "error_title": _("Not a score"), "error_message": (refusal % words)[:HINT_LENGTH],
    }  # fmt: skip


def _write_hidden(workbook: Workbook, form: Fingerprint) -> None:
    hidden = workbook.add_worksheet(HIDDEN_SHEET)
    for i, row in enumerate(hidden_rows(form)):
        for j, value in enumerate(row):
            hidden.write_string(i, j, value)
    hidden.very_hidden()
