"""Where the columns of an upload stand: by heading, not by position."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from governance.errors import RuleBroken
from governance.workbooks.reading import Sheet, Value
from governance.workbooks.text import plain
from stars.workbooks.findings import Checked
from stars.workbooks.layout import CODE, VILLAGE

TOP_ROWS = 20  # in which the headings are looked for


@dataclass(frozen=True)
class Headings:
    row: int  # 0-based
    columns: dict[str, int]  # key → 0-based column


def find_headings(sheet: Sheet, known: dict[str, str], checked: Checked) -> Headings | None:
    """Mistakes: no_headings, heading_twice, unknown_heading, no_heading, missing_column."""
    row = heading_row(sheet, known)
    if row is None:
        sentence = _("The row with the headings is missing; download the form again and copy the scores into it.")
        checked.at(sheet.name, 0, 0, RuleBroken("no_headings", sentence))
        return None
    columns: dict[str, int] = {}
    for at, value in enumerate(sheet.rows[row]):
        key = known.get(plain(value))
        if key and key not in columns:
            columns[key] = at
        elif refusal := _refusal_of_column(sheet, row, at, is_known=key is not None):
            checked.at(sheet.name, row, at, refusal)
    for heading, key in known.items():
        if key not in columns:
            checked.at(sheet.name, row, 0, _missing(heading))
    return Headings(row, columns)


def heading_row(sheet: Sheet, known: dict[str, str]) -> int | None:
    for i, row in enumerate(sheet.rows[:TOP_ROWS]):
        if {known.get(plain(value)) for value in row} & {CODE, VILLAGE}:
            return i
    return None


def _refusal_of_column(sheet: Sheet, row: int, at: int, *, is_known: bool) -> RuleBroken | None:
    heading = {"heading": _shown(sheet.rows[row][at])}
    if is_known:
        return RuleBroken("heading_twice", _("The column “%(heading)s” stands here twice; delete one of the two.") % heading)
    if heading["heading"]:
        return RuleBroken(
            "unknown_heading",
            _("“%(heading)s” is not a column of this form; delete it, or put the form's own heading back.") % heading,
        )
    if any(plain(below[at]) for below in sheet.rows[row + 1 :]):
        return RuleBroken(
            "no_heading", _("This column holds something but has no heading; delete it, or put the form's own heading back.")
        )
    return None


def _missing(heading: str) -> RuleBroken:
    sentence = _("The column “%(heading)s” is missing; download the form again and copy the scores into it.")
    return RuleBroken("missing_column", sentence % {"heading": _shown(heading)})


def _shown(heading: Value) -> str:
    return " ".join(str(heading).split())[:40]
