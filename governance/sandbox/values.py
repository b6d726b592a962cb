"""Values of a workbook as plain data, and marks on the cells that calamine shows as something else than they are.

calamine gives an error value and a formula without a result as "", and a percentage as its fraction: each would
pass for a blank or for a low score, so the sheets' own XML is asked which cells these are.
"""

from __future__ import annotations

import io
import json
import posixpath
import re
from datetime import date, datetime, time, timedelta
from typing import Any

from defusedxml.ElementTree import fromstring
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from governance.sandbox.package import MAX_ROWS, Refused, unpack

MAX_SHEETS = 40
MAX_COLUMNS = 100
MAX_CELLS = 1_200_000  # fifty thousand rows of a form of fifteen items have 900,000
MAX_MERGES = 1_000
MAX_ANSWER = 16 * 2**20

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
PERCENT_FORMATS = {"9", "10"}  # built in: 0% and 0.00%
PERCENT_SIGN = re.compile(rb"""%|numFmtId\s*=\s*["'](?:9|10)["']""")  # which a style sheet with such a format holds
QUOTED_OR_ESCAPED = re.compile(r'"[^"]*"|\\.')

CELL = re.compile(rb"<(?:\w+:)?c(\s[^>]*?)?(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
ADDRESS = re.compile(rb"""\sr=["']([A-Z]{1,3}[0-9]{1,7})["']""")
STYLE = re.compile(rb"""\ss=["']([0-9]+)["']""")
IS_ERROR = re.compile(rb"""\st=["']e["']""")
# that some cell may be worth a longer look; each begins with its letter, which alone is looked for through the whole sheet
SIGNS = (re.compile(rb"""e(?<=["']e)["']"""), re.compile(rb"f(?<=[<:]f)[\s/>]"))
HAS_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")


def read(data: bytes) -> bytes:
    """JSON: [{"name", "state", "rows": [[…]], "marks": {"E7": "error"}, "merges": [[row, column, row, column]]}].

    rows    from A1 on; numbers as float, blanks as "", dates as {"date": "2025-08-05"}
    marks   error | formula | percent
    merges  0-based, both corners included
    """
    members = unpack(data)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            answer = json.dumps(_sheets(workbook, members), ensure_ascii=False, default=_dated).encode()
    except PasswordError as error:
        raise Refused("encrypted") from error
    except CalamineError as error:
        raise Refused("damaged") from error
    if len(answer) > MAX_ANSWER:
        raise Refused("too_many_cells", limit=MAX_CELLS)
    return answer


def _sheets(workbook: CalamineWorkbook, members: dict[str, bytes]) -> list[dict[str, Any]]:
    metadata = workbook.sheets_metadata
    if len(metadata) > MAX_SHEETS:
        raise Refused("too_many_sheets", limit=MAX_SHEETS)
    files, percents, cells, sheets = _sheet_files(members), _percent_styles(members), 0, []
    for meta in metadata:
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = workbook.get_sheet_by_name(meta.name)
        cells += _size(meta.name, sheet)
        if cells > MAX_CELLS:
            raise Refused("too_many_cells", limit=MAX_CELLS)
        sheets.append(
            {
                "name": meta.name,
                "state": str(meta.visible).rpartition(".")[2],
                "rows": sheet.to_python(skip_empty_area=False) if sheet.end else [],
                "marks": _marks(members[files[meta.name]], percents),
                "merges": [[*a, *b] for a, b in (sheet.merged_cell_ranges or [])[:MAX_MERGES]],
            }
        )
    return sheets


def _size(name: str, sheet: CalamineSheet) -> int:
    if not sheet.end:
        return 0
    rows, columns = sheet.end[0] + 1, sheet.end[1] + 1
    if rows > MAX_ROWS:
        raise Refused("too_many_rows", sheet=name[:40], rows=rows, limit=MAX_ROWS)
    if columns > MAX_COLUMNS:
        raise Refused("too_many_columns", sheet=name[:40], columns=columns, limit=MAX_COLUMNS)
    return rows * columns


def _dated(value: object) -> dict[str, str]:
    if isinstance(value, date | datetime | time):
        return {"date": value.isoformat()}
    if isinstance(value, timedelta):
        return {"date": str(value)}
    raise TypeError(type(value))


def _sheet_files(members: dict[str, bytes]) -> dict[str, str]:
    """Sheet name → member, by the workbook's own list. A list that leads nowhere is a KeyError: damaged."""
    targets = {
        rel.get("Id"): posixpath.normpath(posixpath.join("/xl", rel.get("Target", ""))).lstrip("/")
        for rel in fromstring(members["xl/_rels/workbook.xml.rels"])
    }
    sheets = fromstring(members["xl/workbook.xml"]).iter(f"{MAIN}sheet")
    return {sheet.get("name", ""): targets[sheet.get(f"{OFFICE}id")] for sheet in sheets}


def _percent_styles(members: dict[str, bytes]) -> set[bytes]:
    """Numbers of the cell styles that show a fraction as a percentage."""
    styles = members.get("xl/styles.xml")
    if not styles or not PERCENT_SIGN.search(styles):
        return set()
    root = fromstring(styles)
    formats = PERCENT_FORMATS | {
        str(form.get("numFmtId"))
        for form in root.iter(f"{MAIN}numFmt")
        if "%" in QUOTED_OR_ESCAPED.sub("", form.get("formatCode", ""))
    }
    used = root.find(f"{MAIN}cellXfs")
    return {str(i).encode() for i, style in enumerate(used if used is not None else []) if style.get("numFmtId") in formats}


def _marks(xml: bytes, percents: set[bytes]) -> dict[str, str]:
    if not percents and not any(sign.search(xml) for sign in SIGNS):
        return {}
    marks = {}
    for cell in CELL.finditer(xml):
        attributes, content = cell[1] or b"", cell[2]
        if not content:
            continue
        if mark := _mark(attributes, content, percents):
            address = ADDRESS.search(attributes)
            if not address:
                raise Refused("damaged")
            marks[address[1].decode()] = mark
    return marks


def _mark(attributes: bytes, content: bytes, percents: set[bytes]) -> str:
    if IS_ERROR.search(attributes):
        return "error"
    if percents and (style := STYLE.search(attributes)) and style[1] in percents:
        return "percent"
    return "formula" if HAS_FORMULA.search(content) else ""
