"""Figures of the sources that the records of stars must add up to, counted one by one."""

from stars.models import Outcome, PublishedRating

LINYI = "140821"


def _last_year() -> int:
    """0 where nothing is published."""
    years = PublishedRating.objects.filter(county=int(LINYI)).order_by("-year")
    return years.values_list("year", flat=True).first() or 0


def _rated(**wanted: int) -> int:
    """Current versions of the county's newest published year."""
    rows = PublishedRating.objects.filter(county=int(LINYI), year=_last_year(), superseded_by=None)
    return rows.filter(**wanted).count()


def secretaries_rated() -> int:
    return sum(_rated(outcome=outcome) for outcome in (Outcome.RATED, Outcome.NONE, Outcome.DISQUALIFIED))


COUNTED = {
    "S3.secretaries_rated": secretaries_rated,
    "S3.nine_star_secretaries": lambda: _rated(star=9),
    "S3.secretaries_without_star": lambda: _rated(outcome=Outcome.NONE),
    "S3.secretaries_disqualified": lambda: _rated(outcome=Outcome.DISQUALIFIED),
}
