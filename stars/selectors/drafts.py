"""What people typed that no row holds, and what others changed since a page was made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Max

from governance.models import User
from stars.models import AssessmentChange, CellEdit, Filing


@dataclass(frozen=True)
class Change:
    """One cell that a save changed."""

    post_id: int
    place: int
    score: int
    by: User | None


def newest_edits(filing: Filing, by: User) -> list[CellEdit]:
    """The edit that speaks for `by`, of each cell that `by` ever typed into."""
    edits = CellEdit.objects.filter(filing=filing, by=by).order_by("post_id", "place", "-pk").distinct("post_id", "place")
    return list(edits.select_related("theirs_by__person"))


def open_edits(filing: Filing, by: User) -> list[CellEdit]:
    """What `by` typed and no row holds: refused, or too late."""
    return [edit for edit in newest_edits(filing, by) if edit.outcome != CellEdit.Outcome.SAVED]


def last_changes(filings: Iterable[Filing]) -> dict[int, int]:
    """By filing, the number of its newest line in the ledger of values."""
    lines = AssessmentChange.objects.filter(filing__in=list(filings)).order_by()
    return dict(lines.values("filing").annotate(last=Max("pk")).values_list("filing", "last"))


def changes_since(filing: Filing, line: int, *, by_others_than: User) -> list[Change]:
    """Cell by cell, in the order of the ledger."""
    lines = AssessmentChange.objects.filter(filing=filing, pk__gt=line).exclude(by=by_others_than)
    return [change for one in lines.select_related("by__person").order_by("pk") for change in _changes(one)]


def last_writers(filing: Filing, cells: Iterable[tuple[int, int]]) -> dict[tuple[int, int], AssessmentChange]:
    """By post and item, the newest line of the ledger that changed the cell."""
    wanted = set(cells)
    found: dict[tuple[int, int], AssessmentChange] = {}
    lines = AssessmentChange.objects.filter(filing=filing, post_id__in={post_id for post_id, _place in wanted})
    for line in lines.select_related("by__person").order_by("-pk"):
        for change in _changes(line):
            cell = (change.post_id, change.place)
            if cell in wanted:
                found.setdefault(cell, line)
        if len(found) == len(wanted):
            break
    return found


def _changes(line: AssessmentChange) -> list[Change]:
    before = line.before or [None] * len(line.after)
    return [
        Change(line.post_id, place, score, line.by)
        for place, score in enumerate(line.after)
        if place >= len(before) or before[place] != score
    ]
