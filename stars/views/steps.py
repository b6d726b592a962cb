"""The steps of a county-year that a person takes by a button: who may, at which stage, with what words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from governance.duties import Duty
from governance.models import User
from stars.models import RatingYear
from stars.plans import plan_for
from stars.services.rating import request_recompute
from stars.services.stages import decide_year, open_correction, open_publicity, publish_year, review_year, send_back_year
from stars.services.years import close_year

Stage = RatingYear.Stage
STAFF, LEADER = frozenset({Duty.COUNTY_STAFF}), frozenset({Duty.COUNTY_LEADER})


@dataclass(frozen=True)
class Step:
    name: str
    title: Any  # lazily translated, as the others
    what_happens: Any
    act: Callable[..., Any]
    duties: frozenset[str]
    stages: tuple[str, ...]
    reason: Any = ""  # label of the reason's field; none is asked for without it
    forward: bool = True


STEPS = {
    step.name: step
    for step in (
        Step(
            "close", _("Close the year"),
            _("The filings lock and the roster is frozen: later transfers, mergers and awards change nothing in this year."),
            close_year, STAFF, (Stage.OPEN,),
        ),
        Step(
            "review", _("Mark as reviewed"),
            _("You confirm that the results were checked. The leader of the organization department decides next."),
            review_year, STAFF, (Stage.COMPUTED,),
        ),
        Step(
            "decide", _("Decide"),
            _("Inputs, policy and results are bound together by this decision. What is published later can only be exactly this."),
            decide_year, LEADER, (Stage.REVIEWED,),
        ),
        Step(
            "publicity", _("Open the publicity"),
            _("The results are shown to everybody for the working days that the policy fixes, with how to object."),
            open_publicity, STAFF, (Stage.DECIDED,),
        ),
        Step(
            "publish", _("Publish"),
            _("Every star gets its certificate number. Published ratings are never edited; a mistake is corrected by a new version."),
            publish_year, STAFF, (Stage.PUBLICITY,),
        ),
        Step(
            "recompute", _("Recompute"),
            _("All ratings of the county are computed anew from what is accepted so far. Nothing is published by it."),
            request_recompute, STAFF, (Stage.OPEN, Stage.CLOSED, Stage.COMPUTED),
        ),
        Step(
            "send-back", _("Send back"),
            _("The year goes back to be computed and reviewed anew. The reason is kept on record."),
            send_back_year, LEADER | STAFF, (Stage.COMPUTED, Stage.REVIEWED, Stage.DECIDED, Stage.PUBLICITY),
            reason=_("Reason for sending back"), forward=False,
        ),
        Step(
            "correct", _("Open a correction"),
            _("The published version stays as it is. Amend the scores, recompute, decide and publish anew; the new version names the old one."),
            open_correction, STAFF | LEADER, (Stage.PUBLISHED,),
            reason=_("Reason of the correction"), forward=False,
        ),
    )
}  # fmt: skip


def steps_for(user: User, rating_year: RatingYear) -> list[Step]:
    """What this person may do next here; the service has the last word."""
    held = {duty for duty in Duty.values if user.holds(duty, rating_year.territory.path)}
    return [step for step in _at(rating_year) if held & _duties(step, rating_year)]


def next_step(rating_year: RatingYear) -> Step | None:
    """The one that leads on, whoever takes it."""
    return next((step for step in _at(rating_year) if step.forward), None)


def _at(rating_year: RatingYear) -> list[Step]:
    """Steps of this stage; a policy without a review goes from computing to its decision."""
    reviewed = any(one.stage == "review" for one in plan_for(rating_year.policy).head.settled_by)
    here = [step for step in STEPS.values() if rating_year.stage in step.stages]
    if reviewed or rating_year.stage != Stage.COMPUTED:
        return here
    return [STEPS["decide"], *(step for step in here if step.name != "review")]


def _duties(step: Step, rating_year: RatingYear) -> frozenset[str]:
    """Who reviews and who decides is the policy's to say."""
    if step.name not in ("review", "decide"):
        return step.duties
    return frozenset(one.body for one in plan_for(rating_year.policy).head.settled_by if one.stage == step.name)


class StepInPath:
    """The name of a step; other words are no addresses."""

    regex = "[a-z-]+"

    def to_python(self, value: str) -> str:
        if value not in STEPS:
            raise ValueError(value)
        return value

    def to_url(self, value: str) -> str:
        return value
