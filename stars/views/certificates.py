"""Certificates: on paper for whoever may see the star, and the public page at which a paper is checked."""

from __future__ import annotations

import math

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from governance.downloads import attachment
from governance.duties import INSIDE, OFFICE
from governance.masking import masked_name
from governance.models import User
from governance.rates import CountingFailed, count_request
from governance.scope import rows_in_reach
from governance.views_base import PersonRequest, page, public_page
from stars.certificate_paper import certificate_pdf
from stars.certificates import as_typed
from stars.models import PublishedRating
from stars.selectors.certificates import Looked, has_certificate, look_up
from stars.views.publicity import unindexed

LONGEST = 40  # letters of a number as somebody may type it


@page(duties=INSIDE)
@require_safe
def certificate(request: PersonRequest, published_rating_id: int) -> HttpResponse:
    """404 without a star, and once a correction has taken its place."""
    found = readable_or_404(request.user, published_rating_id)
    if not has_certificate(found):
        raise Http404
    link = request.build_absolute_uri(reverse("stars:verify_number", args=[found.certificate_no]))
    return attachment(
        certificate_pdf(found, link=link), f"{found.village_name} {found.year} {found.certificate_no}.pdf", "application/pdf"
    )


def readable_or_404(user: User, published_rating_id: int) -> PublishedRating:
    """A published result that the office reads by its posts, or the own."""
    own = Q(person=user.person_id) if user.person_id else Q(pk__in=[])
    rows = PublishedRating.objects.filter(rows_in_reach(PublishedRating, user, OFFICE) | own)
    related = rows.select_related("publication__rating_year__territory", "publication__decision__policy")
    return get_object_or_404(related, pk=published_rating_id)


@public_page
@require_safe
@cache_control(no_store=True)
def verify(request: HttpRequest) -> HttpResponse:
    number = as_typed(request.GET.get("number", "")[:LONGEST]).replace("/", "")
    if number.strip(".-"):
        return redirect("stars:verify_number", number)
    return _page(request)


@public_page
@require_safe
@cache_control(no_store=True)
def verify_number(request: HttpRequest, number: str) -> HttpResponse:
    """What the paper itself says, with the name masked: whoever holds it compares."""
    try:
        used = count_request(f"certificate:{request.META.get('REMOTE_ADDR', '')}")
    except CountingFailed:
        return _refused(request, 503, 1)
    if used.count > settings.CERTIFICATE_LOOKUPS_A_MINUTE:
        return _refused(request, 429, math.ceil(used.left))
    return _page(request, look_up(as_typed(number[:LONGEST])))


def _refused(request: HttpRequest, status: int, wait: int) -> HttpResponse:
    response = _page(request, refused=status, status=status)
    response.headers["Retry-After"] = str(wait)
    return response


def _page(request: HttpRequest, looked: Looked | None = None, *, refused: int = 0, status: int = 200) -> HttpResponse:
    found = looked.found if looked else None
    context = {
        "looked": looked,
        "found": found,
        "in_force": looked.in_force if looked else None,
        "county": found.publication.rating_year.territory.name if found else "",
        "name": masked_name(found.person_name) if found else "",
        "refused": refused,
    }
    return unindexed(render(request, "stars/verify.html", context, status=status))
