"""The working calendar of a year: twelve months, what is free, what is made up, and by which notice."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dates import WEEKDAYS
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from governance import clock
from governance.duties import CALENDAR_READERS
from governance.models import Territory
from governance.scope import choices_for
from governance.selectors.calendar import year_of
from governance.views_base import PersonRequest, page
from governance.workdays import FIRST, LAST

MOST = 200  # counties of a province


@page(duties=CALENDAR_READERS)
@require_safe
def this_year(request: PersonRequest) -> HttpResponse:
    return redirect("governance:calendar", clock.today().year)


@page(duties=CALENDAR_READERS)
@require_safe
def year(request: PersonRequest, year: int) -> HttpResponse:
    """`?place=`: the county whose days are laid over the country's; without it the first of one's own."""
    if not FIRST.year < year < LAST.year:
        raise Http404
    counties = list(
        choices_for(Territory, request.user, CALENDAR_READERS).filter(level=Territory.Level.COUNTY, valid_to=None)[:MOST]
    )
    county = _chosen(counties, request.GET.get("place", ""))
    context = {
        "year": year_of(county, year),
        "county": county,
        "counties": counties,
        "today": clock.today(),
        "weekdays": list(zip(_initials(), WEEKDAYS.values(), strict=True)),
        "years": (year - 1, year + 1),
    }
    return render(request, "governance/calendar.html", context)


def _initials() -> list[str]:
    return [
        pgettext("weekday", "Mo"), pgettext("weekday", "Tu"), pgettext("weekday", "We"), pgettext("weekday", "Th"),
        pgettext("weekday", "Fr"), pgettext("weekday", "Sa"), pgettext("weekday", "Su"),
    ]  # fmt: skip


def _chosen(counties: list[Territory], path: str) -> Territory | None:
    if not path:
        return counties[0] if counties else None
    for county in counties:
        if county.path == path:
            return county
    raise Http404
