"""A child process that does one thing to bytes: `python -m governance.sandbox.child read` (or `mark`).

Over its standard input and output go frames: four bytes of length, then that many bytes. A request is what the
operation takes; an answer begins with one byte, see Answer. The child ends when its parent does.
"""

from __future__ import annotations

import codecs
import importlib
import json
import os
import resource
import sys
from collections.abc import Callable
from typing import BinaryIO

from governance.sandbox.frames import LEAVING, REFUSED, RESULT, receive, send
from governance.sandbox.package import Refused

# address space; idle it takes 22 MB, and nine hundred thousand cells 190 MB to read. Marking builds every cell as an object
MEMORY = {"read": 256 * 2**20, "mark": 512 * 2**20}
SECONDS = 10  # of processor time, a request
OPEN_FILES = {"read": 3, "mark": 32}  # the pipes alone; openpyxl writes each sheet to a temporary file
WORN_OUT = 96 * 2**20  # resident: what a big workbook leaves behind is given back by starting anew


def serve(operation: Callable[[bytes], bytes], source: BinaryIO, sink: BinaryIO, memory: Memory) -> None:
    while (request := receive(source)) is not None:
        _allow_seconds(SECONDS)
        kind, content = _answer(operation, request)
        leaving = LEAVING if memory.is_worn_out() else 0
        send(sink, bytes([kind | leaving]) + content)
        if leaving:
            return


def _answer(operation: Callable[[bytes], bytes], request: bytes) -> tuple[int, bytes]:
    try:
        return RESULT, operation(request)
    except Refused as refused:
        return REFUSED, json.dumps([refused.code, refused.detail]).encode()
    except MemoryError:
        return REFUSED, json.dumps(["too_heavy", {}]).encode()
    except BaseException:  # over a damaged file a parser may raise anything, a panic of Rust included
        return REFUSED, json.dumps(["damaged", {}]).encode()


def lock_down(*, open_files: int, memory: int) -> None:
    """No more memory, no core file, no child; at 3 open files also no other file and no socket."""
    limits = {resource.RLIMIT_AS: memory, resource.RLIMIT_CORE: 0, resource.RLIMIT_NPROC: 0, resource.RLIMIT_NOFILE: open_files}
    for limit, most in limits.items():
        try:
            resource.setrlimit(limit, (most, most))
        except (OSError, ValueError):
            if sys.platform == "linux":  # elsewhere a kernel may not know the limit; the parent's clock still holds
                raise


def _allow_seconds(more: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + more, hard))


class Memory:
    """What this process holds now. getrusage's peak won't do: Linux lets it begin at the parent's."""

    def __init__(self) -> None:
        self._pages = os.open("/proc/self/statm", os.O_RDONLY) if sys.platform == "linux" else None

    def is_worn_out(self) -> bool:
        if self._pages is None:
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > WORN_OUT  # bytes, on macOS
        return int(os.pread(self._pages, 100, 0).split()[1]) * resource.getpagesize() > WORN_OUT


def main(name: str) -> None:
    # everything is imported now: behind the limits no file can be opened, and zipfile asks for its codec late
    codecs.lookup("cp437")
    operation = getattr(importlib.import_module(f"governance.sandbox.{'values' if name == 'read' else 'marks'}"), name)
    memory = Memory()
    lock_down(open_files=OPEN_FILES[name], memory=MEMORY[name])
    serve(operation, sys.stdin.buffer, sys.stdout.buffer, memory)


if __name__ == "__main__":
    main(sys.argv[1])
