"""When a unit's filing is due and when it came in, in the words of the database; of a single one stars.models.Filing says the same.

What was sent back keeps the moment at which it first came in; an extension moves the due moment, never to an earlier one.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.db.models.functions import Coalesce, Greatest
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual

from stars.models import Filing

DRAFT = Q(state=Filing.State.DRAFT)
OWN_DUE = Greatest("window__due_at", "extended_until")  # PostgreSQL's leaves out what is null
CAME_IN = Coalesce("first_submitted_at", "submitted_at")
CAME_LATE = ~DRAFT & Q(GreaterThanOrEqual(CAME_IN, OWN_DUE))


def overdue(at: datetime) -> Q:
    """With its clerk, and past its due moment."""
    return DRAFT & Q(LessThanOrEqual(OWN_DUE, at))
