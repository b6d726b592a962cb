"""What people say about a cell."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from governance.authority import require
from governance.duties import Duty
from governance.errors import RuleBroken
from governance.models import User
from governance.services import audit
from stars.models import CellRemark, Filing
from stars.plans import plan_for
from stars.selectors.answering import FILERS, cell_key, sheet_of
from stars.selectors.follow_ups import open_follow_ups
from stars.selectors.prefill import Known
from stars.services.locks import lock_filing
from stars.services.rows import Rules

Kind = CellRemark.Kind


@transaction.atomic
def add_remark(
    *,
    filing_id: int,
    post_id: int,
    place: int,
    key: UUID,
    text: str,
    by: User,
    at: datetime,
    kind: str = Kind.REMARK,
    contests: Known | None = None,
) -> CellRemark:
    """One that was sent before is answered and not made again.

    kind      REMARK, FOLLOW or CLOSED; `contests` makes it a CONTEST
    contests  what the system says of the cell, if that is what the remark denies
    raises    RuleBroken: not_your_duty, not_your_village, not_answering, remark_empty, followed_up_already, not_followed_up
    """
    filing = lock_filing(filing_id)
    _require_speaker(by, filing)
    if known := known_remark(filing, by, key):
        return known
    Rules(filing, by).check_holder(post_id)
    cell = cell_key(filing, post_id, place)
    if not text.strip():
        raise RuleBroken("remark_empty", _("Write what there is to say about this cell."), field=cell)
    _check_turn(kind, filing, post_id, place)
    remark = CellRemark(filing=filing, post_id=post_id, place=place, key=key, kind=kind, text=text.strip(), by=by, at=at)
    if contests:
        remark.kind, remark.subject, remark.score = Kind.CONTEST, contests.source, contests.score
    remark.save(force_insert=True)
    audit.record("stars.add_remark", by=by, at=at, territory=filing.territory, subject=filing, cell=cell, kind=remark.kind)
    return remark


def known_remark(filing: Filing, by: User, key: UUID) -> CellRemark | None:
    return CellRemark.objects.filter(filing=filing, by=by, key=key).first()


def _check_turn(kind: str, filing: Filing, post_id: int, place: int) -> None:
    """A mark is set once and closed once; the filing is locked meanwhile."""
    if kind not in (Kind.FOLLOW, Kind.CLOSED):
        return
    mark = open_follow_ups().filter(filing=filing, post_id=post_id, place=place).select_related("by__person").first()
    cell = cell_key(filing, post_id, place)
    if kind == Kind.FOLLOW and mark:
        says = _("This cell is marked already, by %(who)s: “%(text)s”. Add a remark, or close that first.")
        raise RuleBroken("followed_up_already", says % {"who": mark.by, "text": mark.text}, field=cell)
    if kind == Kind.CLOSED and not mark:
        says = _("This cell is not marked to be followed up, or somebody closed it meanwhile; add a plain remark.")
        raise RuleBroken("not_followed_up", says, field=cell)


def _require_speaker(by: User, filing: Filing) -> None:
    filer = FILERS[sheet_of(plan_for(filing.window.rating_year.policy), filing.window).filed_by]
    require(by, (filer, Duty.TOWNSHIP_LEADER, Duty.COUNTY_STAFF), filing.territory)
