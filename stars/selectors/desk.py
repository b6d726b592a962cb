"""What lies on a person's desk: county-years that the own posts take part in, and filings page by page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import Q, QuerySet

from governance.duties import OFFICE
from governance.models import Territory, User
from stars.models import Filing, RatingYear
from stars.plans import plan_for
from stars.selectors.answering import FILERS, sheet_of
from stars.selectors.grid import quarter_of


@dataclass(frozen=True)
class Desk:
    """The filings of one entry page."""

    rating_year: RatingYear
    territory: Territory
    quarter: int
    filings: list[Filing]

    def is_open(self, at: datetime) -> bool:
        return any(filing.is_open(at) for filing in self.filings)

    @property
    def states(self) -> list[str]:
        return [filing.state for filing in self.filings]


def years_near(user: User, duties: Iterable[str] = OFFICE) -> QuerySet[RatingYear]:
    """A township works in its county's year, though it sees only its own part of it."""
    near = Q(pk__in=[])
    for path in user.reach(duties):
        near |= Q(territory__path__prefix=path) | Q(territory__path=path[:6])
    return RatingYear.objects.filter(near).select_related("territory", "policy")


def desks(user: User, rating_years: Iterable[RatingYear]) -> list[Desk]:
    """By year (newest first), place and quarter."""
    years = {rating_year.pk: rating_year for rating_year in rating_years}
    filings = Filing.objects.visible_to(user).filter(window__rating_year__in=years)
    found = filings.select_related("window", "territory").order_by(
        "-window__rating_year__year", "territory__path", "window__ends_on", "window__sheet"
    )
    for filing in found:
        filing.window.rating_year = years[filing.window.rating_year_id]
    return [Desk(*place, list(rows)) for place, rows in groupby(sorted(found, key=_order), key=_page)]


def is_filer(user: User, filing: Filing) -> bool:
    filed_by = sheet_of(plan_for(filing.window.rating_year.policy), filing.window).filed_by
    return user.holds(FILERS[filed_by], filing.territory.path)


def waits_for(filing: Filing) -> str:
    """The body whose yes is next, a word of the policy: township or county; empty if nobody's."""
    reviewers = sheet_of(plan_for(filing.window.rating_year.policy), filing.window).reviewed_by
    if filing.state == Filing.State.SUBMITTED:
        return "township" if "township" in reviewers else "county"
    return "county" if filing.state == Filing.State.PASSED else ""


def _page(filing: Filing) -> tuple[RatingYear, Territory, int]:
    return filing.window.rating_year, filing.territory, quarter_of(filing.window)


def _order(filing: Filing) -> tuple[int, str, int, object]:
    window = filing.window
    return -window.rating_year.year, filing.territory.path, quarter_of(window), (window.ends_on, window.sheet)
