"""Completeness and timeliness of a place and the places below it: table, chart, workbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance import clock
from governance.downloads import workbook_response
from governance.duties import OFFICE
from governance.models import Territory, User
from governance.views_base import PersonRequest, page
from stars.forms import CompletenessFilter
from stars.plans import plan_for
from stars.selectors.completeness import DEEPER, Row, Table, completeness_table
from stars.selectors.desk import years_near
from stars.workbooks.completeness import completeness_workbook

YEARS = 6
LOOKS = ("on_time", "by_extension", "late", "missing", "waiting")


@dataclass(frozen=True)
class Bar:
    """One line of the chart: from where to where each of its parts goes, in percent of the widest line."""

    title: str
    parts: Sequence[tuple[str, float, float, int]]  # look, from, width, how many
    total: int


@dataclass(frozen=True)
class Shown:
    table: Table
    asked: dict[str, Any]
    form: CompletenessFilter
    sheets: dict[str, str]
    at: datetime

    def part_title(self, part: str) -> str:
        if self.asked["by"] == "sheet":
            return self.sheets.get(part, part)
        words = {"month": _("month %(number)s"), "quarter": _("quarter %(number)s")}
        return words[self.asked["by"]] % {"number": part} if part else _("the whole year")

    @property
    def title(self) -> str:
        return _("%(place)s %(year)d: completeness of filings") % {"place": self.table.place, "year": self.asked["year"]}


@page(duties=OFFICE)
@require_safe
def completeness(request: PersonRequest) -> HttpResponse:
    shown = _shown(request)
    if shown is None:
        return render(request, "stars/completeness.html", {"shown": None})
    query = {name: value for name, value in shown.asked.items() if value}
    context = {
        "shown": shown,
        "above": _above(request.user, shown.table.place),
        "whole": [_line(shown, row, query, "") for row in shown.table.whole],
        "lines": [_line(shown, row, query, _deeper(shown.table.place, row)) for row in shown.table.rows],
        "bars": _bars(shown),
        "query": urlencode({**query, "place": shown.table.place.path}),
        "split": shown.asked["by"] != "year",
    }
    return render(request, "stars/completeness.html", context)


@page(duties=OFFICE)
@require_safe
def download(request: PersonRequest) -> HttpResponse:
    shown = _shown(request)
    if shown is None:
        raise Http404
    book = completeness_workbook(shown.table, title=shown.title, part_title=shown.part_title, at=shown.at)
    return workbook_response(book, f"{shown.title.replace(':', '').replace('：', '')}.xlsx")


def _shown(request: PersonRequest) -> Shown | None:
    """None where no county near has a rating year yet."""
    rating_years = list(years_near(request.user)[:YEARS])
    if not rating_years:
        return None
    place = _place(request)
    plans = [plan_for(one.policy) for one in reversed(rating_years)]
    sheets = {sheet.name: sheet.title for plan in plans for sheet in plan.sheets.values()}
    years = sorted({one.year for one in rating_years}, reverse=True)
    form = CompletenessFilter(request.GET or None, years=years, sheets=list(sheets.items()))
    asked, at = form.asked(years[0]), clock.now()
    return Shown(completeness_table(request.user, place=place, at=at, **asked), asked, form, sheets, at)


def _place(request: PersonRequest) -> Territory:
    """Where the person's reach begins, or a place inside it."""
    reach = request.user.reach(OFFICE)
    path = request.GET.get("place", "") or reach[0]
    found = Territory.objects.filter(path=path).order_by("-valid_from").first() if path.startswith(reach) else None
    if found is None:
        raise Http404
    return found


def _above(user: User, place: Territory) -> list[Territory]:
    reach = user.reach(OFFICE)
    paths = [place.path[:length] for length in (2, 4, 6, 9) if length < len(place.path)]
    inside = [path for path in paths if path.startswith(reach)]
    return list(Territory.objects.filter(path__in=inside, valid_to=None).order_by("path"))


def _deeper(place: Territory, row: Row) -> str:
    """The path to go on to; empty for what the place files itself, and where the tree ends."""
    return row.path if row.path != place.path and len(row.path) < DEEPER[9] else ""


def _line(shown: Shown, row: Row, query: dict[str, Any], path: str) -> dict[str, Any]:
    return {
        "row": row,
        "part": shown.part_title(row.part),
        "own": row.path == shown.table.place.path,
        "query": urlencode({**query, "place": path}) if path else "",
    }


def _bars(shown: Shown) -> list[Bar]:
    """The places below; where the figures are split, the parts of the place itself."""
    rows = shown.table.rows if shown.asked["by"] == "year" else shown.table.whole
    widest = max((row.counts.expected for row in rows), default=1)
    bars = []
    for row in rows:
        parts, start = [], 0.0
        for look in LOOKS:
            count = getattr(row.counts, look)
            width = round(count * 100 / widest, 2)
            parts.append((look, round(start, 2), width, count))
            start += width
        title = row.name if shown.asked["by"] == "year" else shown.part_title(row.part)
        bars.append(Bar(title, parts, row.counts.expected))
    return bars
