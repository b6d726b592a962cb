"""What reviewers ask of filings: how complete, on time or not, what changed since they were sent back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from stars.cells import NOT_FILED, format_score
from stars.engine.document import Sheet
from stars.engine.plan import Plan
from stars.models import Assessment, AssessmentChange, Filing, RatingYear, RosterPost
from stars.periods import last_month
from stars.plans import plan_for
from stars.selectors.answering import applies, sheet_of


@dataclass(frozen=True)
class Completeness:
    filled: int
    expected: int

    @property
    def percent(self) -> int:
        return 100 if self.filled == self.expected else self.filled * 100 // self.expected


def completeness(rating_year: RatingYear, filings: Sequence[Filing]) -> dict[int, Completeness]:
    """Cells filled and cells asked for, by filing."""
    plan = plan_for(rating_year.policy)
    roster, scores = _roster(rating_year), _scores(rating_year, filings)
    return {filing.pk: _count(filing, plan, roster, scores) for filing in filings}


def changed_cells(filing: Filing) -> dict[str, str]:
    """By cell key, what it said when the filing was last sent back, in rows that were saved since."""
    if not filing.returned_at:
        return {}
    first: dict[int, AssessmentChange] = {}
    for change in filing.changes.filter(at__gt=filing.returned_at).order_by("pk"):
        first.setdefault(change.post_id, change)
    window = filing.window
    return {
        f"{window.sheet}/{window.period}/{post}/{place}": format_score(change.before[place] if change.before else NOT_FILED)
        for post, change in first.items()
        for place in range(len(change.after))
    }


def _roster(rating_year: RatingYear) -> list[tuple[int, str, int, list[int]]]:
    rows = RosterPost.objects.filter(entry__rating_year=rating_year)
    return list(rows.values_list("post_id", "post__territory__path", "months", "entry__facts"))


def _scores(rating_year: RatingYear, filings: Sequence[Filing]) -> dict[tuple[int, int], dict[int, list[int]]]:
    """By sheet and period, then by post."""
    periods = {filing.window.period for filing in filings}
    found: dict[tuple[int, int], dict[int, list[int]]] = defaultdict(dict)
    rows = Assessment.objects.filter(county=int(rating_year.territory.path), year=rating_year.year, period__in=periods)
    for sheet, period, post, scores in rows.values_list("sheet", "period", "post_id", "scores"):
        found[sheet, period][post] = scores
    return found


def _count(
    filing: Filing,
    plan: Plan,
    roster: Sequence[tuple[int, str, int, list[int]]],
    scores: dict[tuple[int, int], dict[int, list[int]]],
) -> Completeness:
    sheet, period = sheet_of(plan, filing.window), filing.window.period
    of_period = scores[filing.window.sheet, period]
    filled = expected = 0
    for post, path, months, facts in roster:
        if path.startswith(filing.territory.path) and months >> last_month(sheet.months, period) & 1:
            asked = _asked(sheet, plan, facts)
            expected += len(asked)
            filled += sum(of_period[post][place] != NOT_FILED for place in asked) if post in of_period else 0
    return Completeness(filled, expected)


def _asked(sheet: Sheet, plan: Plan, facts: Sequence[int]) -> list[int]:
    return [place for place, indicator in enumerate(sheet.indicators) if applies(indicator, plan, facts)]
