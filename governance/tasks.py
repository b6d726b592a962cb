import os
import socket
from typing import Any

from celery import shared_task

from governance import clock, jobs, pulse
from governance.services import inbox


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


@shared_task
def send_digests(**_later: Any) -> int:
    """How many people have a digest of today. Run again, it adds those who had nothing before and mails what could not be mailed."""
    at, day = clock.now(), clock.today()
    count = inbox.deliver(inbox.gather(at), day=day, at=at)
    inbox.mail_digests(day=day, at=at)
    return count
