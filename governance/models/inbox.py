from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.models.people import Person
from governance.scope import ScopedQuerySet


class Digest(models.Model):
    """What one person is reminded of on one day: all of it together, once. Read by that person and by nobody else.

    lines  [{"path": of the place that it is about, "text": …, "url": where to go on}]
    """

    scope_closed = True

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("person"))
    day = models.DateField(_("day"))
    lines = models.JSONField(_("lines"))
    made_at = models.DateTimeField(_("made at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("mailed at"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("digest")
        verbose_name_plural = _("digests")
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["person", "day"], name="digest_once_a_day")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.day}"
