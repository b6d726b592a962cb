"""The roster: who is rated in a county-year, for which months which post answers, and the facts about each person.

Whoever holds a secretary's post in the county on the last day of the year is rated; while the year runs, today stands
for that day. Every period is answered for by the post that the person holds on its last day; of several by the one held
longest, then by the one whose village comes first. So two villages make one star, and one village a month has one row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from governance.duties import Duty
from governance.models import Award, Post
from stars.facts import Known, facts_of
from stars.models import RatingYear, RosterEntry, RosterPost
from stars.periods import local_day, month_end
from stars.plans import plan_for

MONTHS = range(12)


@dataclass(frozen=True)
class Line:
    """A person's place on the roster as it should be: `months` by post, bit 0 is January."""

    post: Post
    months: Mapping[int, int]
    facts: Sequence[int]

    @property
    def in_post(self) -> int:
        return sum(self.months.values())


@transaction.atomic(savepoint=False)  # thousands in a run, most of them frozen
def refresh_roster(rating_year: RatingYear, *, at: datetime) -> bool:
    """Bring the roster up to the posts, awards and villages as they are; once frozen nothing moves. True if it changed."""
    if rating_year.roster_frozen_at:
        return False
    wanted = _wanted(rating_year, _day_of(rating_year.year, at))
    entries = {entry.person_id: entry for entry in RosterEntry.objects.filter(rating_year=rating_year)}
    posts = _posts_by_entry(rating_year)
    gone = [entry.pk for person, entry in entries.items() if person not in wanted]
    changed = {
        person: line
        for person, line in wanted.items()
        if person not in entries or _differs(entries[person], posts[entries[person].pk], line)
    }
    _remove(gone)
    _write(rating_year, changed)
    if gone or changed:
        RatingYear.objects.filter(pk=rating_year.pk).update(changed_at=at)
    return bool(gone or changed)


def _day_of(year: int, at: datetime) -> date:
    return max(date(year, 1, 1), min(local_day(at), date(year, 12, 31)))


def _wanted(rating_year: RatingYear, day: date) -> dict[int, Line]:
    held = _held_in(rating_year)
    rated = {person: posts for person, posts in held.items() if any(_holds(post, day) for post in posts)}
    careers, awards, plan = _careers(rated), _awards(rated), plan_for(rating_year.policy)
    lines = {}
    for person, posts in rated.items():
        main = next(post for post in posts if _holds(post, day))
        known = Known(plan, rating_year.year, careers[person], awards[person], main.territory)
        lines[person] = Line(main, _months(posts, rating_year.year), facts_of(known))
    return lines


def _held_in(rating_year: RatingYear) -> dict[int, list[Post]]:
    """Posts of the year by person, the one that answers first of several in front."""
    year = rating_year.year
    posts = Post.objects.filter(
        Q(until_on=None) | Q(until_on__gte=date(year, 1, 1)), from_on__lte=date(year, 12, 31),
        duty=Duty.SECRETARY, territory__path__prefix=rating_year.territory.path,
    )  # fmt: skip
    held = defaultdict(list)
    for post in posts.select_related("territory").order_by("from_on", "territory__path", "pk"):
        held[post.person_id].append(post)
    return held


def _holds(post: Post, day: date) -> bool:
    return post.from_on <= day and (post.until_on is None or post.until_on >= day)


def _months(posts: Sequence[Post], year: int) -> dict[int, int]:
    """By post, the months that it answers for; a post without any is left out."""
    months: dict[int, int] = defaultdict(int)
    for month in MONTHS:
        day = month_end(year, month)
        answering = next((post for post in posts if _holds(post, day)), None)
        if answering:
            months[answering.pk] |= 1 << month
    return dict(months)


def _careers(people: Iterable[int]) -> dict[int, list[Post]]:
    careers = defaultdict(list)
    for post in Post.objects.filter(person_id__in=list(people)).order_by("from_on", "pk"):
        careers[post.person_id].append(post)
    return careers


def _awards(people: Iterable[int]) -> dict[int, list[Award]]:
    awards = defaultdict(list)
    for award in Award.objects.filter(person_id__in=list(people)):
        awards[award.person_id].append(award)
    return awards


def _posts_by_entry(rating_year: RatingYear) -> dict[int, dict[int, int]]:
    months: dict[int, dict[int, int]] = defaultdict(dict)
    rows = RosterPost.objects.filter(entry__rating_year=rating_year)
    for entry, post, held in rows.values_list("entry_id", "post_id", "months"):
        months[entry][post] = held
    return months


def _differs(entry: RosterEntry, months: Mapping[int, int], line: Line) -> bool:
    now = (entry.post_id, entry.territory_id, entry.months, list(entry.facts), dict(months))
    return now != (line.post.pk, line.post.territory_id, line.in_post, list(line.facts), dict(line.months))


def _remove(entries: Sequence[int]) -> None:
    RosterPost.objects.filter(entry__in=entries).delete()
    RosterEntry.objects.filter(pk__in=entries).delete()


def _write(rating_year: RatingYear, lines: Mapping[int, Line]) -> None:
    written = RosterEntry.objects.bulk_create(
        [
            RosterEntry(
                rating_year=rating_year, county=int(rating_year.territory.path),
                township=int(line.post.territory.township_path), person_id=person, post=line.post,
                territory_id=line.post.territory_id, months=line.in_post, facts=list(line.facts),
            )
            for person, line in lines.items()
        ],
        update_conflicts=True, unique_fields=["rating_year", "person"],
        update_fields=["township", "post", "territory", "months", "facts"],
    )  # fmt: skip
    RosterPost.objects.filter(entry__in=[entry.pk for entry in written]).delete()
    RosterPost.objects.bulk_create(
        RosterPost(entry=entry, post_id=post, months=months)
        for entry in written
        for post, months in lines[entry.person_id].months.items()
    )
