"""What concerns whom, whose turn it is, and which light: questions that the database answers, so that a list can be paged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, DateTimeField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from governance.docket.ledger import Shown
from governance.models import DocketHelper, DocketItem, User

State = DocketItem.State
CLOSED = (State.STRUCK_OFF, State.WITHDRAWN)
OWNERS_TURN = (State.ASSIGNED, State.ACCEPTED)
CHECKERS_TURN = (State.RAISED, State.RETURNED, State.ANSWERED, State.VERIFIED)
SHOW = ("turn", "mine", "helped", "checked", "urged", "all")


@dataclass(frozen=True)
class Wanted:
    """show  one of SHOW: whose turn is mine, mine to do, mine to help, mine to verify, urged and unanswered, all that I see"""

    show: str = "turn"
    kind: str = ""
    light: str = ""
    state: str = ""  # a state, "open" or "closed"
    unit: int | None = None
    overdue: bool = False
    words: str = ""


def found(user: User, wanted: Wanted, now: datetime) -> QuerySet[DocketItem]:
    """The soonest deadline first; what is over behind it, the latest first."""
    rows: QuerySet[DocketItem] = DocketItem.objects.visible_to(user).filter(_shown(wanted.show, user))
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.state:
        rows = rows.filter(_in_state(wanted.state))
    if wanted.unit is not None:
        rows = rows.filter(Q(unit=wanted.unit) | Q(pk__in=DocketHelper.objects.filter(unit=wanted.unit).values("item")))
    if wanted.light:
        rows = with_light(rows, Shown(wanted.light), now)
    if wanted.overdue:
        rows = with_light(rows, Shown.RED, now).exclude(state__in=CLOSED)
    if wanted.words:
        rows = rows.filter(Q(title__icontains=wanted.words) | Q(body__icontains=wanted.words))
    is_over = Q(state__in=CLOSED)
    open_until, over_since = Case(When(~is_over, then=F("due_at"))), Case(When(is_over, then=F("ended_at")))
    return rows.order_by(
        Case(When(is_over, then=1), default=0), open_until.asc(nulls_last=True), over_since.desc(nulls_last=True), "pk"
    )


def waiting_for(user: User) -> QuerySet[DocketItem]:
    """Open items on which the next step is this person's: of the own units, and so seen."""
    return DocketItem.objects.filter(_shown("turn", user))


def with_light(rows: QuerySet[DocketItem], light: Shown, now: datetime) -> QuerySet[DocketItem]:
    """As governance.docket.ledger.light_of says it of each."""
    rows = rows.alias(moment=Coalesce(F("ended_at"), Value(now), output_field=DateTimeField()))
    red, amber = Q(due_at__lte=F("moment")), Q(ended_at=None, amber_at__lte=now)
    if light == Shown.NONE:
        return rows.filter(started_at=None)
    rows = rows.exclude(started_at=None)
    if light == Shown.RED:
        return rows.filter(red)
    not_red = rows.filter(Q(due_at=None) | Q(due_at__gt=F("moment")))
    return not_red.filter(amber) if light == Shown.AMBER else not_red.exclude(amber)


def _shown(show: str, user: User) -> Q:
    units = user.unit_ids
    match show:
        case "mine":
            return Q(unit__in=units)
        case "helped":
            return Q(pk__in=DocketHelper.objects.filter(unit__in=units).values("item"))
        case "checked":
            return Q(checker__in=units)
        case "urged":
            return Q(unit__in=units, unanswered__gt=0)
        case "turn":
            return (
                Q(unit__in=units, state__in=OWNERS_TURN)
                | Q(checker__in=units, state__in=CHECKERS_TURN)
                | Q(unit__in=units, unanswered__gt=0)
            )
    return Q()


def _in_state(state: str) -> Q:
    if state == "open":
        return ~Q(state__in=CLOSED)
    return Q(state__in=CLOSED) if state == "closed" else Q(state=state)
