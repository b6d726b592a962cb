"""Runs one module as a child of `serve`, and never outlives it: python -m config.child FD MODULE ARGUMENT…

The parent holds the other end of the pipe FD. However the parent dies, the pipe closes, and this
process ends together with whatever it started.
"""

import os
import runpy
import signal
import sys
import threading
import time

GRACE = 10  # seconds to finish what is under way


def end_with(parent: int) -> None:
    os.read(parent, 1)
    os.killpg(os.getpgrp(), signal.SIGTERM)
    time.sleep(GRACE)
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    threading.Thread(target=end_with, args=(int(sys.argv[1]),), daemon=True).start()
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
