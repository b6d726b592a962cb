from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.duties import COUNTY, Duty
from governance.models import Territory
from governance.models.base import Scoped
from stars.models.year import RatingYear

MINUTES = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120)  # upper ends of the histogram's bars; the last bar is open
FEWEST = 5  # filings


def no_bars() -> list[int]:
    return [0] * (len(MINUTES) + 1)


class FormMinutes(Scoped):
    """How long a form takes: a sum over the filings of one form and period, of units of one level. Nothing here is somebody's.

    What is told moves only with every fifth filing, so that the difference between two looks is never one person's time.
    """

    scope_path = "rating_year__territory__path"
    seen_by = COUNTY | {Duty.AUDITOR}

    rating_year = models.ForeignKey(RatingYear, models.PROTECT, related_name="minutes", verbose_name=_("rating year"))
    sheet_code = models.CharField(_("sheet"), max_length=24)
    period = models.SmallIntegerField(_("period"))
    level = models.SmallIntegerField(_("level of the units"), choices=Territory.Level.choices)
    count = models.PositiveIntegerField(_("filings"), default=0)
    seconds = models.PositiveBigIntegerField(_("seconds"), default=0)
    bars = ArrayField(models.PositiveIntegerField(), default=no_bars, verbose_name=_("filings by minutes"))
    told_count = models.PositiveIntegerField(_("filings, as told"), default=0)
    told_seconds = models.PositiveBigIntegerField(_("seconds, as told"), default=0)
    told_bars = ArrayField(models.PositiveIntegerField(), default=no_bars, verbose_name=_("filings by minutes, as told"))

    class Meta:
        verbose_name = _("minutes of a form")
        verbose_name_plural = _("minutes of forms")
        ordering = ["rating_year", "sheet_code", "period"]
        constraints = [
            models.UniqueConstraint(fields=["rating_year", "sheet_code", "period", "level"], name="form_minutes_once"),
        ]

    def __str__(self) -> str:
        return f"{self.rating_year} {self.sheet_code} {self.period + 1}"

    @property
    def told_minutes(self) -> int | None:
        """The mean in whole minutes, rounded up; None while too few filings stand behind it."""
        return -(-self.told_seconds // (60 * self.told_count)) if self.told_count >= FEWEST else None
