"""Lists for people: a head of lines, columns, rows. Amounts are numbers, codes and names are text."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from governance.workbooks.text import harmless

Value = str | int | None


@dataclass(frozen=True)
class Column:
    heading: str
    width: float
    value: Callable[[Any], Value]
    hundredths: bool = False  # the value is an int of hundredths or cents, shown with two decimals
    wraps: bool = False  # long text in several lines; the rows are then as high as they need


class Book:
    """A workbook of several tables; `content` is there once the block is over."""

    def __enter__(self) -> Book:
        self.buffer = io.BytesIO()
        self.workbook = xlsxwriter.Workbook(self.buffer, {"in_memory": True})
        self.styles = _styles(self.workbook)
        return self

    def __exit__(self, *_error: object) -> None:
        self.workbook.close()

    @property
    def content(self) -> bytes:
        return self.buffer.getvalue()

    def add(
        self,
        name: str,
        head: Sequence[str],
        columns: Sequence[Column],
        rows: Iterable[Any],
        *,
        total: tuple[str, int] | None = None,
    ) -> None:
        """`total` stands below the last column."""
        sheet, styles = self.workbook.add_worksheet(name), self.styles
        for i, line in enumerate(head):
            sheet.write_string(i, 0, harmless(line), styles["small" if i else "title"])
        for j, column in enumerate(columns):
            sheet.set_column(j, j, column.width)
            sheet.write_string(len(head), j, column.heading, styles["bold"])
        last = len(head)
        for last, row in enumerate(rows, len(head) + 1):
            for j, column in enumerate(columns):
                _write(sheet, last, j, column.value(row), column.hundredths, styles[_kind(column)])
        if total:
            for j in range(len(columns)):
                sheet.write_blank(last + 1, j, None, styles["bold"])
            sheet.write_string(last + 1, 0, total[0], styles["bold"])
            sheet.write_number(last + 1, len(columns) - 1, total[1] / 100, styles["sum"])
        _set_up_page(sheet, len(head))
        if not any(column.wraps for column in columns):
            sheet.set_default_row(18)


def table(
    name: str, head: Sequence[str], columns: Sequence[Column], rows: Iterable[Any], *, total: tuple[str, int] | None = None
) -> bytes:
    """A workbook of one table."""
    with Book() as book:
        book.add(name, head, columns, rows, total=total)
    return book.content


def _styles(workbook: xlsxwriter.Workbook) -> dict[str, Any]:
    boxed = {"border": 1, "border_color": "#A6A6A6", "valign": "vcenter"}
    bold = boxed | {"bold": True, "bg_color": "#F2F2F2"}
    kinds = {
        "title": {"bold": True, "font_size": 15}, "small": {"font_size": 9}, "plain": boxed, "exact": boxed | {"num_format": "0.00"},
        "wrapped": boxed | {"text_wrap": True}, "bold": bold, "sum": bold | {"num_format": "0.00"},
    }  # fmt: skip
    return {name: workbook.add_format(kind) for name, kind in kinds.items()}


def _kind(column: Column) -> str:
    if column.wraps:
        return "wrapped"
    return "exact" if column.hundredths else "plain"


def _set_up_page(sheet: Any, heading_row: int) -> None:
    sheet.freeze_panes(heading_row + 1, 1)
    sheet.repeat_rows(heading_row)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&F&R&P / &N")


def _write(sheet: Any, row: int, column: int, value: Value, hundredths: bool, style: Any) -> None:
    if value is None:
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, str):
        sheet.write_string(row, column, harmless(value), style)
    else:
        # the nearest double to two decimals, which a spreadsheet shows and sums as those decimals
        sheet.write_number(row, column, value / 100 if hundredths else value, style)
