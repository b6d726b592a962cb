"""One order of locks: the county-year, then the filing or event, then the publications' number."""

from __future__ import annotations

from django.db import connection
from django.db.models import QuerySet

from stars.models import Filing, RatingYear

PUBLICATIONS = 7_211_011  # an advisory lock's number


def lock_year(rating_year_id: int) -> RatingYear:
    """Held to the end of the transaction; whoever changes a county-year's inputs or its stage takes it first."""
    return _years().get(pk=rating_year_id)


def _years() -> QuerySet[RatingYear]:
    return RatingYear.objects.select_for_update(of=("self",), no_key=True).select_related("policy", "territory")


def lock_filing(filing_id: int) -> Filing:
    """With its county-year, `filing.window.rating_year`."""
    rating_year = _years().get(windows__filings=filing_id)
    filings = Filing.objects.select_for_update(of=("self",), no_key=True)
    filing = filings.select_related("window", "territory", "submitted_by__person", "passed_by__person").get(pk=filing_id)
    filing.window.rating_year = rating_year
    return filing


def lock_publications() -> None:
    """One publication at a time in the whole database: numbers have no gap and follow the order of commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PUBLICATIONS])
