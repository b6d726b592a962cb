"""The rows of a filing: what differs, whether it may be, and its writing with the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from governance.errors import RuleBroken
from governance.models import Post, User
from governance.services import audit
from stars.cells import NOT_APPLICABLE, NOT_FILED, format_score
from stars.engine.document import Indicator, Sheet
from stars.engine.plan import Plan
from stars.models import Assessment, AssessmentChange, Filing, RatingYear
from stars.plans import plan_for
from stars.selectors.answering import Answering, answering_in, applies, sheet_of, stored_rows
from stars.wording import window_title

Rows = Mapping[int, Sequence[int]]


def differences(filing: Filing, rows: Rows) -> dict[int, list[int]]:
    """Of `rows`, those that say something new."""
    stored = {post_id: row.scores for post_id, row in stored_rows(filing).items()}
    return {
        post_id: list(scores)
        for post_id, scores in rows.items()
        if list(scores) != stored.get(post_id) and (post_id in stored or any(score != NOT_FILED for score in scores))
    }


def check(filing: Filing, rows: Rows, by: User) -> None:
    """raises RuleBroken with the cell as its field: not_your_village, not_answering, own_rating, wrong_columns,
    out_of_range, not_applicable_refused, other_village_type"""
    plan = plan_for(filing.window.rating_year.policy)
    sheet = sheet_of(plan, filing.window)
    answering = answering_in(filing, sheet)
    for post_id, scores in rows.items():
        key = f"{sheet.ordinal}/{filing.window.period}/{post_id}"
        if post_id not in answering:
            raise _nobody(filing, post_id, key)
        if sheet.filed_by != "village" and by.person_id == answering[post_id].post.person_id:
            raise RuleBroken("own_rating", _("Nobody files scores of their own; a colleague must enter this row."), field=key)
        if len(scores) != len(sheet.indicators):
            raise RuleBroken("wrong_columns", _("This row has %(found)d scores; the sheet has %(wanted)d items.")
                             % {"found": len(scores), "wanted": len(sheet.indicators)}, field=key)  # fmt: skip
        for place, mistake in mistakes_in(scores, answering[post_id], sheet, plan):
            raise RuleBroken(mistake.code, mistake.message, field=f"{key}/{place}")


def mistakes_in(scores: Sequence[int], one: Answering, sheet: Sheet, plan: Plan) -> list[tuple[int, RuleBroken]]:
    """Each wrong cell of a row by the place of its indicator; a workbook shows them all, a save stops at the first."""
    found = ((place, _mistake(scores[place], indicator, one, plan)) for place, indicator in enumerate(sheet.indicators))
    return [(place, mistake) for place, mistake in found if mistake]


def _mistake(score: int, indicator: Indicator, one: Answering, plan: Plan) -> RuleBroken | None:
    names = {"village": one.post.territory, "indicator": indicator.title, "maximum": format_score(indicator.max)}
    if score == NOT_FILED:
        return None
    if score == NOT_APPLICABLE:
        if indicator.part:
            return None
        return RuleBroken(
            "not_applicable_refused",
            _("%(village)s: “%(indicator)s” applies to every village; write a score from 0 to %(maximum)s.") % names,
        )
    if not 0 <= score <= indicator.max:
        return RuleBroken("out_of_range", _("%(village)s: “%(indicator)s” goes from 0 to %(maximum)s.") % names)
    if not applies(indicator, plan, one.facts):
        return RuleBroken(
            "other_village_type",
            _("%(village)s: “%(indicator)s” is not for villages of its type; leave the cell empty.") % names,
        )
    return None


def write(
    filing: Filing, rows: Rows, *, status: Assessment.Status, by: User, at: datetime, door: str, reason: str = ""
) -> None:
    """Rows, their ledger, the filing's version and the county-year's mark, together."""
    _append(filing, rows, by=by, at=at, door=door, reason=reason)
    Assessment.objects.bulk_create(
        [_assessment(filing, post_id, scores, status, at) for post_id, scores in rows.items()],
        update_conflicts=True, unique_fields=["post", "year", "sheet", "period"], update_fields=["scores", "status", "filed_at"],
    )  # fmt: skip
    filing.version += 1
    filing.save(update_fields=["version"])
    RatingYear.objects.filter(pk=filing.window.rating_year_id).update(changed_at=at)
    act = "stars.amend_scores" if reason else "stars.save_scores"
    audit.record(act, by=by, at=at, territory=filing.territory, subject=filing, rows=len(rows), version=filing.version, door=door)


def _append(filing: Filing, rows: Rows, **why: object) -> None:
    stored = stored_rows(filing)
    AssessmentChange.objects.bulk_create(
        AssessmentChange(
            filing=filing, post_id=post_id, before=stored[post_id].scores if post_id in stored else None, after=list(scores), **why
        )
        for post_id, scores in rows.items()
    )


def _assessment(filing: Filing, post_id: int, scores: Sequence[int], status: Assessment.Status, at: datetime) -> Assessment:
    window = filing.window
    return Assessment(
        post_id=post_id, county=int(filing.territory.county_path), year=window.rating_year.year, sheet=window.sheet,
        period=window.period, status=status, filed_at=at, scores=list(scores),
    )  # fmt: skip


def _nobody(filing: Filing, post_id: int, key: str) -> RuleBroken:
    post = Post.objects.filter(pk=post_id, territory__path__prefix=filing.territory.path).select_related("territory", "person").first()
    if post is None:
        return RuleBroken("not_your_village", _("%(where)s does not file for this village; nothing was saved.") % {"where": filing.territory}, field=key)
    sentence = _("%(who)s does not answer for %(village)s in %(filing)s: the post was not held on its last day. Leave the row empty.")
    return RuleBroken("not_answering", sentence % {"who": post.person, "village": post.territory, "filing": window_title(filing.window)}, field=key)
