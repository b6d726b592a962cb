"""Acts, subjects and details of the audit trail and of the job ledger, as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def act_title(act: str) -> str:
    """The catalogue holds a name for each act in the context "act"; one it doesn't know shows as it is stored."""
    return pgettext("act", act)


def subject_title(subject: str) -> str:
    """As governance.services.audit.name_of stores it, "stars.Filing:17", with the table's name; anything else as it is."""
    label, _colon, key = subject.partition(":")
    try:
        name = apps.get_model(label)._meta.verbose_name
    except (LookupError, ValueError):
        return subject
    return f"{name} {key}"


def detail_text(detail: Mapping[str, Any]) -> str:
    """The catalogue holds a name for each key in the context "detail"."""
    return "；".join(f"{pgettext('detail', key)}：{_value(one)}" for key, one in detail.items())


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        return f"（{detail_text(value)}）"
    if isinstance(value, list | tuple):
        return "、".join(map(_value, value))
    return "—" if value in (None, "") else str(value)
