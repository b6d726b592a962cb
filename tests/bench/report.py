"""Rounds, medians and lines of figures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median, quantiles


@contextmanager
def timed(into: list[float]) -> Iterator[None]:
    start = time.perf_counter()
    yield
    into.append(time.perf_counter() - start)


def seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def p95(samples: list[float]) -> float:
    return quantiles(samples, n=20, method="inclusive")[-1]


def paired(above: list[float], below: list[float]) -> float:
    """The median of the rounds' ratios: both sides of a round met the same neighbours on the machine."""
    return median(a / b for a, b in zip(above, below, strict=True))


def say(what: str, samples: list[float], unit: str = "s", scale: float = 1.0, note: str = "") -> None:
    low, middle, high = (figure * scale for figure in (min(samples), median(samples), max(samples)))
    print(f"  {what:<66} {middle:>9.3f} {unit:<3} ({low:.3f} to {high:.3f}) {note}", flush=True)


def own_peak() -> float:
    """MiB that this process held at most; unlike ru_maxrss it doesn't begin with the parent's."""
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
