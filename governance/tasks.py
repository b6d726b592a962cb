from typing import Any

from celery import shared_task

from governance import pulse


@shared_task
def heartbeat(**_later: Any) -> None:
    """Beat sent it, the broker carried it, a worker ran it: all three live."""
    pulse.mark("worker")
