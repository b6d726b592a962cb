"""The public notice: what is in publicity today, and nothing else."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from governance import clock
from governance.views_base import public_page
from stars.models import Outcome, Publication, Rating, RatingYear

SHOWN = (Outcome.RATED, Outcome.NONE, Outcome.DISQUALIFIED)


@public_page
@require_safe
@cache_control(no_store=True)
def publicity(request: HttpRequest) -> HttpResponse:
    found = RatingYear.objects.filter(_in_publicity()).select_related("territory__parent").order_by("territory__path")
    return unindexed(render(request, "stars/publicity.html", {"rating_years": found}))


@public_page
@require_safe
@cache_control(no_store=True)
def publicity_year(request: HttpRequest, rating_year_id: int) -> HttpResponse:
    """404 before its first day and after its last."""
    rating_year = get_object_or_404(RatingYear.objects.filter(_in_publicity()).select_related("territory"), pk=rating_year_id)
    ratings = Rating.objects.filter(rating_year=rating_year, outcome__in=SHOWN).order_by("entry__territory__path", "pk")
    last = Publication.objects.filter(rating_year__territory=rating_year.territory).order_by("number").last()
    context = {
        "rating_year": rating_year,
        "ratings": ratings.select_related("entry__person", "entry__territory__parent"),
        "chain": last.hash if last else "",
    }
    return unindexed(render(request, "stars/publicity_year.html", context))


def _in_publicity() -> Q:
    today = clock.today()
    return Q(stage=RatingYear.Stage.PUBLICITY, publicity_from__lte=today, publicity_until__gte=today)


def unindexed(response: HttpResponse) -> HttpResponse:
    response.headers["X-Robots-Tag"] = "noindex, noarchive"
    return response
