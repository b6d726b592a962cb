"""County-years: the list, one at a glance, its ratings, its roster, and the steps of its life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance import clock
from governance.duties import COUNTY, OFFICE, Duty
from governance.jobs import OPEN, silence
from governance.models import Territory, User
from governance.views_base import PersonRequest, page, refusals_on, sent_from
from stars.engine.plan import Plan
from stars.explain import reason_sentence
from stars.forms import OpenYearForm, RatingFilter, ReasonForm
from stars.labels import grade_titles, outcome_label, star_options
from stars.models import Outcome, Rating, RatingYear, RosterEntry, StageMove
from stars.plans import plan_for
from stars.selectors.desk import years_near
from stars.selectors.gaps import gaps
from stars.selectors.overview import progress_by_township, roster, shares, totals
from stars.selectors.why import DECIDED, why_not_eligible
from stars.services.years import open_year
from stars.views.steps import STEPS, next_step, steps_for

PER_PAGE = 50
Stage = RatingYear.Stage
LINE = tuple(Stage)


@dataclass(frozen=True)
class StageView:
    title: str
    css: str
    number: int
    move: StageMove | None


@page(duties=OFFICE)
def years(request: PersonRequest) -> HttpResponse:
    form = OpenYearForm(request.POST or None, initial={"year": clock.today().year})
    county = _own_county(request.user)
    if request.method == "POST" and county and form.is_valid():
        with refusals_on(form):
            rating_year = open_year(territory=county, year=form.cleaned_data["year"], by=request.user, at=clock.now())
            messages.success(
                request, _("%(year)s is open; its filings appear on the day each window opens.") % {"year": rating_year}
            )
            return redirect("stars:year", rating_year.pk)
    found = Paginator(years_near(request.user), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": found, "rows": [(one, next_step(one)) for one in found], "form": form if county else None}
    return render(request, "stars/years.html", context, status=422 if form.errors else 200)


@page(duties=OFFICE)
@require_safe
def year(request: PersonRequest, rating_year_id: int) -> HttpResponse:
    return _year_page(request, _year_or_404(request, rating_year_id))


@page(duties=COUNTY)
@sent_from("stars:year", "rating_year_id")
def take_step(request: PersonRequest, rating_year_id: int, step: str) -> HttpResponse:
    rating_year = _year_or_404(request, rating_year_id)
    chosen = STEPS[step]
    form = ReasonForm(request.POST) if chosen.reason else forms.Form(request.POST)
    if form.is_valid():
        with refusals_on(form):
            chosen.act(rating_year_id=rating_year.pk, by=request.user, at=clock.now(), **form.cleaned_data)
            messages.success(request, _("Done: %(step)s.") % {"step": chosen.title})
            return redirect("stars:year", rating_year.pk)
    rating_year.refresh_from_db()
    return _year_page(request, rating_year, refused=(step, form), status=422)


@page(duties=OFFICE)
@require_safe
def progress(request: PersonRequest, rating_year_id: int) -> HttpResponse:
    """The bar alone, asked for every second or two; when the work is over the whole page is loaded anew."""
    rating_year = _year_or_404(request, rating_year_id)
    response = render(request, "parts/progress.html", _progress(rating_year, request.user, clock.now()))
    if rating_year.job is None or rating_year.job.state not in OPEN:
        response.headers["HX-Refresh"] = "true"
    return response


@page(duties=OFFICE)
@require_safe
def ratings(request: PersonRequest, rating_year_id: int) -> HttpResponse:
    rating_year = _year_or_404(request, rating_year_id)
    found = Rating.objects.visible_to(request.user).filter(rating_year=rating_year)
    found = found.select_related("entry__person", "entry__territory__parent").order_by("entry__territory__path", "pk")
    chosen = RatingFilter(request.GET)
    if chosen.is_valid():
        found = _filtered(found, **chosen.cleaned_data)
    context = {
        "rating_year": rating_year,
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "townships": _townships(request.user, rating_year),
        "results": star_options(plan_for(rating_year.policy)),
        "chosen": chosen,
        "grades": grade_titles(rating_year.policy),
    }
    return render(request, "stars/ratings.html", context)


@page(duties=OFFICE)
@require_safe
def roster_page(request: PersonRequest, rating_year_id: int) -> HttpResponse:
    rating_year = _year_or_404(request, rating_year_id)
    township = request.GET.get("township", "")
    within = township if township.isdecimal() else ""
    entries = roster(rating_year, request.user).filter(territory__path__prefix=within)
    found = Paginator(entries, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "rating_year": rating_year,
        "page": found,
        "rows": _roster_rows(rating_year, list(found)),
        "gaps": gaps(rating_year, request.user, within=within),
        "townships": _townships(request.user, rating_year),
        "township": township,
    }
    return render(request, "stars/roster.html", context)


def _year_page(
    request: PersonRequest, rating_year: RatingYear, *, refused: tuple[str, forms.Form] = ("", forms.Form()), status: int = 200
) -> HttpResponse:
    now, mine = clock.now(), Rating.objects.visible_to(request.user).filter(rating_year=rating_year)
    found, line = shares(mine), _line(rating_year, request.user)
    context = {
        "rating_year": rating_year,
        "line": line,
        "has_moves": any(stage.move for stage in line),
        "totals": [(outcome_label(outcome, None), count) for outcome, count in totals(found).items()],
        "bars": [(outcome_label(share.outcome, share.star), share) for share in found],
        "townships": progress_by_township(rating_year, request.user, now),
        "unratable": _unratable(rating_year, mine),
        "steps": [(step, refused[1] if step.name == refused[0] else None) for step in steps_for(request.user, rating_year)],
        "publications": rating_year.publications.visible_to(request.user).select_related("published_by", "pay_list"),
        **_progress(rating_year, request.user, now),
    }
    return render(request, "stars/year.html", context, status=status)


def _year_or_404(request: PersonRequest, rating_year_id: int) -> RatingYear:
    return get_object_or_404(years_near(request.user).select_related("job"), pk=rating_year_id)


def _own_county(user: User) -> Territory | None:
    """Where this person opens years."""
    paths = user.reach({Duty.COUNTY_STAFF})
    return Territory.objects.filter(path__in=paths, level=Territory.Level.COUNTY, valid_to=None).first()


def _line(rating_year: RatingYear, user: User) -> list[StageView]:
    """Who took which step is the county's to read; everybody else sees the stage."""
    moves = {move.after: move for move in rating_year.moves.visible_to(user).select_related("by__person").order_by("pk")}
    here = LINE.index(Stage(rating_year.stage))
    looks = [
        "done" if place < here or rating_year.stage == Stage.PUBLISHED else "now" if place == here else ""
        for place in range(len(LINE))
    ]
    return [
        StageView(str(stage.label), look, place + 1, moves.get(stage) if look else None)
        for place, (stage, look) in enumerate(zip(LINE, looks, strict=True))
    ]


