"""A county-year at a glance: results by outcome and star, filings by township, who can't be rated and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet

from governance.models import User
from stars.models import Filing, Outcome, Rating, RatingYear, RosterEntry
from stars.selectors.timeliness import CAME_LATE, DRAFT, overdue


@dataclass(frozen=True)
class Share:
    """One bar: how many, and how wide beside the widest."""

    outcome: int
    star: int | None
    count: int
    percent: int


@dataclass(frozen=True)
class TownshipProgress:
    territory_path: str
    name: str
    opened: int  # filings whose window has opened
    handed_in: int
    accepted: int
    late: int
    overdue: int

    @property
    def percent(self) -> int:
        return self.accepted * 100 // self.opened if self.opened else 0


def shares(ratings: QuerySet[Rating]) -> list[Share]:
    """Stars from the highest down, then no star, disqualified, not yet eligible, can't be rated."""
    rows = ratings.values("outcome", "star").annotate(count=Count("pk")).order_by("outcome", F("star").desc(nulls_last=True))
    most = max((row["count"] for row in rows), default=1)
    return [Share(row["outcome"], row["star"], row["count"], row["count"] * 100 // most) for row in rows]


def totals(found: list[Share]) -> dict[int, int]:
    """People by outcome; every outcome is there."""
    return {outcome: sum(share.count for share in found if share.outcome == outcome) for outcome in Outcome.values}


def progress_by_township(rating_year: RatingYear, user: User, at: datetime) -> list[TownshipProgress]:
    filings = Filing.objects.visible_to(user).filter(window__rating_year=rating_year, window__opens_at__lte=at)
    rows = filings.values("territory__path", "territory__short_name").annotate(
        opened=Count("pk"),
        handed_in=Count("pk", filter=~DRAFT),
        accepted=Count("pk", filter=Q(state=Filing.State.ACCEPTED)),
        late=Count("pk", filter=CAME_LATE),
        overdue=Count("pk", filter=overdue(at)),
    )
    names = ("territory__path", "territory__short_name", "opened", "handed_in", "accepted", "late", "overdue")
    return [TownshipProgress(*(row[name] for name in names)) for row in rows.order_by("territory__path")]


def roster(rating_year: RatingYear, user: User) -> QuerySet[RosterEntry]:
    """Everybody who is to be rated, with what came out of it so far."""
    entries = RosterEntry.objects.visible_to(user).filter(rating_year=rating_year)
    return entries.select_related("person", "post", "territory__parent", "rating").order_by("territory__path", "pk")
