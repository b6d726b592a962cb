"""Results in words."""

from __future__ import annotations

from django.utils.translation import ngettext

from governance.models import PolicyVersion
from stars.engine.document import Scale
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
    scale = _scale_of(plan_for(policy), "grade")
    return list(scale.titles) if scale else []


def tier_titles(policy: PolicyVersion) -> dict[str, str]:
    """Names of the reward tiers by their words; empty where the policy has none."""
    scale = _scale_of(plan_for(policy), "tier")
    return dict(zip(scale.words, scale.titles, strict=True)) if scale else {}


def _scale_of(plan: Plan, output: str) -> Scale | None:
    """The words of an output; None where the policy has no such output."""
    step = plan.outputs.get(output)
    return plan.scales[plan.steps[step].type.scale or ""] if step else None


def event_titles(policy: PolicyVersion) -> dict[tuple[str, str], str]:
    """Names of the items of its lists of events, by list and item."""
    lists = plan_for(policy).events.values()
    return {(one.name, item.name): f"{one.title} · {item.title}" for one in lists for item in one.items}
