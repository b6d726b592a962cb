"""Objections: which wait, who had a hand in what they are about, what the person rated may still ask for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain

from django.db.models import QuerySet

from governance.calendar import calendar_for
from governance.models import User
from stars.engine.plan import Plan
from stars.models import (
    AssessmentChange,
    Decision,
    Event,
    Objection,
    ObjectionStep,
    Objector,
    PublishedRating,
    RatingYear,
    RosterEntry,
    StageMove,
)
from stars.periods import local_day
from stars.plans import plan_for
from stars.selectors.why import filings_behind

Kind, State = Objection.Kind, Objection.State
OPEN = (State.RECEIVED, State.ACCEPTED)
LOST = (State.NOT_UPHELD, State.OUT_OF_TIME, State.NOT_THIS)  # what can be appealed against
DAYS = {  # POLICY: no published text gives these for stars; ours, in working days, unless the policy has a parameter of the name
    "objection_days": 10,  # to answer what was received in publicity
    "review_request_days": 5,  # after the publication
    "review_days": 10,  # to answer it
    "appeal_request_days": 10,  # after the answer to the review
    "appeal_days": 15,  # to answer it
}
RELATED = ("entry__person", "territory__parent", "rating_year__territory", "rating_year__policy")
ANSWERED_IN = {Kind.PUBLICITY: "objection_days", Kind.REVIEW: "review_days", Kind.APPEAL: "appeal_days"}


@dataclass(frozen=True)
class Chance:
    """What the person rated may ask for until the end of a day."""

    kind: Objection.Kind
    entry: RosterEntry
    until: date
    published: PublishedRating | None = None
    review: Objection | None = None

    @property
    def rating_year(self) -> RatingYear:
        return self.entry.rating_year


def days(plan: Plan, name: str) -> int:
    """Working days; `name` is a key of DAYS."""
    parameter = plan.parameters.get(name)
    return parameter.value if parameter else DAYS[name]


def office_objections(user: User) -> QuerySet[Objection]:
    """Of the places that the office answers for."""
    found: QuerySet[Objection] = Objection.objects.visible_to(user)
    return found.select_related(*RELATED)


def seen(user: User) -> QuerySet[Objection]:
    """Of the office's places; a person rated meets those that came from that very person."""
    return office_objections(user) | own_objections(user).select_related(*RELATED)


def own_objections(user: User) -> QuerySet[Objection]:
    if not user.person_id:
        return Objection.objects.none()
    return Objection.objects.filter(entry__person=user.person_id, way=Objection.Way.OWN)


def objector_of(objection: Objection, user: User) -> Objector | None:
    found: Objector | None = Objector.objects.visible_to(user).filter(objection=objection).first()
    return found


def unanswered(rating_year: RatingYear) -> list[Objection]:
    """Of its publicity."""
    rows = Objection.objects.filter(rating_year=rating_year, kind=Kind.PUBLICITY, state__in=OPEN)
    return list(rows.select_related("entry__person", "territory").order_by("received_on", "pk"))


def hands_in(objection: Objection) -> list[User]:
    """Whoever filed, amended, passed or accepted what the person is rated by, recorded or confirmed an event of theirs, reviewed or
    decided the county-year, or answered the review that is appealed against: none of them answers."""
    ids = {pk for pk in _hands(objection) if pk}
    return list(User.objects.filter(pk__in=ids).select_related("person"))


def _hands(objection: Objection) -> Iterator[int | None]:
    entry, rating_year = objection.entry, objection.rating_year
    for filing in filings_behind(entry).values():
        yield from (filing.submitted_by_id, filing.passed_by_id, filing.accepted_by_id)
    changes = AssessmentChange.objects.filter(filing__window__rating_year=rating_year, post__in=entry.posts.values("post"))
    yield from changes.values_list("by", flat=True)
    events = Event.objects.filter(person=entry.person_id, happened_on__year=rating_year.year, state=Event.State.CONFIRMED)
    yield from chain.from_iterable(events.values_list("recorded_by", "confirmed_by"))
    reviews = StageMove.objects.filter(rating_year=rating_year, before=RatingYear.Stage.COMPUTED)
    yield from reviews.values_list("by", flat=True)
    yield from Decision.objects.filter(rating_year=rating_year).values_list("decided_by", flat=True)
    answers = ObjectionStep.objects.filter(objection=objection.review_id, state__in=(*LOST, State.UPHELD))
    yield from answers.values_list("by", flat=True)


# ---- what the person rated may ask for -----------------------------------------------------------


def in_publicity(person_id: int | None, today: date) -> RosterEntry | None:
    """The person's place in a county-year whose decided result hangs, or has hung and waits to be published."""
    rows = RosterEntry.objects.filter(
        person=person_id, rating_year__stage=RatingYear.Stage.PUBLICITY, rating_year__publicity_from__lte=today
    )
    related = rows.select_related("person", "territory__parent", "rating_year__territory", "rating_year__policy")
    return related.order_by("-rating_year__year").first()


def chances(user: User, at: datetime) -> list[Chance]:
    today = local_day(at)
    if not user.person_id:
        return []
    found = [_to_object(user, today), _to_review(user, today), *_to_appeal(user)]
    return [one for one in found if one and today <= one.until]


def chance_of(user: User, kind: str, at: datetime) -> Chance | None:
    return next((one for one in chances(user, at) if one.kind == kind), None)


def _to_object(user: User, today: date) -> Chance | None:
    """One at a time."""
    entry = in_publicity(user.person_id, today)
    if entry is None or entry.rating_year.publicity_until is None:
        return None
    waits = own_objections(user).filter(entry=entry, kind=Kind.PUBLICITY, state__in=OPEN).exists()
    return None if waits else Chance(Kind.PUBLICITY, entry, entry.rating_year.publicity_until)


def _to_review(user: User, today: date) -> Chance | None:
    """Of the newest published result, once."""
    rows = PublishedRating.objects.filter(person=user.person_id, superseded_by=None)
    rating = rows.select_related("publication__decision").order_by("-publication__published_at", "-pk").first()
    asked = Objection.objects.filter(published=rating, kind=Kind.REVIEW).exclude(state=State.WITHDRAWN)
    if rating is None or asked.exists():
        return None
    entry = _entries().get(rating_year=rating.publication.rating_year_id, person=rating.person_id)
    published_on = local_day(rating.publication.published_at)
    return Chance(Kind.REVIEW, entry, _later(entry, published_on, "review_request_days"), rating)


def _to_appeal(user: User) -> Iterator[Chance]:
    reviews = own_objections(user).filter(kind=Kind.REVIEW, state__in=LOST, appeal=None)
    for review in reviews.select_related("published").order_by("-pk"):
        entry = _entries().get(pk=review.entry_id)
        answered_on = local_day(review.steps.latest("number").at)
        yield Chance(Kind.APPEAL, entry, _later(entry, answered_on, "appeal_request_days"), review.published, review)


def _entries() -> QuerySet[RosterEntry]:
    return RosterEntry.objects.select_related("person", "territory", "rating_year__territory", "rating_year__policy")


def _later(entry: RosterEntry, day: date, name: str) -> date:
    rating_year = entry.rating_year
    return calendar_for(rating_year.territory).add(day, days(plan_for(rating_year.policy), name))
