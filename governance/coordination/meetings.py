"""Meetings of coordination bodies; by a button a decision becomes a matter of the docket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from governance.authority import require_side
from governance.coordination.kinds import DECISION
from governance.deadlines import Until
from governance.docket.acts import Charge, raise_item
from governance.duties import COUNTY
from governance.errors import RuleBroken
from governance.models import Attendance, Meeting, MeetingDecision, Unit, User
from governance.record import language_of_record
from governance.services import audit
from governance.workdays import local_day


@dataclass(frozen=True)
class Decided:
    text: str
    unit: Unit | None = None
    due_on: date | None = None


@transaction.atomic
def record_meeting(
    *, body: Unit, title: str, held_on: date, by: User, at: datetime, place: str = "", chair: str = "", agenda: str = "",
    attendances: Mapping[Unit, tuple[str, str]] | None = None, decisions: Sequence[Decided] = (),
) -> Meeting:  # fmt: skip
    """`attendances`: unit → (state, who came). What is on record already is returned as it is.

    raises RuleBroken: not_your_duty, no_body, not_held_yet
    """
    require_side(by, body, COUNTY, body.territory)
    if not body.is_body:
        raise RuleBroken("no_body", _("%(unit)s is no coordination body; choose one.") % {"unit": body}, field="body")
    if held_on > local_day(at):
        raise RuleBroken("not_held_yet", _("A meeting goes on record once it has been held."), field="held_on")
    held = Meeting.objects.filter(body=body, title=title, held_on=held_on).first()
    if held:
        return held
    meeting = Meeting(
        body=body, title=title, held_on=held_on, place=place, chair=chair, agenda=agenda, recorded_by=by, recorded_at=at
    )
    meeting.full_clean(exclude=["recorded_by"])
    meeting.save()
    Attendance.objects.bulk_create(
        Attendance(meeting=meeting, unit=unit, state=state, name=name) for unit, (state, name) in (attendances or {}).items()
    )
    MeetingDecision.objects.bulk_create(
        MeetingDecision(meeting=meeting, number=number, text=one.text, unit=one.unit, due_on=one.due_on)
        for number, one in enumerate(decisions, 1)
    )
    audit.record("meeting.record", by=by, at=at, territory=body.territory, subject=meeting, decisions=len(decisions))
    return meeting


@transaction.atomic
def add_decision(*, meeting_id: int, decided: Decided, by: User, at: datetime) -> MeetingDecision:
    """The same words once more change nothing.  raises RuleBroken: not_your_duty"""
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("body__territory").get(pk=meeting_id)
    require_side(by, meeting.body, COUNTY, meeting.body.territory)
    held = list(meeting.decisions.all())
    if same := next((one for one in held if one.text == decided.text), None):
        return same
    decision = MeetingDecision(meeting=meeting, number=len(held) + 1, text=decided.text, unit=decided.unit, due_on=decided.due_on)
    decision.full_clean()
    decision.save()
    audit.record("meeting.decide", by=by, at=at, territory=meeting.body.territory, subject=decision)
    return decision


@transaction.atomic
def charge_decision(
    *, decision_id: int, by: User, at: datetime, unit: Unit | None = None, due_on: date | None = None
) -> MeetingDecision:
    """The decision becomes a matter of the docket, verified by the body; a second press changes nothing.

    `unit`, `due_on`: where the decision itself named none.

    raises RuleBroken: not_your_duty, unit_missing, unit_ended, day_past
    """
    decisions = MeetingDecision.objects.select_for_update(of=("self",))
    decision = decisions.select_related("meeting__body__territory", "unit__territory").get(pk=decision_id)
    require_side(by, decision.meeting.body, COUNTY, decision.meeting.body.territory)
    if decision.item_id is not None:
        return decision
    decision.unit, decision.due_on = decision.unit or unit, decision.due_on or due_on
    if decision.unit is None:
        raise RuleBroken(
            "unit_missing",
            _("Decision %(number)d names no unit; name one first.") % {"number": decision.number},
            field="unit",
        )
    meeting = decision.meeting
    words = {"body": meeting.body, "day": meeting.held_on, "text": decision.text}
    with language_of_record():
        text = _("Decided by %(body)s on %(day)s: %(text)s") % words
    charge = Charge(
        DECISION.name, decision.text[:200], meeting.body, decision.unit, body=text,
        subject=audit.name_of(decision), term=Until(decision.due_on) if decision.due_on else None,
    )  # fmt: skip
    decision.item = raise_item(charge, by=by, at=at)
    decision.save(update_fields=["item", "unit", "due_on"])
    return decision
