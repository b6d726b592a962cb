from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.duties import EVERYONE
from governance.models.base import Scoped


@pghistory.track()
class Territory(Scoped):
    """A place of the National Bureau of Statistics, as it stood between two days."""

    class Level(models.IntegerChoices):
        PROVINCE = 1, _("Province")
        CITY = 2, _("City")
        COUNTY = 3, _("County")
        TOWNSHIP = 4, _("Township")
        VILLAGE = 5, _("Village or community")

    class Kind(models.TextChoices):
        VILLAGE = "village", _("Village")
        COMMUNITY = "community", _("Community")

    scope_path = "path"
    seen_by = EVERYONE

    code = models.CharField(_("code"), max_length=12)  # what the state says; five codes clash in the source
    path = models.CharField(_("path"), max_length=40, db_collation="C")
    level = models.SmallIntegerField(_("level"), choices=Level.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent"))
    name = models.CharField(_("name"), max_length=60)
    short_name = models.CharField(_("short name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, blank=True)
    village_type = models.CharField(_("village type"), max_length=24, blank=True)  # a word of the county's policy
    households = models.PositiveIntegerField(_("households"), null=True, blank=True)
    population = models.PositiveIntegerField(_("population"), null=True, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("territory")
        verbose_name_plural = _("territories")
        ordering = ["path"]
        constraints = [
            models.UniqueConstraint(fields=["path"], condition=Q(valid_to=None), name="territory_one_current_path"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=models.F("valid_from")),
                name="territory_dates_in_order",
                violation_error_message=_("A territory must end after it begins."),
            ),
        ]
        indexes = [models.Index(fields=["path"], name="territory_path"), models.Index(fields=["code"], name="territory_code")]

    def __str__(self) -> str:
        return self.short_name

    @property
    def county_path(self) -> str:
        return self.path[:6]

    @property
    def township_path(self) -> str:
        return self.path[:9]


class TerritorySuccession(Scoped):
    """A merger or split: `before` went into `after` on `on`."""

    scope_path = "before__path"

    before = models.ForeignKey(Territory, models.PROTECT, related_name="successions", verbose_name=_("before"))
    after = models.ForeignKey(Territory, models.PROTECT, related_name="origins", verbose_name=_("after"))
    on = models.DateField(_("on"))
    document_no = models.CharField(_("document number"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("succession of territories")
        verbose_name_plural = _("successions of territories")
        constraints = [models.UniqueConstraint(fields=["before", "after"], name="succession_once")]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"
