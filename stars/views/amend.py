"""Correcting scores after the lock: by the county, of villages that a colleague has unlocked, with a reason that stays on record."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.duties import Duty
from governance.models import User
from governance.views_base import PersonRequest, page
from stars.models import AssessmentChange
from stars.selectors.deadlines import unlocked_villages
from stars.selectors.grid import Cell, Grid, GridRow, WindowColumn
from stars.services.stages import amend_scores
from stars.views.filing import Rows, Writer, amend_url, grid_or_404, save
from stars.views.pages import filing_url, page_title
from stars.views.sheet import NOTHING_TYPED, Typed, draw


@page(duties={Duty.COUNTY_STAFF})
@require_http_methods(["GET", "HEAD", "POST"])
def amend(request: PersonRequest, rating_year_id: int, path: str, quarter: int) -> HttpResponse:
    grid = _unlocked_cells_open(grid_or_404(request, rating_year_id, path, quarter), request.user)
    if not amend_url(request.user, grid):
        raise Http404
    typed = NOTHING_TYPED
    if request.method == "POST":
        typed, saved = save(request, grid, _writer(request, grid))
        if saved:
            messages.success(
                request, _("Amended: %(windows)s. Recompute the year to see the effect.") % {"windows": "、".join(saved)}
            )
        if not typed.refusals:
            return redirect(filing_url(grid.rating_year, grid.territory, quarter, "amend"))
        grid = _unlocked_cells_open(grid_or_404(request, rating_year_id, path, quarter), request.user)
    return _page(request, grid, typed)


def _page(request: PersonRequest, grid: Grid, typed: Typed) -> HttpResponse:
    context = {
        "heading": page_title(grid.rating_year, grid.territory, grid.quarter),
        "rating_year": grid.rating_year,
        "page_url": filing_url(grid.rating_year, grid.territory, grid.quarter),
        "sheet": draw(grid, typed=typed),
        "locked": [(w.filing.pk, f"{w.period_title} {w.sheet_title}") for w in grid.windows if w.window.is_locked(grid.at)],
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "stars/amend.html", context, status=422 if typed.refusals else 200)


def _writer(request: PersonRequest, grid: Grid) -> Writer:
    def write(window: WindowColumn, rows: Rows) -> None:
        reason = request.POST.get("reason", "")
        amend_scores(
            filing_id=window.filing.pk, rows=rows, reason=reason, by=request.user, at=grid.at, door=AssessmentChange.Door.PAGE
        )

    return write


def _unlocked_cells_open(grid: Grid, user: User) -> Grid:
    """The same page with the cells open that a colleague has unlocked, and no others."""
    unlocked = unlocked_villages([window.filing for window in grid.windows], user, grid.at)
    of_column = [
        unlocked.get(window.filing.pk, set()) if window.window.is_locked(grid.at) else set()
        for window in grid.windows
        for _column in window.columns
    ]
    return replace(grid, rows=[_row(row, of_column) for row in grid.rows])


def _row(row: GridRow, of_column: list[set[int]]) -> GridRow:
    village = row.village.pk
    return replace(row, cells=[_cell(cell, village in open_) for cell, open_ in zip(row.cells, of_column, strict=True)])


def _cell(cell: Cell, is_unlocked: bool) -> Cell:
    return replace(cell, editable=is_unlocked and cell.applicable and cell.answered)
