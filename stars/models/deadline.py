from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from governance.duties import INSIDE
from governance.models.base import Scoped
from stars.models.filing import Filing


class DeadlineRequest(Scoped):
    """Somebody asks for time that a filing no longer has; somebody else answers. What is granted ends by itself.

    EXTENSION  the unit files its form until then as if it were due then
    UNLOCK     the county amends named villages of the locked form until then
    """

    class Kind(models.TextChoices):
        EXTENSION = "extension", _("Extension")
        UNLOCK = "unlock", _("Unlock")

    class State(models.TextChoices):
        ASKED = "asked", _("Asked for")
        GRANTED = "granted", _("Granted")
        REFUSED = "refused", _("Refused")

    scope_path = "filing__territory__path"
    seen_by = INSIDE

    filing = models.ForeignKey(Filing, models.PROTECT, related_name="requests", verbose_name=_("filing"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    villages = ArrayField(models.BigIntegerField(), default=list, verbose_name=_("villages"))  # territories, of an unlock
    until_at = models.DateTimeField(_("until"))  # the first moment that is too late
    reason = models.TextField(_("reason"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked at"))
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.ASKED)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision_reason = models.TextField(_("reason of the decision"), blank=True)

    class Meta:
        verbose_name = _("request for time")
        verbose_name_plural = _("requests for time")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
                name="deadline_request_decided_by_another",
                violation_error_message=_("A request is decided by somebody other than who asked."),
            ),
            models.CheckConstraint(
                condition=Q(state="asked", decided_by=None, decided_at=None)
                | (~Q(state="asked") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="deadline_request_decided_by_somebody",
            ),
            models.UniqueConstraint(fields=["filing", "kind"], condition=Q(state="asked"), name="deadline_request_once"),
        ]
        indexes = [models.Index(fields=["filing", "kind", "until_at"], name="deadline_request_of_filing")]

    def __str__(self) -> str:
        return f"{self.filing} · {self.get_kind_display()}"
