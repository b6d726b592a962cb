"""Addresses and titles that several pages share."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from governance.models import Territory
from stars.models import RatingYear
from stars.selectors.grid import YEAR_SHEETS


class QuarterInPath:
    """1-4, or `year` for the sheets that are filed once a year; 0-4 inside."""

    regex = "[1-4]|year"

    def to_python(self, value: str) -> int:
        return YEAR_SHEETS if value == "year" else int(value) - 1

    def to_url(self, value: int) -> str:
        return "year" if value == YEAR_SHEETS else str(value + 1)


def filing_url(rating_year: RatingYear, territory: Territory, quarter: int, route: str = "filing") -> str:
    return reverse(f"stars:{route}", args=[rating_year.pk, territory.path, quarter])


def quarter_title(quarter: int) -> str:
    return _("Year") if quarter == YEAR_SHEETS else _("Quarter %(number)d") % {"number": quarter + 1}


def page_title(rating_year: RatingYear, territory: Territory, quarter: int) -> str:
    if quarter == YEAR_SHEETS:
        return _("%(place)s · the year %(year)d") % {"place": territory, "year": rating_year.year}
    return _("%(place)s · %(year)d · %(quarter)s") % {
        "place": territory,
        "year": rating_year.year,
        "quarter": quarter_title(quarter),
    }
