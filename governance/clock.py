"""What day it is. Only doors (views, API, tasks, commands) ask; everything below them is told.

A demo can stand on another day: the file `settings.DEMO_CLOCK_FILE` names holds the date that the day
of its last change counts as. Production has no such file and refuses the setting.
"""

from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    return timezone.now() + _shift()


def today() -> date:
    """The day in Asia/Shanghai."""
    return timezone.localdate(now())


def _shift() -> timedelta:
    if not settings.DEMO_CLOCK_FILE:
        return timedelta(0)
    demo_day = Path(settings.DEMO_CLOCK_FILE)
    try:
        moved_to = date.fromisoformat(demo_day.read_text(encoding="ascii").strip())
        moved_on = datetime.fromtimestamp(demo_day.stat().st_mtime, tz=timezone.get_default_timezone()).date()
    except FileNotFoundError:
        return timedelta(0)
    return moved_to - moved_on
