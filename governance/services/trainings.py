"""Trainings go on record with those who were to come. Nobody is ranked by them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from governance.attendance import read_attendance
from governance.authority import require
from governance.duties import OF_VILLAGES, Duty
from governance.errors import RuleBroken
from governance.models import Post, Territory, Trainee, Training, User
from governance.services import audit
from governance.workdays import local_day

HOLDERS = (Territory.Level.COUNTY, Territory.Level.TOWNSHIP)
CHANGED = ["title", "held_on", "hours", "place", "document_no"]


@transaction.atomic
def record_training(
    *, territory: Territory, title: str, held_on: date, hours: int, place: str, document_no: str, people: str, by: User, at: datetime
) -> Training:  # fmt: skip
    """people  as governance.attendance reads it

    raises RuleBroken: as check_training
    """
    states = check_training(territory=territory, held_on=held_on, people=people, by=by, at=at)
    training = Training(
        territory=territory, title=title, held_on=held_on, hours=hours, place=place, document_no=document_no,
        recorded_by=by, recorded_at=at,
    )  # fmt: skip
    training.full_clean()
    training.save(force_insert=True)
    _keep(training, states)
    audit.record("training.record", by=by, at=at, territory=territory, subject=training, people=len(states))
    return training


@transaction.atomic
def correct_training(*, training_id: int, people: str, by: User, at: datetime, **changes: Any) -> Training:
    """changes  of title, held_on, hours, place, document_no

    No line at all takes the attendance back: the training then says nothing of anybody.
    raises RuleBroken: as check_training
    """
    training = Training.objects.select_for_update(of=("self",)).select_related("territory").get(pk=training_id)
    for name in CHANGED:
        setattr(training, name, changes.get(name, getattr(training, name)))
    states = check_training(
        territory=training.territory, held_on=training.held_on, people=people, by=by, at=at, is_correction=True
    )  # fmt: skip
    training.full_clean()
    training.save(update_fields=CHANGED)
    kept = _keep(training, states)
    audit.record("training.correct", by=by, at=at, territory=training.territory, subject=training, people=len(states), **kept)
    return training


def check_training(
    *, territory: Territory, held_on: date, people: str, by: User, at: datetime, is_correction: bool = False
) -> dict[int, str]:
    """Person → state.  raises RuleBroken: not_your_duty, not_a_holder_of_trainings, not_held_yet, nobody_named, bad_attendance"""
    require(by, Duty.COUNTY_STAFF, territory)
    if territory.level not in HOLDERS:
        says = _("%(where)s is neither a county nor a township; record the training under the one that held it.")
        raise RuleBroken("not_a_holder_of_trainings", says % {"where": territory}, field="territory")
    if held_on > local_day(at):
        raise RuleBroken("not_held_yet", _("A training of a day to come can't be recorded yet; check its date."), field="held_on")
    states = read_attendance(people, list(posts_on(territory, held_on)))
    if not states and not is_correction:
        raise RuleBroken("nobody_named", _("Name those who were to come, a line for each, or “全体”."), field="people")
    return states


def posts_on(territory: Territory, day: date) -> QuerySet[Post]:
    """Village posts that were held that day, below the place."""
    held = Post.objects.current(day).filter(territory__path__prefix=territory.path, duty__in=OF_VILLAGES)
    return held.select_related("person", "territory__parent").order_by("territory__path", "duty", "pk")


def _keep(training: Training, states: dict[int, str]) -> dict[str, Any]:
    """How many people's attendance differs from what was on record, and who is no longer named."""
    kept = {one.person_id: one for one in training.trainees.all()}
    gone = sorted(kept.keys() - states.keys())
    other = [one for person_id, one in kept.items() if one.state != states.get(person_id, one.state)]
    for one in other:
        one.state = states[one.person_id]
    new = [Trainee(training=training, person_id=person, state=state) for person, state in states.items() if person not in kept]
    training.trainees.filter(person__in=gone).delete()
    Trainee.objects.bulk_update(other, ["state"])
    Trainee.objects.bulk_create(new)
    return {"changed": len(other), "added": len(new), "removed": gone}
