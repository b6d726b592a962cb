"""Filings at a glance: townships down, quarters across."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from governance import clock
from governance.duties import INSIDE
from governance.views_base import PersonRequest, page
from stars.models import Filing
from stars.selectors.desk import Desk, desks, years_near
from stars.views.pages import filing_url, quarter_title

YEARS = 6
DONE = (Filing.State.PASSED, Filing.State.ACCEPTED)


@page(duties=INSIDE)
@require_safe
def filings(request: PersonRequest) -> HttpResponse:
    rating_years = list(years_near(request.user, INSIDE)[:YEARS])
    rating_year = next((one for one in rating_years if str(one.pk) == request.GET.get("year")), next(iter(rating_years), None))
    found = desks(request.user, [rating_year]) if rating_year else []
    quarters = sorted({desk.quarter for desk in found})
    rows = []
    for territory, group in groupby(found, key=lambda desk: desk.territory):
        by_quarter = {desk.quarter: desk for desk in group}
        rows.append((territory, [_cell(by_quarter.get(quarter)) for quarter in quarters]))
    context = {
        "rating_years": rating_years,
        "rating_year": rating_year,
        "rows": rows,
        "quarters": [quarter_title(q) for q in quarters],
    }
    return render(request, "stars/filings.html", context)


def _cell(desk: Desk | None) -> dict[str, object] | None:
    if desk is None:
        return None
    now, states = clock.now(), Counter(desk.states)
    handed_in = len(desk.filings) - states[Filing.State.DRAFT]
    opened = [filing for filing in desk.filings if filing.window.opens_at <= now]
    overdue = any(f.state == Filing.State.DRAFT and now >= f.due_at for f in opened)
    done = all(state in DONE for state in desk.states)
    return {
        "url": filing_url(desk.rating_year, desk.territory, desk.quarter),
        "handed_in": handed_in,
        "all": len(desk.filings),
        "look": "bad" if overdue else "good" if done else "calm" if handed_in else "wait" if opened else "",
        "overdue": overdue,
        "opened": bool(opened),
    }
