from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.duties import INSIDE, OFFICE
from governance.models import Job, Person, PolicyVersion, Post, Territory
from governance.models.base import InsertOnly, Scoped


class RatingYear(Scoped):
    """One county's rating year: which policy, which stage, what was last computed."""

    class Stage(models.TextChoices):
        OPEN = "open", _("Filings open")
        CLOSED = "closed", _("Closed: roster frozen, filings locked")
        COMPUTED = "computed", _("Computed")
        REVIEWED = "reviewed", _("Reviewed")
        DECIDED = "decided", _("Decided")
        PUBLICITY = "publicity", _("In publicity")
        PUBLISHED = "published", _("Published")

    scope_path = "territory__path"
    seen_by = INSIDE

    territory = models.ForeignKey(Territory, models.PROTECT, related_name="rating_years", verbose_name=_("county"))
    year = models.SmallIntegerField(_("year"))
    policy = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="+", verbose_name=_("policy"))
    stage = models.CharField(_("stage"), max_length=12, choices=Stage.choices, default=Stage.OPEN)
    roster_frozen_at = models.DateTimeField(_("roster frozen at"), null=True, blank=True)
    changed_at = models.DateTimeField(_("inputs changed at"), null=True, blank=True)  # set by every filing, event, roster act
    computed_at = models.DateTimeField(_("computed at"), null=True, blank=True)
    job = models.ForeignKey(Job, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("last recompute"))
    inputs_digest = models.CharField(_("digest of the inputs"), max_length=64, blank=True)
    result_digest = models.CharField(_("digest of the result"), max_length=64, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reviewed by")
    )
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)
    publicity_from = models.DateField(_("publicity from"), null=True, blank=True)
    publicity_until = models.DateField(_("publicity until"), null=True, blank=True)  # its last day
    correction_reason = models.TextField(_("reason of the correction"), blank=True)

    class Meta:
        verbose_name = _("rating year")
        verbose_name_plural = _("rating years")
        ordering = ["-year", "territory__path"]
        constraints = [
            models.UniqueConstraint(
                fields=["territory", "year"],
                name="rating_year_once",
                violation_error_message=_("This county already has this rating year."),
            ),
            models.CheckConstraint(
                condition=Q(stage="open") | Q(roster_frozen_at__isnull=False), name="rating_year_closed_means_frozen"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.territory} {self.year}"


class StageMove(InsertOnly):
    """Every step of a rating year's life: from, to, by whom, over which digests."""

    scope_path = "rating_year__territory__path"
    seen_by = OFFICE

    rating_year = models.ForeignKey(RatingYear, models.PROTECT, related_name="moves", verbose_name=_("rating year"))
    before = models.CharField(_("from"), max_length=12, choices=RatingYear.Stage.choices)
    after = models.CharField(_("to"), max_length=12, choices=RatingYear.Stage.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    note = models.TextField(_("note"), blank=True)
    inputs_digest = models.CharField(_("digest of the inputs"), max_length=64, blank=True)
    result_digest = models.CharField(_("digest of the result"), max_length=64, blank=True)

    class Meta(InsertOnly.Meta):
        verbose_name = _("stage move")
        verbose_name_plural = _("stage moves")
        ordering = ["rating_year", "pk"]

    def __str__(self) -> str:
        return f"{self.rating_year}: {self.get_before_display()} → {self.get_after_display()}"


class RosterEntry(Scoped):
    """A person to be rated in a county-year, with the facts about them; frozen when the year closes."""

    scope_path = "territory__path"
    seen_by = INSIDE

    # no index of its own: the unique one begins with it; so below and in the other tables of this app
    rating_year = models.ForeignKey(
        RatingYear, models.PROTECT, db_index=False, related_name="roster", verbose_name=_("rating year")
    )
    county = models.IntegerField(_("county"))  # path[:6] as a number
    township = models.IntegerField(_("township"))  # path[:9] as a number
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("person"))
    post = models.ForeignKey(Post, models.PROTECT, related_name="+", verbose_name=_("main post"))
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="+", verbose_name=_("village"))
    months = models.SmallIntegerField(_("months in post this year"))  # bit 0 is January
    facts = ArrayField(models.IntegerField(), verbose_name=_("facts"))  # in the order of the policy's roster words

    class Meta:
        verbose_name = _("roster entry")
        verbose_name_plural = _("roster entries")
        ordering = ["territory__path", "pk"]
        constraints = [models.UniqueConstraint(fields=["rating_year", "person"], name="roster_person_once")]

    def __str__(self) -> str:
        return f"{self.person} · {self.territory} · {self.rating_year.year}"


class RosterPost(Scoped):
    """Which post of the person answers for which months: one post a month, so two villages make one star."""

    scope_path = "entry__territory__path"
    seen_by = INSIDE

    entry = models.ForeignKey(RosterEntry, models.CASCADE, db_index=False, related_name="posts", verbose_name=_("roster entry"))
    post = models.ForeignKey(Post, models.PROTECT, related_name="+", verbose_name=_("post"))
    months = models.SmallIntegerField(_("months answered for"))  # bit 0 is January

    class Meta:
        verbose_name = _("post on the roster")
        verbose_name_plural = _("posts on the roster")
        constraints = [models.UniqueConstraint(fields=["entry", "post"], name="roster_post_once")]

    def __str__(self) -> str:
        return f"{self.post}"
