"""The entry page of a quarter: see it, save it, submit a window of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance import clock
from governance.duties import INSIDE, Duty
from governance.errors import RuleBroken
from governance.models import Territory, User
from governance.models.upload import WorkbookUpload
from governance.views_base import PersonRequest, page
from stars.cells import NOT_FILED, format_score, parse_score
from stars.models import AssessmentChange, CellEdit, CellRemark, Filing, OfflineUpload, RatingYear, Upload
from stars.plans import plan_for
from stars.selectors.answering import cell_key, sheet_of
from stars.selectors.checks import Desk, Finding, desk_of
from stars.selectors.desk import desks, is_filer, years_near
from stars.selectors.drafts import open_edits
from stars.selectors.follow_ups import follow_ups_of
from stars.selectors.grid import Grid, WindowColumn, entry_grid
from stars.services.filing import Blocked, Incomplete, Unsettled, save_scores, submit_filing
from stars.views.pages import filing_url, page_title, quarter_title
from stars.views.sheet import NOTHING_TYPED, Conflict, Hint, Typed, draw, window_key
from stars.wording import shown_moment

Rows = dict[int, list[int]]  # post -> scores of a whole row
Writer = Callable[[WindowColumn, Rows], None]
PAGE = AssessmentChange.Door.PAGE
AMENDABLE = (RatingYear.Stage.OPEN, RatingYear.Stage.CLOSED, RatingYear.Stage.COMPUTED)
MOST_WAITING = 5  # uploads that the page leads back to
UNKNOWN = -1  # a version that no filing has: whoever does not say what was on the page is told what is there now


@page(duties=INSIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def filing(request: PersonRequest, rating_year_id: int, path: str, quarter: int) -> HttpResponse:
    grid = grid_or_404(request, rating_year_id, path, quarter)
    if request.method != "POST":
        return filing_page(request, grid, _unsaved(request, grid))
    typed, saved = save(request, grid, _writer(request, grid))
    acted, _space, key = request.POST.get("action", "save").partition(" ")
    if acted == "submit" and key not in typed.refusals:
        typed = _submit(request, grid, key, typed)
    if saved:
        messages.success(request, _("Saved: %(windows)s.") % {"windows": "、".join(saved)})
    elif not typed.refusals and acted == "save":
        messages.info(request, _("Nothing had changed; everything is saved."))
    if typed.refusals:
        return filing_page(request, grid_or_404(request, rating_year_id, path, quarter), typed, status=422)
    return redirect(filing_url(grid.rating_year, grid.territory, quarter))


def grid_or_404(request: PersonRequest, rating_year_id: int, path: str, quarter: int) -> Grid:
    """Of a page with at least one filing that the person may see."""
    rating_year, territory = place_or_404(request, rating_year_id, path)
    grid = entry_grid(rating_year, territory=territory, quarter=quarter, user=request.user, at=clock.now())
    if not grid.windows:
        raise Http404
    return grid


def place_or_404(request: PersonRequest, rating_year_id: int, path: str) -> tuple[RatingYear, Territory]:
    rating_year = get_object_or_404(years_near(request.user, INSIDE), pk=rating_year_id)
    territory = Territory.objects.filter(path=path, path__prefix=rating_year.territory.path).order_by("-valid_from").first()
    if territory is None:
        raise Http404
    return rating_year, territory


def filing_page(
    request: PersonRequest, grid: Grid, typed: Typed = NOTHING_TYPED, *, upload_error: str = "", status: int = 200
) -> HttpResponse:
    may_file = any(is_filer(request.user, window.filing) for window in grid.windows)
    hints, notes = hints_and_notes(grid)
    followed = [cell_key(window.filing, one.post_id, one.place) for window, one in follow_ups_on(grid)]
    sheet = draw(grid, typed=typed, may_submit=may_file, hints=hints, followed=followed)
    return render(
        request,
        "stars/filing.html",
        {
            "heading": page_title(grid.rating_year, grid.territory, grid.quarter),
            "policy_title": grid.rating_year.policy.title,
            "sheet": sheet,
            "findings": notes,
            "quarters": _quarters(request, grid),
            "summary": _summary(grid, typed),
            "cells_url": filing_url(grid.rating_year, grid.territory, grid.quarter, "cells")
            if may_file and sheet.editable
            else "",
            "cell_url": filing_url(grid.rating_year, grid.territory, grid.quarter) + "cell/",
            "paper_url": filing_url(grid.rating_year, grid.territory, grid.quarter, "paper"),
            "form_url": filing_url(grid.rating_year, grid.territory, grid.quarter, "form"),
            "offline_url": filing_url(grid.rating_year, grid.territory, grid.quarter, "offline_form"),
            "upload_url": filing_url(grid.rating_year, grid.territory, grid.quarter, "upload"),
            "upload_error": upload_error,
            "waiting": _waiting(request, grid) if sheet.editable else (),
            "amend_url": amend_url(request.user, grid),
        },
        status=status,
    )


def _waiting(request: PersonRequest, grid: Grid) -> list[tuple[str, WorkbookUpload]]:
    """The person's own uploads for this page that are neither applied nor thrown away, with their addresses, the newest first."""
    here = {"by": request.user, "rating_year": grid.rating_year, "territory": grid.territory, "quarter": grid.quarter}
    open_ = {"state__in": (Upload.State.READING, Upload.State.PENDING)}
    books = Upload.objects.visible_to(request.user).filter(**here, **open_).select_related("job")
    forms = OfflineUpload.objects.visible_to(request.user).filter(**here, **open_)
    found: list[tuple[str, WorkbookUpload]] = [
        (reverse("stars:preview", args=[one.pk]), one) for one in books.defer("workbook", "cells", "checked")[:MOST_WAITING]
    ]
    found += [(reverse("stars:offline_preview", args=[one.pk]), one) for one in forms.defer("workbook")[:MOST_WAITING]]
    return sorted(found, key=lambda pair: pair[1].at, reverse=True)[:MOST_WAITING]


