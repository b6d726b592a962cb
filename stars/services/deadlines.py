"""Time beyond the deadline: asked for by one person, answered by another, ending by itself.

An extension moves the due moment and the lock of one unit's filing. An unlock lets the county amend named villages of a locked one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from governance.authority import require, require_other_person
from governance.duties import COUNTY, Duty
from governance.errors import RuleBroken
from governance.models import Post, Territory, User
from governance.services import audit
from stars.models import DeadlineRequest, Filing
from stars.periods import end_of
from stars.plans import plan_for
from stars.selectors.answering import FILERS, holders_in, sheet_of
from stars.selectors.deadlines import unlocked_villages
from stars.services.filing import writers_of
from stars.services.locks import lock_filing
from stars.services.moves import Stage, require_stage
from stars.wording import last_day, shown_day, shown_moment, window_title

Kind, State = DeadlineRequest.Kind, DeadlineRequest.State
LONGEST_UNLOCK = timedelta(days=31)


@transaction.atomic
def ask_extension(*, filing_id: int, until: date, reason: str, by: User, at: datetime) -> DeadlineRequest:
    """File until the end of `until`, this unit alone.

    raises RuleBroken: not_your_duty, wrong_stage, reason_needed, window_not_open, window_locked, not_editable, not_later, already_asked
    """
    filing = lock_filing(filing_id)
    require(by, _filers(filing), filing.territory)
    require_stage(filing.window.rating_year, Stage.OPEN)
    _require_reason(reason)
    if filing.is_locked(at):
        raise RuleBroken(
            "window_locked",
            _("%(filing)s locked at the end of %(day)s; ask for an unlock of the villages concerned instead.")
            % {"filing": window_title(filing.window), "day": last_day(filing.own_window)},
        )
    if filing.state != Filing.State.DRAFT:
        raise RuleBroken(
            "not_editable",
            _("%(filing)s is handed in; it needs no more time. Ask the reviewer to return it if something must change.")
            % {"filing": window_title(filing.window)},
        )
    if end_of(until) <= max(filing.due_at, at):
        raise RuleBroken(
            "not_later",
            _("%(filing)s is due later than %(day)s anyhow, or that day is over; choose a later one.")
            % {"filing": window_title(filing.window), "day": shown_day(until)},
            field="until",
        )
    return _ask(filing, Kind.EXTENSION, [], until, reason, by, at)


@transaction.atomic
def ask_unlock(*, filing_id: int, villages: Sequence[int], until: date, reason: str, by: User, at: datetime) -> DeadlineRequest:
    """Let the county amend these villages (territories) of a locked filing to the end of `until`.

    raises RuleBroken: not_your_duty, wrong_stage, reason_needed, window_open, no_villages, not_your_village, not_later, too_long,
           already_asked
    """
    filing = lock_filing(filing_id)
    require(by, (*_filers(filing), *COUNTY), filing.territory)
    require_stage(filing.window.rating_year, Stage.OPEN, Stage.CLOSED, Stage.COMPUTED)
    _require_reason(reason)
    if not filing.is_locked(at):
        raise RuleBroken(
            "window_open",
            _("%(filing)s is open until the end of %(day)s; nothing has to be unlocked.")
            % {"filing": window_title(filing.window), "day": last_day(filing.own_window)},
        )
    _require_villages(filing, villages)
    if end_of(until) <= at or end_of(until) > at + LONGEST_UNLOCK:
        code = "not_later" if end_of(until) <= at else "too_long"
        raise RuleBroken(
            code,
            _("An unlock ends on a day from today on, and within %(days)d days.") % {"days": LONGEST_UNLOCK.days},
            field="until",
        )
    return _ask(filing, Kind.UNLOCK, sorted(set(villages)), until, reason, by, at)


@transaction.atomic
def decide_request(*, request_id: int, grant: bool, reason: str, by: User, at: datetime) -> DeadlineRequest:
    """The county's answer, with its reason.

    raises RuleBroken: not_your_duty, same_person, reason_needed, already_decided, over, wrong_stage
    """
    filing = lock_filing(DeadlineRequest.objects.values_list("filing_id", flat=True).get(pk=request_id))
    locked = DeadlineRequest.objects.select_for_update(of=("self",)).select_related("asked_by__person", "decided_by__person")
    request = locked.get(pk=request_id)
    require(by, tuple(COUNTY), filing.window.rating_year.territory)
    after = State.GRANTED if grant else State.REFUSED
    if request.state == after and request.decided_by_id == by.pk:
        return request
    if request.state != State.ASKED:
        raise RuleBroken(
            "already_decided",
            _("%(who)s answered this request on %(when)s: %(state)s.")
            % {"who": request.decided_by, "when": shown_moment(request.decided_at), "state": request.get_state_display()},
        )
    require_other_person(by, request.asked_by, filing.submitted_by, *(writers_of(filing) if grant else ()))
    _require_reason(reason)
    if grant:
        _require_of_use(request, filing, at)
    request.state, request.decided_by, request.decided_at, request.decision_reason = after, by, at, reason.strip()
    request.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])
    if grant and request.kind == Kind.EXTENSION:
        filing.extended_until = max(request.until_at, filing.extended_until or request.until_at)
        filing.save(update_fields=["extended_until"])
    act = "stars.grant_request" if grant else "stars.refuse_request"
    audit.record(act, by=by, at=at, territory=filing.territory, subject=request, kind=request.kind, reason=reason.strip())
    return request


def require_unlocked(filing: Filing, posts: Iterable[int], *, by: User, at: datetime) -> None:
    """raises RuleBroken: not_unlocked, if one of the posts is of a village that nobody else has unlocked for now"""
    villages = unlocked_villages([filing], by, at).get(filing.pk, set())
    closed = Post.objects.filter(pk__in=list(posts)).exclude(territory__in=villages).select_related("territory")
    if one := closed.order_by("territory__path").first():
        raise RuleBroken(
            "not_unlocked",
            _("%(village)s is locked in %(filing)s; ask for an unlock, which a colleague grants, and amend it then.")
            % {"village": one.territory, "filing": window_title(filing.window)},
        )


def _ask(filing: Filing, kind: str, villages: list[int], until: date, reason: str, by: User, at: datetime) -> DeadlineRequest:
    """Pressed twice, it is one request."""
    waiting = filing.requests.filter(kind=kind, state=State.ASKED).select_related("asked_by__person").first()
    wanted = {"asked_by_id": by.pk, "until_at": end_of(until), "reason": reason.strip(), "villages": villages}
    if waiting and all(getattr(waiting, name) == value for name, value in wanted.items()):
        return waiting
    if waiting:
        raise RuleBroken(
            "already_asked",
            _("%(who)s asked for this on %(when)s already; the county answers that request first.")
            % {"who": waiting.asked_by, "when": shown_moment(waiting.asked_at)},
        )
    request = DeadlineRequest.objects.create(filing=filing, kind=kind, asked_at=at, **wanted)
    act = "stars.ask_extension" if kind == Kind.EXTENSION else "stars.ask_unlock"
    audit.record(
        act, by=by, at=at, territory=filing.territory, subject=request, until=str(until), villages=villages, reason=reason.strip()
    )
    return request


def _filers(filing: Filing) -> tuple[str, ...]:
    filed_by = sheet_of(plan_for(filing.window.rating_year.policy), filing.window).filed_by
    return (FILERS[filed_by], Duty.TOWNSHIP_LEADER)


def _require_villages(filing: Filing, villages: Sequence[int]) -> None:
    if not villages:
        raise RuleBroken("no_villages", _("Tick the villages whose scores are to be amended."), field="villages")
    posts = holders_in(filing, sheet_of(plan_for(filing.window.rating_year.policy), filing.window))
    known = set(Territory.objects.filter(posts__in=list(posts)).values_list("pk", flat=True))
    if not set(villages) <= known:
        raise RuleBroken(
            "not_your_village", _("%(where)s does not file for this village; nothing was asked for.") % {"where": filing.territory},
            field="villages",
        )  # fmt: skip


def _require_of_use(request: DeadlineRequest, filing: Filing, at: datetime) -> None:
    if request.until_at <= at:
        raise RuleBroken("over", _("The day that was asked for is over; refuse this request and have a new one made."))
    stages = (Stage.OPEN,) if request.kind == Kind.EXTENSION else (Stage.OPEN, Stage.CLOSED, Stage.COMPUTED)
    require_stage(filing.window.rating_year, *stages)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise RuleBroken("reason_needed", _("Give the reason; it stays on record."), field="reason")
