"""Periods inside a rating year: months, quarters, half-years and the year, numbered from 0."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from django.utils.translation import gettext as _

from governance.workdays import end_of, local_day, start_of

__all__ = ["MONTHS", "bounds", "end_of", "last_month", "local_day", "month_end", "start_of", "title"]

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


def last_month(length: int, period: int) -> int:
    """0-based; `length` in months. Whoever answers for this month answers for the period."""
    return (period + 1) * length - 1


def bounds(year: int, length: int, period: int) -> tuple[date, date]:
    """First and last day."""
    last = last_month(length, period)
    return date(year, last - length + 2, 1), month_end(year, last)


def month_end(year: int, month: int) -> date:
    """Last day of the 0-based month."""
    return date(year, month + 1, monthrange(year, month + 1)[1])


def title(starts_on: date, ends_on: date) -> str:
    length = ends_on.month - starts_on.month + 1
    number = (ends_on.month + length - 1) // length
    words = {
        1: _("month %(number)d of %(year)d"),
        3: _("quarter %(number)d of %(year)d"),
        6: _("half-year %(number)d of %(year)d"),
        12: _("the year %(year)d"),
    }
    return words[length] % {"year": ends_on.year, "number": number}
