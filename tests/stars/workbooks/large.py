"""A workbook of many rows."""

from __future__ import annotations

from pathlib import Path

import xlsxwriter

from stars.selectors.grid import Grid
from stars.workbooks.layout import fingerprint, hidden_rows, pages

ITEMS = 15


def workbook_of(grid: Grid, rows: int, target: Path) -> bytes:
    """The form of the page as somebody has gone on below its villages: theirs first, then codes of nobody, all with scores."""
    form, page = fingerprint(grid), pages(grid)[open_page(grid)]
    book = xlsxwriter.Workbook(str(target), {"constant_memory": True})
    sheet = book.add_worksheet(form.sheets[page.key])
    columns = ["code", "village", "person", *(column.key for column in page.window.columns)]
    for place, key in enumerate(columns):
        sheet.write_string(3, place, form.headings[key])
    own = [(row.village.code, row.village.short_name, row.person_name) for row in page.rows]
    for at in range(rows):
        code, village, person = own[at] if at < len(own) else (f"99{at:010}", f"外村{at}", f"外人{at}")
        for place, text in enumerate((code, village, person)):
            sheet.write_string(4 + at, place, text)
        for place, column in enumerate(page.window.columns):
            sheet.write_number(4 + at, 3 + place, (at * 7 + place * 13) % column.maximum / 100)
    for other in pages(grid):
        if other.key != page.key:
            _empty_page(book.add_worksheet(form.sheets[other.key]), form.headings, other)
    hidden = book.add_worksheet("_form")
    for i, row in enumerate(hidden_rows(form)):
        for j, value in enumerate(row):
            hidden.write_string(i, j, value)
    book.close()
    return target.read_bytes()


def open_page(grid: Grid) -> int:
    """Its place among the sheets."""
    return next(place for place, page in enumerate(pages(grid)) if page.is_open)


def _empty_page(sheet, headings, page) -> None:
    for place, key in enumerate(["code", "village", "person", *(column.key for column in page.window.columns)]):
        sheet.write_string(3, place, headings[key])
