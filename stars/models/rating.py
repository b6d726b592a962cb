from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.duties import OFFICE, PUBLISHED
from governance.models import Person, PolicyVersion, Post, Territory
from governance.models.base import InsertOnly, Scoped
from stars.models.year import RatingYear, RosterEntry


class Outcome(models.IntegerChoices):
    """What becomes of everybody on a roster; stored as small numbers, shown as words."""

    RATED = 0, _("Rated")
    NONE = 1, _("No star")
    DISQUALIFIED = 2, _("Disqualified")
    NOT_ELIGIBLE = 3, _("Not yet eligible")
    UNRATABLE = 4, _("Can't be rated")


class Rating(Scoped):
    """The latest computed result of a roster entry: provisional while the year is open, overwritten by each run.

    No foreign key in the database: stars.results writes exactly the roster that it has read, under the lock of the
    county-year, and the check of each row would cost three times its writing.

    trace  little-endian integers, one a step, in the layout of the policy version (stars.engine.trace)
    """

    scope_path = "entry__territory__path"
    seen_by = OFFICE

    entry = models.OneToOneField(
        RosterEntry, models.CASCADE, primary_key=True, db_constraint=False, related_name="rating", verbose_name=_("roster entry")
    )
    rating_year = models.ForeignKey(
        RatingYear, models.PROTECT, db_constraint=False, related_name="ratings", verbose_name=_("rating year")
    )
    outcome = models.SmallIntegerField(_("outcome"), choices=Outcome.choices)
    star = models.SmallIntegerField(_("star"), null=True)
    grade = models.SmallIntegerField(_("grade"), null=True)  # position in the policy's ordered grades
    score = models.IntegerField(_("score"), null=True)  # hundredths
    pay_cents = models.IntegerField(_("monthly supplement"), null=True)
    reason = models.SmallIntegerField(_("reason"), default=0)  # of an outcome without a star (stars.engine)
    trace = models.BinaryField(_("trace"))

    class Meta:
        verbose_name = _("computed rating")
        verbose_name_plural = _("computed ratings")
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome=0, star__gte=0) | (~Q(outcome=0) & Q(star=None)), name="rating_star_iff_rated"
            )
        ]

    def __str__(self) -> str:
        return f"{self.entry}"


class Decision(InsertOnly):
    """What the leader decided, bound to exactly these inputs, this policy and this result.

    block  the inputs in the canonical form of stars.engine.canonical; `inputs_digest` is its SHA-256
    """

    scope_path = "rating_year__territory__path"
    seen_by = OFFICE

    rating_year = models.ForeignKey(RatingYear, models.PROTECT, related_name="decisions", verbose_name=_("rating year"))
    version = models.SmallIntegerField(_("version"))
    policy = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="+", verbose_name=_("policy"))
    policy_digest = models.CharField(_("digest of the policy"), max_length=64)
    block = models.BinaryField(_("inputs"))
    inputs_digest = models.CharField(_("digest of the inputs"), max_length=64)
    result_digest = models.CharField(_("digest of the result"), max_length=64)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided at"))
    note = models.TextField(_("note"), blank=True)

    class Meta(InsertOnly.Meta):
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["rating_year", "version"]
        constraints = [models.UniqueConstraint(fields=["rating_year", "version"], name="decision_version_once")]

    def __str__(self) -> str:
        return f"{self.rating_year} v{self.version}"


class Publication(InsertOnly):
    """One act of publishing a county-year. `number` orders all publications and is the REST cursor's ground."""

    scope_path = "rating_year__territory__path"
    seen_by = PUBLISHED

    number = models.BigIntegerField(_("publication number"), unique=True)  # taken under one lock: no gap, commit order
    rating_year = models.ForeignKey(RatingYear, models.PROTECT, related_name="publications", verbose_name=_("rating year"))
    version = models.SmallIntegerField(_("version"))
    decision = models.OneToOneField(Decision, models.PROTECT, related_name="publication", verbose_name=_("decision"))
    reason = models.TextField(_("reason of the correction"), blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("published by"))
    published_at = models.DateTimeField(_("published at"))
    rows_digest = models.CharField(_("digest of the rows"), max_length=64)
    previous_hash = models.CharField(_("previous link"), max_length=64, blank=True)  # of this county's last publication
    hash = models.CharField(_("link"), max_length=64, unique=True)

    class Meta(InsertOnly.Meta):
        verbose_name = _("publication")
        verbose_name_plural = _("publications")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["rating_year", "version"], name="publication_version_once")]

    def __str__(self) -> str:
        return f"{self.rating_year} v{self.version}"


