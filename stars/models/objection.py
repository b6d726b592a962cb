from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.duties import COUNTY, OF_TOWNSHIPS, Duty
from governance.models import Territory
from governance.models.base import InsertOnly, Scoped
from stars.models.rating import Decision, PublishedRating
from stars.models.year import RatingYear, RosterEntry


class Objection(Scoped):
    """Somebody holds a result to be wrong. What became of it is told by its steps; `state` is where the last of them has left it.

    The person rated meets the own ones alone, and not through `visible_to`: who else objects is not theirs to know.
    """

    class Kind(models.TextChoices):
        PUBLICITY = "publicity", _("Objection in publicity")
        REVIEW = "review", _("Request for review")
        APPEAL = "appeal", _("Appeal")

    class Way(models.TextChoices):
        PERSON = "person", _("In person")
        LETTER = "letter", _("By letter")
        TELEPHONE = "telephone", _("By telephone")
        OWN = "own", _("By the person rated, here")

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        ACCEPTED = "accepted", _("Being checked")
        OUT_OF_TIME = "out_of_time", _("Refused: out of time")
        NOT_THIS = "not_this", _("Refused: not about this result")
        UPHELD = "upheld", _("Upheld")
        NOT_UPHELD = "not_upheld", _("Not upheld")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    scope_path = "territory__path"
    seen_by = COUNTY | OF_TOWNSHIPS

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    way = models.CharField(_("way"), max_length=12, choices=Way.choices)
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="+", verbose_name=_("village"))
    rating_year = models.ForeignKey(RatingYear, models.PROTECT, related_name="objections", verbose_name=_("rating year"))
    entry = models.ForeignKey(RosterEntry, models.PROTECT, related_name="objections", verbose_name=_("roster entry"))
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="+", verbose_name=_("decision"))  # of what is objected to
    published = models.ForeignKey(
        PublishedRating, models.PROTECT, null=True, related_name="objections", verbose_name=_("published rating")
    )
    review = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="appeal", verbose_name=_("review")
    )  # that is appealed against
    grounds = models.TextField(_("grounds"))
    wish = models.TextField(_("what is asked for"))
    received_on = models.DateField(_("received on"))
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("received by"))
    received_at = models.DateTimeField(_("received at"))
    once = models.UUIDField(null=True, unique=True)  # of the form: sent twice, it is one objection
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.RECEIVED)

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="publicity", published=None) | (~Q(kind="publicity") & Q(published__isnull=False)),
                name="objection_about_what_is_published",
            ),
            models.CheckConstraint(
                condition=Q(kind="appeal", review__isnull=False) | (~Q(kind="appeal") & Q(review=None)),
                name="objection_appeal_follows_review",
            ),
            models.UniqueConstraint(
                fields=["published"],
                condition=Q(kind="review") & ~Q(state="withdrawn"),
                name="objection_reviewed_once",
                violation_error_message=_("A review of this result has been asked for already."),
            ),
        ]
        indexes = [models.Index(fields=["rating_year", "state"], name="objection_of_year")]

    def __str__(self) -> str:
        return f"{self.entry} · {self.get_kind_display()}"


class Objector(InsertOnly):
    """Who objects, kept apart from what is objected: the county's staff alone meets a name."""

    scope_path = "objection__territory__path"
    seen_by = frozenset({Duty.COUNTY_STAFF})

    objection = models.OneToOneField(Objection, models.PROTECT, related_name="objector", verbose_name=_("objection"))
    name = models.CharField(_("name of who objects"), max_length=60)
    contact = models.CharField(_("how to reach them"), max_length=120, blank=True)

    class Meta(InsertOnly.Meta):
        verbose_name = _("objector")
        verbose_name_plural = _("objectors")

    def __str__(self) -> str:
        return self.name


class ObjectionStep(InsertOnly):
    """What was done with an objection: the state that it came to, by whom, when, with what words."""

    scope_path = "objection__territory__path"
    seen_by = Objection.seen_by

    objection = models.ForeignKey(Objection, models.PROTECT, db_index=False, related_name="steps", verbose_name=_("objection"))
    number = models.PositiveSmallIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=12, choices=Objection.State.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    text = models.TextField(_("text"), blank=True)

    class Meta(InsertOnly.Meta):
        verbose_name = _("step of an objection")
        verbose_name_plural = _("steps of objections")
        ordering = ["objection", "number"]
        constraints = [models.UniqueConstraint(fields=["objection", "number"], name="objection_step_number")]

    def __str__(self) -> str:
        return f"{self.objection} · {self.get_state_display()}"
