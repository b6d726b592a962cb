"""One `serve` per checkout: who it is, and how to end it."""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management.base import CommandError


@contextmanager
def only_one(var: Path, address: str) -> Iterator[None]:
    var.mkdir(parents=True, exist_ok=True)
    with (var / "serve.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a kill releases it
        except BlockingIOError:
            pid, where = _read(var)
            raise CommandError(f"It is already running at {where} (process {pid}); `make stop` ends it.") from None
        file.truncate(0)
        file.write(f"{os.getpid()} {address}\n")
        file.flush()
        yield


def stop(var: Path, patience: float = 60) -> bool:
    """Ends the running `serve`; False if there is none."""
    if not _is_held(var):
        return False
    os.kill(int(_read(var)[0]), signal.SIGTERM)
    deadline = time.monotonic() + patience
    while _is_held(var):
        if time.monotonic() > deadline:
            raise CommandError(f"Process {_read(var)[0]} did not end within {patience:.0f} s.")
        time.sleep(0.1)
    return True


def _is_held(var: Path) -> bool:
    if not (var / "serve.lock").exists():
        return False
    with (var / "serve.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _read(var: Path) -> tuple[str, str]:
    pid, _, address = (var / "serve.lock").read_text().strip().partition(" ")
    return pid, address
