"""Reviewing filings: the township leader passes, the county accepts, both may send back with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from governance import clock
from governance.duties import COUNTY, Duty
from governance.errors import RuleBroken
from governance.models import User
from governance.views_base import PersonRequest, page
from stars.models import Filing, RatingYear
from stars.selectors.desk import desks, waits_for, years_near
from stars.selectors.grid import quarter_of
from stars.selectors.review import Completeness, changed_cells, completeness
from stars.services.filing import accept_filing, pass_filing, return_filing
from stars.views.filing import grid_or_404
from stars.views.pages import filing_url, page_title
from stars.views.sheet import Typed, draw, last_day, window_key
from stars.wording import window_title

REVIEWERS = COUNTY | {Duty.TOWNSHIP_LEADER}
REVIEWING = {"township": Duty.TOWNSHIP_LEADER, "county": Duty.COUNTY_STAFF}
ACTS = {"pass": pass_filing, "accept": accept_filing}


@dataclass(frozen=True)
class Line:
    """One form of one township in one period."""

    filing: Filing
    title: str
    complete: Completeness
    mine: bool  # it waits for this person
    url: str
    due_on: date
    late: bool
    error: str
    checked: bool


@page(duties=REVIEWERS)
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: PersonRequest) -> HttpResponse:
    refusals: dict[int, str] = {}
    if request.method == "POST":
        refusals = _act(request, _chosen(request))
        if not refusals:
            return redirect(request.get_full_path())
    rating_years = list(years_near(request.user, REVIEWERS)[:YEARS])
    rating_year = next((one for one in rating_years if str(one.pk) == request.GET.get("year")), next(iter(rating_years), None))
    shown = request.GET.get("show", "mine")
    lines = _lines(request, rating_year, shown, refusals) if rating_year else []
    context = {
        "rating_years": rating_years,
        "rating_year": rating_year,
        "lines": lines,
        "shown": shown,
        "verb": _verb(request.user),
        "reason": request.POST.get("reason", ""),
        "refused": len(refusals),
    }
    return render(request, "stars/review.html", context, status=422 if refusals else 200)


@page(duties=REVIEWERS)
@require_http_methods(["GET", "HEAD", "POST"])
def review_page(request: PersonRequest, rating_year_id: int, path: str, quarter: int) -> HttpResponse:
    grid = grid_or_404(request, rating_year_id, path, quarter)
    refusals: dict[int, str] = {}
    if request.method == "POST":
        refusals = _act(request, [w.filing for w in grid.windows if str(w.filing.pk) in request.POST.getlist("filing")])
        if not refusals:
            return redirect(filing_url(grid.rating_year, grid.territory, quarter, "review_page"))
    before = {key: value for window in grid.windows for key, value in changed_cells(window.filing).items()}
    told = Typed(refusals={window_key(w.window): refusals[w.filing.pk] for w in grid.windows if w.filing.pk in refusals})
    context = {
        "heading": page_title(grid.rating_year, grid.territory, quarter),
        "sheet": draw(grid, typed=told, before=before),
        "waiting": [_waiting(w.filing, refusals) for w in grid.windows if _waits_for(request.user, w.filing)],
        "verb": _verb(request.user),
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "stars/review_page.html", context, status=422 if refusals else 200)


YEARS = 6


def _lines(request: PersonRequest, rating_year: RatingYear, shown: str, refusals: dict[int, str]) -> list[Line]:
    now, checked = clock.now(), set(request.POST.getlist("filing"))
    filings = [filing for desk in desks(request.user, [rating_year]) for filing in desk.filings if filing.window.opens_at <= now]
    if shown == "mine":
        filings = [filing for filing in filings if _waits_for(request.user, filing) or filing.pk in refusals]
    elif shown in Filing.State.values:
        filings = [filing for filing in filings if filing.state == shown]
    complete = completeness(rating_year, filings) if filings else {}
    return [_line(request.user, filing, complete[filing.pk], now, refusals, checked) for filing in filings]


def _line(user: User, filing: Filing, complete: Completeness, now: datetime, refusals: dict[int, str], checked: set[str]) -> Line:
    return Line(
        filing=filing,
        title=window_title(filing.window),
        complete=complete,
        mine=_waits_for(user, filing),
        url=filing_url(filing.window.rating_year, filing.territory, quarter_of(filing.window), "review_page"),
        due_on=last_day(filing.window.due_at),
        late=filing.window.is_late(filing.submitted_at or now),
        error=refusals.get(filing.pk, ""),
        checked=str(filing.pk) in checked,
    )


def _waiting(filing: Filing, refusals: dict[int, str]) -> dict[str, object]:
    return {"pk": filing.pk, "title": window_title(filing.window), "error": refusals.get(filing.pk, "")}


def _waits_for(user: User, filing: Filing) -> bool:
    body = waits_for(filing)
    return bool(body) and user.holds(REVIEWING[body], filing.territory.path)


def _verb(user: User) -> str:
    return "accept" if user.has_duty(Duty.COUNTY_STAFF) else "pass"


def _chosen(request: PersonRequest) -> list[Filing]:
    wanted = [int(pk) for pk in request.POST.getlist("filing") if pk.isdecimal()]
    filings = Filing.objects.visible_to(request.user).filter(pk__in=wanted)
    return list(filings.select_related("window__rating_year__policy", "territory"))


def _act(request: PersonRequest, filings: Iterable[Filing]) -> dict[int, str]:
    """One by one: what is refused stays on the page with its reason, the others are done."""
    act, reason, now = request.POST.get("act", ""), request.POST.get("reason", ""), clock.now()
    refusals: dict[int, str] = {}
    done = 0
    for filing in filings:
        try:
            if act == "return":
                return_filing(filing_id=filing.pk, reason=reason, by=request.user, at=now)
            elif act in ACTS:
                ACTS[act](filing_id=filing.pk, by=request.user, at=now)
            done += 1
        except RuleBroken as broken:
            refusals[filing.pk] = broken.message
    if done:
        messages.success(request, ngettext("%(count)d filing done.", "%(count)d filings done.", done) % {"count": done})
    elif not refusals:
        messages.warning(request, _("No filing was chosen; tick one or more and try again."))
    return refusals
