"""The audit trail: one line for each act, in the transaction of the act itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import models

from governance.models import AuditEntry, Territory, User


def record(
    act: str, *, by: User | None, at: datetime, territory: Territory | None, subject: models.Model | str, **detail: Any
) -> AuditEntry:
    """`act` is "policy.adopt", "stars.publish"; `by` is None for the system itself; `detail` holds plain values and no personal data.

    The line stands or falls with the caller's transaction: an act that can't be recorded doesn't happen.
    """
    return AuditEntry.objects.create(
        act=act,
        by=by,
        at=at,
        territory=territory,
        subject=subject if isinstance(subject, str) else name_of(subject),
        detail=detail,
    )


def record_many(
    act: str, *, by: User | None, at: datetime, subjects: Sequence[tuple[Territory | None, models.Model]]
) -> list[AuditEntry]:
    """The same act on many rows at once: (where, what)."""
    return AuditEntry.objects.bulk_create(
        AuditEntry(act=act, by=by, at=at, territory=where, subject=name_of(row), detail={}) for where, row in subjects
    )


def name_of(row: models.Model) -> str:
    """As "stars.Filing:17": what `AuditEntry.subject` holds, so that a row finds its own lines."""
    return f"{row._meta.label}:{row.pk}"
