from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from governance.duties import EVERYONE
from governance.models import Territory
from governance.models.base import Scoped


@pghistory.track()
class Matter(Scoped):
    """An entry of a county's catalogue: what a village governs itself, what it assists, what it must not certify."""

    class List(models.TextChoices):
        SELF_GOVERNANCE = "self_governance", _("Self-governance matters")
        ASSISTING = "assisting", _("Assisting matters")
        PROHIBITED_CERTIFICATE = "prohibited_certificate", _("Certificates not to be issued")

    scope_path = "territory__path"
    seen_by = EVERYONE

    territory = models.ForeignKey(Territory, models.PROTECT, related_name="matters", verbose_name=_("county"))
    list = models.CharField(_("list"), max_length=24, choices=List.choices)
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=120)
    basis = models.CharField(_("basis"), max_length=200)  # document and article that put it on the list
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("catalogue entry")
        verbose_name_plural = _("matter catalogue")
        ordering = ["territory__path", "list", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["territory", "list", "number"],
                condition=Q(valid_to=None),
                name="matter_number_once",
                violation_error_message=_("This list already has an entry of this number."),
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="matter_dates_in_order",
                violation_error_message=_("An entry must end after it begins."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"
