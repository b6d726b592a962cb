"""Filling in without a network: the page as one file, what it saves, and which score holds where somebody else was faster."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from governance import clock
from governance.downloads import attachment
from governance.duties import INSIDE
from governance.errors import RuleBroken
from governance.views_base import PersonRequest, page
from stars.cells import NOT_FILED, format_score, parse_score
from stars.engine.document import MOST_CELL
from stars.models import OfflineUpload
from stars.offline.form import FORMAT, KIND, checks_of, page_of
from stars.offline.merging import Choice, Fate, Merged, MergedCell
from stars.offline.reading import OfflineFile
from stars.offline.uploads import apply_offline, discard_offline, merged_upload, require_something_open, store_offline
from stars.selectors.desk import is_filer
from stars.selectors.grid import Grid
from stars.views.filing import UNKNOWN, filing_page, grid_or_404, hints_and_notes
from stars.views.pages import filing_url, page_title
from stars.views.sheet import Typed, draw
from stars.wording import shown_moment
from stars.workbooks.findings import ColumnSum

STYLES = ("css/app.css", "css/offline.css")
SCRIPTS = ("js/entry-grid.js", "js/entry-known.js", "js/offline-file.js", "js/offline-checks.js")  # in this order
CHOICE, SEEN = "choice ", "seen "  # fields of a cell's choice


@page(duties=INSIDE)
@require_safe
def form(request: PersonRequest, rating_year_id: int, path: str, quarter: int) -> HttpResponse:
    grid = grid_or_404(request, rating_year_id, path, quarter)
    try:
        require_something_open(grid)
    except RuleBroken as broken:
        messages.error(request, broken.message)
        return redirect(filing_url(grid.rating_year, grid.territory, quarter))
    title = page_title(grid.rating_year, grid.territory, quarter)
    return attachment(
        offline_form(grid, title).encode(), _("%(page)s offline form.html") % {"page": title}, "text/html; charset=utf-8"
    )


def offline_form(grid: Grid, title: str) -> str:
    """One file that asks nothing of any network; its own policy forbids it to."""
    hints, _notes = hints_and_notes(grid)
    style, scripts = _embedded("\n", STYLES), [_embedded("", [name]) for name in SCRIPTS]
    return render_to_string(
        "stars/offline.html",
        {
            "heading": title,
            "policy_title": grid.rating_year.policy.title,
            "sheet": draw(grid, hints=hints),
            "offline": True,
            "made_at": shown_moment(grid.at),
            "security": _security(style, scripts),
            "style": style,
            "scripts": scripts,
            "about": {
                "kind": KIND,
                "format": FORMAT,
                "page": page_of(grid),
                "file_name": _("%(page)s offline form.json") % {"page": title},
            },
            "checks": checks_of(grid),
        },
    )


def _embedded(between: str, names: tuple[str, ...] | list[str]) -> str:
    return between.join(_file(name) for name in names)


def _file(name: str) -> str:
    return Path(str(finders.find(name))).read_text(encoding="utf-8")


def _security(style: str, scripts: list[str]) -> str:
    allowed = {"script-src": " ".join(map(_digest, scripts)), "style-src": _digest(style), "img-src": "data:"}
    rest = "".join(f"; {name} {words}" for name, words in allowed.items())
    return f"default-src 'none'{rest}; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def is_offline(file: UploadedFile) -> bool:
    """Whether it comes from the offline form: by its name or, since phones rename files, by how it begins."""
    start = file.read(64)
    file.seek(0)
    is_named_so = (file.name or "").casefold().endswith((".json", ".html", ".htm"))
    return is_named_so or start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def upload(request: PersonRequest, grid: Grid, file: UploadedFile) -> HttpResponse:
    try:
        kept = store_offline(grid=grid, file=file, by=request.user, at=grid.at)
    except RuleBroken as broken:
        return filing_page(request, grid, upload_error=broken.message, status=422)
    return redirect("stars:offline_preview", kept.pk)


@page(duties=INSIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: PersonRequest, offline_upload_id: int) -> HttpResponse:
    found = OfflineUpload.objects.visible_to(request.user).select_related("rating_year", "territory", "by__person")
    kept = get_object_or_404(found, pk=offline_upload_id)
    choices = _choices(request.POST)
    refusal = ""
    if request.method == "POST":
        try:
            return _act(request, kept, choices)
        except RuleBroken as broken:
            refusal = broken.message
    return _preview_page(request, kept, choices, refusal)


def _act(request: PersonRequest, kept: OfflineUpload, choices: Mapping[str, Choice]) -> HttpResponse:
    page_url, act = filing_url(kept.rating_year, kept.territory, kept.quarter), request.POST.get("act", "")
    if act in ("apply", "apply_accepted"):
        applied = apply_offline(
            upload_id=kept.pk, choices=choices, leave_out=act == "apply_accepted", by=request.user, at=clock.now()
        )  # fmt: skip
        messages.success(request, _("“%(file)s” is saved as a draft. Look it over, then submit.") % {"file": kept.file_name})
        return redirect("stars:offline_preview", kept.pk) if applied.mistakes else redirect(page_url)
    if act == "discard":
        discard_offline(upload_id=kept.pk, by=request.user, at=clock.now())
        messages.success(request, _("“%(file)s” is thrown away; nothing was changed.") % {"file": kept.file_name})
        return redirect(page_url)
    return redirect("stars:offline_preview", kept.pk)


def _choices(post: Mapping[str, str]) -> dict[str, Choice]:
    sides = {key.removeprefix(CHOICE): side for key, side in post.items() if key.startswith(CHOICE)}
    return {cell: Choice(side == "mine", _seen(post.get(SEEN + cell, ""))) for cell, side in sides.items()}


def _seen(text: str) -> int:
    try:
        return parse_score(text, maximum=MOST_CELL)
    except RuleBroken:
        return UNKNOWN


def _preview_page(request: PersonRequest, kept: OfflineUpload, choices: Mapping[str, Choice], refusal: str) -> HttpResponse:
    grid = grid_or_404(request, kept.rating_year_id, kept.territory.path, kept.quarter)
    may_file = any(is_filer(request.user, window.filing) for window in grid.windows)
    context: dict[str, Any] = {
        "upload": kept,
        "heading": page_title(grid.rating_year, grid.territory, grid.quarter),
        "page_url": filing_url(grid.rating_year, grid.territory, grid.quarter),
        "pending": kept.state == OfflineUpload.State.PENDING,
        "not_saved": kept.mistakes if kept.state == OfflineUpload.State.APPLIED else (),
        "may_act": may_file and kept.state == OfflineUpload.State.PENDING,
    }
    try:
        read, merged = merged_upload(kept, grid, request.user if may_file else kept.by)
    except RuleBroken as broken:
        return render(request, "stars/offline_preview.html", context | {"refusal": broken.message}, status=422)
    context |= _merge_context(grid, read, merged, choices) | {"refusal": refusal}
    return render(request, "stars/offline_preview.html", context, status=422 if refusal else 200)


def _merge_context(grid: Grid, read: OfflineFile, merged: Merged, choices: Mapping[str, Choice]) -> dict[str, Any]:
    mistakes = {cell.key: cell.message for cell in merged.of(Fate.MISTAKE)}
    shown = {cell.key for cell in (*merged.written({}), *merged.open_conflicts({}))} | mistakes.keys()
    texts = {cell.key: cell.edit.text for cell in merged.cells if cell.key in shown}
    stored = {cell.key: cell.text for row in grid.rows for cell in row.cells}
    return {
        "counts": _counts(merged),
        "saved_at": shown_moment(read.saved_at),
        "saved_since": _saved_since(grid, read),
        "conflicts": [_conflict(cell, choices) for cell in merged.open_conflicts({})],
        "mistakes": [_line(cell, merged) for cell in merged.of(Fate.MISTAKE)],
        "lines": [_line(cell, merged) for cell in merged.cells],
        "sheet": draw(grid, typed=Typed(texts, mistakes), before=stored),
        "sums": _sums(grid, merged),
    }


def _counts(merged: Merged) -> dict[str, int]:
    return {
        "rows": len(merged.rows),
        "accepted": len(merged.rows - merged.refused),
        "refused": len(merged.refused),
        "changed": len(merged.written({})),
        "conflicts": len(merged.open_conflicts({})),
        "same": len(merged.of(Fate.SAME)),
        "mistakes": len(merged.of(Fate.MISTAKE)),
    }


def _saved_since(grid: Grid, read: OfflineFile) -> list[str]:
    """Forms that somebody saved after this one was downloaded."""
    return [
        f"{one.period_title} {one.sheet_title}"
        for one in grid.windows
        if read.form.versions.get(f"{one.window.sheet}/{one.window.period}") != str(one.filing.version)
    ]


@dataclass(frozen=True)
class ConflictView:
    """Three scores of one cell, and the person's word on it."""

    key: str
    where: str
    base: str
    mine: str
    typed_at: str
    theirs: str
    seen: str  # theirs as it is sent back
    who: str
    when: str
    chosen: str  # mine, theirs; empty while nobody has said


