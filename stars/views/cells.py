"""The sheet's own line to the server: a few cells there, what became of them and what others wrote back."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from governance import clock
from governance.duties import INSIDE
from governance.errors import RuleBroken
from governance.models import Post, User
from governance.views_base import PersonRequest, page
from stars.cells import format_score, parse_score
from stars.engine.document import MOST_CELL
from stars.models import CellEdit, Filing
from stars.plans import plan_for
from stars.selectors.answering import cell_key, sheet_of
from stars.selectors.checks import findings
from stars.selectors.drafts import changes_since, last_changes
from stars.selectors.grid import page_filings
from stars.services.cells import Edit, save_cells
from stars.views.filing import conflict, note_of, place_or_404
from stars.views.sheet import time_left, window_key

MOST_EDITS = 2_000  # of one request; the page sends a large paste in parts
MOST_POST = 2**63
LONGEST = CellEdit._meta.get_field("text").max_length or 0


class Unreadable(ValueError):
    """Not what the page sends."""


@dataclass(frozen=True)
class Sent:
    """What came: for whom it was typed, up to which line of the ledger the page knows each window, and the edits by window."""

    person: int
    seen: dict[str, int]
    edits: dict[str, list[Edit]]
    look: dict[str, set[int]]  # by window, posts whose rows are checked


@page(duties=INSIDE)
@require_POST
def cells(request: PersonRequest, rating_year_id: int, path: str, quarter: int) -> JsonResponse:
    rating_year, territory = place_or_404(request, rating_year_id, path)
    filings = {window_key(one.window): one for one in page_filings(rating_year, territory, quarter, request.user)}
    if not filings:
        raise Http404
    try:
        sent = _read(request, filings)
    except (ValueError, KeyError, TypeError, AttributeError):
        return _refused(400, "unreadable", _("The page sent something that can't be read. Reload it; what you typed is kept."))
    if sent.person != request.user.pk:
        return _refused(409, "other_person", _("Somebody else has signed in here since. What you typed is kept for you."))
    at = clock.now()
    try:
        answers = [
            _answer(filings[key], edit)
            for key, edits in sent.edits.items()
            for edit in save_cells(filing_id=filings[key].pk, edits=edits, by=request.user, at=at)
        ]
    except RuleBroken as broken:
        return _refused(403, broken.code, broken.message)
    now = {window_key(one.window): one for one in page_filings(rating_year, territory, quarter, request.user)}
    lines = last_changes(now.values())
    windows = {key: _window(one, sent.seen.get(key, 0), lines.get(one.pk, 0), request.user, at) for key, one in now.items()}
    notes = [note for key, posts in sent.look.items() for note in _notes(now[key], posts, at)]
    looked = [f"{key}/{post_id}" for key, posts in sent.look.items() for post_id in posts]
    return JsonResponse({"answers": answers, "windows": windows, "looked": looked, "notes": notes})


def _notes(filing: Filing, posts: set[int], at: datetime) -> list[dict[str, Any]]:
    names = {post.pk: str(post.territory) for post in Post.objects.filter(pk__in=posts).select_related("territory")}
    return [asdict(note_of(filing, one, names[one.post_id])) for one in findings(filing, at, posts=posts) if one.post_id in names]


def _read(request: HttpRequest, filings: dict[str, Filing]) -> Sent:
    """raises ValueError, KeyError, TypeError, AttributeError"""
    body = json.loads(request.body)
    edits: dict[str, list[Edit]] = defaultdict(list)
    look: dict[str, set[int]] = defaultdict(set)
    if len(body["edits"]) > MOST_EDITS:
        raise Unreadable
    for one in body["edits"]:
        sheet, period, post, place = (int(part) for part in one["cell"].split("/"))
        if not 0 < post < MOST_POST:
            raise Unreadable
        key = f"{sheet}/{period}"
        edits[key].append(_edit(one, post, place, filings[key]))
        look[key].add(post)
    for cell in body.get("look", ()):
        sheet, period, post, _place = (int(part) for part in cell.split("/"))
        if (key := f"{sheet}/{period}") not in filings:
            raise Unreadable
        look[key].add(post)
    return Sent(int(body["as"]), {str(key): int(line) for key, line in body["seen"].items()}, edits, look)


def _edit(one: dict[str, Any], post: int, place: int, filing: Filing) -> Edit:
    indicators = sheet_of(plan_for(filing.window.rating_year.policy), filing.window).indicators
    text = one["text"].replace("\0", "")
    if not 0 <= place < len(indicators) or len(text) > LONGEST:
        raise Unreadable
    try:
        base = parse_score(one["base"], maximum=MOST_CELL)
    except RuleBroken as broken:
        raise Unreadable from broken
    return Edit(UUID(one["key"]), post, place, text, base, CellEdit.Origin(one.get("origin", CellEdit.Origin.TYPED)))


def _answer(filing: Filing, edit: CellEdit) -> dict[str, Any]:
    """stored  what the cell holds now, as far as this edit knows"""
    is_saved, is_late = edit.outcome == CellEdit.Outcome.SAVED, edit.outcome == CellEdit.Outcome.CONFLICT
    return {
        "key": str(edit.key),
        "cell": cell_key(filing, edit.post_id, edit.place),
        "outcome": edit.outcome,
        "stored": format_score(edit.score) if is_saved and edit.score is not None else None,
        "message": edit.message,
        **(asdict(conflict(edit)) if is_late else {}),
    }


def _window(filing: Filing, seen: int, last: int, user: User, at: datetime) -> dict[str, Any]:
    """What the page's copy of a window needs to be told."""
    news = changes_since(filing, seen, by_others_than=user) if seen < last else ()
    return {
        "version": filing.version,
        "seen": last,
        "left": time_left(filing.own_window, at, filed=filing.state != Filing.State.DRAFT),
        "state": filing.state,
        "news": [
            {"cell": cell_key(filing, one.post_id, one.place), "text": format_score(one.score), "who": str(one.by or "")}
            for one in news
        ],
    }


def _refused(status: int, code: str, message: str) -> JsonResponse:
    return JsonResponse({"code": code, "message": message}, status=status)
