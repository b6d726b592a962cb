from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from governance.duties import INSIDE
from governance.models import PartyOrganization, Territory
from governance.models.base import Scoped


@pghistory.track()
class Grid(Scoped):
    """A grid of a village or community; auxiliary grids lie in a grid, micro-grids in an auxiliary grid or a grid."""

    class Kind(models.TextChoices):
        GRID = "grid", _("Grid")
        AUXILIARY = "auxiliary", _("Auxiliary grid")
        MICRO = "micro", _("Micro-grid")

    scope_path = "territory__path"
    seen_by = INSIDE

    territory = models.ForeignKey(Territory, models.PROTECT, related_name="grids", verbose_name=_("village or community"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    code = models.CharField(_("code"), max_length=24)  # within the village: 01, 01-02, 01-02-03
    name = models.CharField(_("name"), max_length=60)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("lies in"))
    organization = models.ForeignKey(
        PartyOrganization, models.PROTECT, null=True, blank=True, related_name="grids", verbose_name=_("Party organization")
    )
    households = models.PositiveIntegerField(_("households"), null=True, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("grid")
        verbose_name_plural = _("grids")
        ordering = ["territory__path", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["territory", "code"],
                condition=Q(valid_to=None),
                name="grid_code_once",
                violation_error_message=_("This village already has a grid of this code."),
            ),
            models.CheckConstraint(
                condition=Q(kind="grid", parent=None) | (~Q(kind="grid") & Q(parent__isnull=False)),
                name="grid_lies_in_a_grid",
                violation_error_message=_("An auxiliary or micro-grid lies in a grid; a grid lies in none."),
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="grid_dates_in_order",
                violation_error_message=_("A grid must end after it begins."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.territory} {self.name}"
