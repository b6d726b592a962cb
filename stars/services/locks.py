"""One order of locks: the county-year, then the filing or event, then the publications' number."""

from __future__ import annotations

from django.db import connection

from stars.models import Filing, RatingYear

PUBLICATIONS = 7_211_011  # an advisory lock's number


def lock_year(rating_year_id: int) -> RatingYear:
    """Held to the end of the transaction; whoever changes a county-year's inputs or its stage takes it first."""
    years = RatingYear.objects.select_for_update(of=("self",), no_key=True)
    return years.select_related("policy", "territory").get(pk=rating_year_id)


def lock_filing(filing_id: int) -> Filing:
    """With its county-year, `filing.window.rating_year`."""
    rating_year = lock_year(Filing.objects.values_list("window__rating_year_id", flat=True).get(pk=filing_id))
    filings = Filing.objects.select_for_update(of=("self",), no_key=True)
    filing = filings.select_related("window", "territory").get(pk=filing_id)
    filing.window.rating_year = rating_year
    return filing


def lock_publications() -> None:
    """One publication at a time in the whole database: numbers have no gap and follow the order of commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PUBLICATIONS])
