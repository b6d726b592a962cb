"""What a check finds: mistakes at their cells, and every row counted once, as accepted or as listed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from governance.errors import RuleBroken
from stars.cells import NOT_APPLICABLE, NOT_FILED

MOST_MISTAKES = 1_000  # kept with their sentences; the rest is counted


@dataclass(frozen=True)
class Mistake:
    sheet: str
    cell: str  # "E7"
    code: str
    message: str
    key: str = ""  # "sheet/period/post/indicator" where the cell has one
    where: str = ""  # village and item, for people


@dataclass
class ColumnSum:
    total: int = 0  # hundredths
    scores: int = 0
    blank: int = 0
    not_applicable: int = 0

    @classmethod
    def of(cls, scores: Sequence[int], *, not_for: int = 0) -> ColumnSum:
        """`not_for`: of the blank ones, those of villages that the item isn't for."""
        given = [score for score in scores if score >= 0]
        return cls(sum(given), len(given), scores.count(NOT_FILED) - not_for, scores.count(NOT_APPLICABLE) + not_for)


@dataclass
class Checked:
    """cells   "sheet/period/post" → as typed, in indicator order, of every row whose village is known
    scores  filing → post → hundredths: the rows in which nothing is wrong; none while a mistake is of a sheet or the file
    """

    cells: dict[str, list[str]] = field(default_factory=dict)
    scores: dict[int, dict[int, list[int]]] = field(default_factory=dict)
    versions: dict[int, int] = field(default_factory=dict)  # filing → its version when this was checked
    mistakes: list[Mistake] = field(default_factory=list)
    more_mistakes: int = 0  # beyond MOST_MISTAKES
    is_spoilt: bool = False  # a mistake is of a sheet or the file, so that no row of it can be trusted
    rows: int = 0
    accepted: int = 0
    listed: set[tuple[str, int]] = field(default_factory=set)  # sheet, 0-based row; nothing of such a row is filed or summed
    absent: list[str] = field(default_factory=list)  # open rows of the page without one in the file: they stay as they are
    closed_rows: int = 0  # accepted rows of which nothing can be filed now: they say what the page says
    changed_rows: int = 0  # rows of which a cell will say something else than now
    changed: int = 0  # cells that will say something else than now
    emptied: int = 0  # of those, cells that will be blank
    columns: dict[str, ColumnSum] = field(default_factory=dict)
    row_done: Callable[[], None] = lambda: None  # told of each row that has been checked

    def in_row(self, sheet: str, row: int, column: int, broken: RuleBroken, *, key: str = "", where: str = "") -> None:
        """A mistake of one row: the others can be filed without it."""
        self.listed.add((sheet, row))
        self._keep(Mistake(sheet, xl_rowcol_to_cell(row, column), broken.code, broken.message, key, where))

    def at(self, sheet: str, row: int, column: int, broken: RuleBroken) -> None:
        """A mistake of the sheet, or of the file."""
        self.is_spoilt = True
        self._keep(Mistake(sheet, xl_rowcol_to_cell(row, column), broken.code, broken.message))

    def _keep(self, mistake: Mistake) -> None:
        if len(self.mistakes) < MOST_MISTAKES:
            self.mistakes.append(mistake)
        else:
            self.more_mistakes += 1

    def refused_rows(self) -> dict[str, str]:
        """Sheet → its refused rows as people write them: “5, 7-120”."""
        return {
            sheet: ", ".join(_runs([row + 1 for _sheet, row in rows]))
            for sheet, rows in groupby(sorted(self.listed), key=lambda one: one[0])
        }

    def as_json(self) -> dict[str, Any]:
        """What Upload.checked keeps."""
        return {
            "rows": self.rows, "accepted": self.accepted, "listed": len(self.listed), "absent": self.absent,
            "changed": self.changed, "changed_rows": self.changed_rows, "closed_rows": self.closed_rows, "emptied": self.emptied,
            "more_mistakes": self.more_mistakes, "is_spoilt": self.is_spoilt, "refused_rows": self.refused_rows(),
            "columns": {key: asdict(one) for key, one in self.columns.items()},
            "scores": self.scores, "versions": self.versions,
        }  # fmt: skip


def _runs(rows: Sequence[int]) -> list[str]:
    """Of rows in order, neighbours as one."""
    runs = [[row for _place, row in run] for _start, run in groupby(enumerate(rows), key=lambda one: one[1] - one[0])]
    return [f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs]
