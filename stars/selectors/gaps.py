"""Villages without a line of their own on the roster, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from governance.duties import Duty
from governance.models import Post, Territory, User
from stars.models import RatingYear, RosterEntry
from stars.wording import shown_day


@dataclass(frozen=True)
class Gap:
    village: Territory
    reason: str


def gaps(rating_year: RatingYear, user: User, *, within: str = "") -> list[Gap]:
    """Of the villages under the path `within` (empty: all that the person may see)."""
    places = Territory.objects.visible_to(user).filter(
        path__prefix=rating_year.territory.path, level=Territory.Level.VILLAGE, valid_to=None
    )
    listed = RosterEntry.objects.filter(rating_year=rating_year).values("territory")
    villages = list(places.filter(path__prefix=within).exclude(pk__in=listed).select_related("parent").order_by("path"))
    if not villages:
        return []
    last = _last_holders(villages, rating_year.year)
    holders = RosterEntry.objects.filter(rating_year=rating_year, person__in=[post.person_id for post in last.values()])
    entries = {entry.person_id: entry for entry in holders.select_related("territory")}
    return [Gap(village, _reason(last.get(village.pk), entries)) for village in villages]


def _last_holders(villages: Iterable[Territory], year: int) -> dict[int, Post]:
    """By village, who held it last up to the end of the year."""
    posts = Post.objects.filter(territory__in=villages, duty=Duty.SECRETARY, from_on__lte=date(year, 12, 31))
    return {post.territory_id: post for post in posts.select_related("person").order_by("from_on", "pk")}


def _reason(post: Post | None, entries: dict[int, RosterEntry]) -> str:
    if post is None:
        return _("vacant; nobody has held the post")
    if post.until_on:
        return _("vacant since %(who)s left on %(day)s") % {"who": post.person, "day": shown_day(post.until_on)}
    if entry := entries.get(post.person_id):
        return _("held by %(who)s beside %(village)s, which answers") % {"who": post.person, "village": entry.territory}
    return _("held by %(who)s since %(day)s; the roster takes it up with the next computing") % {
        "who": post.person,
        "day": shown_day(post.from_on),
    }