def follow_ups_on(grid: Grid) -> list[tuple[WindowColumn, CellRemark]]:
    windows = {window.filing.pk: window for window in grid.windows}
    return [(windows[one.filing_id], one) for one in follow_ups_of(window.filing for window in grid.windows)]


def _unsaved(request: PersonRequest, grid: Grid) -> Typed:
    """What the person typed before and no row holds: it stands on the page until it is settled."""
    texts: dict[str, str] = {}
    mistakes: dict[str, str] = {}
    conflicts: dict[str, Conflict] = {}
    mine = {window.filing.pk: window.filing for window in grid.windows if is_filer(request.user, window.filing)}
    for edit in open_edits(mine.values(), request.user) if mine else ():
        key = cell_key(mine[edit.filing_id], edit.post_id, edit.place)
        texts[key] = edit.text
        if edit.outcome == CellEdit.Outcome.CONFLICT:
            conflicts[key] = conflict(edit)
        else:
            mistakes[key] = edit.message
    stored = {cell.key: cell.text for row in grid.rows for cell in row.cells}
    return Typed(
        texts, mistakes, conflicts={key: replace(one, theirs=stored[key]) for key, one in conflicts.items() if key in stored}
    )


def conflict(edit: CellEdit) -> Conflict:
    """The other side of an edit that came too late."""
    theirs = "" if edit.theirs is None else format_score(edit.theirs)
    return Conflict(theirs, str(edit.theirs_by or ""), shown_moment(edit.theirs_at))


def hints_and_notes(grid: Grid) -> tuple[dict[str, Hint], list[Note]]:
    """Of the windows that can be written: what is known of each cell, and what the checks say."""
    hints: dict[str, Hint] = {}
    notes: list[Note] = []
    names = {row.post.pk: str(row.village) for row in grid.rows}
    editable = {cell.key for row in grid.rows for cell in row.cells if cell.editable}
    for window in grid.windows:
        if not any(key.startswith(f"{window_key(window.window)}/") for key in editable):
            continue
        desk = desk_of(window.filing, grid.at)
        for post_id, place in {*desk.known, *desk.last}:
            hints[cell_key(window.filing, post_id, place)] = _hint(desk, (post_id, place))
        notes += [note_of(window.filing, one, names.get(one.post_id, "")) for one in desk.findings()]
    return {key: hint for key, hint in hints.items() if key in editable}, notes


def _hint(desk: Desk, cell: tuple[int, int]) -> Hint:
    known = desk.known.get(cell)
    if known is None or known.score == NOT_FILED:
        return Hint("last", format_score(desk.last.get(cell, NOT_FILED)))
    return Hint("known", format_score(known.score), desk.is_contested(cell, known))


@dataclass(frozen=True)
class Note:
    """A finding as the page lists it."""

    cell: str
    where: str
    text: str
    blocking: bool
    answered: bool


def note_of(filing: Filing, finding: Finding, village: str) -> Note:
    indicator = sheet_of(plan_for(filing.window.rating_year.policy), filing.window).indicators[finding.place]
    cell = cell_key(filing, finding.post_id, finding.place)
    return Note(cell, f"{village} · {indicator.title}", finding.text, finding.rule.blocking, finding.answered)


def amend_url(user: User, grid: Grid) -> str:
    """For those who may correct what is locked; empty for others."""
    may = grid.rating_year.stage in AMENDABLE and user.holds(Duty.COUNTY_STAFF, grid.rating_year.territory.path)
    locked = any(window.window.is_locked(grid.at) for window in grid.windows)
    return filing_url(grid.rating_year, grid.territory, grid.quarter, "amend") if may and locked else ""


