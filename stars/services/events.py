"""Merits, demerits and vetoes: one person records, another confirms; only confirmed events count."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from governance.authority import require, require_other_person
from governance.duties import Duty
from governance.errors import RuleBroken
from governance.models import Post, User
from governance.services import audit
from stars.cells import format_score
from stars.engine.document import EventList, Item
from stars.models import Event, RatingYear
from stars.periods import local_day
from stars.plans import plan_for
from stars.selectors.answering import FILERS
from stars.services.locks import lock_year
from stars.wording import shown_day

State = Event.State
CONFIRMERS = {
    "village": (Duty.TOWNSHIP_LEADER, Duty.COUNTY_STAFF, Duty.COUNTY_LEADER),
    "township": (Duty.TOWNSHIP_LEADER, Duty.COUNTY_STAFF, Duty.COUNTY_LEADER),
    "county": (Duty.COUNTY_STAFF, Duty.COUNTY_LEADER),
}


@transaction.atomic
def record_event(
    *, post_id: int, list_code: str, item_code: str, happened_on: date, evidence: str, by: User, at: datetime,
    document_no: str = "", count: int = 1, points: int | None = None,
) -> Event:  # fmt: skip
    """Note what happened to the holder of a post. The same note twice is one note.

    points  hundredths, for an item that leaves them open
    raises  RuleBroken: no_rating_year, year_closed, unknown_event, not_your_duty, own_rating, future_event, not_in_post,
            evidence_needed, out_of_range
    """
    post = Post.objects.select_related("territory", "person").get(pk=post_id)
    rating_year = _lock_year_of(post, happened_on)
    events, item = _named(rating_year, list_code, item_code)
    require(by, (FILERS[events.filed_by], Duty.COUNTY_STAFF), post.territory)
    _require_sensible(post, item, happened_on, evidence, count, points, by, at)
    same = Event.objects.filter(
        post=post, list_code=list_code, item_code=item_code, happened_on=happened_on, evidence=evidence.strip(), recorded_by=by
    ).exclude(state=State.WITHDRAWN)
    if existing := same.first():
        return existing
    event = Event.objects.create(
        person=post.person, post=post, list_code=list_code, item_code=item_code, happened_on=happened_on, count=count, points=points,
        evidence=evidence.strip(), document_no=document_no.strip(), recorded_by=by, recorded_at=at,
    )  # fmt: skip
    return _noted(event, "stars.record_event", by, at)


@transaction.atomic
def confirm_event(*, event_id: int, by: User, at: datetime) -> Event:
    """Let it count.  raises RuleBroken: not_your_duty, same_person, own_rating, event_withdrawn, already_confirmed, year_closed"""
    rating_year, event = _lock_event(event_id)
    events, _item = _named(rating_year, event.list_code, event.item_code)
    require(by, CONFIRMERS[events.filed_by], event.post.territory)
    if event.state == State.CONFIRMED and event.confirmed_by_id == by.pk:
        return event
    if event.state != State.RECORDED:
        raise RuleBroken(
            f"already_{event.state}", _("This event is “%(state)s”; reload the page.") % {"state": event.get_state_display()}
        )
    require_other_person(by, event.recorded_by)
    _require_other_than_rated(by, event.post)
    event.state, event.confirmed_by, event.confirmed_at = State.CONFIRMED, by, at
    event.save(update_fields=["state", "confirmed_by", "confirmed_at"])
    RatingYear.objects.filter(pk=rating_year.pk).update(changed_at=at)
    return _noted(event, "stars.confirm_event", by, at)


@transaction.atomic
def withdraw_event(*, event_id: int, reason: str, by: User, at: datetime) -> Event:
    """Take it back: its recorder before it is confirmed, afterwards somebody other than who confirmed it."""
    rating_year, event = _lock_event(event_id)
    events, _item = _named(rating_year, event.list_code, event.item_code)
    require(by, (FILERS[events.filed_by], *CONFIRMERS[events.filed_by]), event.post.territory)
    if event.state == State.WITHDRAWN:
        return event
    if not reason.strip():
        raise RuleBroken("reason_needed", _("Say why the event is withdrawn."), field="reason")
    require_other_person(by, event.confirmed_by)
    _require_other_than_rated(by, event.post)
    counted, event.state = event.state == State.CONFIRMED, State.WITHDRAWN
    event.save(update_fields=["state"])
    if counted:
        RatingYear.objects.filter(pk=rating_year.pk).update(changed_at=at)
    return _noted(event, "stars.withdraw_event", by, at, reason=reason.strip())


def _lock_event(event_id: int) -> tuple[RatingYear, Event]:
    unlocked = Event.objects.select_related("post__territory").get(pk=event_id)
    rating_year = _lock_year_of(unlocked.post, unlocked.happened_on)
    events = Event.objects.select_for_update(of=("self",), no_key=True).select_related(
        "post__territory", "recorded_by", "confirmed_by"
    )
    return rating_year, events.get(pk=event_id)


def _lock_year_of(post: Post, day: date) -> RatingYear:
    found = (
        RatingYear.objects.filter(territory__path=post.territory.county_path, year=day.year).values_list("pk", flat=True).first()
    )
    if found is None:
        raise RuleBroken(
            "no_rating_year",
            _("The county has no rating year %(year)d; open it first or correct the date.") % {"year": day.year}, field="happened_on",
        )  # fmt: skip
    rating_year = lock_year(found)
    if rating_year.stage != RatingYear.Stage.OPEN and not _reopened(rating_year):
        raise RuleBroken(
            "year_closed",
            _("%(year)s closed with its events; a later finding needs the year sent back or a correction opened.")
            % {"year": rating_year},
        )
    return rating_year


def _reopened(rating_year: RatingYear) -> bool:
    """Sent back or under correction: it closed once, and came back here from a later stage."""
    stages = RatingYear.Stage
    inside = rating_year.stage in (stages.CLOSED, stages.COMPUTED)
    return inside and rating_year.moves.filter(after=stages.CLOSED).exclude(before=stages.OPEN).exists()


def _named(rating_year: RatingYear, list_code: str, item_code: str) -> tuple[EventList, Item]:
    events = plan_for(rating_year.policy).events.get(list_code)
    item = next((one for one in events.items if one.name == item_code), None) if events else None
    if events is None or item is None:
        raise RuleBroken(
            "unknown_event",
            _("%(policy)s has no event “%(list)s/%(item)s”; choose one of its lists.")
            % {"policy": rating_year.policy, "list": list_code, "item": item_code},
            field="item_code",
        )
    return events, item


def _require_sensible(
    post: Post, item: Item, happened_on: date, evidence: str, count: int, points: int | None, by: User, at: datetime
) -> None:
    _require_other_than_rated(by, post)
    if happened_on > local_day(at):
        raise RuleBroken("future_event", _("%(day)s has not come yet; write the day on which it happened.")
                         % {"day": shown_day(happened_on)}, field="happened_on")  # fmt: skip
    if happened_on < post.from_on or (post.until_on and happened_on > post.until_on):
        raise RuleBroken("not_in_post", _("%(who)s did not hold this post on %(day)s; choose the post of that day.")
                         % {"who": post.person, "day": shown_day(happened_on)}, field="happened_on")  # fmt: skip
    if not evidence.strip():
        raise RuleBroken("evidence_needed", _("Say what shows this event: the document, decision or record."), field="evidence")
    if count < 1:
        raise RuleBroken("out_of_range", _("An event happens once or more."), field="count")
    if item.up_to is None and points is not None:
        raise RuleBroken(
            "out_of_range",
            _("The policy fixes the points of “%(item)s”; leave them empty.") % {"item": item.title},
            field="points",
        )
    if item.up_to is not None and (points is None or not 0 <= points <= item.up_to):
        raise RuleBroken("out_of_range", _("“%(item)s” takes points from 0 to %(maximum)s.")
                         % {"item": item.title, "maximum": format_score(item.up_to)}, field="points")  # fmt: skip


def _require_other_than_rated(by: User, post: Post) -> None:
    if by.person_id == post.person_id:
        raise RuleBroken("own_rating", _("Nobody decides on events of their own; a colleague must do this."))


def _noted(event: Event, act: str, by: User, at: datetime, **detail: object) -> Event:
    what = f"{event.list_code}/{event.item_code}"
    audit.record(act, by=by, at=at, territory=event.post.territory, subject=event, event=what, state=event.state, **detail)
    return event
