"""The places in the product that narrow what a person meets, each of which can be taken away to see what then leaks."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Q, QuerySet

from governance import scope
from governance.scope import ScopedQuerySet

ROOT = Path(scope.__file__).resolve().parents[1]
Site = tuple[str, int]
WRAPPERS = {"scope.py", "guards.py"}


def site() -> Site:
    """File and line of the product that asked, seen from inside a guard."""
    frame = sys._getframe(2)
    while frame and (Path(frame.f_code.co_filename).name in WRAPPERS or not _ours(frame.f_code.co_filename)):
        frame = frame.f_back  # type: ignore[assignment]
    return (str(Path(frame.f_code.co_filename).relative_to(ROOT)), frame.f_lineno) if frame else ("", 0)


def _ours(file: str) -> bool:
    path = Path(file)
    return path.is_relative_to(ROOT) and ".venv" not in path.parts and "tests" not in path.parts


class Watch:
    """Notes which cell reached which guard; `without` takes one guard away."""

    def __init__(self) -> None:
        self.reached: dict[Site, list[Any]] = defaultdict(list)
        self.cell: Any = None
        self.absent: Site | None = None

    def note(self, at: Site) -> bool:
        """Whether the guard stands."""
        if self.cell is not None and (not self.reached[at] or self.reached[at][-1] != self.cell):
            self.reached[at].append(self.cell)
        return at != self.absent

    @contextmanager
    def without(self, at: Site) -> Iterator[None]:
        self.absent = at
        yield
        self.absent = None


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    seen = Watch()
    real_rows, real_choices, real_visible = scope.rows_in_reach, scope.choices_for, ScopedQuerySet.visible_to

    def visible_to(rows: ScopedQuerySet, user: Any, *duties: Any) -> QuerySet:
        return real_visible(rows, user, *duties) if seen.note(site()) else rows.all()

    def choices_for(model: Any, user: Any, *duties: Any) -> QuerySet:
        return real_choices(model, user, *duties) if seen.note(site()) else model._default_manager.all()

    def rows_in_reach(model: Any, user: Any, *duties: Any) -> Q:
        return real_rows(model, user, *duties) if seen.note(site()) else Q()

    monkeypatch.setattr(ScopedQuerySet, "visible_to", visible_to)
    for name, guard in (("choices_for", choices_for), ("rows_in_reach", rows_in_reach)):
        for module in list(sys.modules.values()):
            ours = module is not scope and _ours(getattr(module, "__file__", "") or "/")
            if ours and getattr(module, name, None) is getattr(scope, name):
                monkeypatch.setattr(module, name, guard)
    return seen
