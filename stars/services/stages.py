"""From the computed result to the published one: reviewed, decided, in publicity, published; sent back, corrected.

Who files, who reviews and who decides are three people. A decision binds the digests of inputs, policy and result;
nothing else can be published.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from governance.authority import require, require_other_person
from governance.calendar import calendar_for
from governance.duties import COUNTY, Duty
from governance.errors import RuleBroken
from governance.models import User
from stars.engine.document import Stage as PolicyStage
from stars.explain import reason_sentence
from stars.models import (
    Assessment,
    AssessmentChange,
    Decision,
    Filing,
    Outcome,
    Publication,
    Rating,
    RatingYear,
    RosterEntry,
    StageMove,
)
from stars.periods import end_of, local_day
from stars.plans import plan_for
from stars.selectors.objections import unanswered
from stars.services import rows as filed_rows
from stars.services.computed import Computed, computed_now, stored_digest
from stars.services.deadlines import require_unlocked
from stars.services.locks import lock_filing, lock_year
from stars.services.moves import Stage, is_repeated, move, require_stage
from stars.services.pay import make_pay_list
from stars.services.publication import publish
from stars.services.rectification import order_rectification
from stars.wording import last_day, shown_day, window_title

NAMED = 5  # people whom a sentence names before it counts the rest


class Unratable(RuleBroken):
    """`people` are (village, person, what is missing), all of them."""

    def __init__(self, people: list[tuple[str, str, str]]) -> None:
        named = "；".join(" · ".join(one) for one in people[:NAMED])
        message = _("Can't be rated: %(count)d (%(named)s). Have what is missing filed or amended, recompute, then review.")
        super().__init__("unratable", message % {"count": len(people), "named": named})
        self.people = people


def mark_computed(years: Sequence[RatingYear], *, at: datetime) -> None:
    """Closed county-years whose results a run has just written; it holds their locks and has set their digests."""
    RatingYear.objects.filter(pk__in=[one.pk for one in years]).update(stage=Stage.COMPUTED)
    StageMove.objects.bulk_create(
        StageMove(
            rating_year=one, before=one.stage, after=Stage.COMPUTED, at=at,
            inputs_digest=one.inputs_digest, result_digest=one.result_digest,
        )
        for one in years
    )  # fmt: skip
    for one in years:
        one.stage = Stage.COMPUTED


@transaction.atomic
def review_year(*, rating_year_id: int, by: User, at: datetime) -> RatingYear:
    """The office's yes to the result as computed; where the policy has several reviews, each in its turn.

    raises RuleBroken: not_your_duty, wrong_stage, no_such_review, same_person, own_rating, unratable, stale
    """
    rating_year = lock_year(rating_year_id)
    reviews = _reviews(rating_year)
    if not reviews:
        raise RuleBroken(
            "no_such_review", _("The policy of %(year)s asks for no review; it waits for its decision.") % {"year": rating_year}
        )
    if is_repeated(rating_year, Stage.REVIEWED, by):
        return rating_year
    require_stage(rating_year, Stage.COMPUTED)
    done = _reviews_done(rating_year)
    pending = reviews[len(done)]
    require(by, pending.body, rating_year.territory)
    _require_outsider(rating_year, by, *(one.by for one in done))
    _require_ratable(rating_year)
    _require_fresh(rating_year, computed_now(rating_year))
    last = len(done) + 1 == len(reviews)
    after = Stage.REVIEWED if last else Stage.COMPUTED
    return move(rating_year, after, "stars.review_year", by=by, at=at, note=pending.title, reviewed_by=by, reviewed_at=at)


@transaction.atomic
def send_back_year(*, rating_year_id: int, reason: str, by: User, at: datetime) -> RatingYear:
    """Back to before the computing, from wherever it stands short of publication.

    raises RuleBroken: not_your_duty, wrong_stage, reason_needed
    """
    rating_year = lock_year(rating_year_id)
    require(by, tuple(COUNTY), rating_year.territory)
    if is_repeated(rating_year, Stage.CLOSED, by, reason.strip()):
        return rating_year
    require_stage(rating_year, Stage.COMPUTED, Stage.REVIEWED, Stage.DECIDED, Stage.PUBLICITY)
    _require_reason(reason)
    nothing = {"reviewed_by": None, "reviewed_at": None, "publicity_from": None, "publicity_until": None}
    return move(rating_year, Stage.CLOSED, "stars.send_back_year", by=by, at=at, note=reason.strip(), **nothing)


@transaction.atomic
def decide_year(*, rating_year_id: int, by: User, at: datetime, note: str = "") -> RatingYear:
    """The leader's word, bound to exactly these inputs, this policy and this result.

    raises RuleBroken: not_your_duty, wrong_stage, same_person, own_rating, unratable, stale
    """
    rating_year = lock_year(rating_year_id)
    decides = plan_for(rating_year.policy).head.settled_by[-1]
    require(by, decides.body, rating_year.territory)
    if is_repeated(rating_year, Stage.DECIDED, by, note.strip()):
        return rating_year
    require_stage(rating_year, Stage.REVIEWED if _reviews(rating_year) else Stage.COMPUTED)
    _require_outsider(rating_year, by, rating_year.reviewed_by, *(one.by for one in _reviews_done(rating_year)))
    _require_ratable(rating_year)
    computed = computed_now(rating_year)
    _require_fresh(rating_year, computed)
    _decide(rating_year, computed, by, at, note.strip())
    return move(rating_year, Stage.DECIDED, "stars.decide_year", by=by, at=at, note=note.strip())


@transaction.atomic
def open_publicity(*, rating_year_id: int, by: User, at: datetime) -> RatingYear:
    """The notice hangs from today; today doesn't count, and the last of the policy's working days belongs to it.

    raises RuleBroken: not_your_duty, wrong_stage
    """
    rating_year = lock_year(rating_year_id)
    require(by, Duty.COUNTY_STAFF, rating_year.territory)
    if is_repeated(rating_year, Stage.PUBLICITY, by):
        return rating_year
    require_stage(rating_year, Stage.DECIDED)
    first = local_day(at)
    last = calendar_for(rating_year.territory).add(first, plan_for(rating_year.policy).head.publicity_days)
    return move(rating_year, Stage.PUBLICITY, "stars.open_publicity", by=by, at=at, publicity_from=first, publicity_until=last)


@transaction.atomic
def publish_year(*, rating_year_id: int, by: User, at: datetime) -> Publication:
    """After the last day of publicity, what was decided and nothing else; pay lists and rectification orders follow at once.

    raises RuleBroken: not_your_duty, wrong_stage, publicity_running, objections_open, same_person, not_as_decided
    """
    rating_year = lock_year(rating_year_id)
    require(by, Duty.COUNTY_STAFF, rating_year.territory)
    if is_repeated(rating_year, Stage.PUBLISHED, by):
        return rating_year.publications.latest("version")
    require_stage(rating_year, Stage.PUBLICITY)
    _require_publicity_over(rating_year, at)
    _require_objections_answered(rating_year)
    decision = rating_year.decisions.select_related("decided_by__person", "policy").latest("version")
    require_other_person(by, decision.decided_by)
    _require_as_decided(rating_year, decision)
    publication = publish(rating_year, decision, by=by, at=at)
    make_pay_list(publication_id=publication.pk, at=at)
    order_rectification(publication, by=by, at=at)
    move(rating_year, Stage.PUBLISHED, "stars.publish_year", by=by, at=at, correction_reason="")
    return publication


@transaction.atomic
def open_correction(*, rating_year_id: int, reason: str, by: User, at: datetime) -> RatingYear:
    """What is published stays; the year goes through all its stages anew towards a next version.

    raises RuleBroken: not_your_duty, wrong_stage, reason_needed
    """
    rating_year = lock_year(rating_year_id)
    require(by, tuple(COUNTY), rating_year.territory)
    if is_repeated(rating_year, Stage.CLOSED, by, reason.strip()):
        return rating_year
    require_stage(rating_year, Stage.PUBLISHED)
    _require_reason(reason)
    fresh = {"reviewed_by": None, "reviewed_at": None, "publicity_from": None, "publicity_until": None}
    return move(
        rating_year,
        Stage.CLOSED,
        "stars.open_correction",
        by=by,
        at=at,
        note=reason.strip(),
        correction_reason=reason.strip(),
        **fresh,
    )


@transaction.atomic
def amend_scores(
    *, filing_id: int, rows: filed_rows.Rows, reason: str, by: User, at: datetime, door: str = AssessmentChange.Door.PAGE
) -> Filing:
    """The county corrects filed scores after the lock, of villages that a colleague has unlocked; who amends neither reviews nor
    decides the year.

    raises RuleBroken: not_your_duty, window_open, wrong_stage, reason_needed, not_unlocked, and those of services.rows
    """
    filing = lock_filing(filing_id)
    rating_year = filing.window.rating_year
    require(by, Duty.COUNTY_STAFF, rating_year.territory)
    require_stage(rating_year, Stage.OPEN, Stage.CLOSED, Stage.COMPUTED)
    if not filing.is_locked(at):
        raise RuleBroken(
            "window_open",
            _("%(filing)s is open until the end of %(day)s; return it to its clerk instead.")
            % {"filing": window_title(filing.window), "day": last_day(filing.own_window)},
        )
    rules = filed_rows.Rules(filing, by)
    changes = filed_rows.differences(rules, rows)
    if not changes:
        return filing
    _require_reason(reason)
    require_unlocked(filing, changes, by=by, at=at)
    filed_rows.check(rules, changes)
    filed_rows.write(filing, changes, status=Assessment.Status.ACCEPTED, by=by, at=at, door=door, reason=reason.strip())
    return filing


def _reviews(rating_year: RatingYear) -> list[PolicyStage]:
    return [stage for stage in plan_for(rating_year.policy).head.settled_by if stage.stage == "review"]


def _reviews_done(rating_year: RatingYear) -> list[StageMove]:
    """Of this very result, while the year waits for more of them."""
    moves = rating_year.moves.filter(
        before=Stage.COMPUTED, after__in=(Stage.COMPUTED, Stage.REVIEWED),
        inputs_digest=rating_year.inputs_digest, result_digest=rating_year.result_digest,
    )  # fmt: skip
    since = rating_year.moves.filter(after=Stage.CLOSED).aggregate(pk=Max("pk"))["pk"]
    return list(moves.filter(pk__gt=since).select_related("by__person").order_by("pk"))


def _require_outsider(rating_year: RatingYear, by: User, *earlier: User | None) -> None:
    """Neither on the roster, nor among those who filed or amended, nor among those who took a step before."""
    if by.person_id and RosterEntry.objects.filter(rating_year=rating_year, person=by.person_id).exists():
        raise RuleBroken(
            "own_rating", _("%(who)s is on the roster of %(year)s; a colleague must do this.") % {"who": by, "year": rating_year}
        )
    changes = AssessmentChange.objects.filter(filing__window__rating_year=rating_year)
    filings = Filing.objects.filter(window__rating_year=rating_year)
    filers = User.objects.filter(pk__in=changes.values("by")) | User.objects.filter(pk__in=filings.values("submitted_by"))
    require_other_person(by, *earlier, *filers)


def _require_ratable(rating_year: RatingYear) -> None:
    plan = plan_for(rating_year.policy)
    found = Rating.objects.filter(rating_year=rating_year, outcome=Outcome.UNRATABLE).order_by("entry__territory__path")
    people = found.values_list("entry__territory__short_name", "entry__person__name", "reason")
    if people:
        raise Unratable([(village, name, reason_sentence(plan, reason)) for village, name, reason in people])


def _require_fresh(rating_year: RatingYear, computed: Computed) -> None:
    """What was computed is what the tables give now, and what lies in the table of ratings."""
    same_inputs = computed.inputs_digest == rating_year.inputs_digest
    same_result = computed.result_digest == rating_year.result_digest == stored_digest(rating_year)
    if not (same_inputs and same_result):
        raise RuleBroken(
            "stale", _("Something has changed since %(year)s was computed; recompute it and look again.") % {"year": rating_year}
        )


def _decide(rating_year: RatingYear, computed: Computed, by: User, at: datetime, note: str) -> Decision:
    last = rating_year.decisions.aggregate(version=Max("version"))["version"]
    return Decision.objects.create(
        rating_year=rating_year, version=(last or 0) + 1, policy=rating_year.policy, policy_digest=rating_year.policy.digest,
        block=computed.block, inputs_digest=computed.inputs_digest, result_digest=computed.result_digest,
        decided_by=by, decided_at=at, note=note,
    )  # fmt: skip


def _require_publicity_over(rating_year: RatingYear, at: datetime) -> None:
    last = rating_year.publicity_until or local_day(at)
    if at < end_of(last):
        raise RuleBroken(
            "publicity_running",
            _("%(year)s is in publicity to the end of %(last)s; publish it from %(next)s on.")
            % {"year": rating_year, "last": shown_day(last), "next": shown_day(last + timedelta(days=1))},
        )


def _require_objections_answered(rating_year: RatingYear) -> None:
    if waiting := unanswered(rating_year):
        named = "；".join(f"{one.territory} · {one.entry.person}（{shown_day(one.received_on)}）" for one in waiting[:NAMED])
        raise RuleBroken(
            "objections_open",
            _("Objections not answered yet: %(count)d (about %(named)s). Answer each on its page, then publish %(year)s.")
            % {"count": len(waiting), "named": named, "year": rating_year},
        )


def _require_as_decided(rating_year: RatingYear, decision: Decision) -> None:
    bound = (decision.policy_digest, decision.inputs_digest, decision.result_digest)
    now = (rating_year.policy.digest, rating_year.inputs_digest, rating_year.result_digest)
    if bound != now or stored_digest(rating_year) != decision.result_digest:
        raise RuleBroken(
            "not_as_decided",
            _("%(year)s is no longer what was decided on %(day)s; send it back, recompute and decide anew.")
            % {"year": rating_year, "day": shown_day(local_day(decision.decided_at))},
        )


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise RuleBroken("reason_needed", _("Give the reason; it stays on record."), field="reason")
