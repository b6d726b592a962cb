"""Why this star: one page for the office, before and after publication, and for the secretary alone."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from governance import clock
from governance.duties import OFFICE, Duty
from governance.models import User
from governance.scope import rows_in_reach
from governance.views_base import PersonRequest, page
from stars.labels import grade_titles
from stars.models import PublishedRating, Rating, RatingYear, RosterEntry
from stars.selectors.certificates import has_certificate
from stars.selectors.desk import years_near
from stars.selectors.objections import chances, in_publicity, own_objections
from stars.selectors.why import DECIDED, why, why_published
from stars.services.objections import RECORDERS
from stars.services.rectification import order_for
from stars.views.objections import chance_links, rows_of

LISTED = 20  # own objections


@page(duties=OFFICE)
@require_safe
def entry(request: PersonRequest, rating_year_id: int, roster_entry_id: int) -> HttpResponse:
    """As computed so far."""
    rating_year = get_object_or_404(years_near(request.user), pk=rating_year_id)
    found = get_object_or_404(_entries(request.user).filter(rating_year=rating_year), pk=roster_entry_id)
    found.rating_year = rating_year
    rating = Rating.objects.filter(entry=found).first()
    context = _context(found.person.name, str(found.territory.parent), str(found.territory), rating_year, rating)
    if rating_year.stage == RatingYear.Stage.OPEN:
        context["ahead"] = reverse("stars:route", args=[rating_year.pk, found.pk])
    if rating:
        decided = rating_year.stage in DECIDED
        context |= {"why": why(found, bytes(rating.trace), decided=decided), "provisional": not decided}
        context["entry_id"] = found.pk
        context["may_record"] = rating_year.stage == RatingYear.Stage.PUBLICITY and request.user.has_duty(*RECORDERS)
        context["stale"] = not decided and bool(
            rating_year.changed_at and rating_year.computed_at and rating_year.changed_at > rating_year.computed_at
        )
    return render(request, "stars/rating.html", context)


@page(duties=OFFICE)
@require_safe
def rating(request: PersonRequest, published_rating_id: int) -> HttpResponse:
    found = PublishedRating.objects.filter(rows_in_reach(PublishedRating, request.user, OFFICE))
    return _published_page(request, get_object_or_404(_with_decision(found), pk=published_rating_id), own=False)


@page(duties={Duty.SECRETARY})
@require_safe
def my_star(request: PersonRequest) -> HttpResponse:
    """The own result in publicity, else the latest published one; `?year=` for a published one of that year."""
    year = request.GET.get("year", "")
    wanted = int(year) if year.isdecimal() and len(year) == 4 else None
    decided = in_publicity(request.user.person_id, clock.today()) if wanted is None else None
    if decided:
        return _decided_page(request, decided)
    own = _with_decision(PublishedRating.objects.filter(person=request.user.person_id, superseded_by=None))
    latest = (own if wanted is None else own.filter(year=wanted)).order_by("-year", "-pk").first()
    if latest is None:
        return render(request, "stars/no_star.html")
    return _published_page(request, latest, own=True)


def _decided_page(request: PersonRequest, entry: RosterEntry) -> HttpResponse:
    """The whole reckoning, for the person rated alone, before it is published."""
    rating, place = Rating.objects.get(entry=entry), entry.territory
    context = _context(entry.person.name, str(place.parent), str(place), entry.rating_year, rating)
    context |= {"why": why(entry, bytes(rating.trace), decided=True), "own": True, "in_publicity": True}
    return render(request, "stars/rating.html", context | _own_objections(request.user))


def _own_objections(user: User) -> dict[str, Any]:
    now = clock.now()
    rows = own_objections(user).select_related("rating_year__territory").order_by("-pk")[:LISTED]
    return {"objections": rows_of(list(rows), now), "chances": chance_links(chances(user, now))}


def _published_page(request: PersonRequest, found: PublishedRating, *, own: bool) -> HttpResponse:
    rating_year = found.publication.rating_year
    context = _context(found.person_name, found.township_name, found.village_name, rating_year, found)
    context |= {"why": why_published(found), "published": found, "own": own}
    context["order"] = order_for(found)
    context["newer"] = PublishedRating.objects.filter(supersedes=found).first()
    context["certificate"] = has_certificate(found)
    if own:
        context |= _own_objections(request.user)
    return render(request, "stars/rating.html", context)


def _context(
    name: str, township: str, village: str, rating_year: RatingYear, rating: Rating | PublishedRating | None
) -> dict[str, Any]:
    return {
        "name": name,
        "township": township,
        "village": village,
        "rating_year": rating_year,
        "rating": rating,
        "grades": grade_titles(rating_year.policy),
        "why": None,
        "published": None,
        "newer": None,
        "certificate": False,
        "in_publicity": False,
        "objections": [],
        "chances": [],
        "order": None,
        "own": False,
        "ahead": "",
        "provisional": False,
        "may_record": False,
        "entry_id": None,
        "stale": False,
    }


def _entries(user: User) -> Any:
    """By the office's posts: a secretary has the own page."""
    return RosterEntry.objects.filter(rows_in_reach(RosterEntry, user, OFFICE)).select_related("person", "territory__parent")


def _with_decision(found: Any) -> Any:
    return found.select_related(
        "publication__rating_year__territory", "publication__rating_year__policy", "publication__decision__policy",
        "publication__published_by__person", "supersedes",
    )  # fmt: skip
