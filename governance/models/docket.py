from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.models.base import InsertOnly, Scoped
from governance.models.territory import Territory
from governance.models.unit import Unit


class DocketItem(Scoped):
    """A thing with an owner, a deadline and a strike-off.

    What happened to it is the ledger's (DocketEvent) to say. `started_at`, `due_at`, `amber_at`, `ended_at` and `is_paused` are
    read off the ledger under `calendar_version`, so that lists can be filtered; governance.docket.ledger makes them anew.
    """

    class State(models.TextChoices):
        RAISED = "raised", _("Not assigned")
        ASSIGNED = "assigned", _("Assigned")
        ACCEPTED = "accepted", _("In hand")
        RETURNED = "returned", _("Returned as not theirs")
        ANSWERED = "answered", _("Answered")
        VERIFIED = "verified", _("Verified")
        STRUCK_OFF = "struck_off", _("Struck off")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    scope_path = "territory__path"

    kind = models.CharField(_("kind"), max_length=40)  # name in governance.docket.kinds
    subject = models.CharField(_("subject"), max_length=80, blank=True)  # "stars.PublishedRating:17": once per kind
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("what is to be done"), blank=True)
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="docket_items", verbose_name=_("place"))
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="docket_items", verbose_name=_("responsible unit")
    )
    checker = models.ForeignKey(Unit, models.PROTECT, related_name="checked_items", verbose_name=_("verifying unit"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.RAISED)
    percent = models.PositiveSmallIntegerField(_("progress, percent"), null=True, blank=True)
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("raised by")
    )
    raised_at = models.DateTimeField(_("raised at"))
    version = models.PositiveIntegerField(_("version"), default=0)  # lines of its ledger
    started_at = models.DateTimeField(_("clock began"), null=True, blank=True)
    due_at = models.DateTimeField(_("due before"), null=True, blank=True)  # the first moment that is too late
    amber_at = models.DateTimeField(_("amber from"), null=True, blank=True)
    ended_at = models.DateTimeField(_("clock ended"), null=True, blank=True)
    is_paused = models.BooleanField(_("paused"), default=False)
    calendar_version = models.PositiveIntegerField(_("calendar version"), default=0)
    urgings = models.PositiveSmallIntegerField(_("times urged"), default=0)
    unanswered = models.PositiveSmallIntegerField(_("urgings without an answer"), default=0)
    reopenings = models.PositiveSmallIntegerField(_("times reopened"), default=0)

    class Meta:
        verbose_name = _("docket item")
        verbose_name_plural = _("docket items")
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject"], condition=~Q(subject=""), name="docket_subject_once"),
            models.CheckConstraint(condition=Q(percent=None) | Q(percent__lte=100), name="docket_percent"),
            models.CheckConstraint(
                condition=Q(state__in=["raised", "withdrawn"]) | Q(unit__isnull=False), name="docket_has_unit"
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "state", "due_at"], name="docket_unit"),
            models.Index(fields=["checker", "state", "due_at"], name="docket_checker"),
            models.Index(fields=["territory", "state", "due_at"], name="docket_territory"),
        ]

    def __str__(self) -> str:
        return self.title

    @classmethod
    def concerns(cls, units: tuple[int, ...]) -> Q:
        """What the people of these units see wherever it hangs."""
        return _concerns("", units)


