from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.duties import OFFICE, Duty
from governance.models.base import Scoped
from governance.models.territory import Territory


class Job(Scoped):
    """The ledger of long work. Celery and its broker only wake workers; this row is the truth."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    scope_path = "territory__path"
    seen_by = OFFICE | {Duty.SYSTEM_ADMIN}

    operation = models.CharField(_("operation"), max_length=60)  # name in governance.jobs' registry
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="+", verbose_name=_("territory"))
    key = models.CharField(_("key"), max_length=120)  # what it works on: one open job per operation and key
    params = models.JSONField(_("parameters"), default=dict)
    input_digest = models.CharField(_("input digest"), max_length=64, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.QUEUED)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("total"), default=0)
    counts = models.JSONField(_("counts"), default=dict)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    worker = models.CharField(_("worker"), max_length=80, blank=True)
    lease = models.UUIDField(_("lease"), null=True)  # the attempt that may still write; a sweep takes it away
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("requested by")
    )
    requested_at = models.DateTimeField(_("requested at"))
    started_at = models.DateTimeField(_("started at"), null=True)
    heartbeat_at = models.DateTimeField(_("last heard"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["operation", "key"], condition=Q(state__in=["queued", "running"]), name="job_one_open_per_key"
            )
        ]
        indexes = [models.Index(fields=["state"], name="job_state")]

    def __str__(self) -> str:
        return f"{self.operation} {self.key}"
