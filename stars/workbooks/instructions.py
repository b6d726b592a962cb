"""The sheet of a form that says how to fill it in."""

from __future__ import annotations

from django.utils.translation import gettext as _
from xlsxwriter.workbook import Workbook

from governance.workbooks.text import harmless
from stars.cells import format_score
from stars.workbooks.layout import Page

WIDTHS = (34, 30, 12, 62)
LINE_HEIGHT = 34


def write_instructions(workbook: Workbook, name: str, windows: list[Page]) -> None:
    sheet = workbook.add_worksheet(name)
    for i, width in enumerate(WIDTHS):
        sheet.set_column(i, i, width)
    sheet.write_string(0, 0, name, workbook.add_format({"bold": True, "font_size": 16}))
    wrapped = workbook.add_format({"text_wrap": True, "valign": "vcenter"})
    for i, line in enumerate(instructions(), 1):
        sheet.set_row(i, LINE_HEIGHT)
        sheet.merge_range(i, 0, i, len(WIDTHS) - 1, line, wrapped)
    head = workbook.add_format({"bold": True, "border": 1, "bg_color": "#F2F2F2"})
    boxed = workbook.add_format({"text_wrap": True, "valign": "top", "border": 1})
    for i, row in enumerate(_items(windows), len(instructions()) + 2):
        for j, text in enumerate(row):
            sheet.write_string(i, j, harmless(text), boxed if i > len(instructions()) + 2 else head)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.protect()


def instructions() -> list[str]:
    return [
        _("1. Write scores in the white cells only. Grey cells are not open, or the item doesn't apply to the village."),
        _(
            "2. A blank cell means “not yet filed”, 0 means “zero points”, 不适用 or / means “does not apply”. These three are never taken for one another."
        ),
        _("3. A score has at most two decimals and doesn't exceed the points in its heading. Write 86, not 86%."),
        _(
            "4. Headings, codes and names stay as they are. Columns are found by their heading, villages by their code, so rows and columns may be moved or sorted."
        ),
        _("5. Don't merge cells and don't add sheets. A formula counts with the value that it shows."),
        _(
            "6. Save as .xlsx and upload it on the filing page. Each mistake is shown at its cell; nothing is filed before you confirm, and of a row with a mistake nothing at all."
        ),
        _("7. This form is for one place and one quarter. Download it again when the page has changed since."),
    ]


def _items(windows: list[Page]) -> list[list[str]]:
    """Each item once, though every month asks for it."""
    rows = {
        (page.window.sheet_code, column.code): [
            column.title,
            page.window.sheet_title,
            f"0–{format_score(column.maximum)}",
            column.hint,
        ]
        for page in windows
        for column in page.window.columns
    }
    return [[_("Item"), _("Sheet"), _("Points"), _("Note")], *rows.values()]
