from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from pgtrigger import Before, Delete, Insert, Trigger, Update

from governance.models import PolicyVersion
from governance.models.base import Scoped

# the row of the version is held for sharing, so that it can't come into force while this transaction changes what belongs to it
FROZEN_WITH_POLICY = """
    PERFORM 1 FROM governance_policyversion WHERE id IN (OLD.policy_id, NEW.policy_id) FOR SHARE;
    IF EXISTS (SELECT 1 FROM governance_policyversion WHERE id IN (OLD.policy_id, NEW.policy_id) AND state <> 'draft') THEN
        RAISE EXCEPTION 'pgtrigger: Cannot change table %: its policy is frozen', TG_TABLE_NAME;
    END IF;
    RETURN COALESCE(NEW, OLD);
"""


def frozen_with_policy() -> Trigger:
    return Trigger(name="frozen_with_policy", when=Before, operation=Insert | Update | Delete, func=FROZEN_WITH_POLICY)


class PolicyCase(Scoped):
    """A worked case of a policy version, frozen with it.

    subjects  [{title, given: [[name of an input, value]], expect: [[name of a result, value]]}], read by stars.cases
    """

    scope_open = True

    policy = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="cases", verbose_name=_("policy version"))
    title = models.CharField(_("title"), max_length=120)
    subjects = models.JSONField(_("subjects"))

    class Meta:
        verbose_name = _("worked case")
        verbose_name_plural = _("worked cases")
        ordering = ["policy", "pk"]
        constraints = [models.UniqueConstraint(fields=["policy", "title"], name="case_title_once")]
        triggers = [frozen_with_policy()]

    def __str__(self) -> str:
        return self.title
