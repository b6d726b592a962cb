from typing import Any

from celery import shared_task

from governance import clock
from stars.models import Publication
from stars.services import anchors, pay, rating
from stars.workbooks import uploads  # noqa: F401  registers the reading of a large one


@shared_task
def recompute_open_years(**_later: Any) -> int:
    """How many jobs were asked for."""
    return len(rating.request_all(changed_only=False, at=clock.now()))


@shared_task
def recompute_changed_counties(**_later: Any) -> int:
    """How many jobs were asked for."""
    return len(rating.request_all(changed_only=True, at=clock.now()))


@shared_task
def advance_stages(**_later: Any) -> int:
    """What follows from a publication without anybody's decision: pay lists, of which it tells how many were made, and
    anchors that a killed process left out. Nothing is published here."""
    waiting = list(Publication.objects.filter(pay_list=None).order_by("number").values_list("pk", flat=True))
    for publication_id in waiting:
        pay.make_pay_list(publication_id=publication_id, at=clock.now())
    anchors.write_missing()
    return len(waiting)
