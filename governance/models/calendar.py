from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.models.base import Scoped
from governance.models.territory import Territory


class CalendarDay(Scoped):
    """A day of a public holiday, or a make-up workday (调休). Days that are not here go by their weekday."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", _("Holiday")
        WORKDAY = "workday", _("Make-up workday")

    scope_open = True

    day = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=40)
    source = models.CharField(_("source"), max_length=120)
    territory = models.ForeignKey(
        Territory, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("county (empty: the whole country)")
    )

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "territory"],
                nulls_distinct=False,
                name="calendar_day_once",
                violation_error_message=_("This day is already in the calendar."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
