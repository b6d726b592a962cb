from __future__ import annotations

import pghistory
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.duties import OFFICE
from governance.models.base import Scoped
from governance.models.people import Person
from governance.models.territory import Territory


@pghistory.track()
class Training(Scoped):
    """A training that a county or a township held for people of its villages."""

    scope_path = "territory__path"
    seen_by = OFFICE

    territory = models.ForeignKey(Territory, models.PROTECT, related_name="+", verbose_name=_("held by"))
    title = models.CharField(_("title"), max_length=80)
    held_on = models.DateField(_("first day"))
    hours = models.PositiveSmallIntegerField(_("hours of training"))
    place = models.CharField(pgettext_lazy("of a training", "place"), max_length=80, blank=True)
    document_no = models.CharField(_("document number"), max_length=80, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by"), editable=False
    )
    recorded_at = models.DateTimeField(_("recorded at"), editable=False)

    class Meta:
        verbose_name = _("training")
        verbose_name_plural = _("trainings")
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["territory", "held_on", "title"],
                name="training_once",
                violation_error_message=_("This training is on record already; open it in the list to correct it."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.held_on}）"


@pghistory.track()
class Trainee(Scoped):
    """Somebody who was to come to a training, and whether they came. It hangs where the person does: a record of that person."""

    class State(models.TextChoices):
        PRESENT = "present", _("present")
        EXCUSED = "excused", _("excused")
        ABSENT = "absent", _("absent")

    scope_path = "person__territory__path"
    seen_by = OFFICE

    training = models.ForeignKey(Training, models.PROTECT, related_name="trainees", verbose_name=_("training"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="trainings", verbose_name=_("person"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PRESENT)

    class Meta:
        verbose_name = _("attendance of a training")
        verbose_name_plural = _("attendances of trainings")
        ordering = ["-training__held_on", "pk"]
        constraints = [models.UniqueConstraint(fields=["training", "person"], name="trainee_once")]

    def __str__(self) -> str:
        return f"{self.training} {self.get_state_display()}"
