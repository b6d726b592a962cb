"""What people typed that no row holds, and what others changed since a page was made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from governance.models import User
from stars.cells import NOT_FILED
from stars.models import AssessmentChange, CellEdit, Filing


@dataclass(frozen=True)
class CellChange:
    """One cell that a save changed; `before` is None where no row was."""

    post_id: int
    place: int
    before: int | None
    score: int
    by: User | None
    at: datetime
    door: str  # for people


def newest_edits(filings: Iterable[Filing], by: User) -> list[CellEdit]:
    """The edit that speaks for `by`, of each cell that `by` ever typed into."""
    cell = ("filing_id", "post_id", "place")
    edits = CellEdit.objects.filter(filing__in=list(filings), by=by).order_by(*cell, "-pk").distinct(*cell)
    return list(edits.select_related("theirs_by__person"))


def open_edits(filings: Iterable[Filing], by: User) -> list[CellEdit]:
    """What `by` typed and no row holds: refused, or too late."""
    return [edit for edit in newest_edits(filings, by) if edit.outcome != CellEdit.Outcome.SAVED]


def last_changes(filings: Iterable[Filing]) -> dict[int, int]:
    """By filing, the number of its newest line in the ledger of values."""
    lines = AssessmentChange.objects.filter(filing__in=list(filings)).order_by()
    return dict(lines.values("filing").annotate(last=Max("pk")).values_list("filing", "last"))


def changes_since(filing: Filing, line: int, *, by_others_than: User) -> list[CellChange]:
    """Cell by cell, in the order of the ledger."""
    lines = AssessmentChange.objects.filter(filing=filing, pk__gt=line).exclude(by=by_others_than)
    return [change for one in lines.select_related("by__person").order_by("pk") for change in _changes(one)]


def changes_of(filing: Filing, post_id: int, place: int) -> list[CellChange]:
    """Of one cell, the newest first."""
    lines = AssessmentChange.objects.filter(filing=filing, post_id=post_id).select_related("by__person").order_by("-pk")
    return [change for line in lines for change in _changes(line) if change.place == place]


def last_writers(filing: Filing, cells: Iterable[tuple[int, int]]) -> dict[tuple[int, int], AssessmentChange]:
    """By post and item, the newest line of the ledger that changed the cell."""
    wanted = set(cells)
    found: dict[tuple[int, int], AssessmentChange] = {}
    lines = AssessmentChange.objects.filter(filing=filing, post_id__in={post_id for post_id, _place in wanted})
    for line in lines.select_related("by__person").order_by("-pk").iterator(chunk_size=100):  # the newest ones mostly say it
        for change in _changes(line):
            cell = (change.post_id, change.place)
            if cell in wanted:
                found.setdefault(cell, line)
        if len(found) == len(wanted):
            break
    return found


def _changes(line: AssessmentChange) -> list[CellChange]:
    before: Sequence[int | None] = line.before or [None] * len(line.after)
    return [
        CellChange(
            line.post_id, place, before[place] if place < len(before) else None, score, line.by, line.at, line.get_door_display()
        )
        for place, score in enumerate(line.after)
        if (place >= len(before) or before[place] != score) and not (line.before is None and score == NOT_FILED)
    ]