def _conflict(cell: MergedCell, choices: Mapping[str, Choice]) -> ConflictView:
    choice = choices.get(cell.key)
    chosen = ("mine" if choice.mine else "theirs") if choice and choice.seen == cell.now else ""
    return ConflictView(
        cell.key, f"{cell.village} · {cell.title}", _said(cell.edit.base), _said(cell.score), shown_moment(cell.edit.at),
        _said(cell.now), format_score(cell.now), str(cell.theirs.by or "") if cell.theirs else "",
        shown_moment(cell.theirs.at) if cell.theirs else "", chosen,
    )  # fmt: skip


def _said(score: int) -> str:
    return format_score(score) or _("blank")


def _line(cell: MergedCell, merged: Merged) -> dict[str, str]:
    fates = {
        Fate.SAME: _("says so already"),
        Fate.TAKEN: _("is taken over"),
        Fate.CONFLICT: _("to be chosen"),
        Fate.MISTAKE: cell.message,
    }
    is_left_out = cell.row in merged.refused and cell.fate in (Fate.TAKEN, Fate.CONFLICT)
    return {
        "village": cell.village,
        "title": cell.title,
        "base": _said(cell.edit.base),
        "typed": cell.edit.text or _("blank"),
        "typed_at": shown_moment(cell.edit.at),
        "now": _said(cell.now),
        "says": _("not saved, with its whole row") if is_left_out else fates[cell.fate],
    }


def _sums(grid: Grid, merged: Merged) -> list[dict[str, object]]:
    """Of the columns that were typed into, as they would be with every score that can be filed."""
    typed = {cell.key: cell.score for cell in merged.cells}
    windows = {cell.edit.window for cell in merged.cells}
    columns = [(window, column) for window in grid.windows for column in window.columns]
    sums = []
    for place, (window, column) in enumerate(columns):
        if f"{window.window.sheet}/{window.window.period}" in windows:
            cells = [row.cells[place] for row in grid.rows]
            asked = [cell for cell in cells if (cell.answered and cell.applicable) or cell.value != NOT_FILED]
            not_for = [cell for cell in cells if cell not in asked and not cell.applicable]
            total = ColumnSum.of([typed.get(cell.key, cell.value) for cell in (*asked, *not_for)], not_for=len(not_for))
            sums.append(
                {
                    "title": f"{window.period_title} · {column.title}", "total": format_score(total.total),
                    "scores": total.scores, "blank": total.blank, "not_applicable": total.not_applicable,
                }
            )  # fmt: skip
    return sums
