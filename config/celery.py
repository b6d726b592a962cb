"""The Celery app and the one timetable. A message only wakes a worker; the job ledger is the truth."""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, worker_init, worker_ready
from django.core.exceptions import ImproperlyConfigured

from governance import pulse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

app = Celery("xingheng")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def every(task: str, schedule: float | crontab, *, expires: float) -> dict[str, Any]:
    """A message that waited longer than `expires` seconds is dropped: the next one does the same."""
    return {"task": task, "schedule": schedule, "options": {"expires": expires}}


TIMETABLE = {
    "heartbeat": every("governance.tasks.heartbeat", 20.0, expires=20),
    "sweep jobs": every("governance.tasks.sweep_jobs", 30.0, expires=30),
    "advance stages": every("stars.tasks.advance_stages", 600.0, expires=600),
    "recompute changed counties": every("stars.tasks.recompute_changed_counties", crontab(minute="0"), expires=3600),
    "recompute open years": every("stars.tasks.recompute_open_years", crontab(hour="2", minute="30"), expires=6 * 3600),
    "send digests": every("governance.tasks.send_digests", crontab(hour="8-11", minute="5"), expires=3600),
}
app.conf.beat_schedule = TIMETABLE


@worker_ready.connect
def say_so(**_more: Any) -> None:
    """Without waiting for beat's first message."""
    pulse.mark("worker")


@worker_init.connect
@beat_init.connect
def refuse_unsafe_start(**_more: Any) -> None:
    from config import guard  # needs the apps, which Celery loads after this module

    try:
        guard.refuse_unsafe_start()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from None  # Celery passes over any other exception of a signal's receiver
