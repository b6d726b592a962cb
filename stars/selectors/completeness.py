"""Completeness and timeliness at every level of the tree: how many forms were expected, and what became of them.

expected = on_time + by_extension + late + missing + waiting, each filing in exactly one:
on_time       handed in before its window was due; a return takes that away from nobody
by_extension  handed in after that, but before the end of a granted extension
late          handed in after both
missing       with its clerk, past both
waiting       with its clerk, not due yet
A window that has not opened expects nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Value
from django.db.models.functions import ExtractMonth, ExtractQuarter, Left

from governance.models import Territory, User
from stars.models import Filing
from stars.selectors.timeliness import CAME_IN, DRAFT, OWN_DUE

DEEPER = {0: 2, 2: 4, 4: 6, 6: 9, 9: 12, 12: 12}  # length of a path → of the paths below
GRAINS = ("year", "quarter", "month", "sheet")


@dataclass(frozen=True)
class Counts:
    expected: int
    on_time: int
    by_extension: int
    late: int
    missing: int
    waiting: int

    @property
    def filed(self) -> int:
        return self.on_time + self.by_extension + self.late

    @property
    def filed_percent(self) -> int:
        return _percent(self.filed, self.expected)

    @property
    def on_time_percent(self) -> int | None:
        """Of all that is due: what still has time is neither good nor bad. None while nothing is due."""
        due = self.expected - self.waiting
        return _percent(self.on_time + self.by_extension, due) if due else None


NAMES = tuple(field.name for field in fields(Counts))


@dataclass(frozen=True)
class Row:
    path: str
    name: str
    level: int
    part: str  # quarter "1", month "1", a sheet's code; empty for the whole year
    counts: Counts


@dataclass(frozen=True)
class Table:
    """`whole` is the place asked for, by part; `rows` are the places below it, and what it files itself, by place and part."""

    place: Territory
    whole: Sequence[Row]
    rows: Sequence[Row]

    @cached_property
    def parts(self) -> list[str]:
        return [row.part for row in self.whole]


def completeness_table(user: User, *, place: Territory, year: int, at: datetime, by: str = "year", sheet: str = "") -> Table:
    """Three queries, whatever the level: the place and the level below it, as far as `user` may see.

    by     year: one figure a place; quarter, month: by the last month of the window; sheet: by form
    sheet  a form's code in the policy; empty: all
    """
    filings = Filing.objects.visible_to(user).filter(
        window__rating_year__year=year, window__opens_at__lte=at, territory__path__prefix=place.path
    )
    if sheet:
        filings = filings.filter(window__sheet_code=sheet)
    whole = _counted(filings, at, by, length=len(place.path))
    below = _counted(filings, at, by, length=DEEPER[len(place.path)])
    names = _names({path for path, _part in below} | {place.path})
    return Table(place, _rows(whole, names), _rows(below, names))


def _counted(filings: QuerySet[Filing], at: datetime, by: str, *, length: int) -> dict[tuple[str, str], Counts]:
    """By place and part, in their order."""
    in_time, inside, open_ = Q(first__lt=F("window__due_at")), Q(first__lt=F("own_due")), Q(own_due__gt=at)
    part = {
        "year": Value(""), "sheet": F("window__sheet_code"), "month": ExtractMonth("window__ends_on"),
        "quarter": ExtractQuarter("window__ends_on"),
    }[by]  # fmt: skip
    rows: Iterable[Any] = (
        filings.order_by()
        .annotate(path=Left("territory__path", length), part=part, own_due=OWN_DUE)
        .annotate(first=CAME_IN)
        .values("path", "part")
        .annotate(
            expected=Count("pk"),
            on_time=Count("pk", filter=~DRAFT & in_time),
            by_extension=Count("pk", filter=~DRAFT & ~in_time & inside),
            late=Count("pk", filter=~DRAFT & ~inside),
            missing=Count("pk", filter=DRAFT & ~open_),
            waiting=Count("pk", filter=DRAFT & open_),
        )
    )
    found = sorted(rows, key=lambda row: (row["path"], row["part"]))
    return {(row["path"], str(row["part"])): Counts(*(row[name] for name in NAMES)) for row in found}


def _names(paths: set[str]) -> dict[str, Territory]:
    """The newest holder of each path."""
    found = Territory.objects.filter(path__in=paths).order_by("path", "valid_from")
    return {place.path: place for place in found}


def _rows(counted: dict[tuple[str, str], Counts], names: dict[str, Territory]) -> list[Row]:
    return [Row(path, names[path].short_name, names[path].level, part, counts) for (path, part), counts in counted.items()]


def _percent(part: int, whole: int) -> int:
    return 100 if part == whole else part * 100 // whole