def _progress(rating_year: RatingYear, user: User, at: datetime) -> dict[str, object]:
    """How many are done and what went wrong is the county's to read; a township sees that the work goes on or failed."""
    job = rating_year.job
    quiet = silence(job, at) if job else None
    return {
        "rating_year": rating_year,
        "job": job,
        "silent": int(quiet.total_seconds()) if quiet else 0,
        "county_wide": user.has_duty(*COUNTY, Duty.AUDITOR),
    }


def _unratable(rating_year: RatingYear, mine: QuerySet[Rating]) -> list[dict[str, Any]]:
    """By reason: how many, and who."""
    plan = plan_for(rating_year.policy)
    found = mine.filter(outcome=Outcome.UNRATABLE).select_related("entry__person", "entry__territory__parent")
    by_reason: dict[int, list[Rating]] = {}
    for rating in found.order_by("reason", "entry__territory__path"):
        by_reason.setdefault(rating.reason, []).append(rating)
    return [
        {"sentence": reason_sentence(plan, reason), "count": len(people), "people": people}
        for reason, people in by_reason.items()
    ]


def _townships(user: User, rating_year: RatingYear) -> list[Territory]:
    found = Territory.objects.visible_to(user).filter(
        path__prefix=rating_year.territory.path, level=Territory.Level.TOWNSHIP, valid_to=None
    )
    return list(found.order_by("path"))


def _filtered(found, *, township: str, result: str, q: str):
    if township.isdecimal():
        found = found.filter(entry__territory__path__prefix=township)
    if result.isdecimal():
        found = found.filter(star=int(result))
    elif result.upper() in Outcome.names:
        found = found.filter(outcome=Outcome[result.upper()])
    if q:
        found = found.filter(Q(entry__person__name__icontains=q) | Q(entry__territory__short_name__icontains=q))
    return found


def _roster_rows(rating_year: RatingYear, entries: list[RosterEntry]) -> list[dict[str, object]]:
    plan = plan_for(rating_year.policy)
    ratings = {entry.pk: entry.rating for entry in entries if hasattr(entry, "rating")}
    unrated = {
        entry.person_id: bytes(ratings[entry.pk].trace)
        for entry in entries
        if entry.pk in ratings and ratings[entry.pk].outcome == Outcome.NOT_ELIGIBLE
    }
    reasons = why_not_eligible(rating_year, unrated, decided=rating_year.stage in DECIDED)
    return [_roster_row(plan, entry, ratings.get(entry.pk), reasons.get(entry.person_id, "")) for entry in entries]


def _roster_row(plan: Plan, entry: RosterEntry, rating: Rating | None, reason: str) -> dict[str, object]:
    return {
        "entry": entry,
        "months": [bool(entry.months >> month & 1) for month in range(12)],
        "in_post": entry.months.bit_count(),
        "outcome": outcome_label(rating.outcome, rating.star) if rating else "",
        "reason": reason_sentence(plan, rating.reason) if rating and rating.reason else reason,
    }
