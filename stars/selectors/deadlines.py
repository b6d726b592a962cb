"""Requests for time: which are live, which wait, and who may take part."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Case, Q, QuerySet, When

from governance.duties import COUNTY
from governance.models import User
from governance.scope import rows_in_reach
from stars.models import AssessmentChange, DeadlineRequest, Filing

Kind, State = DeadlineRequest.Kind, DeadlineRequest.State


def unlocked_villages(filings: Iterable[Filing], user: User, at: datetime) -> dict[int, set[int]]:
    """By filing, the villages that this person may amend now: unlocked by somebody else, and not over yet."""
    granted = DeadlineRequest.objects.filter(filing__in=list(filings), kind=Kind.UNLOCK, state=State.GRANTED, until_at__gt=at)
    others = granted.exclude(Q(decided_by=user) | Q(decided_by__person__isnull=False, decided_by__person=user.person_id))
    found: dict[int, set[int]] = {}
    for filing_id, villages in others.values_list("filing_id", "villages"):
        found.setdefault(filing_id, set()).update(villages)
    return found


def requests_for(user: User) -> QuerySet[DeadlineRequest]:
    """All that the person may see; what waits for an answer first."""
    found = DeadlineRequest.objects.visible_to(user).select_related(
        "filing__territory", "filing__window__rating_year__policy", "filing__window__rating_year__territory", "asked_by__person",
        "decided_by__person",
    )  # fmt: skip
    return found.order_by(Case(When(state=State.ASKED, then=0), default=1), "-pk")


def requests_to_decide(user: User) -> QuerySet[DeadlineRequest]:
    """What waits for an answer by this person; nobody answers the own request."""
    waiting = DeadlineRequest.objects.filter(rows_in_reach(DeadlineRequest, user, COUNTY), state=State.ASKED)
    return waiting.exclude(asked_by__person=user.person_id)


def askable_filings(user: User, at: datetime) -> QuerySet[Filing]:
    """Of years that still take something: opened forms that are not handed in, and locked ones."""
    open_ = Q(state=Filing.State.DRAFT, window__rating_year__stage="open") | Q(window__locks_at__lte=at)
    found = Filing.objects.visible_to(user).filter(
        open_, window__opens_at__lte=at, window__rating_year__stage__in=("open", "closed", "computed")
    )
    return found.select_related("territory", "window__rating_year__policy").order_by(
        "-window__due_at", "window__sheet", "territory__path"
    )


def amended_under(request: DeadlineRequest) -> QuerySet[AssessmentChange]:
    """Lines of the ledger that the unlock made possible."""
    lines = request.filing.changes.filter(
        post__territory__in=request.villages, at__gte=request.decided_at, at__lt=request.until_at
    )
    return lines.exclude(reason="").select_related("post__territory", "post__person", "by__person").order_by("pk")