class PublishedRating(InsertOnly):
    """A published result. Never edited: a correction is a new row that names the old one."""

    scope_path = "territory__path"
    seen_by = PUBLISHED

    publication = models.ForeignKey(
        Publication, models.PROTECT, db_index=False, related_name="ratings", verbose_name=_("publication")
    )
    county = models.IntegerField(_("county"))
    year = models.SmallIntegerField(_("year"))
    person = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="published_ratings", verbose_name=_("person"))
    person_name = models.CharField(_("name"), max_length=60)  # as published
    post = models.ForeignKey(Post, models.PROTECT, related_name="+", verbose_name=_("post"))
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="+", verbose_name=_("village"))
    village_code = models.CharField(_("village code"), max_length=12)
    village_name = models.CharField(_("village"), max_length=60)
    township_name = models.CharField(_("township"), max_length=60)
    outcome = models.SmallIntegerField(_("outcome"), choices=Outcome.choices)
    star = models.SmallIntegerField(_("star"), null=True)
    grade = models.SmallIntegerField(_("grade"), null=True)
    score = models.IntegerField(_("score"), null=True)
    pay_cents = models.IntegerField(_("monthly supplement"), null=True)
    trace = models.BinaryField(_("trace"))
    certificate_no = models.CharField(_("certificate number"), max_length=32, null=True, unique=True)
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="superseded_by", verbose_name=_("supersedes")
    )

    class Meta(InsertOnly.Meta):
        verbose_name = _("published rating")
        verbose_name_plural = _("published ratings")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["publication", "person"], name="published_person_once"),
            models.CheckConstraint(
                condition=Q(outcome=0, star__gte=0) | (~Q(outcome=0) & Q(star=None)), name="published_star_iff_rated"
            ),
            models.CheckConstraint(
                condition=Q(outcome=0, certificate_no__isnull=False) | (~Q(outcome=0) & Q(certificate_no=None)),
                name="published_certificate_iff_rated",
            ),
        ]
        # ids are taken under the publications' lock, so their order is the order of publication
        indexes = [
            models.Index(fields=["year", "id"], name="published_year"),
            models.Index(fields=["county", "year", "id"], name="published_county_year"),
            models.Index(fields=["person", "year"], name="published_person_year"),
        ]

    def __str__(self) -> str:
        return f"{self.person_name} · {self.village_name} · {self.year}"


class PayList(InsertOnly):
    """Reward tiers and pay supplements that follow from one publication; the first in full, later ones as differences."""

    scope_path = "publication__rating_year__territory__path"
    seen_by = OFFICE

    publication = models.OneToOneField(Publication, models.PROTECT, related_name="pay_list", verbose_name=_("publication"))
    number = models.CharField(_("list number"), max_length=32, unique=True)
    total_cents = models.BigIntegerField(_("total"))
    digest = models.CharField(_("digest"), max_length=64)
    made_at = models.DateTimeField(_("made at"))

    class Meta(InsertOnly.Meta):
        verbose_name = _("pay list")
        verbose_name_plural = _("pay lists")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.number


class PayLine(InsertOnly):
    scope_path = "rating__territory__path"
    seen_by = OFFICE

    pay_list = models.ForeignKey(PayList, models.PROTECT, related_name="lines", verbose_name=_("pay list"))
    rating = models.ForeignKey(PublishedRating, models.PROTECT, related_name="+", verbose_name=_("published rating"))
    tier = models.CharField(_("reward tier"), max_length=24, blank=True)  # a word of the policy
    monthly_cents = models.IntegerField(_("monthly supplement"))
    months = models.SmallIntegerField(_("months"))
    reward_cents = models.IntegerField(_("single reward"))
    amount_cents = models.BigIntegerField(_("amount"))  # monthly × months + reward, or the difference to the superseded line

    class Meta(InsertOnly.Meta):
        verbose_name = _("pay line")
        verbose_name_plural = _("pay lines")
        ordering = ["pay_list", "pk"]
        constraints = [models.UniqueConstraint(fields=["pay_list", "rating"], name="pay_line_once")]

    def __str__(self) -> str:
        return f"{self.pay_list} · {self.rating}"
