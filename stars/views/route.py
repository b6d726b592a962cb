"""The way to the next star, while the year is open: for the person themselves, and for the office."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from governance import clock
from governance.duties import OFFICE, Duty
from governance.scope import rows_in_reach
from governance.views_base import PersonRequest, page
from stars.models import RatingYear, RosterEntry
from stars.selectors.route import open_entry, outlook


@page(duties={Duty.SECRETARY})
@require_safe
def my_route(request: PersonRequest) -> HttpResponse:
    return _page(request, open_entry(request.user), own=True)


@page(duties=OFFICE)
@require_safe
def route(request: PersonRequest, rating_year_id: int, roster_entry_id: int) -> HttpResponse:
    """404 once the year is closed: then there is a result."""
    entries = RosterEntry.objects.filter(
        rows_in_reach(RosterEntry, request.user, OFFICE), rating_year__stage=RatingYear.Stage.OPEN
    )
    related = entries.select_related("rating_year__policy", "rating_year__territory", "person", "territory__parent")
    return _page(request, get_object_or_404(related, pk=roster_entry_id, rating_year=rating_year_id), own=False)


def _page(request: PersonRequest, entry: RosterEntry | None, *, own: bool) -> HttpResponse:
    context: dict[str, Any] = {"entry": entry, "own": own, "outlook": outlook(entry, clock.now()) if entry else None}
    return render(request, "stars/route.html", context)
