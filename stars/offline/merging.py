"""Three scores of one cell: what the form showed, what was typed without a network, what stands there now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from governance.errors import RuleBroken
from governance.models import Post, User
from stars.cells import NOT_FILED, parse_score
from stars.models import AssessmentChange, Filing
from stars.offline.reading import OfflineEdit
from stars.selectors.drafts import last_writers
from stars.selectors.grid import Grid, WindowColumn
from stars.services import rows as filed_rows
from stars.services.filing import require_editable, require_filer


class Fate(StrEnum):
    """What becomes of a cell."""

    SAME = "same"  # it says already what was typed
    TAKEN = "taken"  # nobody has touched it since: what was typed is taken
    CONFLICT = "conflict"  # somebody has: a person chooses
    MISTAKE = "mistake"  # what was typed can't be filed there


@dataclass(frozen=True)
class Choice:
    """A person's word on a conflict.

    seen  the score that the person was shown as the present one
    """

    mine: bool
    seen: int


@dataclass(frozen=True)
class MergedCell:
    edit: OfflineEdit
    village: str
    title: str  # of the item and its period
    now: int
    score: int  # what was typed; of a mistake what stands there
    fate: Fate
    message: str = ""
    theirs: AssessmentChange | None = None  # of a conflict, the line of the ledger that made it

    @property
    def key(self) -> str:
        return self.edit.cell

    @property
    def row(self) -> str:
        """ "sheet/period/post" """
        return self.key.rpartition("/")[0]


@dataclass(frozen=True)
class Merged:
    cells: list[MergedCell]  # in the order of the page

    def of(self, fate: Fate) -> list[MergedCell]:
        return [cell for cell in self.cells if cell.fate == fate]

    @property
    def rows(self) -> set[str]:
        return {cell.row for cell in self.cells}

    @property
    def refused(self) -> set[str]:
        """Rows with a mistake: nothing of them is filed."""
        return {cell.row for cell in self.of(Fate.MISTAKE)}

    def open_conflicts(self, choices: Mapping[str, Choice]) -> list[MergedCell]:
        """Those that nobody has decided as they stand now, in rows that would be filed."""
        return [cell for cell in self.of(Fate.CONFLICT) if cell.row not in self.refused and not _is_chosen(cell, choices)]

    def moved(self, choices: Mapping[str, Choice]) -> list[MergedCell]:
        """Decided by somebody who was shown another score than stands there now."""
        return [cell for cell in self.cells if cell.key in choices and choices[cell.key].seen != cell.now]

    def written(self, choices: Mapping[str, Choice]) -> list[MergedCell]:
        """What filing it changes, once every conflict is decided."""
        mine = {cell.key for cell in self.of(Fate.CONFLICT) if cell.key in choices and choices[cell.key].mine}
        return [cell for cell in self.cells if cell.row not in self.refused and (cell.fate == Fate.TAKEN or cell.key in mine)]


def _is_chosen(cell: MergedCell, choices: Mapping[str, Choice]) -> bool:
    return cell.key in choices and choices[cell.key].seen == cell.now


def fate_of(*, base: int, typed: int, now: int) -> Fate:
    """Of a score that is in order. Who typed what stands there already is at odds with nobody."""
    if now == typed:
        return Fate.SAME
    return Fate.TAKEN if now == base else Fate.CONFLICT


def merge(grid: Grid, edits: list[OfflineEdit], by: User) -> Merged:
    """Each edit against the page as `grid` has it, by what `by` may write there."""
    now = {cell.key: cell.value for row in grid.rows for cell in row.cells}
    judges = {f"{one.window.sheet}/{one.window.period}": _Judge(one, now, by, grid.at) for one in grid.windows}
    places = {(key, row.post.pk): place for key in judges for place, row in enumerate(grid.rows)}
    villages = {row.post.pk: str(row.village) for row in grid.rows}
    villages |= _villages({edit.post_id for edit in edits} - villages.keys())
    order = list(judges)
    merged = [judges[edit.window].merged(edit, villages[edit.post_id]) for edit in edits]
    merged.sort(key=lambda cell: (order.index(cell.edit.window), places.get((cell.edit.window, cell.edit.post_id), len(places)),
                                  cell.edit.post_id, cell.edit.place))  # fmt: skip
    return Merged(_with_theirs(merged, grid))


def _villages(posts: set[int]) -> dict[int, str]:
    """Of posts that have left the page since the form was downloaded."""
    found = Post.objects.filter(pk__in=posts).select_related("territory") if posts else ()
    return {post.pk: str(post.territory) for post in found}


class _Judge:
    """The cells of one window."""

    def __init__(self, window: WindowColumn, now: Mapping[str, int], by: User, at: datetime) -> None:
        """now  score by cell key"""
        self.window, self.now, self.by, self.at = window, now, by, at

    @cached_property
    def rules(self) -> filed_rows.Rules:
        return filed_rows.Rules(self.window.filing, self.by)

    def merged(self, edit: OfflineEdit, village: str) -> MergedCell:
        now, column = self.now.get(edit.cell, NOT_FILED), self.window.columns[edit.place]
        title = f"{column.title} · {self.window.period_title}"
        try:
            score = parse_score(edit.text, maximum=column.maximum, partial=column.partial)
            fate = fate_of(base=edit.base, typed=score, now=now)
            if fate != Fate.SAME:
                self._require(edit, score)
        except RuleBroken as broken:
            return MergedCell(edit, village, title, now, now, Fate.MISTAKE, broken.message)
        return MergedCell(edit, village, title, now, score, fate)

    def _require(self, edit: OfflineEdit, score: int) -> None:
        """raises RuleBroken: as saving it would"""
        require_filer(self.by, self.window.filing)
        require_editable(self.window.filing, self.at)
        self.rules.check_row(edit.post_id)
        self.rules.check_cell(edit.post_id, edit.place, score)


def _with_theirs(merged: list[MergedCell], grid: Grid) -> list[MergedCell]:
    filings: dict[str, Filing] = {f"{one.window.sheet}/{one.window.period}": one.filing for one in grid.windows}
    late = [cell for cell in merged if cell.fate == Fate.CONFLICT]
    lines: dict[str, AssessmentChange] = {}
    for key in {cell.edit.window for cell in late}:
        wanted = {(cell.edit.post_id, cell.edit.place): cell.key for cell in late if cell.edit.window == key}
        lines |= {wanted[place]: line for place, line in last_writers(filings[key], wanted).items()}
    return [replace(cell, theirs=lines[cell.key]) if cell.key in lines else cell for cell in merged]


def rows_to_file(grid: Grid, written: list[MergedCell]) -> dict[int, dict[int, list[int]]]:
    """Filing → post → the whole row as it will be."""
    rows: dict[int, dict[int, list[int]]] = {}
    filings = {f"{one.window.sheet}/{one.window.period}": one.filing.pk for one in grid.windows}
    stored: dict[str, list[int]] = {}
    for row in grid.rows:
        for cell in row.cells:
            stored.setdefault(cell.key.rpartition("/")[0], []).append(cell.value)
    for one in written:
        of_filing = rows.setdefault(filings[one.edit.window], {})
        of_filing.setdefault(one.edit.post_id, stored[one.row])[one.edit.place] = one.score
    return rows
