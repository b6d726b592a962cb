"""Mistakes marked in the very file that holds them: a comment and a colour at each cell, and a sheet that lists them."""

from __future__ import annotations

import io
import json
from collections import defaultdict
from typing import Any

from openpyxl import DEFUSEDXML, Workbook, load_workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from governance.sandbox.package import refuse_by_first_bytes, unpack

if not DEFUSEDXML:
    raise RuntimeError("openpyxl reads other people's XML here and needs defusedxml")

AUTHOR = "form check"
COLOUR = "FFF4B6B6"
WIDTHS = (26, 9, 40, 90)
COMMENT_WIDTH, COMMENT_HEIGHT = 280, 120  # points


def request(workbook: bytes, *, title: str, headings: list[str], mistakes: list[dict[str, str]]) -> bytes:
    """For `mark`. mistakes: sheet, cell, where, message; title: of the sheet that lists them"""
    order = json.dumps({"title": title, "headings": headings, "mistakes": mistakes}).encode()
    return len(order).to_bytes(4, "big") + order + workbook


def mark(request: bytes) -> bytes:
    length = int.from_bytes(request[:4], "big")
    order, content = json.loads(request[4 : 4 + length]), request[4 + length :]
    refuse_by_first_bytes(content)
    unpack(content)
    workbook = load_workbook(io.BytesIO(content))
    _remove_old_marks(workbook, order["title"])
    by_cell: dict[tuple[str, str], list[str]] = defaultdict(list)
    for mistake in order["mistakes"]:
        by_cell[mistake["sheet"], mistake["cell"]].append(mistake["message"])
    for (sheet, cell), messages in by_cell.items():
        if sheet in workbook.sheetnames:
            _mark_cell(workbook[sheet], cell, "\n".join(messages))
    _list(workbook, order)
    saved = io.BytesIO()
    workbook.save(saved)
    return saved.getvalue()


def _remove_old_marks(workbook: Workbook, title: str) -> None:
    if title in workbook.sheetnames:
        del workbook[title]
    for sheet in workbook.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.comment and cell.comment.author == AUTHOR:
                    cell.comment = None
                    cell.fill = PatternFill()


def _mark_cell(sheet: Worksheet, address: str, message: str) -> None:
    cell = sheet[address]
    if isinstance(cell, MergedCell):
        whole = next(merged for merged in sheet.merged_cells.ranges if address in merged)
        cell = sheet.cell(whole.min_row, whole.min_col)
    cell.comment = Comment(message, AUTHOR, width=COMMENT_WIDTH, height=COMMENT_HEIGHT)
    cell.fill = PatternFill("solid", start_color=COLOUR)


def _list(workbook: Workbook, order: dict[str, Any]) -> None:
    sheet = workbook.create_sheet(order["title"], 0)
    workbook.active = 0
    for other in workbook.worksheets[1:]:
        other.sheet_view.tabSelected = False
    rows = [order["headings"], *([one["sheet"], one["cell"], one["where"], one["message"]] for one in order["mistakes"])]
    for i, row in enumerate(rows, 1):
        for j, text in enumerate(row, 1):
            cell = sheet.cell(i, j)
            cell.value, cell.data_type, cell.quotePrefix = text, "s", True  # a text that begins with = stays a text
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=i == 1)
    for letter, width in zip("ABCD", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToHeight = 0
