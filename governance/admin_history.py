"""What became of a row: the states that the database's triggers kept, and the acts of the audit trail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from governance.act_titles import act_title
from governance.models import AuditEntry, User
from governance.services import audit

PAGE = 50
NOBODY = User(username="")


@dataclass(frozen=True)
class Line:
    """As the admin's own history template reads it."""

    action_time: datetime
    user: User
    get_change_message: str


def history_page(table: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    obj = table.get_object(request, unquote(object_id))
    if obj is None:
        raise Http404
    if not table.has_view_permission(request, obj):
        raise PermissionDenied
    lines = sorted([*_states(obj), *_acts(obj)], key=lambda line: line.action_time, reverse=True)
    context = {
        **table.admin_site.each_context(request),
        "title": _("Change history: %s") % obj,
        "subtitle": None,
        "action_list": Paginator(lines, PAGE).get_page(request.GET.get("p")),
        "page_var": "p",
        "page_range": (),
        "pagination_required": False,
        "module_name": str(capfirst(table.opts.verbose_name_plural)),
        "object": obj,
        "opts": table.opts,
        "preserved_filters": table.get_preserved_filters(request),
    }
    return TemplateResponse(request, "admin/object_history.html", context)


def _states(obj: Model) -> Iterator[Line]:
    """Each state of a tracked row with what it changed in the one before."""
    if not hasattr(obj, "history"):
        return
    events = list(obj.history.select_related("pgh_context").order_by("pgh_id"))
    users = _users(event.pgh_context.metadata.get("user") for event in events if event.pgh_context)
    for before, event in zip([None, *events], events, strict=False):
        who = event.pgh_context and users.get(event.pgh_context.metadata.get("user"))
        yield Line(event.pgh_created_at, who or NOBODY, _difference(obj, before, event))


def _difference(obj: Model, before: Any, event: Any) -> str:
    if before is None:
        return _("added")
    changed = [field for field in obj._meta.concrete_fields if getattr(before, field.attname) != getattr(event, field.attname)]
    return "; ".join(f"{field.verbose_name}: {_shown(before, field)} → {_shown(event, field)}" for field in changed)


def _shown(event: Any, field: Any) -> str:
    value = getattr(event, field.attname)
    return "—" if value in (None, "") else str(dict(field.flatchoices).get(value, value))


def _acts(obj: Model) -> Iterator[Line]:
    for entry in AuditEntry.objects.filter(subject=audit.name_of(obj)).select_related("by__person"):
        yield Line(entry.at, entry.by or NOBODY, act_title(entry.act))


def _users(ids: Any) -> dict[int, User]:
    return User.objects.select_related("person").in_bulk([one for one in set(ids) if one])
