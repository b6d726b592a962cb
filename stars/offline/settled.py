"""What became of each cell when the file was applied: kept with the upload, since the page goes on changing after that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from stars.offline.merging import Choice, Fate, Merged, MergedCell


class Became(StrEnum):
    SAME = "same"  # it said already what was typed
    TAKEN = "taken"
    MINE = "mine"  # decided: the offline form's score
    THEIRS = "theirs"  # decided: the score that the system had
    MISTAKE = "mistake"  # not saved
    LEFT_OUT = "left_out"  # not saved, for a mistake elsewhere in its row


UNSAVED, DECIDED, CHANGED = (Became.MISTAKE, Became.LEFT_OUT), (Became.MINE, Became.THEIRS), (Became.TAKEN, Became.MINE)


def settle(merged: Merged, choices: Mapping[str, Choice]) -> list[dict[str, Any]]:
    """OfflineUpload.settled, in the order of the page; every conflict of a row that is filed has been chosen."""
    refused = merged.refused
    return [_settled(cell, _became(cell, cell.row in refused, choices)) for cell in merged.cells]


def of(settled: Iterable[Mapping[str, Any]], *became: Became) -> list[Mapping[str, Any]]:
    return [one for one in settled if one["became"] in became]


def _became(cell: MergedCell, is_refused: bool, choices: Mapping[str, Choice]) -> Became:
    if cell.fate == Fate.CONFLICT and not is_refused:
        return Became.MINE if choices[cell.key].mine else Became.THEIRS
    if is_refused and cell.fate in (Fate.TAKEN, Fate.CONFLICT):
        return Became.LEFT_OUT
    return {Fate.SAME: Became.SAME, Fate.TAKEN: Became.TAKEN, Fate.MISTAKE: Became.MISTAKE}[cell.fate]


def _settled(cell: MergedCell, became: Became) -> dict[str, Any]:
    return {
        "row": cell.row, "village": cell.village, "title": cell.title, "base": cell.edit.base, "typed": cell.edit.text,
        "typed_at": cell.edit.at.isoformat(), "before": cell.now, "became": became, "message": cell.message,
    }  # fmt: skip
