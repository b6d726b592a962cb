"""What was filed about the same post in the periods before: for a cell's chart, for outliers, for suggestions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from stars import periods
from stars.cells import NOT_FILED
from stars.engine.document import Sheet
from stars.models import Assessment, Filing, RatingYear
from stars.plans import plan_for
from stars.selectors.answering import sheet_of

YEARS_BACK = 2


@dataclass(frozen=True)
class Past:
    """Periods before a filing's own, oldest first, and per post a row of scores for each of them.

    titles  of the periods
    rows    post -> for each period the scores in the order of the filing's own sheet; NOT_FILED where nothing is known
    """

    titles: list[str]
    rows: dict[int, list[list[int]]]

    def of(self, post_id: int, place: int) -> list[int]:
        """One score for each period."""
        return [scores[place] for scores in self.rows.get(post_id, [])]


def past_of(filing: Filing, *, count: int = 8, posts: Collection[int] | None = None) -> Past:
    """The `count` periods before; an item is the same item while sheet and item keep their names, whatever the policy's version."""
    own = sheet_of(plan_for(filing.window.rating_year.policy), filing.window)
    before = _periods_before(filing, own, count)
    years = _sheets(filing, {year for year, _period in before})
    places = {year: [_place(sheet, indicator.name) for indicator in own.indicators] for year, sheet in years.items()}
    found: dict[int, dict[tuple[int, int], list[int]]] = defaultdict(dict)
    for year, sheet in years.items():
        rows = Assessment.objects.filter(
            county=int(filing.territory.county_path), year=year, sheet=sheet.ordinal,
            period__in=[period for one, period in before if one == year],
            post__territory__path__prefix=filing.territory.path,
        )  # fmt: skip
        for row in rows if posts is None else rows.filter(post_id__in=posts):
            found[row.post_id][year, row.period] = [row.scores[i] if i is not None else NOT_FILED for i in places[year]]
    empty = [NOT_FILED] * len(own.indicators)
    titles = [periods.title(*periods.bounds(year, own.months, period)) for year, period in before]
    return Past(titles, {post: [rows.get(period, empty) for period in before] for post, rows in found.items()})


def _periods_before(filing: Filing, sheet: Sheet, count: int) -> list[tuple[int, int]]:
    year, period = filing.window.rating_year.year, filing.window.period
    places = range(year * sheet.periods + period - count, year * sheet.periods + period)
    first = year - YEARS_BACK if sheet.periods > 1 else 0
    return [divmod(place, sheet.periods) for place in places if place // sheet.periods >= first]


def _sheets(filing: Filing, years: set[int]) -> dict[int, Sheet]:
    """By year, the sheet of the same name under the policy of that year."""
    own = filing.window.rating_year
    found = RatingYear.objects.filter(territory_id=own.territory_id, year__in=years).select_related("policy")
    sheets = {one.year: plan_for(one.policy).sheets.get(filing.window.sheet_code) for one in found}
    return {year: sheet for year, sheet in sheets.items() if sheet}


def _place(sheet: Sheet, indicator: str) -> int | None:
    return next((place for place, one in enumerate(sheet.indicators) if one.name == indicator), None)
