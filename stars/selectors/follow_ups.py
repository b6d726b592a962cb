"""Cells that somebody marked to be followed up and nobody has closed since: advice, which holds nothing up."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from stars.models import CellRemark, Filing

Kind = CellRemark.Kind


def open_follow_ups() -> QuerySet[CellRemark]:
    """The lines that mark; a cell has at most one of them, for the service takes no second."""
    closed = CellRemark.objects.filter(
        kind=Kind.CLOSED, filing=OuterRef("filing"), post=OuterRef("post"), place=OuterRef("place"), pk__gt=OuterRef("pk")
    )
    return CellRemark.objects.filter(~Exists(closed), kind=Kind.FOLLOW)


def follow_ups_of(filings: Iterable[Filing]) -> list[CellRemark]:
    """In the order in which they were marked."""
    found = open_follow_ups().filter(filing__in=[one.pk for one in filings])
    return list(found.select_related("post__person", "post__territory", "by__person").order_by("pk"))


def follow_up_count() -> Coalesce:
    """Of a filing, as an annotation."""
    counted = open_follow_ups().filter(filing=OuterRef("pk")).order_by().values("filing").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
