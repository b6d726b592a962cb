"""Lines of a list that somebody kept in Excel or as CSV, as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from governance.errors import RuleBroken

LARGEST = 5 * 2**20  # bytes; 12,000 grids of a county fill less than one megabyte

Line = tuple[int, list[str]]  # its number in the file, and its cells


def read_table(file: Path) -> list[Line]:
    """raises RuleBroken: bad_grid_file"""
    if not file.is_file():
        raise _bad(file, _("there is no such file"))
    if file.stat().st_size > LARGEST:
        raise _bad(file, _("it is larger than 5 MB"))
    try:
        return list(_excel(file) if file.suffix.lower() == ".xlsx" else _csv(_decoded(file)))
    except (CalamineError, csv.Error, UnicodeDecodeError) as error:
        raise _bad(file, str(error)) from error


def _csv(text: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text), strict=True)
    for cells in reader:
        if any(cells):
            yield reader.line_num, [cell.strip() for cell in cells]


def _decoded(file: Path) -> str:
    """Excel saves CSV in the encoding of the country."""
    data = file.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def _excel(file: Path) -> Iterator[Line]:
    with CalamineWorkbook.from_path(str(file)) as workbook:
        rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    for number, row in enumerate(rows, start=1):
        cells = [_text(value) for value in row]
        if any(cells):
            yield number, cells


def _text(value: Any) -> str:
    """A code that Excel took for a number is the whole number again."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _bad(file: Path, reason: str) -> RuleBroken:
    return RuleBroken(
        "bad_grid_file",
        _("%(file)s was not read: %(reason)s. Nothing was changed; save the list as .xlsx or .csv and import again.")
        % {"file": file.name, "reason": reason},
    )
