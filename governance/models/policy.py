from functools import reduce
from operator import or_

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from pgtrigger import Delete, Protect, Update
from pgtrigger import F as Row
from pgtrigger import Q as When

from governance.models.base import InsertOnly, Scoped
from governance.models.territory import Territory

FROZEN = ("code", "title", "subject", "text", "digest", "in_force_by_id", "in_force_at")


def _changed(column: str) -> When:
    return When(**{f"old__{column}__df": Row(f"new__{column}")})


class PolicyVersion(Scoped):
    """One text of a policy. In force it is frozen: text, canonical digest, who brought it into force and when."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_FORCE = "in_force", _("In force")
        SUPERSEDED = "superseded", _("Superseded")

    scope_open = True

    code = models.CharField(_("code"), max_length=60)
    title = models.CharField(_("title"), max_length=120)
    subject = models.CharField(_("subject"), max_length=24)
    text = models.TextField(_("document"))
    digest = models.CharField(_("digest"), max_length=64)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.DRAFT)
    in_force_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("brought into force by")
    )
    in_force_at = models.DateTimeField(_("in force since"), null=True, blank=True)

    class Meta:
        verbose_name = _("policy version")
        verbose_name_plural = _("policy versions")
        ordering = ["code", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["code", "digest"], name="policy_text_once"),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(in_force_at__isnull=False),
                name="policy_in_force_has_moment",
            ),
        ]
        triggers = [
            Protect(
                name="frozen_in_force",
                operation=Update,
                condition=(When(old__state="superseded") & ~When(new__state="superseded"))
                | (~When(old__state="draft") & (When(new__state="draft") | reduce(or_, map(_changed, FROZEN)))),
            ),
            Protect(name="kept_in_force", operation=Delete, condition=~When(old__state="draft")),
        ]

    def __str__(self) -> str:
        return self.title


class PolicyAdoption(InsertOnly):
    """A territory rates by this version from a year on; the nearest ancestor's adoption counts."""

    scope_path = "territory__path"

    territory = models.ForeignKey(Territory, models.PROTECT, related_name="adoptions", verbose_name=_("territory"))
    policy = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="adoptions", verbose_name=_("policy"))
    year_from = models.SmallIntegerField(_("from year"))
    document_no = models.CharField(_("document number"), max_length=80, blank=True)
    reason = models.CharField(_("why it replaces another of that year"), max_length=1000, blank=True)
    adopted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("adopted by")
    )
    adopted_at = models.DateTimeField(_("adopted at"))

    class Meta(InsertOnly.Meta):
        verbose_name = _("adoption of a policy")
        verbose_name_plural = _("adoptions of policies")
        ordering = ["territory__path", "year_from"]
        constraints = [models.UniqueConstraint(fields=["territory", "policy", "year_from"], name="adoption_once")]

    def __str__(self) -> str:
        return f"{self.territory} · {self.policy} · {self.year_from}"
