"""Which rows a person may see: one question, asked by every door."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import CharField, Lookup, Q, QuerySet


@CharField.register_lookup
class Prefix(Lookup):
    """`path__prefix="140821"`: a subtree as a range, which the ordinary index on a "C" column serves."""

    lookup_name = "prefix"

    def get_prep_lookup(self) -> str:
        return str(self.rhs)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        column, params = self.process_lhs(compiler, connection)
        prefix = str(self.rhs)
        if not prefix:
            return f"{column} IS NOT NULL", list(params)
        after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        return f"({column} >= %s AND {column} < %s)", [*params, prefix, *params, after]


class ScopedQuerySet(QuerySet):
    def visible_to(self, user: Any) -> ScopedQuerySet:
        return self.filter(rows_in_reach(self.model, user))


def rows_in_reach(model: Any, user: Any, duties: Iterable[str] | None = None) -> Q:
    """The rows of `model` that `user` may see (with `duties`: by one of these). A model states it in its class body:

    scope_path  the lookup that leads to a territory's path, or several of which one holds; or
    scope_open  True: no row hangs on the tree and everyone signed in may read; or
    scope_closed  True: no door shows it
    seen_by     the duties whose reach counts (default: governance.duties.INSIDE)
    concerns    a class method: of the units that a person acts for, to the rows that are theirs wherever they hang
    """
    if not getattr(user, "is_authenticated", False) or getattr(model, "scope_closed", False):
        return Q(pk__in=[])
    if getattr(model, "scope_open", False):
        return Q()
    reach = Q(pk__in=[])  # no post, no rows
    for path in user.reach(model.seen_by if duties is None else model.seen_by & frozenset(duties)):
        for lookup in scope_paths(model):
            reach |= Q(**{f"{lookup}__prefix": path})
    if duties is None and hasattr(model, "concerns") and user.unit_ids:
        reach |= model.concerns(user.unit_ids)
    return reach


def scope_paths(model: Any) -> tuple[str, ...]:
    return (model.scope_path,) if isinstance(model.scope_path, str) else model.scope_path


def path_of(row: Any) -> str | None:
    """Where a row hangs; None where it does not."""
    for lookup in scope_paths(type(row)):
        found: Any = row
        for name in lookup.split("__"):
            found = getattr(found, name, None)
        if found is not None:
            return str(found)
    return None


def choices_for(model: type[models.Model], user: Any, duties: Iterable[str] | None = None) -> QuerySet:
    """What a drop-down, a side filter or an autocomplete may offer."""
    return model._default_manager.filter(rows_in_reach(model, user, duties))
