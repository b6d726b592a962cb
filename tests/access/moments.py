"""When in the rating year a door is asked: what is done there is done at its stage. Without a moment the year is published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from governance.models import User
from stars.models import DeadlineRequest, Decision, Filing, FilingWindow, Objection, RatingYear
from stars.services.computed import computed_now
from stars.services.rating import recompute_years
from stars.views.steps import STEPS
from tests.access.world import AT

Stage = RatingYear.Stage


@dataclass(frozen=True)
class Moment:
    happen: Callable[..., None]
    arguments: tuple[str, ...] = ()

    def __call__(self) -> None:
        self.happen(*self.arguments)


def in_publicity(county: str) -> Moment:
    """The notice of this county hangs, and no other's."""
    return Moment(_hang_notice, (county,))


def before_step(name: str, county: str) -> Moment:
    """All that the step waits for is done."""
    return Moment(_wait_for_step, (name, county))


def _open() -> None:
    RatingYear.objects.update(stage=Stage.OPEN)


def _pass() -> None:
    _open()
    Filing.objects.update(state=Filing.State.PASSED, accepted_by=None, accepted_at=None)
    Filing.objects.filter(territory__path=NOT_PASSED).update(state=Filing.State.SUBMITTED, passed_by=None, passed_at=None)


def _close() -> None:
    RatingYear.objects.update(stage=Stage.CLOSED)
    _lock()


def _ask() -> None:
    _open()
    asked = {"kind": "extension", "state": "asked", "villages": [], "decided_by": None, "decided_at": None}
    DeadlineRequest.objects.update(**asked)


def _hang_notice(county: str) -> None:
    of_county = RatingYear.objects.filter(territory__path=county)
    of_county.update(stage=Stage.PUBLICITY, publicity_from=date(2025, 3, 3), publicity_until=date(2099, 1, 1))


def _wait_for_step(name: str, county: str) -> None:
    _lock()
    rating_year = RatingYear.objects.get(territory__path=county, year=2025)
    if name in NEEDS_RESULT:
        RatingYear.objects.filter(pk=rating_year.pk).update(stage=Stage.CLOSED)
        recompute_years([rating_year.pk], at=AT)
    if name == "publish":
        _decide(rating_year.pk)
        Objection.objects.update(state=Objection.State.NOT_UPHELD)  # which publication waits for
    RatingYear.objects.filter(pk=rating_year.pk).update(stage=STEPS[name].stages[0])


NOT_PASSED = "140821101"  # waits for its own leader, while the others wait for the county
NEEDS_RESULT = ("review", "decide", "publish")


def _lock() -> None:
    FilingWindow.objects.update(due_at=datetime(2025, 4, 8, tzinfo=UTC), locks_at=datetime(2025, 4, 15, tzinfo=UTC))


def _decide(rating_year_id: int) -> None:
    """By somebody who neither reviews nor publishes."""
    rating_year = RatingYear.objects.select_related("policy", "territory").get(pk=rating_year_id)
    computed = computed_now(rating_year)
    Decision.objects.create(
        rating_year=rating_year, version=2, policy=rating_year.policy, policy_digest=rating_year.policy.digest, block=computed.block,
        inputs_digest=computed.inputs_digest, result_digest=computed.result_digest, decided_by=User.objects.get(username="kong"),
        decided_at=AT, note="",
    )  # fmt: skip


FILED, ASKED, REVIEWED, AMENDED = Moment(_open), Moment(_ask), Moment(_pass), Moment(_close)
