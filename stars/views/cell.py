"""The panel of one cell: its last periods as a chart, its limits, who changed it, what was said about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance import clock
from governance.duties import COUNTY, INSIDE, Duty
from governance.errors import RuleBroken
from governance.models import Post
from governance.views_base import PersonRequest, page
from stars.cells import NOT_APPLICABLE, NOT_FILED, format_score
from stars.models import CellRemark, Filing
from stars.plans import plan_for
from stars.selectors.answering import cell_key, sheet_of, stored_rows
from stars.selectors.checks import findings
from stars.selectors.drafts import CellChange, changes_of
from stars.selectors.follow_ups import open_follow_ups
from stars.selectors.grid import hint, page_filings
from stars.selectors.past import past_of
from stars.selectors.prefill import known_cells, prefilled_after
from stars.services.remarks import add_remark
from stars.views.filing import place_or_404
from stars.views.pages import filing_url, page_title
from stars.wording import shown_moment, window_title

Kind = CellRemark.Kind
PERIODS = 8
WIDTH, HEIGHT, BASE = 240, 84, 66  # of the chart and of its ground line
MARKS = {NOT_APPLICABLE: "/", NOT_FILED: "—"}
LINES = 12  # of the ledger


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    title: str
    score: str
    mark: str  # where there is no score: "/" for not applicable, "—" for not filed


@page(duties=INSIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def cell(request: PersonRequest, rating_year_id: int, path: str, quarter: int, sheet: int, period: int, post_id: int, place: int) -> HttpResponse:  # fmt: skip
    filing = _filing_or_404(request, rating_year_id, path, quarter, (sheet, period))
    post = (
        Post.objects.filter(pk=post_id, territory__path__prefix=filing.territory.path)
        .select_related("territory", "person")
        .first()
    )
    if post is None or place >= len(sheet_of(plan_for(filing.window.rating_year.policy), filing.window).indicators):
        raise Http404
    error, typed = "", ""
    if request.method == "POST":
        typed = request.POST.get("text", "")
        try:
            _say(request, filing, post, place, typed)
            typed = ""
        except RuleBroken as broken:
            error = broken.message
    # a reader without the sheet's script, a reviewer above all, has the same panel as a page
    alone = "page" in request.GET
    if alone and request.method == "POST" and not error:
        return redirect(request.get_full_path())
    return render(
        request,
        "stars/cell.html" if alone else "stars/parts/cell.html",
        {**_shown(filing, post, place), **_around(request, filing, quarter), "error": error, "typed": typed},
        status=422 if error else 200,
    )


def _filing_or_404(request: PersonRequest, rating_year_id: int, path: str, quarter: int, wanted: tuple[int, int]) -> Filing:
    rating_year, territory = place_or_404(request, rating_year_id, path)
    filings = page_filings(rating_year, territory, quarter, request.user)
    found = [one for one in filings if (one.window.sheet, one.window.period) == wanted]
    if not found:
        raise Http404
    return found[0]


def _say(request: PersonRequest, filing: Filing, post: Post, place: int, text: str) -> None:
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError:
        key = uuid4()
    at = clock.now()
    asked = request.POST.get("kind", "")
    contested = known_cells(filing, at).get((post.pk, place)) if asked == Kind.CONTEST else None
    add_remark(
        filing_id=filing.pk, post_id=post.pk, place=place, key=key, text=text, by=request.user, at=at, contests=contested,
        kind=asked if asked in (Kind.FOLLOW, Kind.CLOSED) else Kind.REMARK,
    )  # fmt: skip


def _shown(filing: Filing, post: Post, place: int) -> dict[str, object]:
    plan = plan_for(filing.window.rating_year.policy)
    indicator = sheet_of(plan, filing.window).indicators[place]
    row = stored_rows(filing).get(post.pk)
    score = row.scores[place] if row else NOT_FILED
    at = clock.now()
    known = known_cells(filing, at).get((post.pk, place))
    past = past_of(filing, count=PERIODS, posts=[post.pk])
    return {
        "cell": cell_key(filing, post.pk, place),
        "village": post.territory,
        "person": post.person.name,
        "indicator": indicator,
        "now": said(score),
        "hint": hint(indicator, plan),
        "known": known,
        "known_score": format_score(known.score) if known else "",
        "confirmed": known is not None and known.score == score,
        "prefilled_after": prefilled_after(filing, indicator, at),
        "notes": [one for one in findings(filing, at, posts=[post.pk]) if one.place == place],
        "bars": bars(past.titles, past.of(post.pk, place), indicator.max),
        "width": WIDTH, "height": HEIGHT, "base": BASE,
        "changes": [_line(one) for one in changes_of(filing, post.pk, place)[:LINES]],
        "followed": open_follow_ups().filter(filing=filing, post=post, place=place).exists(),
        "remarks": CellRemark.objects.filter(filing=filing, post=post, place=place).select_related("by__person"),
        "key": uuid4(),
    }  # fmt: skip


def _around(request: PersonRequest, filing: Filing, quarter: int) -> dict[str, str]:
    """Of the page that the cell stands on: a reviewer's is the review."""
    rating_year, territory = filing.window.rating_year, filing.territory
    route = "review_page" if request.user.has_duty(Duty.TOWNSHIP_LEADER, *COUNTY) else "filing"
    return {
        "form": window_title(filing.window),
        "heading": page_title(rating_year, territory, quarter),
        "back": filing_url(rating_year, territory, quarter, route),
    }


def said(score: int) -> str:
    """Zero, not applicable and not filed are three things, and each has its word."""
    if score == NOT_FILED:
        return _("not filed")
    return _("not applicable") if score == NOT_APPLICABLE else format_score(score)


def bars(titles: Sequence[str], scores: Sequence[int], maximum: int) -> list[Bar]:
    """One for each period, as tall as its share of the maximum; what is no score has none."""
    step = WIDTH / max(len(titles), 1)
    padded = scores or [NOT_FILED] * len(titles)
    drawn = []
    for number, (title, score) in enumerate(zip(titles, padded, strict=True)):
        height = round(max(score, 0) * (BASE - 14) / maximum, 1)
        drawn.append(
            Bar(round(number * step + 3, 1), BASE - height, round(step - 6, 1), height, title, said(score), MARKS.get(score, ""))
        )
    return drawn


def _line(change: CellChange) -> dict[str, str]:
    before = NOT_FILED if change.before is None else change.before
    who = str(change.by or _("the system"))
    return {"before": said(before), "after": said(change.score), "who": who, "when": shown_moment(change.at), "door": change.door}
