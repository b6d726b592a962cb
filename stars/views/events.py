"""Merits, demerits and vetoes: recorded by one, confirmed by another, withdrawn with a reason."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance import clock
from governance.duties import OFFICE, Duty
from governance.errors import RuleBroken
from governance.models import Post
from governance.scope import rows_in_reach
from governance.views_base import PersonRequest, page, refusals_on, sent_from
from stars.forms import EventForm, ReasonForm
from stars.models import Event, RatingYear
from stars.plans import plan_for
from stars.selectors.desk import years_near
from stars.services.events import confirm_event, record_event, withdraw_event

PER_PAGE = 50
YEARS = 6
RECORDERS = frozenset({Duty.TOWNSHIP_CLERK, Duty.COUNTY_STAFF})


@page(duties=OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def events(request: PersonRequest) -> HttpResponse:
    rating_years = list(years_near(request.user)[:YEARS])
    rating_year = next((one for one in rating_years if str(one.pk) == request.GET.get("year")), next(iter(rating_years), None))
    form = _form(request, rating_year) if rating_year and request.user.has_duty(*RECORDERS) else None
    if form and request.method == "POST" and form.is_valid():
        with refusals_on(form):
            record_event(**form.values(), by=request.user, at=clock.now())
            messages.success(request, _("Recorded. It counts once somebody else has confirmed it."))
            return redirect(request.get_full_path())
    return _events_page(request, rating_years, rating_year, form)


@page(duties=OFFICE)
@sent_from("stars:events")
def confirm(request: PersonRequest, event_id: int) -> HttpResponse:
    event = get_object_or_404(_visible(request), pk=event_id)
    try:
        confirm_event(event_id=event.pk, by=request.user, at=clock.now())
        messages.success(request, _("Confirmed: %(event)s.") % {"event": event.person})
    except RuleBroken as broken:
        messages.error(request, broken.message)
    return redirect("stars:events")


@page(duties=OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: PersonRequest, event_id: int) -> HttpResponse:
    event = get_object_or_404(_visible(request).select_related("post__territory"), pk=event_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            withdraw_event(event_id=event.pk, by=request.user, at=clock.now(), **form.cleaned_data)
            messages.success(request, _("Withdrawn: %(event)s.") % {"event": event.person})
            return redirect("stars:events")
    context = {"event": event, "form": form, "title": _titles(event, request)}
    return render(request, "stars/withdraw.html", context, status=422 if form.errors else 200)


def _events_page(
    request: PersonRequest, rating_years: list[RatingYear], rating_year: RatingYear | None, form: EventForm | None
) -> HttpResponse:
    found = _of_year(_visible(request), rating_year) if rating_year else Event.objects.none()
    shown = Paginator(
        found.select_related("person", "post__territory__parent", "recorded_by__person", "confirmed_by__person"), PER_PAGE
    )
    plan = plan_for(rating_year.policy) if rating_year else None
    context = {
        "rating_years": rating_years,
        "rating_year": rating_year,
        "page": shown.get_page(request.GET.get("page")),
        "titles": {(e.name, i.name): (e.title, i.title) for e in plan.events.values() for i in e.items} if plan else {},
        "form": form,
    }
    return render(request, "stars/events.html", context, status=422 if form and form.errors else 200)


def _form(request: PersonRequest, rating_year: RatingYear) -> EventForm:
    posts = Post.objects.filter(rows_in_reach(Post, request.user, RECORDERS), duty=Duty.SECRETARY)
    of_year = posts.filter(
        Q(until_on=None) | Q(until_on__year__gte=rating_year.year), territory__path__prefix=rating_year.territory.path
    )
    choices = of_year.select_related("territory__parent", "person").order_by("territory__path", "from_on")
    return EventForm(request.POST or None, posts=choices, plan=plan_for(rating_year.policy))


def _visible(request: PersonRequest) -> QuerySet[Event]:
    """By the office's posts alone; a secretary reads the own events beside the own star."""
    return Event.objects.filter(rows_in_reach(Event, request.user, OFFICE)).select_related("person")


def _of_year(found: QuerySet[Event], rating_year: RatingYear) -> QuerySet[Event]:
    return found.filter(happened_on__year=rating_year.year, post__territory__path__prefix=rating_year.territory.path)


def _titles(event: Event, request: PersonRequest) -> str:
    rating_year = (
        years_near(request.user).filter(year=event.happened_on.year, territory__path=event.post.territory.county_path).first()
    )
    lists = plan_for(rating_year.policy).events if rating_year else {}
    named = (
        [item.title for item in lists[event.list_code].items if item.name == event.item_code] if event.list_code in lists else []
    )
    return named[0] if named else event.item_code