def save(request: PersonRequest, grid: Grid, write: Writer) -> tuple[Typed, list[str]]:
    """Window by window: one that holds a mistake or is refused stays on the page as typed, the others are kept."""
    texts, values, mistakes = _read(request.POST, grid)
    refusals: dict[str, str] = {}
    saved: list[str] = []
    for place, window in enumerate(grid.windows):
        key, rows = window_key(window.window), _changed_rows(grid, place, values)
        if any(cell.startswith(f"{key}/") for cell in mistakes):
            refusals[key] = _("Not saved: correct the cells marked red, then save again.")
        elif rows:
            try:
                write(window, rows)
                saved.append(_title(window))
            except RuleBroken as broken:
                refusals[key] = broken.message
                if broken.field in values:
                    mistakes[broken.field] = broken.message
    return Typed(texts, mistakes, refusals), saved


def _writer(request: PersonRequest, grid: Grid) -> Writer:
    def write(window: WindowColumn, rows: Rows) -> None:
        version = _version(request.POST, window_key(window.window))
        save_scores(filing_id=window.filing.pk, rows=rows, version=version, by=request.user, at=grid.at, door=PAGE)

    return write


def _read(post: Mapping[str, str], grid: Grid) -> tuple[dict[str, str], dict[str, int], dict[str, str]]:
    """Texts, scores and mistakes of the cells that were sent, by cell key."""
    texts: dict[str, str] = {}
    values: dict[str, int] = {}
    mistakes: dict[str, str] = {}
    columns = [column for window in grid.windows for column in window.columns]
    for row in grid.rows:
        for cell, column in zip(row.cells, columns, strict=True):
            if cell.key in post:
                texts[cell.key] = post[cell.key]
                try:
                    values[cell.key] = parse_score(post[cell.key], maximum=column.maximum, partial=column.partial)
                except RuleBroken as broken:
                    mistakes[cell.key] = broken.message
    return texts, values, mistakes


def _changed_rows(grid: Grid, place: int, values: Mapping[str, int]) -> Rows:
    """Whole rows of one window in which some cell differs from what is stored."""
    first = sum(len(window.columns) for window in grid.windows[:place])
    last = first + len(grid.windows[place].columns)
    rows = {}
    for row in grid.rows:
        stored = [cell.value for cell in row.cells[first:last]]
        sent = [values.get(cell.key, cell.value) for cell in row.cells[first:last]]
        if sent != stored:
            rows[row.post.pk] = sent
    return rows


def _version(post: Mapping[str, str], key: str) -> int:
    version = post.get(f"version {key}", "")
    return int(version) if version.isdecimal() else UNKNOWN


def _seconds(post: Mapping[str, str], key: str) -> int | None:
    """As static/js/active-time.js counted them."""
    seconds = post.get(f"seconds {key}", "")
    return int(seconds) if seconds.isdecimal() and len(seconds) < 9 else None


def _submit(request: PersonRequest, grid: Grid, key: str, typed: Typed) -> Typed:
    window = next((window for window in grid.windows if window_key(window.window) == key), None)
    if window is None:
        raise Http404
    try:
        submit_filing(filing_id=window.filing.pk, by=request.user, at=grid.at, seconds=_seconds(request.POST, key))
    except Incomplete as broken:
        empty = {cell.key: _("still empty") for cell in broken.cells}
        return replace(typed, refusals={**typed.refusals, key: broken.message}, mistakes={**typed.mistakes, **empty})
    except (Blocked, Unsettled) as broken:
        typed = _unsaved(request, grid)
        return replace(typed, refusals={key: broken.message}, mistakes={**broken.cells, **typed.mistakes})
    except RuleBroken as broken:
        return replace(typed, refusals={**typed.refusals, key: broken.message})
    messages.success(request, _("Submitted: %(window)s.") % {"window": _title(window)})
    return typed


def _title(window: WindowColumn) -> str:
    return f"{window.period_title} {window.sheet_title}"


def _quarters(request: PersonRequest, grid: Grid) -> list[dict[str, Any]]:
    mine = [desk for desk in desks(request.user, [grid.rating_year]) if desk.territory == grid.territory]
    return [
        {
            "title": quarter_title(desk.quarter),
            "url": filing_url(desk.rating_year, desk.territory, desk.quarter),
            "current": desk.quarter == grid.quarter,
        }
        for desk in mine
    ]


def _summary(grid: Grid, typed: Typed) -> str:
    if typed.mistakes:
        return _("%(count)d cells to correct; they are marked red.") % {"count": len(typed.mistakes)}
    empty = sum(cell.editable and cell.value == NOT_FILED for row in grid.rows for cell in row.cells)
    return _("%(count)d cells are still empty.") % {"count": empty} if empty else _("Everything is filled in.")
