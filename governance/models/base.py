from django.db import models
from pgtrigger import Delete, Protect, Truncate, Update

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
            Protect(name="no_truncate", operation=Truncate),
        ]
