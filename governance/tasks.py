import os
import socket
from typing import Any

from celery import shared_task

from governance import clock, jobs, pulse


@shared_task
def heartbeat(**_later: Any) -> None:
    """Beat sent it, the broker carried it, a worker ran it: all three live."""
    pulse.mark("worker")


@shared_task
def run_job(*, job_id: int, **_later: Any) -> str:
    return jobs.run_job(job_id, worker=f"{socket.gethostname()}:{os.getpid()}", clock=clock.now)


@shared_task
def sweep_jobs(**_later: Any) -> int:
    """How many jobs were woken."""
    return len(jobs.sweep(clock.now()))
