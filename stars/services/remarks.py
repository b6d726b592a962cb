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
from stars.services.locks import lock_filing
from stars.services.rows import Rules

Kind = CellRemark.Kind


@transaction.atomic
def add_remark(
    *, filing_id: int, post_id: int, place: int, key: UUID, text: str, by: User, at: datetime,
    kind: str = Kind.REMARK, subject: str = "", score: int | None = None,
) -> CellRemark:  # fmt: skip
    """One that was sent before is answered and not made again.

    raises  RuleBroken: not_your_duty, not_your_village, not_answering, remark_empty
    """
    filing = lock_filing(filing_id)
    _require_speaker(by, filing)
    if known := CellRemark.objects.filter(filing=filing, by=by, key=key).first():
        return known
    Rules(filing, by).check_holder(post_id)
    if not text.strip():
        raise RuleBroken("remark_empty", _("Write what there is to say about this cell."), field=cell_key(filing, post_id, place))
    remark = CellRemark.objects.create(
        filing=filing,
        post_id=post_id,
        place=place,
        key=key,
        kind=kind,
        subject=subject,
        score=score,
        text=text.strip(),
        by=by,
        at=at,
    )
    audit.record("stars.add_remark", by=by, at=at, territory=filing.territory, subject=filing, cell=cell_key(filing, post_id, place), kind=kind)  # fmt: skip
    return remark


def _require_speaker(by: User, filing: Filing) -> None:
    filer = FILERS[sheet_of(plan_for(filing.window.rating_year.policy), filing.window).filed_by]
    require(by, (filer, Duty.TOWNSHIP_LEADER, Duty.COUNTY_STAFF), filing.territory)
