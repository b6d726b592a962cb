"""The Celery app and the one timetable. A message only wakes a worker; the job ledger is the truth."""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

app = Celery("xingheng")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

TIMETABLE: dict[str, dict[str, Any]] = {
    "heartbeat": {"task": "governance.tasks.heartbeat", "schedule": 20.0},
    "sweep jobs": {"task": "governance.tasks.sweep_jobs", "schedule": 30.0},
    "advance stages": {"task": "stars.tasks.advance_stages", "schedule": 600.0},
    "recompute changed counties": {"task": "stars.tasks.recompute_changed_counties", "schedule": crontab(minute=0)},
    "recompute open years": {"task": "stars.tasks.recompute_open_years", "schedule": crontab(hour=2, minute=30)},
}
app.conf.beat_schedule = TIMETABLE
