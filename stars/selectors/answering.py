"""Who answers in a filing: the posts whose rows it must hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, QuerySet

from governance.duties import Duty
from governance.models import Post
from stars.cells import NOT_FILED
from stars.engine.document import Indicator, Sheet
from stars.engine.plan import Plan
from stars.models import Assessment, Filing, FilingWindow, RosterPost
from stars.periods import last_month

FILERS = {"village": Duty.SECRETARY, "township": Duty.TOWNSHIP_CLERK, "county": Duty.COUNTY_STAFF}


@dataclass(frozen=True)
class Answering:
    """A post on the roster, with the person's frozen or present facts in the order of the policy's roster words."""

    post: Post
    facts: Sequence[int]
    months: int  # bit 0 is January


def sheet_of(plan: Plan, window: FilingWindow) -> Sheet:
    return plan.sheets[window.sheet_code]


def answering_in(filing: Filing, sheet: Sheet) -> dict[int, Answering]:
    """By post, in the order of the villages."""
    month = 1 << last_month(sheet.months, filing.window.period)
    return {one.post.pk: one for one in on_roster(filing) if one.months & month}


def on_roster(filing: Filing) -> Iterable[Answering]:
    posts = _roster_posts(filing).select_related("post__territory", "post__person")
    rows = posts.annotate(facts=F("entry__facts")).order_by("post__territory__path", "post__from_on", "post_id")
    return [Answering(row.post, row.facts, row.months) for row in rows]


class Holder(NamedTuple):
    """Who answers, without the names that a page shows, and what stands filed for the post."""

    person_id: int
    facts: Sequence[int]
    scores: Sequence[int] | None  # None: nothing


HOLDERS = """
    SELECT r.post_id, e.person_id, e.facts, (
        SELECT scores FROM stars_assessment a
        WHERE a.post_id = r.post_id AND county = %(county)s AND year = %(year)s AND sheet = %(sheet)s AND period = %(period)s
    )
    FROM stars_rosterpost r JOIN stars_rosterentry e ON e.id = entry_id
    WHERE rating_year_id = %(rating_year)s AND r.months & %(month)s > 0
"""
OF_THE_TOWN = """
    AND EXISTS (
        SELECT FROM governance_post p JOIN governance_territory t ON t.id = p.territory_id
        WHERE p.id = r.post_id AND t.path LIKE %(within)s
    )
"""


def holders_in(filing: Filing, sheet: Sheet) -> dict[int, Holder]:
    """By post, as `answering_in`. In the words of the database: a clerk waits for it with every save."""
    window, place = filing.window, filing.territory
    values: dict[str, Any] = {
        "rating_year": window.rating_year_id, "within": f"{place.path}%", "month": 1 << last_month(sheet.months, window.period),
        "county": int(place.county_path), "year": window.rating_year.year, "sheet": window.sheet, "period": window.period,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(HOLDERS if place.path == place.county_path else HOLDERS + OF_THE_TOWN, values)
        return {post_id: Holder(*holder) for post_id, *holder in cursor.fetchall()}


def _roster_posts(filing: Filing) -> QuerySet[RosterPost]:
    return RosterPost.objects.filter(
        entry__rating_year=filing.window.rating_year_id, post__territory__path__prefix=filing.territory.path
    )


def applies(indicator: Indicator, plan: Plan, facts: Sequence[int]) -> bool:
    """Whether the policy means the indicator for a village of this kind."""
    return all(facts[plan.roster[name].ordinal] in words for name, words in indicator.part)


def stored_rows(filing: Filing) -> dict[int, Assessment]:
    """By post."""
    return {row.post_id: row for row in assessments_of(filing)}


def assessments_of(filing: Filing) -> QuerySet[Assessment]:
    window = filing.window
    return Assessment.objects.filter(
        county=int(filing.territory.county_path), year=window.rating_year.year, sheet=window.sheet, period=window.period,
        post__territory__path__prefix=filing.territory.path,
    )  # fmt: skip


def cell_key(filing: Filing, post_id: int, place: int) -> str:
    """As pages, workbooks and mistakes name a cell: "sheet/period/post/indicator", ordinals as in the policy."""
    return f"{filing.window.sheet}/{filing.window.period}/{post_id}/{place}"


@dataclass(frozen=True)
class MissingCell:
    key: str  # "sheet/period/post/indicator"
    village: str
    person: str
    indicator: str


def missing_cells(filing: Filing, plan: Plan) -> list[MissingCell]:
    """What a complete filing would still need, village by village."""
    sheet = sheet_of(plan, filing.window)
    empty = {
        post_id: [place for place, indicator in enumerate(sheet.indicators)
                  if (not holder.scores or holder.scores[place] == NOT_FILED) and applies(indicator, plan, holder.facts)]
        for post_id, holder in holders_in(filing, sheet).items()
    }  # fmt: skip
    posts = Post.objects.filter(pk__in=[post_id for post_id, places in empty.items() if places])
    return [
        MissingCell(cell_key(filing, post.pk, place), post.territory.short_name, post.person.name, sheet.indicators[place].title)
        for post in posts.select_related("territory", "person").order_by("territory__path", "from_on", "pk")
        for place in empty[post.pk]
    ]  # fmt: skip
