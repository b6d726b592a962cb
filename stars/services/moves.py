"""A county-year goes from stage to stage: the row, its log and the audit line together."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from governance.errors import RuleBroken
from governance.models import User
from governance.services import audit
from stars.models import RatingYear, StageMove

Stage = RatingYear.Stage


def move(
    rating_year: RatingYear, after: Stage, act: str, *, by: User | None, at: datetime, note: str = "", **fields: object
) -> RatingYear:
    """The caller holds the county-year's lock; `fields` are set with the stage."""
    before, rating_year.stage = rating_year.stage, after
    for name, value in fields.items():
        setattr(rating_year, name, value)
    rating_year.save(update_fields=["stage", *fields])
    StageMove.objects.create(
        rating_year=rating_year, before=before, after=after, by=by, at=at, note=note,
        inputs_digest=rating_year.inputs_digest, result_digest=rating_year.result_digest,
    )  # fmt: skip
    audit.record(act, by=by, at=at, territory=rating_year.territory, subject=rating_year, before=before, after=after)
    return rating_year


def is_repeated(rating_year: RatingYear, after: Stage, by: User, note: str | None = None) -> bool:
    """This very person took this very step last: a second press of the button."""
    last = rating_year.moves.order_by("-pk").first()
    return bool(last and rating_year.stage == last.after == after and last.by_id == by.pk and note in (None, last.note))


def require_stage(rating_year: RatingYear, *stages: Stage) -> None:
    """raises RuleBroken: wrong_stage"""
    if rating_year.stage not in stages:
        wanted = "、".join(str(stage.label) for stage in stages)
        raise RuleBroken(
            "wrong_stage",
            _("%(year)s is “%(stage)s”; this step belongs to “%(wanted)s”. Reload the page.")
            % {"year": rating_year, "stage": rating_year.get_stage_display(), "wanted": wanted},
        )
