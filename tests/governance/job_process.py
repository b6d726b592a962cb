"""A worker process for tests/governance/test_jobs_in_processes.py: python -m tests.governance.job_process JOB POINT FOLDER GUARDED

It makes one attempt at the job, stops at POINT (and says so in FOLDER), and goes on when it may.
"""

import sys
import time
from pathlib import Path

import django

STEPS = 4


def main(job_id: int, stop_at: str, folder: Path, *, guarded: bool) -> None:
    django.setup()
    from django.db import transaction

    from governance import clock, jobs
    from governance.services import audit

    def reach(point: str) -> None:
        if point == stop_at:
            (folder / f"at-{point}").touch()
            while not (folder / "go-on").exists():
                time.sleep(0.02)

    @jobs.operation("tests.work")
    def work(job: jobs.Job, progress: jobs.Progress) -> dict[str, int]:
        for step in range(STEPS):
            reach(f"step-{step}")
            if guarded:
                progress(step, STEPS)
        reach("before-effect")
        with transaction.atomic():
            if guarded:
                progress.still_mine()
            audit.record("tests.effect", by=None, at=clock.now(), territory=job.territory, subject=job)
            reach("in-effect")
            if guarded:
                progress.finish({"effects": 1})
        reach("after-effect")
        return {"effects": 1}

    print(jobs.run_job(job_id, worker=f"test:{stop_at}", clock=clock.now))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), guarded=sys.argv[4] == "guarded")
