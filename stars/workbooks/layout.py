"""How a form is laid out: a worksheet for each window of a page. A very hidden sheet says which form it is and what each
heading stands for, so that a heading finds its column whatever language it was downloaded in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from governance.workbooks.reading import Workbook
from governance.workbooks.text import plain
from stars.cells import NOT_FILED, format_score
from stars.selectors.grid import Grid, GridRow, WindowColumn

LAYOUT = "1"
HIDDEN_SHEET = "_form"
CODE, VILLAGE, PERSON = "code", "village", "person"
NOT_IN_A_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
LONGEST_SHEET_NAME = 31


@dataclass(frozen=True)
class Page:
    """A window with the rows that it shows; a row's cells are the window's own."""

    window: WindowColumn
    rows: list[GridRow]

    @property
    def key(self) -> str:
        return f"{self.window.window.sheet}/{self.window.window.period}"

    @property
    def is_open(self) -> bool:
        return any(cell.editable for row in self.rows for cell in row.cells)


@dataclass(frozen=True)
class Fingerprint:
    """Which form this is: of which county-year, township and quarter, under which policy, over which saves."""

    layout: str
    county: str
    year: str
    territory: str
    quarter: str
    policy: str  # digest
    instructions: str  # name of the sheet
    mistakes: str  # and of the sheet that a marked copy adds
    sheets: Mapping[str, str]  # page key → name
    versions: Mapping[str, str]  # page key → version of the filing when it was downloaded
    headings: Mapping[str, str]  # column key → heading


SINGLE = ("layout", "county", "year", "territory", "quarter", "policy", "instructions", "mistakes")
MANY = ("sheets", "versions", "headings")


def pages(grid: Grid) -> list[Page]:
    if len(grid.windows) == 1:
        return [Page(grid.windows[0], grid.rows)]
    found, at = [], 0
    for window in grid.windows:
        end = at + len(window.columns)
        rows = [GridRow(row.post, row.person_name, row.village, row.cells[at:end]) for row in grid.rows]
        found.append(Page(window, [row for row in rows if any(cell.answered or cell.value != NOT_FILED for cell in row.cells)]))
        at = end
    return found


def fingerprint(grid: Grid) -> Fingerprint:
    year, windows = grid.rating_year, pages(grid)
    return Fingerprint(
        layout=LAYOUT, county=year.territory.path, year=str(year.year), territory=grid.territory.path,
        quarter=str(grid.quarter), policy=year.policy.digest, instructions=_("How to fill in"), mistakes=mistakes_title(),
        sheets=_sheet_names(windows), versions={page.key: str(page.window.filing.version) for page in windows},
        headings=_headings(windows),
    )  # fmt: skip


def mistakes_title() -> str:
    return _("Mistakes")


def _sheet_names(windows: list[Page]) -> dict[str, str]:
    names: dict[str, str] = {}
    for page in windows:
        name = NOT_IN_A_SHEET_NAME.sub(" ", f"{page.window.period_title} {page.window.sheet_title}")[:LONGEST_SHEET_NAME].strip()
        taken = name.casefold() in {other.casefold() for other in names.values()}
        names[page.key] = f"{name[: LONGEST_SHEET_NAME - 4]} {len(names) + 1}" if taken else name
    return names


def _headings(windows: list[Page]) -> dict[str, str]:
    made = {CODE: _("Village code"), VILLAGE: _("Village or community"), PERSON: _("Secretary")}
    for page in windows:
        seen = Counter(column.title for column in page.window.columns)
        for column in page.window.columns:
            title = column.title if seen[column.title] == 1 else f"{column.title}（{column.code}）"
            made[column.key] = _("%(title)s\n0 to %(maximum)s") % {"title": title, "maximum": format_score(column.maximum)}
    return made


def known_headings(form: Fingerprint, page: Page) -> dict[str, str]:
    """Heading in `plain` form → column key, as the form itself says."""
    keys = {CODE, VILLAGE, PERSON} | {column.key for column in page.window.columns}
    return {plain(heading): key for key, heading in form.headings.items() if key in keys}


def hidden_rows(form: Fingerprint) -> list[list[str]]:
    many = [[name, key, value] for name in MANY for key, value in getattr(form, name).items()]
    return [[name, getattr(form, name), ""] for name in SINGLE] + many


def fingerprint_of(workbook: Workbook) -> Fingerprint | None:
    """None where the hidden sheet is missing or isn't ours; nothing in it is believed before it is compared."""
    sheet = next((sheet for sheet in workbook.sheets if sheet.name == HIDDEN_SHEET), None)
    rows = [[str(value) for value in row[:3]] for row in sheet.rows if len(row) >= 3] if sheet else []
    single = {row[0]: row[1] for row in rows if row[0] in SINGLE}
    if set(single) != set(SINGLE):
        return None
    sheets, versions, headings = ({row[1]: row[2] for row in rows if row[0] == name} for name in MANY)
    return Fingerprint(**single, sheets=sheets, versions=versions, headings=headings)
