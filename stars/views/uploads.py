"""Filling in with Excel: the form, the upload with what it would change, applied, in part if she likes, or thrown away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from governance import clock
from governance.downloads import workbook_response
from governance.duties import INSIDE
from governance.errors import RuleBroken
from governance.jobs import OPEN, silence
from governance.views_base import PersonRequest, page, sent_from
from stars.cells import format_score
from stars.models import Upload
from stars.selectors.grid import Cell, Grid
from stars.views import offline
from stars.views.filing import filing_page, grid_or_404
from stars.views.pages import filing_url, page_title
from stars.views.sheet import Typed, draw
from stars.workbooks.form import filing_form
from stars.workbooks.uploads import apply_upload, discard_upload, marked_copy, recheck_upload, store_upload

MOST_ROWS = (
    400  # of a preview's sheet; a page beyond that shows those that would change or hold a mistake, and tells how many more
)


@page(duties=INSIDE)
@require_safe
def form(request: PersonRequest, rating_year_id: int, path: str, quarter: int) -> HttpResponse:
    grid = grid_or_404(request, rating_year_id, path, quarter)
    return workbook_response(filing_form(grid), f"{page_title(grid.rating_year, grid.territory, quarter)}.xlsx")


@page(duties=INSIDE)
@sent_from("stars:filing", "rating_year_id", "path", "quarter")
def upload(request: PersonRequest, rating_year_id: int, path: str, quarter: int) -> HttpResponse:
    grid = grid_or_404(request, rating_year_id, path, quarter)
    file = request.FILES.get("workbook")
    if file is None:
        return filing_page(request, grid, upload_error=_("Choose the filled-in form first, then upload it."), status=422)
    if offline.is_offline(file):
        return offline.upload(request, grid, file)
    try:
        kept = store_upload(grid=grid, file=file, by=request.user, at=grid.at)
    except RuleBroken as broken:
        return filing_page(request, grid, upload_error=broken.message, status=422)
    return redirect("stars:preview", kept.pk)


@page(duties=INSIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: PersonRequest, upload_id: int) -> HttpResponse:
    kept = _or_404(request, upload_id)
    refusal = ""
    if request.method == "POST":
        try:
            return _act(request, kept, request.POST.get("act", ""))
        except RuleBroken as broken:
            refusal = broken.message
    return _preview_page(request, kept, refusal)


@page(duties=INSIDE)
@require_safe
def progress(request: PersonRequest, upload_id: int) -> HttpResponse:
    """The bar alone, asked for every second; when the work is over the whole page is loaded anew."""
    kept = _or_404(request, upload_id)
    response = render(request, "parts/upload_progress.html", _progress(kept))
    if kept.state != Upload.State.READING or kept.job is None or kept.job.state not in OPEN:
        response.headers["HX-Refresh"] = "true"
    return response


@page(duties=INSIDE)
@require_safe
def marked(request: PersonRequest, upload_id: int) -> HttpResponse:
    kept = _or_404(request, upload_id)
    try:
        name = _("%(name)s, mistakes.xlsx") if kept.job_id else _("%(name)s with marks.xlsx")
        return workbook_response(marked_copy(kept), name % {"name": kept.file_name.removesuffix(".xlsx")})
    except RuleBroken as broken:
        messages.error(request, broken.message)
        return redirect("stars:preview", kept.pk)


def _act(request: PersonRequest, kept: Upload, act: str) -> HttpResponse:
    page_url = filing_url(kept.rating_year, kept.territory, kept.quarter)
    if act in ("apply", "apply_accepted"):
        applied = apply_upload(upload_id=kept.pk, by=request.user, at=clock.now(), accepted_only=act == "apply_accepted")
        if applied.state == Upload.State.IN_PART:
            return redirect("stars:preview", kept.pk)
        messages.success(request, _("“%(file)s” is saved as a draft. Look it over, then submit.") % {"file": kept.file_name})
        return redirect(page_url)
    if act == "discard":
        discard_upload(upload_id=kept.pk, by=request.user, at=clock.now())
        messages.success(request, _("“%(file)s” is thrown away; nothing was changed.") % {"file": kept.file_name})
        return redirect(page_url)
    recheck_upload(upload_id=kept.pk, grid=_grid(request, kept), by=request.user, at=clock.now())
    return redirect("stars:preview", kept.pk)


def _preview_page(request: PersonRequest, kept: Upload, refusal: str) -> HttpResponse:
    status = 422 if refusal else 200
    common = {
        "upload": kept,
        "heading": page_title(kept.rating_year, kept.territory, kept.quarter),
        "page_url": filing_url(kept.rating_year, kept.territory, kept.quarter),
        "refusal": refusal,
    }
    if kept.state == Upload.State.READING or not kept.checked:
        return render(request, "stars/reading.html", common | _progress(kept), status=status)
    return render(request, "stars/preview.html", common | _preview(kept, _grid(request, kept)), status=status)


def _progress(kept: Upload) -> dict[str, object]:
    quiet = silence(kept.job, clock.now()) if kept.job else None
    return {"upload": kept, "job": kept.job, "silent": int(quiet.total_seconds()) if quiet else 0}


def _preview(kept: Upload, grid: Grid) -> dict[str, object]:
    texts = {f"{row}/{place}": text for row, cells in kept.cells.items() for place, text in enumerate(cells)}
    mistakes = {one["key"]: one["message"] for one in kept.mistakes if one["key"]}
    stored = {cell.key: cell.text for row in grid.rows for cell in row.cells}
    concerned = [row for row in grid.rows if any(_is_concerned(cell, texts, mistakes) for cell in row.cells)]
    drawn = grid if len(grid.rows) <= MOST_ROWS else replace(grid, rows=concerned[:MOST_ROWS])
    return {
        "sheet": draw(drawn, typed=Typed(texts, mistakes), before=stored),
        "rows_drawn": len(drawn.rows),
        "rows_concerned": len(concerned),
        "is_cut": drawn is not grid,
        "mistake_count": len(kept.mistakes) + kept.checked["more_mistakes"],
        # what uploads of earlier versions lack
        "refused_rows": kept.checked.get("refused_rows", {}),
        "changed_rows": kept.checked.get("changed_rows", kept.checked["accepted"]),
        "is_spoilt": kept.checked.get("is_spoilt", True),
        "sums": _sums(grid, kept),
        "pending": kept.state == Upload.State.PENDING,
        "in_part": kept.state == Upload.State.IN_PART,
        "may_apply_part": bool(kept.mistakes and kept.checked["scores"]),
    }


def _is_concerned(cell: Cell, texts: Mapping[str, str], mistakes: Mapping[str, str]) -> bool:
    return cell.key in mistakes or texts.get(cell.key, cell.text) != cell.text


def _sums(grid: Grid, kept: Upload) -> list[dict[str, object]]:
    """Column by column, to compare with the foot of one's own table."""
    columns = kept.checked["columns"]
    return [
        {
            "title": f"{window.period_title} · {column.title}",
            "total": format_score(columns[column.key]["total"]),
            **{name: columns[column.key][name] for name in ("scores", "blank", "not_applicable")},
        }
        for window in grid.windows
        for column in window.columns
        if column.key in columns
    ]


def _or_404(request: PersonRequest, upload_id: int) -> Upload:
    found = Upload.objects.visible_to(request.user).select_related("rating_year", "territory", "job").defer("workbook")
    return get_object_or_404(found, pk=upload_id)


def _grid(request: PersonRequest, kept: Upload) -> Grid:
    return grid_or_404(request, kept.rating_year_id, kept.territory.path, kept.quarter)
