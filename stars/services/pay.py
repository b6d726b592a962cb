"""Reward tiers and pay supplements: what follows from a publication by the policy's own steps, exact to the cent.

A star stands until the next rating, so the supplement is paid for as many months as the policy's period has. The first
list of a county-year is whole; the list of a correction holds the differences to what the superseded rows had given.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from governance.services import audit
from stars.chain import pay_digest
from stars.engine.plan import Plan
from stars.engine.trace import decode_trace
from stars.engine.values import Special
from stars.engine.vocabulary import MONTHS
from stars.models import Outcome, PayLine, PayList, Publication, PublishedRating
from stars.plans import plan_for
from stars.services.locks import lock_publications


@dataclass(frozen=True)
class Entitlement:
    """What one published rating gives its holder, in cents."""

    tier: str
    monthly: int
    months: int
    reward: int

    @property
    def total(self) -> int:
        return self.monthly * self.months + self.reward


@transaction.atomic
def make_pay_list(*, publication_id: int, at: datetime) -> PayList:
    """The pay list of a publication: made once, the same ever after."""
    lock_publications()
    publication = Publication.objects.select_related("decision__policy", "rating_year__territory").get(pk=publication_id)
    if existing := PayList.objects.filter(publication=publication).first():
        return existing
    lines = pay_lines(publication)
    rating_year = publication.rating_year
    pay_list = PayList.objects.create(
        publication=publication, number=f"{rating_year.territory.path}-{rating_year.year}-{publication.version}",
        total_cents=sum(line.amount_cents for line in lines), digest=pay_digest(publication, lines), made_at=at,
    )  # fmt: skip
    for line in lines:
        line.pay_list = pay_list
    PayLine.objects.bulk_create(lines)
    audit.record(
        "stars.make_pay_list", by=None, at=at, territory=rating_year.territory, subject=pay_list,
        lines=len(lines), total_cents=pay_list.total_cents,
    )  # fmt: skip
    return pay_list


def pay_lines(publication: Publication) -> list[PayLine]:
    """Unsaved, one for each row that gives or takes money, in the order of the rows."""
    plan = plan_for(publication.decision.policy)
    rows = publication.ratings.select_related("supersedes__publication__decision__policy").order_by("pk")
    lines = (_line(rating, plan) for rating in rows)
    return [line for line in lines if line.amount_cents]


def entitlement(rating: PublishedRating, plan: Plan) -> Entitlement:
    """By the outputs `tier`, `pay` and `reward` of the policy, as the published trace has them; nothing without a star."""
    months = MONTHS[plan.head.every]
    if rating.outcome != Outcome.RATED:
        return Entitlement("", 0, months, 0)
    trace = decode_trace(plan, bytes(rating.trace))
    values = {name: trace[step] for name, step in plan.outputs.items()}
    tier = values.get("tier", Special.NOT_APPLICABLE)
    return Entitlement(_word(plan, tier), _cents(values.get("pay")), months, _cents(values.get("reward")))


def _line(rating: PublishedRating, plan: Plan) -> PayLine:
    now, before = entitlement(rating, plan), 0
    if rating.supersedes:
        before = entitlement(rating.supersedes, plan_for(rating.supersedes.publication.decision.policy)).total
    return PayLine(
        rating=rating, tier=now.tier, monthly_cents=now.monthly, months=now.months, reward_cents=now.reward,
        amount_cents=now.total - before,
    )  # fmt: skip


def _word(plan: Plan, tier: int | Special) -> str:
    if isinstance(tier, Special):
        return ""
    scale = plan.steps[plan.outputs["tier"]].type.scale
    return plan.scales[scale].words[tier] if scale else ""


def _cents(value: int | Special | None) -> int:
    return 0 if value is None or isinstance(value, Special) else value
