"""What a check finds: mistakes at their cells, and every row counted once, as accepted or as listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
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
    def of(cls, scores: Sequence[int]) -> ColumnSum:
        given = [score for score in scores if score >= 0]
        return cls(sum(given), len(given), scores.count(NOT_FILED), scores.count(NOT_APPLICABLE))


@dataclass
class Checked:
    """cells   "sheet/period/post" → as typed, in indicator order, of every row whose village is known
    scores  filing → post → hundredths: what applying will write, empty while a mistake is left
    """

    cells: dict[str, list[str]] = field(default_factory=dict)
    scores: dict[int, dict[int, list[int]]] = field(default_factory=dict)
    versions: dict[int, int] = field(default_factory=dict)  # filing → its version when this was checked
    mistakes: list[Mistake] = field(default_factory=list)
    more_mistakes: int = 0  # beyond MOST_MISTAKES
    rows: int = 0
    accepted: int = 0
    listed: set[tuple[str, int]] = field(default_factory=set)  # sheet, 0-based row
    absent: list[str] = field(default_factory=list)  # open rows of the page without one in the file: they stay as they are
    changed: int = 0  # cells that will say something else than now
    emptied: int = 0  # of those, cells that will be blank
    columns: dict[str, ColumnSum] = field(default_factory=dict)

    def add(self, mistake: Mistake) -> None:
        if len(self.mistakes) < MOST_MISTAKES:
            self.mistakes.append(mistake)
        else:
            self.more_mistakes += 1

    def in_row(self, sheet: str, row: int, column: int, broken: RuleBroken, *, key: str = "", where: str = "") -> None:
        self.listed.add((sheet, row))
        self.at(sheet, row, column, broken, key=key, where=where)

    def at(self, sheet: str, row: int, column: int, broken: RuleBroken, *, key: str = "", where: str = "") -> None:
        """A mistake of the sheet, not of a village's row."""
        self.add(Mistake(sheet, xl_rowcol_to_cell(row, column), broken.code, broken.message, key, where))

    def as_json(self) -> dict[str, Any]:
        """What Upload.checked keeps."""
        return {
            "rows": self.rows, "accepted": self.accepted, "listed": len(self.listed), "absent": self.absent,
            "changed": self.changed, "emptied": self.emptied, "more_mistakes": self.more_mistakes,
            "columns": {key: asdict(one) for key, one in self.columns.items()},
            "scores": self.scores, "versions": self.versions,
        }  # fmt: skip
