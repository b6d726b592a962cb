"""What the application's role may do: rows, and for insert-only tables not even that. Never tables."""

from collections.abc import Iterator

import pghistory.models
from django.apps import apps
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

EVERY_ROW = sql.SQL("SELECT, INSERT, UPDATE, DELETE")
NEW_ROWS = sql.SQL("SELECT, INSERT")


def grant(owner: BaseDatabaseWrapper, role: str) -> None:
    """Exactly these rights, whatever stood before. In one transaction: a running application notices nothing."""
    with transaction.atomic(using=owner.alias), owner.cursor() as cursor:
        for statement in statements(role):
            cursor.execute(statement)


def statements(role: str) -> Iterator[sql.Composed]:
    to = sql.Identifier(role)
    yield sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC, {}").format(to)
    yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(to)
    yield sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(to)
    yield sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(to)  # django_migrations among them
    for model in tables():
        rights = NEW_ROWS if is_insert_only(model) else EVERY_ROW
        yield sql.SQL("GRANT {} ON {} TO {}").format(rights, sql.Identifier(model._meta.db_table), to)
    yield sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(to)


def tables() -> list[type[models.Model]]:
    return [m for m in apps.get_models(include_auto_created=True) if m._meta.managed and not m._meta.proxy]


def is_insert_only(model: type[models.Model]) -> bool:
    return getattr(model, "insert_only", False) or issubclass(model, pghistory.models.Event)
