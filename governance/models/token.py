from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken

from governance.duties import Duty
from governance.models.base import Scoped
from governance.models.territory import Territory


class ApiToken(Scoped, AbstractAuthToken):
    """Lets a program in at /api/ in an account's name, no further than `territory`. Only the digest is kept."""

    scope_path = "territory__path"
    seen_by = frozenset({Duty.SECURITY_ADMIN})

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="auth_token_set", verbose_name=_("account"))
    created = models.DateTimeField(_("issued at"))
    expiry = models.DateTimeField(_("expires"))
    name = models.CharField(_("name"), max_length=60)
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="+", verbose_name=_("territory"))
    may_write = models.BooleanField(_("may write"), default=False)
    networks = ArrayField(models.CharField(max_length=43), default=list, blank=True, verbose_name=_("networks it may come from"))
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("issued by"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("revoked by")
    )
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)  # to the minute

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expiry__gt=F("created")),
                name="token_expires_after_issue",
                violation_error_message=_("A token expires after it is issued."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key}…)"

    def is_live(self, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expiry


class ApiReply(models.Model):
    """What an Idempotency-Key of an account was answered, so that a retry hears the same and nothing is done twice."""

    scope_closed = True

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("account"))
    key = models.CharField(_("key"), max_length=255)
    request_digest = models.CharField(_("digest of the request"), max_length=64)
    body = models.JSONField(_("reply"), null=True)  # written in the transaction of the act itself
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("reply to an API request")
        verbose_name_plural = _("replies to API requests")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="reply_once_per_key")]

    def __str__(self) -> str:
        return self.key
