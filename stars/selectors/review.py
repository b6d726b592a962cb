"""What reviewers ask of filings: which wait for whom, how complete, on time or not, what changed since they last looked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import IntegerField, Q, QuerySet
from django.db.models.expressions import RawSQL

from governance.duties import COUNTY, Duty
from governance.models import User
from stars.cells import NOT_FILED
from stars.engine.document import Sheet
from stars.engine.plan import Plan
from stars.models import Assessment, AssessmentChange, Filing, FormMinutes, RatingYear, RosterPost
from stars.periods import last_month
from stars.plans import plan_for
from stars.selectors.answering import applies, assessments_of, cell_key, sheet_of
from stars.selectors.follow_ups import follow_up_count
from stars.selectors.past import past_of
from stars.selectors.timeliness import CAME_LATE, overdue

State = Filing.State
REVIEWING = {"township": Duty.TOWNSHIP_LEADER, "county": Duty.COUNTY_STAFF}
SAW = {"township": "township_saw", "county": "county_saw"}
JUMP_PERCENT = 20  # of an indicator's maximum: a score that moves further than this from one period to the next is looked at

# Cells that differ between the first {saw} lines of a filing's ledger and its end; none where the body never looked.
CHANGED = """
    SELECT CASE WHEN "stars_filing"."{saw}" IS NULL THEN NULL ELSE (
        SELECT count(*) FROM (
            SELECT DISTINCT ON (later.post_id) later.post_id, later.before FROM (
                SELECT c.id, c.post_id, c.before FROM stars_assessmentchange c WHERE c.filing_id = "stars_filing"."id"
                ORDER BY c.id OFFSET "stars_filing"."{saw}"
            ) later ORDER BY later.post_id, later.id
        ) seen
        CROSS JOIN LATERAL (
            SELECT c.after FROM stars_assessmentchange c
            WHERE c.filing_id = "stars_filing"."id" AND c.post_id = seen.post_id ORDER BY c.id DESC LIMIT 1
        ) now
        CROSS JOIN LATERAL unnest(now.after) WITH ORDINALITY cell (score, place)
        WHERE cell.score <> coalesce(seen.before[cell.place], {not_filed})
    ) END
"""


@dataclass(frozen=True)
class Asked:
    """What the list is narrowed to; an empty word narrows nothing."""

    sheet: str = ""
    months: int = 0  # length of the period
    period: int = 0  # among those of its length, as FilingWindow.period
    unit: str = ""  # path
    state: str = "waiting"  # for this person; or a state of a filing, returned, all
    late: str = ""  # yes, no
    changed: str = ""  # yes, no
    follow: str = ""  # yes, no


@dataclass(frozen=True)
class Completeness:
    filled: int
    expected: int

    @property
    def percent(self) -> int:
        return 100 if self.filled == self.expected else self.filled * 100 // self.expected


@dataclass(frozen=True)
class Earlier:
    """What a cell said when the body last looked, and who made it say something else."""

    score: int
    by: str
    at: datetime
    reason: str


def body_of(user: User) -> str:
    """For whom this person reviews: the county, if in both."""
    return "county" if user.has_duty(*COUNTY) else "township"


def listed_filings(user: User, rating_year: RatingYear, asked: Asked, at: datetime) -> QuerySet[Filing]:
    """Filings whose window has opened, with `changed_count`: cells that changed since the person's body last looked, or None;
    and `follow_count`: cells that are to be followed up.
    """
    found: QuerySet[Any] = Filing.objects.visible_to(user).filter(window__rating_year=rating_year, window__opens_at__lte=at)
    waiting = Q(pk__in=[])
    for body, duty in REVIEWING.items():
        for path in user.reach({duty}):
            waiting |= Q(territory__path__prefix=path) & _waits_for(body, plan_for(rating_year.policy))
    found = found.annotate(changed_count=_changed_count(body_of(user)), follow_count=follow_up_count())
    narrowed = found.filter(waiting) if asked.state == "waiting" else _in_state(found, asked.state)
    if asked.sheet:
        narrowed = narrowed.filter(window__sheet_code=asked.sheet)
    if asked.months:
        codes = [sheet.name for sheet in plan_for(rating_year.policy).sheets.values() if sheet.months == asked.months]
        narrowed = narrowed.filter(window__sheet_code__in=codes, window__period=asked.period)
    if asked.unit:
        narrowed = narrowed.filter(territory__path__prefix=asked.unit)
    if asked.late:
        late = CAME_LATE | overdue(at)
        narrowed = narrowed.filter(late) if asked.late == "yes" else narrowed.exclude(late)
    if asked.changed:
        narrowed = narrowed.filter(changed_count__gt=0) if asked.changed == "yes" else narrowed.exclude(changed_count__gt=0)
    if asked.follow:
        narrowed = narrowed.filter(follow_count__gt=0) if asked.follow == "yes" else narrowed.filter(follow_count=0)
    oldest_first = "window__due_at" if asked.state == "waiting" else "-window__due_at"
    in_order = narrowed.order_by(oldest_first, "window__sheet", "territory__path")
    return in_order.select_related("window", "territory", "submitted_by__person")


def completeness(rating_year: RatingYear, filings: Sequence[Filing]) -> dict[int, Completeness]:
    """Cells filled and cells asked for, by filing."""
    plan = plan_for(rating_year.policy)
    roster, scores = _roster(rating_year), _scores(rating_year, filings)
    return {filing.pk: _count(filing, plan, roster, scores) for filing in filings}


def told_minutes(rating_year: RatingYear) -> dict[tuple[str, int], int]:
    """By form and period, the mean over all units; those that too few have filed are left out."""
    return {
        (one.sheet_code, one.period): told
        for one in FormMinutes.objects.filter(rating_year=rating_year)
        if (told := one.told_minutes) is not None
    }


def changed_cells(filing: Filing, body: str) -> dict[str, Earlier]:
    """By cell key, of cells that say something else than when the body last looked."""
    saw = getattr(filing, SAW[body])
    if saw is None:
        return {}
    first: dict[int, list[int]] = {}
    last: dict[int, list[AssessmentChange]] = defaultdict(list)
    for change in filing.changes.select_related("by__person").order_by("pk")[saw:]:
        first.setdefault(change.post_id, change.before or [NOT_FILED] * len(change.after))
        last[change.post_id].append(change)
    return {
        cell_key(filing, post, place): _earlier(before[place], place, last[post])
        for post, before in first.items()
        for place in range(len(before))
        if before[place] != last[post][-1].after[place]
    }


def jumps(filings: Sequence[Filing]) -> dict[str, int]:
    """By cell key, the score of the period before, where it lies further from this period's than JUMP_PERCENT allow."""
    found: dict[str, int] = {}
    for filing in filings:
        sheet = sheet_of(plan_for(filing.window.rating_year.policy), filing.window)
        last = {post: rows[-1] for post, rows in past_of(filing, count=1).rows.items()}
        for post, now in assessments_of(filing).values_list("post_id", "scores"):
            if before := last.get(post):
                found |= {cell_key(filing, post, place): before[place] for place in _jumped(sheet, before, now)}
    return found


