"""What stops the start: a door nobody has a rule for, a table whose rows hang nowhere, an admin table without duties."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pghistory.models
from django.apps import AppConfig, apps
from django.contrib import admin
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

from governance.access import rule_of
from governance.admin_base import ScopedAdmin
from governance.duties import Duty
from governance.models import Territory
from governance.scope import scope_paths


@register()
def check_routes(app_configs: Any = None, **_more: Any) -> list[CheckMessage]:
    return [
        Error(
            f"The route {route!r} states no access rule.",
            hint="Decorate its view with governance.views_base.page(duties=…) or public_page, or give its API view a permission class of ours.",
            id="governance.E001",
        )
        for route, view in routes(get_resolver())
        if rule_of(view) is None
    ]


@register()
def check_tables(app_configs: Any = None, **_more: Any) -> list[CheckMessage]:
    return [
        Error(f"{model._meta.label} {fault}.", hint="See governance.scope.rows_in_reach.", id="governance.E002")
        for model in our_tables()
        for fault in faults_of_scope(model)
    ]


@register()
def check_admin(app_configs: Any = None, **_more: Any) -> list[CheckMessage]:
    return [
        Error(
            f"{model._meta.label} is in the admin without a rule.",
            hint="Register it with a governance.admin_base.ScopedAdmin that names its viewers or editors.", id="governance.E003",
        )
        for model, table in admin.site._registry.items()
        if not isinstance(table, ScopedAdmin) or not (set(table.viewers) | set(table.editors))
    ]  # fmt: skip


def refuse_unruled_start() -> None:
    """For servers, which ask no system check before they serve."""
    found = [*check_routes(), *check_tables(), *check_admin()]
    if found:
        raise ImproperlyConfigured("Not started:\n- " + "\n- ".join(str(error.msg) for error in found))


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


def our_tables() -> list[type[models.Model]]:
    """Histories hang where their tables hang, and rows between two tables where these do."""
    ours = [config for config in apps.get_app_configs() if _is_ours(config)]
    return [model for config in ours for model in config.get_models() if not issubclass(model, pghistory.models.Event)]


def faults_of_scope(model: type[models.Model]) -> Iterator[str]:
    stated = [name for name in ("scope_path", "scope_open", "scope_closed") if getattr(model, name, None)]
    if len(stated) != 1:
        yield f"states {' and '.join(stated) or 'none'} of scope_path, scope_open, scope_closed; it must state one"
    elif stated == ["scope_path"]:
        yield from (
            f"hangs on {path!r}, which leads to no territory's path"
            for path in scope_paths(model)
            if not _leads_to_path(model, path)
        )
        unknown = set(getattr(model, "seen_by", ())) - set(Duty)
        if unknown:
            yield f"is seen by {sorted(unknown)}, which are no duties"


def _leads_to_path(model: type[models.Model], lookup: str) -> bool:
    *steps, last = lookup.split("__")
    here: Any = model
    try:
        for step in steps:
            here = here._meta.get_field(step).related_model
    except (FieldDoesNotExist, AttributeError):
        return False
    return here is Territory and last == "path"


def _is_ours(config: AppConfig) -> bool:
    return "site-packages" not in Path(config.path).parts
