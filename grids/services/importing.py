"""The grid tree from a list: a CSV file of a county or a township, taken as a whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from governance.authority import require
from governance.duties import Duty
from governance.errors import RuleBroken
from governance.models import Territory, User
from governance.services import audit
from grids.models import Grid

COLUMNS = ["村代码", "网格代码", "网格名称", "类别", "上级网格代码", "户数"]
KINDS = {"网格": Grid.Kind.GRID, "辅助网格": Grid.Kind.AUXILIARY, "微网格": Grid.Kind.MICRO}
ORDER = list(KINDS.values())
DEEPER = {Grid.Kind.AUXILIARY: (Grid.Kind.GRID,), Grid.Kind.MICRO: (Grid.Kind.GRID, Grid.Kind.AUXILIARY)}


@dataclass(frozen=True)
class Row:
    line: int
    village: Territory
    code: str
    name: str
    kind: Grid.Kind
    parent: str
    households: int | None


@transaction.atomic
def import_grids(text: str, *, under: Territory, by: User, on: date, at: datetime) -> int:
    """How many grids were added or changed; a list brought in twice changes nothing.

    raises RuleBroken: not_your_duty, bad_grid_list, naming line and reason
    """
    require(by, (Duty.COUNTY_STAFF, Duty.TOWNSHIP_CLERK), under)
    rows = list(_read(text, under))
    standing = _standing(under)
    _check_parents(rows, standing)
    changed = sum(_place(row, standing, on) for row in sorted(rows, key=lambda row: ORDER.index(row.kind)))
    if changed:
        audit.record("grids.import_grids", by=by, at=at, territory=under, subject=under, rows=len(rows), changed=changed)
    return changed


def _standing(under: Territory) -> dict[tuple[str, str], Grid]:
    grids = Grid.objects.filter(territory__path__prefix=under.path, valid_to=None).select_related("territory")
    return {(grid.territory.path, grid.code): grid for grid in grids}


def _read(text: str, under: Territory) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    villages = {
        v.code: v for v in Territory.objects.filter(path__prefix=under.path, level=Territory.Level.VILLAGE, valid_to=None)
    }
    seen: set[tuple[str, str]] = set()
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if header != COLUMNS:
            raise _bad(1, _("the columns must be %(wanted)s") % {"wanted": "、".join(COLUMNS)})
        for cells in reader:
            row = _row(reader.line_num, [cell.strip() for cell in cells], villages)
            if (row.village.path, row.code) in seen:
                raise _bad(row.line, _("the code %(code)s stands twice in this village") % {"code": row.code})
            seen.add((row.village.path, row.code))
            yield row
    except csv.Error as error:
        raise _bad(reader.line_num, str(error)) from error


def _row(line: int, cells: list[str], villages: dict[str, Territory]) -> Row:
    if len(cells) != len(COLUMNS):
        raise _bad(line, _("%(found)s columns instead of %(wanted)s") % {"found": len(cells), "wanted": len(COLUMNS)})
    village, code, name, kind, parent, households = cells
    if village not in villages:
        raise _bad(line, _("%(code)s is no village of yours") % {"code": village})
    if not code or not name:
        raise _bad(line, _("code and name must be given"))
    if kind not in KINDS:
        raise _bad(line, _("the kind is one of %(kinds)s") % {"kinds": "、".join(KINDS)})
    if bool(parent) == (KINDS[kind] == Grid.Kind.GRID):
        raise _bad(line, _("an auxiliary or micro-grid names the grid that it lies in; a grid names none"))
    if households and not households.isdecimal():
        raise _bad(line, _("“%(typed)s” is not a number of households") % {"typed": households})
    return Row(line, villages[village], code, name, KINDS[kind], parent, int(households) if households else None)


def _check_parents(rows: list[Row], standing: dict[tuple[str, str], Grid]) -> None:
    kinds = {key: grid.kind for key, grid in standing.items()} | {(row.village.path, row.code): row.kind for row in rows}
    for row in rows:
        if row.parent and kinds.get((row.village.path, row.parent)) not in DEEPER[row.kind]:
            raise _bad(row.line, _("%(parent)s is no grid of this village that it could lie in") % {"parent": row.parent})


def _place(row: Row, standing: dict[tuple[str, str], Grid], on: date) -> bool:
    key = (row.village.path, row.code)
    grid = standing.get(key) or Grid(territory=row.village, code=row.code, valid_from=on)
    wanted = {
        "name": row.name,
        "kind": row.kind,
        "households": row.households,
        "parent": standing[row.village.path, row.parent] if row.parent else None,
    }
    if grid.pk and all(getattr(grid, name) == value for name, value in wanted.items()):
        return False
    for name, value in wanted.items():
        setattr(grid, name, value)
    grid.save()
    standing[key] = grid
    return True


def _bad(line: int, reason: str) -> RuleBroken:
    sentence = _("The list was not taken: line %(line)s, %(reason)s. Nothing was changed; correct the line and import again.")
    return RuleBroken("bad_grid_list", sentence % {"line": line, "reason": reason})
