from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from governance.models.base import Scoped


class WorkbookUpload(Scoped):
    """A workbook as it came in, kept with what is wrong with it until it is applied or thrown away."""

    class State(models.TextChoices):
        READING = "reading", _("Being read")
        PENDING = "pending", _("To be corrected or applied")
        APPLIED = "applied", _("Applied")
        IN_PART = "in_part", _("Applied in part")
        DISCARDED = "discarded", _("Discarded")

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    file_name = models.CharField(_("file"), max_length=120)
    workbook = models.BinaryField(_("workbook"))  # kept to send back with the mistakes marked
    mistakes = models.JSONField(_("mistakes"))  # [{"sheet", "cell": "E7", "where", "message", …}]
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.PENDING)

    class Meta:
        abstract = True
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def stage(self) -> str:
        """Its state in words, for whoever is to act on it."""
        is_clean = self.state == self.State.PENDING and not self.mistakes
        return gettext("without mistakes, to be saved") if is_clean else str(self.get_state_display())
