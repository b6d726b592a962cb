"""Reviewing filings: the township leader passes, the county accepts, both may send back with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from governance import clock
from governance.duties import COUNTY, Duty
from governance.errors import RuleBroken
from governance.models import Territory, User
from governance.views_base import PersonRequest, page
from governance.workdays import last_day_before
from stars.cells import format_score
from stars.forms import ReviewFilter
from stars.models import CellRemark, Filing, RatingYear
from stars.periods import title as period_title
from stars.plans import plan_for
from stars.selectors.answering import cell_key
from stars.selectors.desk import waits_for, years_near
from stars.selectors.grid import Grid, WindowColumn, quarter_of
from stars.selectors.review import (
    REVIEWING,
    Asked,
    Completeness,
    Earlier,
    body_of,
    changed_cells,
    completeness,
    jumps,
    listed_filings,
    told_minutes,
)
from stars.services.filing import accept_filing, pass_filing, return_filing
from stars.views.filing import follow_ups_on, grid_or_404
from stars.views.pages import filing_url, page_title
from stars.views.sheet import Typed, draw, window_key
from stars.wording import window_title

REVIEWERS = COUNTY | {Duty.TOWNSHIP_LEADER}
ACTS = {"pass": pass_filing, "accept": accept_filing}
DONE = {
    "pass": gettext_lazy("passed by the township"),
    "accept": gettext_lazy("accepted by the county"),
    "return": gettext_lazy("sent back"),
}
YEARS = 6
PAGE = 50
NAMED = 5  # filings that a sentence names before it counts the rest


@dataclass(frozen=True)
class Outcome:
    """What came of an act on one filing."""

    done: bool
    text: str


@dataclass(frozen=True)
class Line:
    """One form of one unit in one period."""

    filing: Filing
    title: str
    complete: Completeness
    changed: int | None  # cells, since the reader's body last looked; None: it never did
    mine: bool  # it waits for this person
    url: str
    due_on: date
    late: bool
    follow_ups: int  # cells that are to be followed up
    minutes: int | None  # that the form takes in this period, over all units; None: too few have filed
    outcome: Outcome | None
    checked: bool


@dataclass(frozen=True)
class Difference:
    """A cell that the reviewer should look at before the rest."""

    place: str  # village and person
    what: str  # form and indicator
    before: str
    now: str
    earlier: Earlier | None  # None: it moved far from the period before


@dataclass(frozen=True)
class FollowUp:
    """A cell that somebody marked to be followed up."""

    place: str  # village and person
    what: str  # form and indicator
    remark: CellRemark
    url: str


@page(duties=REVIEWERS)
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: PersonRequest) -> HttpResponse:
    outcomes: dict[int, Outcome] = {}
    if request.method == "POST":
        outcomes = _act(request, _chosen(request))
        if all(one.done for one in outcomes.values()):
            return redirect(request.get_full_path())
    rating_years = list(years_near(request.user, REVIEWERS)[:YEARS])
    rating_year = next((one for one in rating_years if str(one.pk) == request.GET.get("year")), next(iter(rating_years), None))
    form = ReviewFilter(request.GET or None, **_choices(request.user, rating_year))
    asked = form.asked()
    found = _page_of(request, rating_year, asked) if rating_year else None
    context = {
        "rating_years": rating_years,
        "rating_year": rating_year,
        "form": form,
        "page": found,
        "lines": _lines(request, rating_year, list(found), outcomes) if rating_year and found else [],
        "shown": asked.state,
        "verb": _verb(request.user),
        "reason": request.POST.get("reason", ""),
        "refused": sum(not one.done for one in outcomes.values()),
    }
    return render(request, "stars/review.html", context, status=422 if outcomes else 200)


@page(duties=REVIEWERS)
@require_http_methods(["GET", "HEAD", "POST"])
def review_page(request: PersonRequest, rating_year_id: int, path: str, quarter: int) -> HttpResponse:
    grid = grid_or_404(request, rating_year_id, path, quarter)
    outcomes: dict[int, Outcome] = {}
    if request.method == "POST":
        outcomes = _act(request, [w.filing for w in grid.windows if str(w.filing.pk) in request.POST.getlist("filing")])
        if all(one.done for one in outcomes.values()):
            return redirect(filing_url(grid.rating_year, grid.territory, quarter, "review_page"))
        grid = grid_or_404(request, rating_year_id, path, quarter)
    before = {key: one for w in grid.windows for key, one in changed_cells(w.filing, body_of(request.user)).items()}
    marked = follow_ups_on(grid)
    followed = [cell_key(window.filing, one.post_id, one.place) for window, one in marked]
    cell_url = filing_url(grid.rating_year, grid.territory, quarter) + "cell/"
    refused = {window_key(w.window): outcomes[w.filing.pk].text for w in grid.windows if _is_refused(outcomes, w.filing)}
    context = {
        "heading": page_title(grid.rating_year, grid.territory, quarter),
        "sheet": draw(
            grid,
            typed=Typed(refusals=refused),
            before={key: format_score(one.score) for key, one in before.items()},
            followed=followed,
        ),
        "cell_url": cell_url,
        "paper_url": filing_url(grid.rating_year, grid.territory, quarter, "paper"),
        "follow_ups": [
            _follow_up(window, one, f"{cell_url}{key}/?page") for (window, one), key in zip(marked, followed, strict=True)
        ],
        "differences": _differences(grid, before),
        "waiting": [_waiting(w.filing, outcomes) for w in grid.windows if _waits_for(request.user, w.filing)],
        "verb": _verb(request.user),
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "stars/review_page.html", context, status=422 if outcomes else 200)


def _follow_up(window: WindowColumn, one: CellRemark, url: str) -> FollowUp:
    place = f"{one.post.territory} · {one.post.person}"
    return FollowUp(place, f"{window.period_title} · {window.columns[one.place].title}", one, url)


def _choices(user: User, rating_year: RatingYear | None) -> dict[str, list[tuple[str, str]]]:
    """What the filters may be set to: forms, periods and units of this county-year that the person may see."""
    if rating_year is None:
        return {"sheets": [], "periods": [], "units": []}
    windows = rating_year.windows.order_by().values_list("period", "starts_on", "ends_on").distinct()
    in_order = sorted(windows, key=lambda one: (one[2].month - one[1].month, one[2]))  # months, quarters, the year
    filed_by = Filing.objects.visible_to(user).filter(window__rating_year=rating_year).values("territory")
    units = Territory.objects.filter(pk__in=filed_by).order_by("path")
    return {
        "sheets": [(sheet.name, sheet.title) for sheet in plan_for(rating_year.policy).sheets.values()],
        "periods": [(f"{end.month - start.month + 1}.{period}", period_title(start, end)) for period, start, end in in_order],
        "units": [(unit.path, str(unit)) for unit in units],
    }


def _page_of(request: PersonRequest, rating_year: RatingYear, asked: Asked) -> Page:
    found = listed_filings(request.user, rating_year, asked, clock.now())
    return Paginator(found, PAGE).get_page(request.GET.get("page"))


def _lines(request: PersonRequest, rating_year: RatingYear, listed: Sequence[Filing], outcomes: dict[int, Outcome]) -> list[Line]:
    """With those that the person has just acted on, wherever they went."""
    now, checked = clock.now(), set(request.POST.getlist("filing"))
    gone = set(outcomes) - {filing.pk for filing in listed}
    everything = listed_filings(request.user, rating_year, Asked(state="all"), now)
    filings = [*everything.filter(pk__in=gone), *listed] if gone else list(listed)
    for filing in filings:
        filing.window.rating_year = rating_year
    complete, minutes = (completeness(rating_year, filings), told_minutes(rating_year)) if filings else ({}, {})
    return [
        Line(
            filing=filing,
            title=window_title(filing.window),
            complete=complete[filing.pk],
            changed=filing.changed_count,  # type: ignore[attr-defined]  # annotated
            follow_ups=filing.follow_count,  # type: ignore[attr-defined]  # annotated
            mine=_waits_for(request.user, filing),
            url=filing_url(rating_year, filing.territory, quarter_of(filing.window), "review_page"),
            due_on=last_day_before(filing.due_at),
            late=filing.is_late(now),
            minutes=minutes.get((filing.window.sheet_code, filing.window.period)),
            outcome=outcomes.get(filing.pk),
            checked=str(filing.pk) in checked,
        )
        for filing in filings
    ]


def _differences(grid: Grid, before: dict[str, Earlier]) -> list[Difference]:
    """What changed, then what moved far, each in the order of the sheet."""
    moved = jumps([window.filing for window in grid.windows])
    columns = [(window, column) for window in grid.windows for column in window.columns]
    changed: list[Difference] = []
    far: list[Difference] = []
    for row in grid.rows:
        for cell, (window, column) in zip(row.cells, columns, strict=True):
            earlier = before.get(cell.key)
            if not (cell.applicable and cell.answered) or (earlier is None and cell.key not in moved):
                continue
            score = moved[cell.key] if earlier is None else earlier.score
            place, what = f"{row.village} · {row.person_name}", f"{window.period_title} · {column.title}"
            one = Difference(place, what, format_score(score) or _("blank"), cell.text or _("blank"), earlier)
            (far if earlier is None else changed).append(one)
    return changed + far


def _waiting(filing: Filing, outcomes: dict[int, Outcome]) -> dict[str, object]:
    error = outcomes[filing.pk].text if _is_refused(outcomes, filing) else ""
    return {"pk": filing.pk, "title": window_title(filing.window), "error": error}


def _is_refused(outcomes: dict[int, Outcome], filing: Filing) -> bool:
    return filing.pk in outcomes and not outcomes[filing.pk].done


def _waits_for(user: User, filing: Filing) -> bool:
    body = waits_for(filing)
    return bool(body) and user.holds(REVIEWING[body], filing.territory.path)


def _verb(user: User) -> str:
    return "accept" if user.has_duty(Duty.COUNTY_STAFF) else "pass"


def _chosen(request: PersonRequest) -> list[Filing]:
    wanted = [int(pk) for pk in request.POST.getlist("filing") if pk.isdecimal()]
    filings = Filing.objects.visible_to(request.user).filter(pk__in=wanted)
    return list(filings.select_related("window__rating_year__policy", "territory"))


def _act(request: PersonRequest, filings: Iterable[Filing]) -> dict[int, Outcome]:
    """One by one: what is refused stays on the page with its reason, the others are done."""
    act, reason, now = request.POST.get("act", ""), request.POST.get("reason", ""), clock.now()
    outcomes: dict[int, Outcome] = {}
    named: list[str] = []
    for filing in filings if act in (*ACTS, "return") else ():
        try:
            if act == "return":
                done = return_filing(filing_id=filing.pk, reason=reason, by=request.user, at=now)
            else:
                done = ACTS[act](filing_id=filing.pk, by=request.user, at=now)
            outcomes[filing.pk] = Outcome(True, str(done.get_state_display()))
            named.append(f"{filing.territory} {window_title(filing.window)}")
        except RuleBroken as broken:
            outcomes[filing.pk] = Outcome(False, broken.message)
    _tell(request, act, named, outcomes)
    return outcomes


def _tell(request: PersonRequest, act: str, named: list[str], outcomes: dict[int, Outcome]) -> None:
    if named:
        says = ngettext("%(act)s, %(count)d filing: %(named)s.", "%(act)s, %(count)d filings: %(named)s.", len(named))
        some = "；".join(named[:NAMED]) + ("…" if len(named) > NAMED else "")
        messages.success(request, says % {"act": DONE[act], "count": len(named), "named": some})
    elif not outcomes:
        messages.warning(request, _("No filing was chosen; tick one or more and try again."))