class DocketHelper(Scoped):
    """A unit that helps the responsible one."""

    scope_path = "item__territory__path"

    item = models.ForeignKey(DocketItem, models.PROTECT, related_name="helpers", verbose_name=_("docket item"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="helped_items", verbose_name=_("helping unit"))

    class Meta:
        verbose_name = _("helping unit")
        verbose_name_plural = _("helping units")
        ordering = ["item", "pk"]
        constraints = [models.UniqueConstraint(fields=["item", "unit"], name="docket_helper_once")]

    def __str__(self) -> str:
        return f"{self.item} · {self.unit}"

    @classmethod
    def concerns(cls, units: tuple[int, ...]) -> Q:
        return _concerns("item__", units)


class DocketEvent(InsertOnly):
    """One line of an item's ledger: who did what to it, when, and why."""

    class Act(models.TextChoices):
        RAISED = "raised", _("raised")
        ASSIGNED = "assigned", _("assigned")
        ACCEPTED = "accepted", _("accepted")
        RETURNED = "returned", _("returned as not theirs")
        REPORTED = "reported", _("reported progress")
        ANSWERED = "answered", _("answered")
        SENT_BACK = "sent_back", _("sent back")
        VERIFIED = "verified", _("verified")
        STRUCK_OFF = "struck_off", _("struck off")
        REOPENED = "reopened", _("reopened")
        WITHDRAWN = "withdrawn", _("withdrew")
        PAUSED = "paused", _("paused the clock")
        RESUMED = "resumed", _("let the clock run again")
        EXTENSION_ASKED = "extension_asked", _("asked for more time")
        EXTENDED = "extended", _("extended")
        EXTENSION_REFUSED = "extension_refused", _("refused more time")
        URGED = "urged", _("urged")
        URGE_ANSWERED = "urge_answered", _("answered the urging")
        RECALCULATED = "recalculated", _("recalculated under the new calendar")
        LATENESS_WITHDRAWN = "lateness_withdrawn", _("withdrew the lateness")

    scope_path = "item__territory__path"

    item = models.ForeignKey(DocketItem, models.PROTECT, related_name="events", verbose_name=_("docket item"))
    number = models.PositiveIntegerField(_("number"))
    act = models.CharField(_("act"), max_length=20, choices=Act.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    text = models.TextField(_("text"), blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("unit"))  # assigned: to whom
    percent = models.PositiveSmallIntegerField(_("progress, percent"), null=True)
    term_count = models.PositiveIntegerField(_("term"), null=True)
    term_unit = models.CharField(_("unit of the term"), max_length=14, blank=True)  # governance.workdays.Unit
    until_on = models.DateField(_("until"), null=True)
    restarts = models.BooleanField(_("the clock begins anew"), default=False)  # assigned to another unit
    calendar_version = models.PositiveIntegerField(_("calendar version"), default=0)

    class Meta(InsertOnly.Meta):
        verbose_name = _("line of a docket item's ledger")
        verbose_name_plural = _("lines of docket items' ledgers")
        ordering = ["item", "number"]
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="docket_event_number")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.number} {self.act}"

    @classmethod
    def concerns(cls, units: tuple[int, ...]) -> Q:
        return _concerns("item__", units)


class DocketBlob(InsertOnly):
    """The bytes of evidence, kept once under the SHA-256 of what they are."""

    scope_closed = True  # shown through DocketFile alone

    sha256 = models.CharField("SHA-256", max_length=64, primary_key=True)
    size = models.PositiveIntegerField(_("size"))
    content = models.BinaryField(_("content"))

    class Meta(InsertOnly.Meta):
        verbose_name = _("content of evidence")
        verbose_name_plural = _("contents of evidence")
        constraints = [models.CheckConstraint(condition=Q(sha256__regex="^[0-9a-f]{64}$"), name="docket_blob_digest")]

    def __str__(self) -> str:
        return self.sha256


class DocketFile(InsertOnly):
    """Evidence as it was handed in with a line of the ledger."""

    scope_path = "event__item__territory__path"

    event = models.ForeignKey(DocketEvent, models.PROTECT, related_name="files", verbose_name=_("line of the ledger"))
    blob = models.ForeignKey(DocketBlob, models.PROTECT, related_name="+", verbose_name=_("content"))
    name = models.CharField(_("file name"), max_length=120)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size"))

    class Meta(InsertOnly.Meta):
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["event", "pk"]
        constraints = [models.UniqueConstraint(fields=["event", "blob"], name="docket_file_once")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def concerns(cls, units: tuple[int, ...]) -> Q:
        return _concerns("event__item__", units)


def _concerns(lookup: str, units: tuple[int, ...]) -> Q:
    helped = DocketHelper.objects.filter(unit__in=units).values("item")
    ways: dict[str, Any] = {"unit__in": units, "checker__in": units, "pk__in": helped}
    return Q(*[(f"{lookup}{way}", value) for way, value in ways.items()], _connector=Q.OR)
