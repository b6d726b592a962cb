from typing import Any

from celery.beat import PersistentScheduler

from governance import pulse


class PulsingScheduler(PersistentScheduler):
    """Beat says that it lives each time that it looks at the timetable."""

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        wait = super().tick(*args, **kwargs)
        pulse.mark("beat")
        return wait
