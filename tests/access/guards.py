"""The places in the product that narrow what a person meets, each of which can be taken away to see what then leaks.

All of them ask for the subtrees that an account may see: through `governance.scope`, or straight.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from governance import scope
from governance.duties import INSIDE
from governance.models import User

ROOT = Path(scope.__file__).resolve().parents[1]
Site = tuple[str, str]  # file, and the function in it that asked
Request = tuple[str, str, Any, Any]  # who, URL, when, and the door whose forms were sent there; None for a GET
EVERYWHERE = ("",)
APPS = ("governance", "stars", "grids", "burden")
ASKED = {"visible_to", "rows_in_reach", "choices_for", "reach"}


class Watch:
    """Notes which request reached which filter; `without` takes one of them away."""

    def __init__(self) -> None:
        self.reached: dict[Site, dict[Request, None]] = {}
        self.request: Request | None = None
        self.absent: Site | None = None

    def stands(self, at: Site) -> bool:
        if self.request is not None:
            self.reached.setdefault(at, {})[self.request] = None
        return at != self.absent

    @contextmanager
    def noting(self, request: Request) -> Iterator[None]:
        self.request = request
        yield
        self.request = None

    @contextmanager
    def without(self, at: Site) -> Iterator[None]:
        self.absent = at
        yield
        self.absent = None


def watched(patch: pytest.MonkeyPatch) -> Watch:
    watch, plain = Watch(), User.reach

    def reach(user: User, duties: Iterable[str] = INSIDE) -> tuple[str, ...]:
        return plain(user, duties) if watch.stands(_site()) else EVERYWHERE

    patch.setattr(User, "reach", reach)
    return watch


def _site() -> Site:
    frame = sys._getframe(2)
    while frame and (frame.f_code.co_filename == scope.__file__ or not _ours(frame.f_code.co_filename)):
        frame = frame.f_back  # type: ignore[assignment]
    if frame is None:
        return ("", "")
    return (str(Path(frame.f_code.co_filename).relative_to(ROOT)), frame.f_code.co_qualname.partition(".<locals>")[0])


def stated() -> set[Site]:
    """The functions of the product that ask, read from its source."""
    found: set[Site] = set()
    for app in APPS:
        for file in sorted((ROOT / app).rglob("*.py")):
            if file != Path(scope.__file__):
                found |= {(str(file.relative_to(ROOT)), name) for name in _asking(ast.parse(file.read_text("utf-8")).body, "")}
    return found


def _asking(nodes: Iterable[ast.AST], inside: str) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            yield from _asking(node.body, f"{inside}{node.name}.")
        elif isinstance(node, ast.FunctionDef) and any(map(_asks, ast.walk(node))):
            yield inside + node.name


def _asks(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return getattr(called, "attr", getattr(called, "id", "")) in ASKED


def _ours(file: str) -> bool:
    return file.startswith(tuple(f"{ROOT}/{app}/" for app in APPS))
