"""What a form says about itself. A very hidden sheet carries it, so that a heading, whatever its language, finds its column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from stars.cells import format_score
from stars.selectors.grid import Grid, IndicatorColumn, WindowColumn
from stars.workbooks.reading import Workbook
from stars.workbooks.text import plain

LAYOUT = "1"
HIDDEN_SHEET = "_form"
CODE, VILLAGE, PERSON = "code", "village", "person"


@dataclass(frozen=True)
class Fingerprint:
    """Which form this is: of which county-year, township and quarter, under which policy, over which saves."""

    layout: str
    county: str
    year: str
    territory: str
    quarter: str
    policy: str  # digest
    sheet: str  # name of the worksheet with the scores
    instructions: str
    mistakes: str  # and of the sheet that a marked copy adds
    versions: dict[str, str] = field(default_factory=dict)  # "sheet/period" → version of the filing when it was downloaded
    headings: dict[str, str] = field(default_factory=dict)  # column key → heading


def fingerprint(grid: Grid) -> Fingerprint:
    year = grid.rating_year
    return Fingerprint(
        layout=LAYOUT, county=year.territory.path, year=str(year.year), territory=grid.territory.path,
        quarter=str(grid.quarter), policy=year.policy.digest, sheet=_("Scores"), instructions=_("How to fill in"), mistakes=mistakes_title(),
        versions={window_key(window): str(window.filing.version) for window in grid.windows},
        headings=headings(grid),
    )  # fmt: skip


def mistakes_title() -> str:
    return _("Mistakes")


def window_key(window: WindowColumn) -> str:
    return f"{window.window.sheet}/{window.window.period}"


def columns(grid: Grid) -> Iterator[tuple[WindowColumn, IndicatorColumn]]:
    """In the order of a row's cells."""
    for window in grid.windows:
        for column in window.columns:
            yield window, column


def headings(grid: Grid) -> dict[str, str]:
    """Column key → heading, each once: the sheet's title, then the item's code tell namesakes apart."""
    made = {CODE: _("Code"), VILLAGE: _("Village or community"), PERSON: _("Secretary")}
    titles = {c.key: c.title for _w, c in columns(grid)}
    for told_apart_by in (lambda w, c: w.sheet_title, lambda w, c: c.code):
        seen = Counter((titles[c.key], w.period_title) for w, c in columns(grid))
        twins = [(w, c) for w, c in columns(grid) if seen[titles[c.key], w.period_title] > 1]
        titles |= {c.key: f"{titles[c.key]}（{told_apart_by(w, c)}）" for w, c in twins}
    return made | {c.key: _heading(titles[c.key], w, c) for w, c in columns(grid)}


def _heading(title: str, window: WindowColumn, column: IndicatorColumn) -> str:
    return _("%(title)s\n%(period)s, 0 to %(maximum)s") % {
        "title": title, "period": window.period_title, "maximum": format_score(column.maximum),
    }  # fmt: skip


def known_headings(form: Fingerprint | None, grid: Grid) -> dict[str, str]:
    """Heading in `plain` form → column key: as the form says itself, or as a new one would."""
    own = form.headings if form and form.headings else headings(grid)
    return {plain(heading): key for key, heading in own.items()}


def hidden_rows(form: Fingerprint) -> list[list[str]]:
    single = ("layout", "county", "year", "territory", "quarter", "policy", "sheet", "instructions", "mistakes")
    return (
        [[name, getattr(form, name), ""] for name in single]
        + [["version", key, version] for key, version in form.versions.items()]
        + [["heading", key, heading] for key, heading in form.headings.items()]
    )


def fingerprint_of(workbook: Workbook) -> Fingerprint | None:
    """None where the hidden sheet is missing or isn't ours; nothing in it is believed before it is compared."""
    sheet = next((sheet for sheet in workbook.sheets if sheet.name == HIDDEN_SHEET), None)
    if not sheet:
        return None
    rows = [[str(value) for value in row[:3]] for row in sheet.rows if len(row) >= 3]
    named = {row[0]: row[1] for row in rows if row[0] not in ("version", "heading")}
    many = {kind: {row[1]: row[2] for row in rows if row[0] == kind} for kind in ("version", "heading")}
    try:
        return Fingerprint(**named, versions=many["version"], headings=many["heading"])
    except TypeError:  # a name too many or too few
        return None
