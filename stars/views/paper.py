"""The forms of a quarter as they are filed, for the browser's own print: to be signed and sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance import clock
from governance.duties import INSIDE
from governance.views_base import PersonRequest, page
from governance.workdays import last_day_before
from stars.cells import NOT_APPLICABLE, NOT_FILED, format_score
from stars.models import Filing
from stars.periods import local_day
from stars.selectors.grid import Cell, Grid, WindowColumn
from stars.views.filing import grid_or_404
from stars.views.pages import filing_url, page_title
from stars.views.sheet import window_key

State = Filing.State
DOES_NOT_APPLY, NOT_IN_POST = "/", "—"  # a blank cell is not filed, 0 is a score


@dataclass(frozen=True)
class Item:
    title: str
    maximum: str


@dataclass(frozen=True)
class Row:
    village: str
    person: str
    cells: list[str]


@dataclass(frozen=True)
class Stamp:
    """Who took a step of the filing, and when."""

    title: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Paper:
    """One form."""

    title: str
    period: str
    from_on: date
    until_on: date
    opens_on: date
    due_on: date
    locks_on: date
    filing: Filing
    stamps: list[Stamp]
    items: list[Item]
    rows: list[Row]


@page(duties=INSIDE)
@require_safe
def paper(request: PersonRequest, rating_year_id: int, path: str, quarter: int) -> HttpResponse:
    """All forms of the page that have opened, or the one of `?form=sheet/period`."""
    grid, wanted = grid_or_404(request, rating_year_id, path, quarter), request.GET.get("form")
    papers = [
        one
        for window, one in ((window, _paper(grid, window)) for window in grid.windows)
        if window.window.opens_at <= grid.at and wanted in (None, window_key(window.window))
    ]
    context = {
        "heading": page_title(grid.rating_year, grid.territory, quarter),
        "policy_title": grid.rating_year.policy.title,
        "county": grid.rating_year.territory,
        "territory": grid.territory,
        "papers": papers,
        "back": filing_url(grid.rating_year, grid.territory, quarter),
        "printed_by": request.user,
        "printed_at": clock.now(),
    }
    return render(request, "stars/paper.html", context)


def _paper(grid: Grid, window: WindowColumn) -> Paper:
    first = sum(len(one.columns) for one in grid.windows[: grid.windows.index(window)])
    rows = [(row, row.cells[first : first + len(window.columns)]) for row in grid.rows]
    return Paper(
        title=window.sheet_title,
        period=window.period_title,
        from_on=window.window.starts_on,
        until_on=window.window.ends_on,
        opens_on=local_day(window.window.opens_at),
        due_on=last_day_before(window.window.due_at),
        locks_on=last_day_before(window.window.locks_at),
        filing=window.filing,
        stamps=_stamps(window.filing),
        items=[Item(column.title, format_score(column.maximum)) for column in window.columns],
        rows=[
            Row(str(row.village), row.person_name, [_written(cell) for cell in cells])
            for row, cells in rows
            if any(cell.answered or cell.value != NOT_FILED for cell in cells)
        ],
    )


def _written(cell: Cell) -> str:
    if cell.value not in (NOT_FILED, NOT_APPLICABLE):
        return format_score(cell.value)
    if not cell.answered:
        return NOT_IN_POST
    return DOES_NOT_APPLY if cell.value == NOT_APPLICABLE or not cell.applicable else ""


def _stamps(filing: Filing) -> list[Stamp]:
    """Of the steps that hold: what was sent back since has none."""
    if filing.state == State.DRAFT:
        return []
    steps = [
        (_("submitted"), filing.submitted_by, filing.submitted_at),
        (_("passed by the township"), filing.passed_by, filing.passed_at),
        (_("accepted by the county"), filing.accepted_by, filing.accepted_at),
    ]
    return [Stamp(title, str(by), at) for title, by, at in steps if by and at]
