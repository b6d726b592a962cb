"""The rows of a filing: what differs, whether it may be, and its writing with the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import gt

from django.utils.translation import gettext as _

from governance.errors import RuleBroken
from governance.models import Post, User
from governance.services import audit
from stars.cells import NOT_APPLICABLE, NOT_FILED, format_score
from stars.engine.document import Indicator
from stars.engine.plan import Plan
from stars.filed import store
from stars.models import Assessment, Filing
from stars.plans import plan_for
from stars.selectors.answering import applies, assessments_of, holders_in, sheet_of
from stars.wording import window_title

Rows = Mapping[int, Sequence[int]]


class Rules:
    """What `by` may write into the rows of a filing."""

    def __init__(self, filing: Filing, by: User) -> None:
        self.filing, self.by = filing, by
        self.plan = plan_for(filing.window.rating_year.policy)
        self.sheet = sheet_of(self.plan, filing.window)
        self.holders = holders_in(filing, self.sheet)

    def key(self, post_id: int) -> str:
        return f"{self.sheet.ordinal}/{self.filing.window.period}/{post_id}"

    def check_holder(self, post_id: int) -> None:
        """raises RuleBroken: not_your_village, not_answering"""
        if post_id not in self.holders:
            raise _nobody(self.filing, post_id, self.key(post_id))

    def check_row(self, post_id: int) -> None:
        """raises RuleBroken: own_rating and those of `check_holder`"""
        self.check_holder(post_id)
        if self.sheet.filed_by != "village" and self.by.person_id == self.holders[post_id].person_id:
            raise RuleBroken(
                "own_rating", _("Nobody files scores of their own; a colleague must enter this row."), field=self.key(post_id)
            )

    def check_cell(self, post_id: int, place: int, score: int) -> None:
        """raises RuleBroken: out_of_range, not_applicable_refused, other_village_type"""
        indicator = self.sheet.indicators[place]
        if code := _mistake(score, indicator, self.holders[post_id].facts, self.plan):
            raise RuleBroken(code, _sentence(code, indicator, post_id), field=f"{self.key(post_id)}/{place}")


def differences(rules: Rules, rows: Rows) -> dict[int, list[int]]:
    """Of `rows`, those that say something new."""
    stored = {post_id: holder.scores for post_id, holder in rules.holders.items() if holder.scores is not None}
    if departed := rows.keys() - rules.holders.keys():
        stored |= assessments_of(rules.filing).filter(post__in=departed).values_list("post_id", "scores")
    return {
        post_id: list(scores)
        for post_id, scores in rows.items()
        if list(scores) != stored.get(post_id) and (post_id in stored or any(score != NOT_FILED for score in scores))
    }


def check(rules: Rules, rows: Rows) -> None:
    """raises RuleBroken with the cell as its field: wrong_columns and those of `Rules`"""
    most = [
        -1 if indicator.part else indicator.max for indicator in rules.sheet.indicators
    ]  # -1: whoever it is for must be asked
    for post_id, scores in rows.items():
        rules.check_row(post_id)
        if len(scores) != len(most):
            raise RuleBroken("wrong_columns", _("This row has %(found)d scores; the sheet has %(wanted)d items.")
                             % {"found": len(scores), "wanted": len(most)}, field=rules.key(post_id))  # fmt: skip
        if min(scores) < 0 or any(map(gt, scores, most)):
            for place, score in enumerate(scores):
                if not 0 <= score <= most[place]:
                    rules.check_cell(post_id, place, score)


def _mistake(score: int, indicator: Indicator, facts: Sequence[int], plan: Plan) -> str:
    if score == NOT_FILED:
        return ""
    if score == NOT_APPLICABLE:
        return "" if indicator.part else "not_applicable_refused"
    if not 0 <= score <= indicator.max:
        return "out_of_range"
    return "" if not indicator.part or applies(indicator, plan, facts) else "other_village_type"


def _sentence(code: str, indicator: Indicator, post_id: int) -> str:
    sentences = {
        "not_applicable_refused": _(
            "%(village)s: “%(indicator)s” applies to every village; write a score from 0 to %(maximum)s."
        ),
        "out_of_range": _("%(village)s: “%(indicator)s” goes from 0 to %(maximum)s."),
        "other_village_type": _("%(village)s: “%(indicator)s” is not for villages of its type; leave the cell empty."),
    }
    village = Post.objects.select_related("territory").get(pk=post_id).territory
    return sentences[code] % {"village": village, "indicator": indicator.title, "maximum": format_score(indicator.max)}


def write(filing: Filing, rows: Rows, *, status: Assessment.Status, by: User, at: datetime, door: str, reason: str = "") -> None:
    """Rows with all that goes with them, and the line in the audit trail."""
    store(filing, rows, status=status, by=by, at=at, door=door, reason=reason)
    act = "stars.amend_scores" if reason else "stars.save_scores"
    audit.record(act, by=by, at=at, territory=filing.territory, subject=filing, rows=len(rows), version=filing.version, door=door)


def _nobody(filing: Filing, post_id: int, key: str) -> RuleBroken:
    post = (
        Post.objects.filter(pk=post_id, territory__path__prefix=filing.territory.path)
        .select_related("territory", "person")
        .first()
    )
    if post is None:
        return RuleBroken(
            "not_your_village",
            _("%(where)s does not file for this village; nothing was saved.") % {"where": filing.territory},
            field=key,
        )
    sentence = _(
        "%(who)s does not answer for %(village)s in %(filing)s: the post was not held on its last day. Leave the row empty."
    )
    return RuleBroken(
        "not_answering",
        sentence % {"who": post.person, "village": post.territory, "filing": window_title(filing.window)},
        field=key,
    )
