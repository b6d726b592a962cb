"""The inbox: one's own digests, and nobody else's."""

from __future__ import annotations

from datetime import date

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods

from governance import clock
from governance.duties import Duty
from governance.services.inbox import mark_read, own_digests, shown_lines
from governance.views_base import PersonRequest, page

PAGE = 20


@page(duties=Duty.values)
@require_http_methods(["GET", "HEAD", "POST"])
def inbox(request: PersonRequest) -> HttpResponse:
    if request.method == "POST":
        asked = request.POST.get("day", "")
        day = _day(asked)
        if day or asked == "all":
            mark_read(by=request.user, at=clock.now(), day=day)
        return redirect("inbox")
    found = Paginator(own_digests(request.user), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": found,
        "digests": [(digest, shown_lines(digest, request.user)) for digest in found],
        "unread": own_digests(request.user).filter(read_at=None).exists(),
    }
    return render(request, "governance/inbox.html", context)


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:  # a day that the calendar has not
        return None
