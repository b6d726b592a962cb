from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.models import PolicyVersion
from governance.models.base import Scoped
from stars.models.case import frozen_with_policy


class PolicyException(Scoped):
    """What a clause of the burden rules forbids and itself lets pass: for this title of this version, by whom, why, under which document.

    code  of the clause (governance.clauses); frozen with the version
    """

    scope_open = True

    policy = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="exceptions", verbose_name=_("policy version"))
    code = models.CharField(_("clause"), max_length=40)
    wording = models.CharField(_("title"), max_length=120)
    reason = models.CharField(_("reason"), max_length=1000)
    document_no = models.CharField(_("document number"), max_length=80)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("excepted by"))
    at = models.DateTimeField(_("excepted at"))

    class Meta:
        verbose_name = _("exception from a burden rule")
        verbose_name_plural = _("exceptions from burden rules")
        ordering = ["policy", "pk"]
        constraints = [models.UniqueConstraint(fields=["policy", "code", "wording"], name="policy_exception_once")]
        triggers = [frozen_with_policy()]

    def __str__(self) -> str:
        return self.wording
