"""Objections to a result: received, checked or refused, answered by somebody who had no hand in it; a matter of the docket.

An objection that is upheld in publicity sends the year back. What is published is changed by a correction alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from governance.authority import require, require_other_person
from governance.duties import COUNTY, OF_TOWNSHIPS, Duty
from governance.errors import RuleBroken
from governance.models import User
from governance.record import language_of_record
from governance.services import audit
from stars.models import Objection, ObjectionStep, Objector, RatingYear, RosterEntry
from stars.periods import local_day
from stars.selectors.objections import OPEN, Chance, chance_of, hands_in
from stars.services.locks import lock_year
from stars.services.moves import Stage, require_stage
from stars.services.objection_matters import put_on_docket, take_on_docket
from stars.services.stages import send_back_year
from stars.wording import shown_day

Kind, State, Way = Objection.Kind, Objection.State, Objection.Way
RECORDERS = frozenset({Duty.COUNTY_STAFF}) | OF_TOWNSHIPS
ON_PAPER = (Way.PERSON, Way.LETTER, Way.TELEPHONE)
REFUSED = (State.OUT_OF_TIME, State.NOT_THIS)
SENT_BACK_FROM = (Stage.COMPUTED, Stage.REVIEWED, Stage.DECIDED, Stage.PUBLICITY)


@dataclass(frozen=True)
class Words:
    """grounds: what is wrong and why; wish: what is asked for"""

    grounds: str
    wish: str


@transaction.atomic
def record_objection(
    *, entry_id: int, way: str, name: str, contact: str, words: Words, received_on: date, once: UUID, by: User, at: datetime
) -> Objection:
    """What anybody brought to the office in person, by letter or by telephone while the result is in publicity.

    raises RuleBroken: not_your_duty, wrong_stage, name_needed, grounds_needed, not_in_publicity, day_to_come
    """
    entry = RosterEntry.objects.select_related("person", "territory").get(pk=entry_id)
    rating_year = lock_year(entry.rating_year_id)
    entry.rating_year = rating_year
    require(by, tuple(RECORDERS), entry.territory)
    if found := _sent_before(once, by):
        return found
    require_stage(rating_year, Stage.PUBLICITY)
    if not name.strip():
        raise RuleBroken("name_needed", _("Write down who objects; the name stays with the county's staff."), field="name")
    _require_day(rating_year, received_on, at)
    chance = Chance(Kind.PUBLICITY, entry, received_on)
    objection = _receive(chance, Way(way), words, received_on, once, by, at)
    Objector.objects.create(objection=objection, name=name.strip(), contact=contact.strip())
    return objection


@transaction.atomic
def object_to_own(*, kind: str, words: Words, once: UUID, by: User, at: datetime) -> Objection:
    """By the person rated: an objection in publicity, a request for review of what is published, an appeal against its answer.

    raises RuleBroken: no_chance, grounds_needed
    """
    chance = chance_of(by, kind, at)
    if chance:
        lock_year(chance.rating_year.pk)
    if found := _sent_before(once, by):
        return found
    chance = chance_of(by, kind, at)  # under the lock: another window may have been quicker
    if chance is None:
        raise RuleBroken("no_chance", _no_chance(kind))
    return _receive(chance, Way.OWN, words, local_day(at), once, by, at)


@transaction.atomic
def accept_objection(*, objection_id: int, by: User, at: datetime) -> Objection:
    """It is about this result and in time: it will be checked.  raises RuleBroken: not_your_duty, wrong_state"""
    objection = _locked(objection_id)
    require(by, Duty.COUNTY_STAFF, objection.rating_year.territory)
    if _is_repeated(objection, State.ACCEPTED, by):
        return objection
    _require_state(objection, State.RECEIVED)
    return _take(objection, State.ACCEPTED, ("accept",), by=by, at=at)


@transaction.atomic
def refuse_objection(*, objection_id: int, why: str, reason: str, by: User, at: datetime) -> Objection:
    """`why`: out_of_time or not_this.  raises RuleBroken: not_your_duty, wrong_state, same_person, own_rating, reason_needed"""
    objection, state = _locked(objection_id), State(why)
    require(by, tuple(COUNTY), objection.rating_year.territory)
    if _is_repeated(objection, state, by, reason):
        return objection
    _require_state(objection, State.RECEIVED)
    _require_outsider(objection, by)
    _require_text(reason, _("Give the reason; it stays on record."), "reason")
    return _take(objection, state, ("accept", "answer"), text=reason, by=by, at=at)


@transaction.atomic
def answer_objection(*, objection_id: int, upheld: bool, answer: str, by: User, at: datetime) -> Objection:
    """With reasons, by somebody who had no hand in the result. Upheld in publicity, the year goes back with these reasons.

    raises RuleBroken: not_your_duty, wrong_state, same_person, own_rating, answer_needed
    """
    objection, state = _locked(objection_id), State.UPHELD if upheld else State.NOT_UPHELD
    require(by, tuple(COUNTY), objection.rating_year.territory)
    if _is_repeated(objection, state, by, answer):
        return objection
    _require_state(objection, State.ACCEPTED)
    _require_outsider(objection, by)
    _require_text(answer, _("Give reasons: what was checked, what was found."), "answer", code="answer_needed")
    _take(objection, state, ("answer",), text=answer, by=by, at=at)
    if upheld and objection.kind == Kind.PUBLICITY and objection.rating_year.stage in SENT_BACK_FROM:
        send_back_year(rating_year_id=objection.rating_year_id, reason=reason_of(objection, answer), by=by, at=at)
    return objection


@transaction.atomic
def withdraw_objection(*, objection_id: int, reason: str, by: User, at: datetime) -> Objection:
    """By whoever objects; what came on paper is noted by staff who had no hand in the result.

    raises RuleBroken: not_your_duty, wrong_state, same_person, own_rating, reason_needed
    """
    objection = _locked(objection_id)
    is_own = objection.way == Way.OWN and by.person_id == objection.entry.person_id
    if not is_own:
        require(by, Duty.COUNTY_STAFF, objection.rating_year.territory)
    if _is_repeated(objection, State.WITHDRAWN, by, reason):
        return objection
    _require_state(objection, *OPEN)
    if not is_own:
        _require_outsider(objection, by)
        _require_text(reason, _("Give the reason; it stays on record."), "reason")
    return _take(objection, State.WITHDRAWN, ("withdraw",), text=reason.strip() or _withdrawn(), by=by, at=at)


def reason_of(objection: Objection, answer: str) -> str:
    """Of sending the year back, or of the correction."""
    with language_of_record():
        return _("Objection about %(village)s · %(person)s upheld: %(answer)s") % {
            "village": objection.territory, "person": objection.entry.person, "answer": answer.strip(),
        }  # fmt: skip


# ---- receiving -----------------------------------------------------------------------------------


def _no_chance(kind: str) -> str:
    sentences = {
        Kind.PUBLICITY: _("No result of yours is in publicity today, or your objection to it waits for its answer already."),
        Kind.REVIEW: _("A review is asked for once, within the days after the publication; there is no result of yours to ask it for."),
        Kind.APPEAL: _("An appeal follows a review that was not upheld, once and within its days; there is no such review of yours."),
    }  # fmt: skip
    return sentences[Kind(kind)]


def _sent_before(once: UUID, by: User) -> Objection | None:
    return Objection.objects.filter(once=once, received_by=by).first()


def _require_day(rating_year: RatingYear, day: date, at: datetime) -> None:
    first = rating_year.publicity_from
    if first is None or day < first:
        raise RuleBroken(
            "not_in_publicity",
            _("The publicity of %(year)s began on %(day)s; an objection is received from then on.")
            % {"year": rating_year, "day": shown_day(first or day)},
            field="received_on",
        )
    if day > local_day(at):
        raise RuleBroken(
            "day_to_come", _("That day is still to come; give the day on which it was received."), field="received_on"
        )


def _receive(
    chance: Chance, way: Objection.Way, words: Words, received_on: date, once: UUID, by: User, at: datetime
) -> Objection:
    _require_text(words.grounds, _("Write down what is wrong and why."), "grounds", code="grounds_needed")
    entry, rating_year = chance.entry, chance.rating_year
    decision = chance.published.publication.decision if chance.published else rating_year.decisions.latest("version")
    objection = Objection.objects.create(
        kind=chance.kind, way=way, territory_id=entry.territory_id, rating_year=rating_year, entry=entry, decision=decision,
        published=chance.published, review=chance.review, grounds=words.grounds.strip(), wish=words.wish.strip(),
        received_on=received_on, received_by=by, received_at=at, once=once,
    )  # fmt: skip
    ObjectionStep.objects.create(objection=objection, number=1, state=State.RECEIVED, by=by, at=at)
    audit.record("stars.receive_objection", by=by, at=at, territory=entry.territory, subject=objection, kind=objection.kind)
    put_on_docket(objection, by=by, at=at)
    return objection


# ---- the steps after it --------------------------------------------------------------------------


def _locked(objection_id: int) -> Objection:
    """With its county-year."""
    rating_year = lock_year(Objection.objects.values_list("rating_year_id", flat=True).get(pk=objection_id))
    rows = Objection.objects.select_for_update(of=("self",)).select_related("entry__person", "territory", "review")
    objection = rows.get(pk=objection_id)
    objection.rating_year = rating_year
    return objection


def _take(
    objection: Objection, state: Objection.State, acts: tuple[str, ...], *, by: User, at: datetime, text: str = ""
) -> Objection:
    """The row, its step, its docket item and the line of the trail together."""
    objection.state = state
    objection.save(update_fields=["state"])
    number = objection.steps.count() + 1
    ObjectionStep.objects.create(objection=objection, number=number, state=state, by=by, at=at, text=text.strip())
    take_on_docket(objection, acts, by=by, at=at)
    audit.record("stars.move_objection", by=by, at=at, territory=objection.territory, subject=objection, state=state)
    return objection


def _is_repeated(objection: Objection, state: Objection.State, by: User, text: str = "") -> bool:
    last = objection.steps.order_by("-number").first()
    return bool(last and last.state == objection.state == state and last.by_id == by.pk and text.strip() in ("", last.text))


def _require_state(objection: Objection, *states: Objection.State) -> None:
    if objection.state not in states:
        raise RuleBroken(
            "wrong_state",
            _("This objection is “%(state)s” already; reload the page to see what was done.")
            % {"state": objection.get_state_display()},
        )


def _require_outsider(objection: Objection, by: User) -> None:
    if by.person_id and by.person_id == objection.entry.person_id:
        raise RuleBroken("own_rating", _("Nobody answers an objection about the own result; a colleague must do this."))
    try:
        require_other_person(by, *hands_in(objection))
    except RuleBroken as broken:
        raise RuleBroken(
            broken.code,
            _("%(who)s filed, reviewed, decided or answered something that this result rests on; a colleague must do this.")
            % {"who": by},
        ) from None


def _require_text(text: str, message: str, field: str, *, code: str = "reason_needed") -> None:
    if not text.strip():
        raise RuleBroken(code, message, field=field)


def _withdrawn() -> str:
    with language_of_record():
        return _("Withdrawn by whoever objected.")
