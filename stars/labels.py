"""Results in words."""

from __future__ import annotations

from django.utils.translation import ngettext

from governance.models import PolicyVersion
from stars.engine.plan import Plan
from stars.models import Outcome
from stars.plans import plan_for


def outcome_label(outcome: int, star: int | None) -> str:
    if outcome == Outcome.RATED and star is not None:
        return ngettext("%(star)d star", "%(star)d stars", star) % {"star": star}
    return str(Outcome(outcome).label)


def star_options(plan: Plan) -> list[tuple[str, str]]:
    """Values and labels of the filter by result."""
    highest = plan.steps[plan.outputs["result"]].type.high
    stars = [(str(star), outcome_label(Outcome.RATED, star)) for star in range(highest, -1, -1)]
    return stars + [(outcome.name.lower(), str(outcome.label)) for outcome in Outcome if outcome != Outcome.RATED]


def yuan(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02}"


def grade_titles(policy: PolicyVersion) -> list[str]:
    """Names of the policy's grades, worst first; empty where it grades nobody."""
    plan = plan_for(policy)
    name = plan.outputs.get("grade")
    return list(plan.scales[plan.steps[name].type.scale or ""].titles) if name else []


def tier_titles(policy: PolicyVersion) -> dict[str, str]:
    """Names of the reward tiers by their words; empty where the policy has none."""
    plan = plan_for(policy)
    name = plan.outputs.get("tier")
    scale = plan.scales[plan.steps[name].type.scale or ""] if name else None
    return dict(zip(scale.words, scale.titles, strict=True)) if scale else {}


def event_titles(policy: PolicyVersion) -> dict[tuple[str, str], str]:
    """Names of the items of its lists of events, by list and item."""
    lists = plan_for(policy).events.values()
    return {(one.name, item.name): f"{one.title} · {item.title}" for one in lists for item in one.items}
