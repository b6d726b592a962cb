from django.db import models
from pgtrigger import Before, Delete, Protect, Statement, Trigger, Truncate, Update

from governance.duties import INSIDE
from governance.scope import ScopedQuerySet


class Scoped(models.Model):
    """A row that hangs on the territory tree; `scope_path` says where (see governance.scope)."""

    seen_by: frozenset[str] = INSIDE
    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True


class InsertOnly(Scoped):
    """A row that nobody edits or deletes: no grant for the application, and a trigger for everybody else."""

    insert_only = True

    class Meta:
        abstract = True
        triggers = [
            Protect(name="insert_only", operation=Update | Delete),
            Trigger(
                name="no_truncate",
                level=Statement,
                when=Before,
                operation=Truncate,
                func="RAISE EXCEPTION 'pgtrigger: Cannot truncate table %', TG_TABLE_NAME;",
            ),
        ]
