"""The grid tree from a list of a county or a township, taken as a whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from governance.authority import require
from governance.duties import Duty
from governance.errors import RuleBroken
from governance.models import PartyOrganization, Territory, User
from governance.services import audit
from grids.models import Grid
from grids.services.tables import Line

COLUMNS = ["村代码", "网格代码", "网格名称", "类别", "上级网格代码", "户数", "党组织"]
KINDS = {"网格": Grid.Kind.GRID, "辅助网格": Grid.Kind.AUXILIARY, "微网格": Grid.Kind.MICRO}
HOUSEHOLDS = re.compile("[0-9]{1,6}")
LONGEST_CODE, LONGEST_NAME = 24, 60
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
    organization: PartyOrganization | None


@transaction.atomic
def import_grids(lines: Iterable[Line], *, under: Territory, by: User, on: date, at: datetime) -> int:
    """How many grids were added or changed; a list brought in twice changes nothing.

    lines   of `grids.services.tables`; grids that they don't name stay as they are
    raises RuleBroken: not_your_duty, bad_grid_list, naming line and reason
    """
    require(by, (Duty.COUNTY_STAFF, Duty.TOWNSHIP_CLERK), under)
    rows = list(_read(lines, under))
    standing = _standing(under)
    _check_parents(rows, standing)
    changed = sum(_place(row, standing, on) for row in sorted(rows, key=lambda row: ORDER.index(row.kind)))
    if changed:
        audit.record("grids.import_grids", by=by, at=at, territory=under, subject=under, rows=len(rows), changed=changed)
    return changed


def check_grid(grid: Grid) -> None:
    """A grid typed in by hand lies where an imported one may lie.  raises RuleBroken: wrong_parent"""
    above = grid.parent
    if above and (above.territory_id != grid.territory_id or above.kind not in DEEPER.get(Grid.Kind(grid.kind), ())):
        raise RuleBroken(
            "wrong_parent",
            _("%(parent)s is no grid of this village that it could lie in; choose another.") % {"parent": above},
            field="parent",
        )


def _standing(under: Territory) -> dict[tuple[str, str], Grid]:
    grids = Grid.objects.filter(territory__path__prefix=under.path, valid_to=None).select_related(
        "territory", "parent", "organization"
    )
    return {(grid.territory.path, grid.code): grid for grid in grids}


def _read(lines: Iterable[Line], under: Territory) -> Iterator[Row]:
    numbered = iter(lines)
    first, header = next(numbered, (1, []))
    if header != COLUMNS:
        raise _bad(first, _("the columns must be %(wanted)s") % {"wanted": "、".join(COLUMNS)})
    villages, organizations = _villages(under), _organizations(under)
    seen: set[tuple[str, str]] = set()
    for line, cells in numbered:
        row = _row(line, cells, villages, organizations)
        if (row.village.path, row.code) in seen:
            raise _bad(line, _("the code %(code)s stands twice in this village") % {"code": row.code})
        seen.add((row.village.path, row.code))
        yield row


def _villages(under: Territory) -> dict[str, Territory]:
    inside = Territory.objects.filter(path__prefix=under.path, level=Territory.Level.VILLAGE, valid_to=None)
    return {village.code: village for village in inside}


def _organizations(under: Territory) -> dict[tuple[str, str], PartyOrganization]:
    inside = PartyOrganization.objects.filter(territory__path__prefix=under.path, valid_to=None).select_related("territory")
    return {(organization.territory.path, organization.name): organization for organization in inside}


def _row(
    line: int, cells: list[str], villages: dict[str, Territory], organizations: dict[tuple[str, str], PartyOrganization]
) -> Row:
    if len(cells) != len(COLUMNS):
        raise _bad(line, _("%(found)s columns instead of %(wanted)s") % {"found": len(cells), "wanted": len(COLUMNS)})
    village, code, name, kind, parent, households, organization = cells
    if village not in villages:
        raise _bad(line, _("%(code)s is no village of yours") % {"code": village})
    if not code or not name:
        raise _bad(line, _("code and name must be given"))
    if len(code) > LONGEST_CODE or len(name) > LONGEST_NAME:
        raise _bad(
            line, _("a code has at most %(code)s characters, a name %(name)s") % {"code": LONGEST_CODE, "name": LONGEST_NAME}
        )
    if kind not in KINDS:
        raise _bad(line, _("the kind is one of %(kinds)s") % {"kinds": "、".join(KINDS)})
    if bool(parent) == (KINDS[kind] == Grid.Kind.GRID):
        raise _bad(line, _("an auxiliary or micro-grid names the grid that it lies in; a grid names none"))
    if households and not HOUSEHOLDS.fullmatch(households):
        raise _bad(line, _("“%(typed)s” is not a number of households") % {"typed": households})
    place = villages[village]
    if organization and (place.path, organization) not in organizations:
        raise _bad(line, _("“%(name)s” is no Party organization of this village") % {"name": organization})
    return Row(
        line, place, code, name, KINDS[kind], parent, int(households) if households else None,
        organizations.get((place.path, organization)),
    )  # fmt: skip


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
        "organization": row.organization,
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
