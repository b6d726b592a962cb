"""Filings and events in bulk: the rows that their services leave behind when the same people take the same steps.

A year of a county is thousands of clicks. tests/stars/test_demo_seed.py takes these steps through the services
and holds this module to every row of every table that they leave.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from governance.models import AuditEntry, Post, Territory, User
from governance.services.audit import name_of
from stars.filed import store
from stars.models import AssessmentChange, Event, Filing, RatingYear
from stars.services.filing import STATUS

DOOR = AssessmentChange.Door.PAGE
SAW = {Filing.State.PASSED: "township_saw", Filing.State.ACCEPTED: "county_saw"}
FIELDS = [
    "state",
    "version",
    "first_submitted_at",
    *SAW.values(),
    *(f"{act}_{what}" for act in ("submitted", "passed", "accepted") for what in ("by", "at")),
]
ACTS = {"submitted": "stars.submit_filing", "passed": "stars.pass_filing", "accepted": "stars.accept_filing"}


@dataclass(frozen=True)
class Step:
    """after  the state of the filing or event once it is taken; a filing's DRAFT is its first saving"""

    after: Filing.State | Event.State
    by: User
    at: datetime


@dataclass(frozen=True)
class Walked:
    """A filing that nobody has touched yet, what goes into it, and how far it goes: at least saved."""

    filing: Filing
    rows: dict[int, list[int]]  # by post; none of them empty
    steps: Sequence[Step]


@dataclass(frozen=True)
class Noted:
    """What happened to a secretary, recorded by one person and confirmed by another."""

    post: Post
    list_code: str
    item_code: str
    day: date
    evidence: str
    recorded: Step
    confirmed: Step


@transaction.atomic
def write_year(rating_year: RatingYear, walked: Sequence[Walked], noted: Sequence[Noted]) -> None:
    """The last step of all marks the county-year as changed."""
    for one in sorted(walked, key=lambda one: one.steps[0].at):
        _write(one)
    events = Event.objects.bulk_create(_event(one) for one in sorted(noted, key=lambda one: one.recorded.at))
    trail = [line for one in walked for line in _of_filing(one)] + [line for one in events for line in _of_event(one)]
    trail.sort(key=lambda line: line.at)
    AuditEntry.objects.bulk_create(trail)
    if trail:
        rating_year.changed_at = trail[-1].at
        rating_year.save(update_fields=["changed_at"])


def _write(one: Walked) -> None:
    saved, *later = one.steps
    status = STATUS[Filing.State(one.steps[-1].after)]
    store(one.filing, one.rows, status=status, by=saved.by, at=saved.at, door=DOOR, reason="")
    for step in later:
        one.filing.state = step.after
        setattr(one.filing, f"{step.after}_by", step.by)
        setattr(one.filing, f"{step.after}_at", step.at)
        if step.after in SAW:
            setattr(one.filing, SAW[Filing.State(step.after)], len(one.rows))
    one.filing.first_submitted_at = one.filing.submitted_at
    one.filing.save(update_fields=FIELDS)


def _event(one: Noted) -> Event:
    return Event(
        person=one.post.person, post=one.post, list_code=one.list_code, item_code=one.item_code, happened_on=one.day,
        evidence=one.evidence, state=one.confirmed.after, recorded_by=one.recorded.by, recorded_at=one.recorded.at,
        confirmed_by=one.confirmed.by, confirmed_at=one.confirmed.at,
    )  # fmt: skip


def _of_filing(one: Walked) -> Iterator[AuditEntry]:
    before, *later = one.steps
    place = one.filing.territory
    yield _line("stars.save_scores", before, place, one.filing, rows=len(one.rows), version=1, door=DOOR)
    for step in later:
        yield _line(ACTS[step.after], step, place, one.filing, before=before.after, after=step.after)
        before = step


def _of_event(one: Event) -> Iterator[AuditEntry]:
    states, place, what = Event.State, one.post.territory, f"{one.list_code}/{one.item_code}"
    recorded = Step(states.RECORDED, one.recorded_by, one.recorded_at)
    yield _line("stars.record_event", recorded, place, one, event=what, state=recorded.after)
    if one.confirmed_by and one.confirmed_at:
        confirmed = Step(states.CONFIRMED, one.confirmed_by, one.confirmed_at)
        yield _line("stars.confirm_event", confirmed, place, one, event=what, state=confirmed.after)


def _line(act: str, step: Step, place: Territory, subject: Filing | Event, **detail: Any) -> AuditEntry:
    return AuditEntry(act=act, by=step.by, at=step.at, territory=place, subject=name_of(subject), detail=detail)
