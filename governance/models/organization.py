import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.models.base import Scoped
from governance.models.territory import Territory


@pghistory.track()
class PartyOrganization(Scoped):
    """The second tree: Party organisations, linked to the place that they serve."""

    class Kind(models.TextChoices):
        COUNTY_COMMITTEE = "county_committee", _("County Party committee")
        TOWNSHIP_COMMITTEE = "township_committee", _("Township Party committee")
        GENERAL_BRANCH = "general_branch", _("General branch")
        BRANCH = "branch", _("Party branch")
        GRID_BRANCH = "grid_branch", _("Grid Party organization")

    scope_path = "territory__path"

    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=24, choices=Kind.choices)
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="party_organizations", verbose_name=_("territory"))
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("Party organization")
        verbose_name_plural = _("Party organizations")
        ordering = ["territory__path", "name"]

    def __str__(self) -> str:
        return self.name
