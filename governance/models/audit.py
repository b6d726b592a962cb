from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.duties import Duty
from governance.models.base import InsertOnly
from governance.models.territory import Territory


class AuditEntry(InsertOnly):
    """Who did what, to what, when. Written in the same transaction as the act."""

    scope_path = "territory__path"
    seen_by = frozenset({Duty.AUDITOR, Duty.AUDIT_ADMIN})

    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    act = models.CharField(_("act"), max_length=60)
    territory = models.ForeignKey(Territory, models.PROTECT, null=True, related_name="+", verbose_name=_("territory"))
    subject = models.CharField(_("subject"), max_length=80)  # "stars.Filing:17"
    detail = models.JSONField(_("detail"), default=dict)

    class Meta(InsertOnly.Meta):
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["subject"], name="audit_subject")]

    def __str__(self) -> str:
        return f"{self.act} {self.subject}"
