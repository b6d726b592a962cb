"""The windows of a county-year: when each form opens, is due, locks; and an extension with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance import clock
from governance.duties import OFFICE, Duty
from governance.models import CalendarNotice
from governance.selectors.calendar import readable_notices
from governance.views_base import PersonRequest, page, refusals_on
from governance.workdays import last_day_before
from stars.forms import ExtendForm
from stars.models import FilingWindow, RatingYear
from stars.selectors.desk import years_near
from stars.services.years import extend_window
from stars.views.sheet import time_left
from stars.wording import window_note, window_title


@page(duties=OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def windows(request: PersonRequest, rating_year_id: int) -> HttpResponse:
    rating_year = get_object_or_404(years_near(request.user), pk=rating_year_id)
    may_extend = rating_year.stage == RatingYear.Stage.OPEN and request.user.holds(Duty.COUNTY_STAFF, rating_year.territory.path)
    found = [_of(rating_year, window) for window in rating_year.windows.order_by("ends_on", "sheet")]
    form = ExtendForm(request.POST or None, windows=[(window.pk, window_title(window)) for window in found])
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            window = extend_window(by=request.user, at=clock.now(), **form.cleaned_data)
            messages.success(
                request,
                _("%(window)s stays open until the end of %(day)s.")
                % {"window": window_title(window), "day": form.cleaned_data["until"]},
            )
            return redirect("stars:windows", rating_year.pk)
    notices = readable_notices(request.user).in_bulk([window.moved_by_id for window in found if window.moved_by_id])
    context = {
        "rating_year": rating_year,
        "rows": [_row(window, notices, clock.now()) for window in found],
        "form": form,
        "may_extend": may_extend,
    }
    return render(request, "stars/windows.html", context, status=422 if form.errors else 200)


def _of(rating_year: RatingYear, window: FilingWindow) -> FilingWindow:
    window.rating_year = rating_year
    return window


def _row(window: FilingWindow, notices: Mapping[int, CalendarNotice], now: datetime) -> dict[str, object]:
    return {
        "title": window_title(window),
        "opens_on": window.opens_at,
        "due_on": last_day_before(window.due_at),
        "moved": window_note(window, notice=str(notices.get(window.moved_by_id or 0, ""))),
        "locks_on": last_day_before(window.locks_at),
        "left": time_left(window, now, filed=False),
        "is_open": window.is_open(now),
    }
