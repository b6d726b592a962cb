"""Requests for time: the list, asking for one, answering one."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from governance import clock
from governance.authority import is_same_person
from governance.duties import COUNTY, INSIDE
from governance.models import Territory, User
from governance.views_base import PersonRequest, page, refusals_on
from governance.workdays import last_day_before
from stars.forms import AskForm, ReasonForm
from stars.models import DeadlineRequest, Filing
from stars.plans import plan_for
from stars.selectors.answering import answering_in, sheet_of
from stars.selectors.deadlines import amended_under, askable_filings, requests_for
from stars.selectors.grid import quarter_of
from stars.services.deadlines import ask_extension, ask_unlock, decide_request
from stars.views.pages import filing_url
from stars.wording import window_title

PAGE = 50
ACTS = {"grant": True, "refuse": False}


@page(duties=INSIDE)
@require_safe
def requests(request: PersonRequest) -> HttpResponse:
    found = Paginator(requests_for(request.user), PAGE).get_page(request.GET.get("page"))
    now = clock.now()
    context = {
        "page": found,
        "rows": [_row(one, now) for one in found],
        "filings": [(one.pk, f"{one.territory} {window_title(one.window)}") for one in askable_filings(request.user, now)],
    }
    return render(request, "stars/requests.html", context)


@page(duties=INSIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def ask_time(request: PersonRequest, filing_id: int) -> HttpResponse:
    """An extension while the form is open, an unlock once it is locked."""
    now = clock.now()
    filings = Filing.objects.visible_to(request.user).select_related("territory", "window__rating_year__policy")
    filing = get_object_or_404(filings, pk=filing_id)
    locked = filing.is_locked(now)
    form = AskForm(request.POST or None, villages=_villages(filing) if locked else [])
    if request.method == "POST" and form.is_valid():
        given = {"filing_id": filing.pk, "by": request.user, "at": now, **form.cleaned_data}
        with refusals_on(form):
            made = ask_unlock(**given) if locked else ask_extension(**{k: v for k, v in given.items() if k != "villages"})
            messages.success(request, _("The request is with the county; its answer will stand here."))
            return redirect("stars:request", made.pk)
    context = {"filing": filing, "title": window_title(filing.window), "locked": locked, "form": form, **_days(filing)}
    return render(request, "stars/ask_time.html", context, status=422 if form.errors else 200)


@page(duties=INSIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def deadline_request(request: PersonRequest, deadline_request_id: int) -> HttpResponse:
    one = get_object_or_404(requests_for(request.user), pk=deadline_request_id)
    form = ReasonForm(request.POST or None)
    act = request.POST.get("act", "")
    if request.method == "POST" and form.is_valid() and act in ACTS:
        with refusals_on(form):
            decided = decide_request(
                request_id=one.pk, grant=ACTS[act], reason=form.cleaned_data["reason"], by=request.user, at=clock.now()
            )
            says = {"filing": f"{one.filing.territory} {window_title(one.filing.window)}", "state": decided.get_state_display()}
            messages.success(request, _("Request for %(filing)s: %(state)s.") % says)
            return redirect("stars:request", one.pk)
    filing = one.filing
    context = {
        "row": _row(one, clock.now()),
        "form": form,
        "may_decide": one.state == DeadlineRequest.State.ASKED and _may_decide(request.user, one),
        "villages": Territory.objects.filter(pk__in=one.villages).order_by("path"),
        "amended": list(amended_under(one)) if one.kind == DeadlineRequest.Kind.UNLOCK and one.decided_at else [],
        "page_url": filing_url(filing.window.rating_year, filing.territory, quarter_of(filing.window)),
        **_days(filing),
    }
    return render(request, "stars/request.html", context, status=422 if form.errors else 200)


def _may_decide(user: User, one: DeadlineRequest) -> bool:
    """Who asked is told so; the service has the last word."""
    county = one.filing.window.rating_year.territory.path
    return any(user.holds(duty, county) for duty in COUNTY) and not is_same_person(user, one.asked_by)


def _row(one: DeadlineRequest, now: datetime) -> dict[str, object]:
    return {
        "request": one,
        "title": f"{one.filing.territory} {window_title(one.filing.window)}",
        "until": last_day_before(one.until_at),
        "live": one.state == DeadlineRequest.State.GRANTED and now < one.until_at,
        "over": now >= one.until_at,
    }


def _days(filing: Filing) -> dict[str, object]:
    return {"due_on": last_day_before(filing.due_at), "locks_on": last_day_before(filing.locks_at)}


def _villages(filing: Filing) -> list[tuple[int, str]]:
    answering = answering_in(filing, sheet_of(plan_for(filing.window.rating_year.policy), filing.window))
    return [(one.post.territory_id, f"{one.post.territory} · {one.post.person}") for one in answering.values()]
