"""Pay lists that follow from publications: on the page and for the finance office's Excel."""

from __future__ import annotations

from itertools import groupby

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from governance.downloads import workbook_response
from governance.duties import OFFICE
from governance.errors import RuleBroken
from governance.views_base import PersonRequest, page
from stars.labels import tier_titles
from stars.models import PayLine, PayList
from stars.workbooks.lists import pay_list_workbook

PER_PAGE = 50


@page(duties=OFFICE)
@require_safe
def pay_lists(request: PersonRequest) -> HttpResponse:
    """A list is a county's, with its number; a township sees its own lines of it."""
    lines = PayLine.objects.visible_to(request.user).values("pay_list")
    found = PayList.objects.filter(pk__in=lines).select_related("publication__rating_year__territory").order_by("-pk")
    shown = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    whole = set(PayList.objects.visible_to(request.user).filter(pk__in=[one.pk for one in shown]).values_list("pk", flat=True))
    return render(request, "stars/pay_lists.html", {"page": shown, "rows": [(one, one.pk in whole) for one in shown]})


@page(duties=OFFICE)
@require_safe
def pay_list(request: PersonRequest, pay_list_id: int) -> HttpResponse:
    lines = _lines(request, pay_list_id)
    found = get_object_or_404(
        PayList.objects.select_related("publication__rating_year__territory", "publication__rating_year__policy"),
        pk=pay_list_id,
        pk__in=lines.values("pay_list"),
    )
    by_township = [(name, list(rows)) for name, rows in groupby(lines, key=lambda line: line.rating.township_name)]
    context = {
        "pay_list": found,
        "whole": PayList.objects.visible_to(request.user).filter(pk=found.pk).exists(),
        "townships": [
            {"name": name, "lines": rows, "sum": sum(line.amount_cents for line in rows)} for name, rows in by_township
        ],
        "people": len(lines),
        "total": sum(line.amount_cents for line in lines),
        "tiers": tier_titles(found.publication.rating_year.policy),
    }
    return render(request, "stars/pay_list.html", context)


@page(duties=OFFICE)
@require_safe
def pay_list_download(request: PersonRequest, pay_list_id: int) -> HttpResponse:
    """The whole list, for those who see the county."""
    found = get_object_or_404(PayList.objects.visible_to(request.user), pk=pay_list_id)
    try:
        return workbook_response(pay_list_workbook(found), f"{found.number}.xlsx")
    except RuleBroken as broken:
        messages.error(request, broken.message)
        return redirect("stars:pay_list", found.pk)


def _lines(request: PersonRequest, pay_list_id: int):
    lines = PayLine.objects.visible_to(request.user).filter(pay_list=pay_list_id)
    return lines.select_related("rating").order_by("rating__village_code", "pk")
