from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.duties import OFFICE, Duty
from governance.models.base import InsertOnly
from governance.models.territory import Territory
from governance.scope import ScopedQuerySet, rows_in_reach


class CalendarNoticeQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any) -> CalendarNoticeQuerySet:
        """The country's notices are everybody's."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(territory=None) | rows_in_reach(self.model, user))


class CalendarNotice(InsertOnly):
    """A document that says which days are free and which are worked: the State Council's for a year, or a county's own.

    What it says is never changed: a correction is another notice that supersedes it. The notices on record up to one of them are
    a version of the calendar, by that one's number.
    """

    scope_path = "territory__path"
    seen_by = OFFICE | {Duty.SYSTEM_ADMIN}

    territory = models.ForeignKey(
        Territory, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("county")
    )  # none: the whole country
    year = models.PositiveSmallIntegerField(_("year that it arranges as a whole"), null=True, blank=True)
    title = models.CharField(_("title"), max_length=120)
    document_no = models.CharField(_("document number"), max_length=80)
    published_on = models.DateField(_("published on"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by", verbose_name=_("corrects")
    )
    digest = models.CharField(_("digest"), max_length=64)  # of what it says
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    objects = CalendarNoticeQuerySet.as_manager()  # type: ignore[misc]

    class Meta(InsertOnly.Meta):
        verbose_name = _("calendar notice")
        verbose_name_plural = _("working calendar")
        ordering = ["-published_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["territory", "digest"], nulls_distinct=False, name="calendar_notice_once"),
            models.UniqueConstraint(fields=["year"], condition=Q(supersedes=None), name="calendar_year_once"),
            models.CheckConstraint(
                condition=Q(territory=None) | (~Q(reason="") & Q(year=None)), name="calendar_notice_of_county_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.document_no}）"

    @property
    def is_in_force(self) -> bool:
        return not hasattr(self, "superseded_by")


class CalendarDay(InsertOnly):
    """A day of a notice that doesn't go by its weekday."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", _("Holiday")
        WORKDAY = "workday", _("Make-up workday")

    scope_path = "notice__territory__path"
    seen_by = OFFICE | {Duty.SYSTEM_ADMIN}

    notice = models.ForeignKey(CalendarNotice, models.PROTECT, related_name="days", verbose_name=_("calendar notice"))
    day = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=40)

    class Meta(InsertOnly.Meta):
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["notice", "day"], name="calendar_day_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class CalendarHours(InsertOnly):
    """The hours of a working day from a day on, by a notice: "08:00-12:00 15:00-18:30"."""

    scope_path = "notice__territory__path"
    seen_by = OFFICE | {Duty.SYSTEM_ADMIN}

    notice = models.ForeignKey(CalendarNotice, models.PROTECT, related_name="hours", verbose_name=_("calendar notice"))
    from_on = models.DateField(_("from"))
    windows = models.CharField(_("working hours"), max_length=80)

    class Meta(InsertOnly.Meta):
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        ordering = ["from_on"]
        constraints = [models.UniqueConstraint(fields=["notice", "from_on"], name="calendar_hours_once")]

    def __str__(self) -> str:
        return f"{self.from_on} {self.windows}"
