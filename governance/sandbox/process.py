"""Child processes that read and mark other people's files: little memory, no network, a clock, and a life of their own.

A pool of one, started by the first request. A child that dies takes its request with it and nothing else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import governance
from governance.sandbox.frames import LEAVING, REFUSED, receive, send
from governance.sandbox.package import Refused

ROOT = Path(governance.__file__).resolve().parents[1]
SECONDS = 20.0  # on the wall clock, a request
QUEUE_SECONDS = 45.0
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "SYSTEMROOT")  # nothing of the settings: no addresses, no passwords


class Sandbox:
    def __init__(self, operation: str) -> None:
        self._operation = operation
        self._forget()
        os.register_at_fork(after_in_child=self._forget)  # a worker's fork must share neither the child nor the lock

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def ask(self, request: bytes) -> bytes:
        """raises Refused: as the operation says; too_heavy when the child died over it or was too slow; busy"""
        if not self._lock.acquire(timeout=QUEUE_SECONDS):
            raise Refused("busy")
        try:
            answer = self._exchange(self._running(), request)
        finally:
            self._lock.release()
        if answer[0] & REFUSED:
            code, detail = json.loads(answer[1:])
            raise Refused(code, **detail)
        return answer[1:]

    def warm_up(self) -> None:
        with self._lock:
            self._running()

    def stop(self) -> None:
        if self._child:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child and self._child.poll() is not None:
            self.stop()
        if not self._child:
            self._child = subprocess.Popen(
                [sys.executable, "-E", "-s", "-m", "governance.sandbox.child", self._operation],
                cwd=ROOT, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the parent, whose end ends the child
            )  # fmt: skip
        return self._child

    def _exchange(self, child: Any, request: bytes) -> bytes:
        clock = threading.Timer(SECONDS, child.kill)
        clock.start()
        try:
            send(child.stdin, request)
            answer = receive(child.stdout)
        except OSError:
            answer = None
        finally:
            clock.cancel()
        if not answer or answer[0] & LEAVING:
            self.stop()
        if not answer:
            raise Refused("too_heavy")
        return answer


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {"PYTHONUTF8": "1"}


reader = Sandbox("read")
marker = Sandbox("mark")