def _jumped(sheet: Sheet, before: Sequence[int], now: Sequence[int]) -> list[int]:
    return [
        place
        for place, indicator in enumerate(sheet.indicators)
        if min(before[place], now[place]) >= 0 and abs(now[place] - before[place]) * 100 > indicator.max * JUMP_PERCENT
    ]


def _earlier(score: int, place: int, changes: Sequence[AssessmentChange]) -> Earlier:
    last = next(one for one in reversed(changes) if (one.before or [NOT_FILED] * len(one.after))[place] != one.after[place])
    return Earlier(score, str(last.by), last.at, last.reason)


def _waits_for(body: str, plan: Plan) -> Q:
    asks_township = [sheet.name for sheet in plan.sheets.values() if "township" in sheet.reviewed_by]
    if body == "township":
        return Q(state=State.SUBMITTED, window__sheet_code__in=asks_township)
    return Q(state=State.PASSED) | (Q(state=State.SUBMITTED) & ~Q(window__sheet_code__in=asks_township))


def _in_state(found: QuerySet[Any], state: str) -> QuerySet[Any]:
    if state == "returned":
        return found.filter(state=State.DRAFT).exclude(return_reason="")
    return found.filter(state=state) if state in State.values else found


def _changed_count(body: str) -> RawSQL:
    return RawSQL(CHANGED.format(saw=SAW[body], not_filed=NOT_FILED), [], output_field=IntegerField())  # noqa: S611  two words of ours


def _roster(rating_year: RatingYear) -> list[tuple[int, str, int, list[int]]]:
    rows = RosterPost.objects.filter(entry__rating_year=rating_year)
    return list(rows.values_list("post_id", "post__territory__path", "months", "entry__facts"))


def _scores(rating_year: RatingYear, filings: Sequence[Filing]) -> dict[tuple[int, int], dict[int, list[int]]]:
    """By sheet and period, then by post."""
    found: dict[tuple[int, int], dict[int, list[int]]] = defaultdict(dict)
    wanted = Q(pk__in=[])
    for sheet, period in {(filing.window.sheet, filing.window.period) for filing in filings}:
        wanted |= Q(sheet=sheet, period=period)
    rows = Assessment.objects.filter(wanted, county=int(rating_year.territory.path), year=rating_year.year)
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
