"""One order of locks: the county-year, then the filing or event, then the publications' number."""

from __future__ import annotations

from django.db import connection

from stars.models import Filing, RatingYear

PUBLICATIONS = 7_211_011  # an advisory lock's number


def lock_year(rating_year_id: int) -> RatingYear:
    """Held to the end of the transaction; whoever changes a county-year's inputs or its stage takes it first."""
    years = RatingYear.objects.select_for_update(of=("self",), no_key=True)
    return years.select_related("policy", "territory").get(pk=rating_year_id)


YEAR_OF = """
    SELECT FROM stars_ratingyear WHERE id = (
        SELECT rating_year_id FROM stars_filing f JOIN stars_filingwindow w ON w.id = f.window_id WHERE f.id = %s
    ) FOR NO KEY UPDATE
"""


def lock_filing(filing_id: int) -> Filing:
    """With its county-year, `filing.window.rating_year`."""
    with connection.cursor() as cursor:
        cursor.execute(YEAR_OF, [filing_id])
    filings = Filing.objects.select_for_update(of=("self",), no_key=True)
    return filings.select_related("window__rating_year__policy", "territory").get(pk=filing_id)


def lock_publications() -> None:
    """One publication at a time in the whole database: numbers have no gap and follow the order of commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PUBLICATIONS])
