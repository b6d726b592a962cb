"""One entry page: rows are villages, columns are indicators, a quarter with its months and its own sheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from governance.models import Post, Territory, User
from stars import periods
from stars.cells import NOT_FILED, format_score
from stars.engine.document import Indicator, Sheet
from stars.engine.plan import Plan
from stars.models import Assessment, Filing, FilingWindow, RatingYear
from stars.plans import plan_for
from stars.selectors.answering import FILERS, Answering, applies, on_roster, sheet_of
from stars.selectors.drafts import last_changes

YEAR_SHEETS = 4  # the "quarter" of the sheets that are filed once a year


@dataclass(frozen=True)
class IndicatorColumn:
    key: str  # "sheet/period/indicator", ordinals as in the policy
    code: str
    title: str
    maximum: int  # hundredths
    hint: str  # what a person should know before writing: the range, which villages it is for
    partial: bool  # for some kinds of village only, so that “does not apply” is an answer


@dataclass(frozen=True)
class WindowColumn:
    """One window and one filing of it, side by side with the others of the page."""

    window: FilingWindow
    filing: Filing
    sheet_code: str
    sheet_title: str
    period_title: str
    state: str  # of the filing
    is_open: bool
    columns: list[IndicatorColumn]
    last_change: int  # the newest line of the ledger that this shows


@dataclass(frozen=True, slots=True)
class Cell:
    key: str  # "sheet/period/post/indicator"
    value: int  # hundredths, NOT_FILED or NOT_APPLICABLE
    text: str  # as stars.cells reads and writes it
    applicable: bool  # the indicator is for villages of this type
    answered: bool  # this post answers for the period
    editable: bool


@dataclass(frozen=True, slots=True)
class GridRow:
    post: Post
    person_name: str
    village: Territory
    cells: list[Cell]  # window by window, in the order of their columns


@dataclass(frozen=True)
class Grid:
    rating_year: RatingYear
    territory: Territory
    quarter: int  # 0-3; YEAR_SHEETS
    windows: list[WindowColumn]
    rows: list[GridRow]
    at: datetime


def entry_grid(rating_year: RatingYear, *, territory: Territory, quarter: int, user: User, at: datetime) -> Grid:
    """What `territory` files in a quarter. A filing that `user` may not see has no columns here."""
    plan = plan_for(rating_year.policy)
    filings = page_filings(rating_year, territory, quarter, user)
    lines = last_changes(filings)  # asked before the rows: what is saved in between is told again, not missed
    windows = [_window_column(filing, plan, at, lines.get(filing.pk, 0)) for filing in filings]
    rows = _rows(filings, plan, user, at) if filings else []
    return Grid(rating_year, territory, quarter, windows, rows, at)


def quarter_of(window: FilingWindow) -> int:
    """The page that a window stands on."""
    if window.ends_on.month - window.starts_on.month == 11:
        return YEAR_SHEETS
    return (window.ends_on.month - 1) // 3


def page_filings(rating_year: RatingYear, territory: Territory, quarter: int, user: User) -> list[Filing]:
    """Of one entry page, those that `user` may see, in the order of their columns."""
    filings = Filing.objects.visible_to(user).filter(window__rating_year=rating_year, territory=territory)
    found = filings.select_related("window", "territory").order_by("window__ends_on", "window__sheet")
    return [_with_year(filing, rating_year) for filing in found if quarter_of(filing.window) == quarter]


def _with_year(filing: Filing, rating_year: RatingYear) -> Filing:
    filing.window.rating_year = rating_year
    return filing


def _window_column(filing: Filing, plan: Plan, at: datetime, last_change: int) -> WindowColumn:
    window, sheet = filing.own_window, sheet_of(plan, filing.window)
    return WindowColumn(
        window, filing, sheet.name, sheet.title, periods.title(window.starts_on, window.ends_on), filing.state, filing.is_open(at),
        [_column(indicator, place, filing, sheet, plan) for place, indicator in enumerate(sheet.indicators)], last_change,
    )  # fmt: skip


def _column(indicator: Indicator, place: int, filing: Filing, sheet: Sheet, plan: Plan) -> IndicatorColumn:
    key = f"{sheet.ordinal}/{filing.window.period}/{place}"
    return IndicatorColumn(key, indicator.name, indicator.title, indicator.max, hint(indicator, plan), bool(indicator.part))


def hint(indicator: Indicator, plan: Plan) -> str:
    """What a person should know before writing: the range, and for which villages the item is."""
    reach = _("0 to %(maximum)s") % {"maximum": format_score(indicator.max)}
    words = [plan.scales[plan.roster[name].type.scale or ""].titles[word] for name, places in indicator.part for word in places]
    return _("%(reach)s; for %(kinds)s only") % {"reach": reach, "kinds": "、".join(words)} if words else reach


def _rows(filings: list[Filing], plan: Plan, user: User, at: datetime) -> list[GridRow]:
    scores = _scores(filings)
    editable = [_is_editable(filing, plan, user, at) for filing in filings]
    rows = []
    for one in _everybody(filings[0], {post for _sheet, _period, post in scores}):
        cells = [
            cell
            for filing, open_ in zip(filings, editable, strict=True)
            for cell in _cells(filing, one, scores.get((filing.window.sheet, filing.window.period, one.post.pk)), plan, open_)
        ]
        if any(cell.answered or cell.value != NOT_FILED for cell in cells):
            rows.append(GridRow(one.post, one.post.person.name, one.post.territory, cells))
    return rows


def _everybody(filing: Filing, filed: set[int]) -> list[Answering]:
    """Who answers, and who left the roster since something was filed for them; in the order of the villages."""
    present = list(on_roster(filing))
    departed = Post.objects.filter(pk__in=filed - {one.post.pk for one in present}).select_related("territory", "person")
    return sorted([*present, *(Answering(post, (), 0) for post in departed)], key=lambda one: one.post.territory.path)


def _is_editable(filing: Filing, plan: Plan, user: User, at: datetime) -> bool:
    filer = FILERS[sheet_of(plan, filing.window).filed_by]
    window = filing.window
    stage = window.rating_year.stage
    return (
        filing.state == Filing.State.DRAFT
        and filing.is_open(at)
        and stage == RatingYear.Stage.OPEN
        and user.holds(filer, filing.territory.path)
    )


def _scores(filings: list[Filing]) -> dict[tuple[int, int, int], list[int]]:
    """By sheet, period and post."""
    territory, rating_year = filings[0].territory, filings[0].window.rating_year
    wanted = Q(pk__in=[])
    for filing in filings:
        wanted |= Q(sheet=filing.window.sheet, period=filing.window.period)
    found = Assessment.objects.filter(
        wanted, county=int(territory.county_path), year=rating_year.year, post__territory__path__prefix=territory.path
    )
    return {(row.sheet, row.period, row.post_id): row.scores for row in found}


def _cells(filing: Filing, one: Answering, scores: Sequence[int] | None, plan: Plan, editable: bool) -> list[Cell]:
    sheet, period = sheet_of(plan, filing.window), filing.window.period
    answered = bool(one.months >> periods.last_month(sheet.months, period) & 1)
    cells = []
    for place, indicator in enumerate(sheet.indicators):
        value, fits = scores[place] if scores else NOT_FILED, not one.facts or applies(indicator, plan, one.facts)
        key = f"{sheet.ordinal}/{period}/{one.post.pk}/{place}"
        cells.append(Cell(key, value, format_score(value), fits, answered, editable and answered and fits))
    return cells
