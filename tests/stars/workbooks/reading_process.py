"""A worker process of its own for one job: python -m tests.stars.workbooks.reading_process JOB

It prints how the job ended, seconds, and the most megabytes that it and the child have held.
"""

import json
import sys
import time

import django

from tests.stars.workbooks.memory import held


def main(job_id: int) -> None:
    django.setup()
    from governance import clock, jobs
    from governance.sandbox.process import reader
    from stars.workbooks import uploads  # noqa: F401  its operation

    reader.warm_up()
    child, before, began = reader._child, held("self"), time.monotonic()
    kept: dict[str, float] = {}
    stop = reader.stop

    def note_and_stop() -> None:  # a child that leaves after a big workbook
        kept.setdefault("child", held(child.pid))
        stop()

    reader.stop = note_and_stop
    state = jobs.run_job(job_id, worker="measured", clock=clock.now)
    seconds = round(time.monotonic() - began, 2)
    if "child" not in kept:
        kept["child"] = held(child.pid)
    print(json.dumps({"state": state, "seconds": seconds, "worker": held("self"), "at_first": before} | kept))


if __name__ == "__main__":
    main(int(sys.argv[1]))
