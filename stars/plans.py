"""The plan of a stored policy: read and compiled once for each digest."""

from __future__ import annotations

from functools import lru_cache

from governance import policy as documents
from governance.models import PolicyVersion
from stars.engine.burden_words import CHECKED_ALREADY
from stars.engine.compile import compile_policy
from stars.engine.plan import Plan


def plan_for(policy: PolicyVersion) -> Plan:
    """raises PolicyErrors, if the stored text was never checked; ValueError, if it is not the text of its digest"""
    plan = _plan_of(policy.digest, policy.text)
    if plan.digest != policy.digest:
        raise ValueError(f"policy version {policy.pk}: text and digest differ")
    return plan


def words_in_force(entry: str) -> dict[str, str]:
    """The words of a roster entry with a scale and their titles, over all policies in force, the newest last."""
    found: dict[str, str] = {}
    for policy in PolicyVersion.objects.filter(state=PolicyVersion.State.IN_FORCE).order_by("pk"):
        plan = plan_for(policy)
        if entry in plan.roster and (scale := plan.roster[entry].type.scale):
            found |= zip(plan.scales[scale].words, plan.scales[scale].titles, strict=True)
    return found


@lru_cache(maxsize=64)
def _plan_of(_digest: str, text: str) -> Plan:
    return compile_policy(documents.load(text), CHECKED_ALREADY)
