"""The life of what an offline form saved: kept, then applied or thrown away; what changed meanwhile is never overwritten unasked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.authority import require
from governance.errors import RuleBroken
from governance.models import User
from governance.services import audit
from governance.workbooks.reading import UploadedFile
from governance.workbooks.uploads import close, require_pending
from stars.cells import format_score
from stars.models import AssessmentChange, OfflineUpload
from stars.offline.merging import Choice, Fate, Merged, MergedCell, merge, rows_to_file
from stars.offline.reading import OfflineFile, read_content, read_offline, require_page
from stars.selectors.answering import FILERS
from stars.selectors.grid import Grid, entry_grid
from stars.services.filing import save_scores
from stars.services.locks import lock_filing

State = OfflineUpload.State


class Undecided(RuleBroken):
    """`cells` are those that wait for a choice, by cell key."""

    def __init__(self, code: str, sentence: str, cells: list[str]) -> None:
        super().__init__(code, sentence, field=cells[0])
        self.cells = cells


def require_something_open(grid: Grid) -> None:
    """raises RuleBroken: nothing_open"""
    if not any(cell.editable for row in grid.rows for cell in row.cells):
        raise RuleBroken(
            "nothing_open",
            _("Nothing on this page is open for filing by you now, so there is nothing to fill in offline; the page shows its dates and states."),
        )  # fmt: skip


@transaction.atomic
def store_offline(*, grid: Grid, file: UploadedFile, by: User, at: datetime) -> OfflineUpload:
    """Read, check and keep; nothing is filed yet.

    raises RuleBroken: nothing_open and those of stars.offline.reading
    """
    require_something_open(grid)
    name, content = read_offline(file)
    read = read_content(content, name)
    require_page(read, grid)
    merged = merge(grid, read.edits, by)
    upload = OfflineUpload(
        rating_year=grid.rating_year, territory=grid.territory, quarter=grid.quarter, by=by, at=at,
        file_name=name, workbook=content, mistakes=_mistakes(merged),
    )  # fmt: skip
    upload.save()
    audit.record(
        "stars.store_offline",
        by=by,
        at=at,
        territory=grid.territory,
        subject=upload,
        cells=len(merged.cells),
        mistakes=len(upload.mistakes),
    )
    return upload


def merged_upload(upload: OfflineUpload, grid: Grid, by: User) -> tuple[OfflineFile, Merged]:
    """What was typed against the page as it is now.  raises RuleBroken: those of stars.offline.reading, older_policy among them"""
    read = read_content(bytes(upload.workbook), upload.file_name)
    require_page(read, grid)
    return read, merge(grid, read.edits, by)


@transaction.atomic
def apply_offline(*, upload_id: int, choices: Mapping[str, Choice], leave_out: bool, by: User, at: datetime) -> OfflineUpload:
    """File what was typed, all of it or nothing; a second time changes nothing.

    choices    by cell key, of cells that have changed since the form was downloaded
    leave_out  rows with a mistake are left as they are; else one mistake stops the whole
    raises     RuleBroken: not_your_duty, upload_closed, mistakes_left, nothing_to_file, Undecided (undecided, moved), and those
               of stars.services.filing.save_scores
    """
    upload = _locked(upload_id)
    require(by, tuple(FILERS.values()), upload.territory)
    if upload.state == State.APPLIED:
        return upload
    require_pending(upload)
    grid = _locked_grid(upload, by, at)
    _read, merged = merged_upload(upload, grid, by)
    _require_clean(upload, merged, leave_out=leave_out)
    _require_decided(merged, choices)
    written = merged.written(choices)
    for filing_id, rows in rows_to_file(grid, written).items():
        save_scores(
            filing_id=filing_id, rows=rows, version=None, by=by, at=at, door=AssessmentChange.Door.OFFLINE
        )  # the rows were read under the filing's lock
    upload.mistakes = [*_mistakes(merged), *_left_out(merged), *_decided_otherwise(merged, choices)]
    upload.save(update_fields=["mistakes"])
    close(upload, State.APPLIED, "stars.apply_offline", territory=upload.territory, by=by, at=at)
    return upload


@transaction.atomic
def discard_offline(*, upload_id: int, by: User, at: datetime) -> OfflineUpload:
    """raises RuleBroken: not_your_duty, upload_closed"""
    upload = _locked(upload_id)
    require(by, tuple(FILERS.values()), upload.territory)
    if upload.state == State.DISCARDED:
        return upload
    require_pending(upload)
    close(upload, State.DISCARDED, "stars.discard_offline", territory=upload.territory, by=by, at=at)
    return upload


def _locked(upload_id: int) -> OfflineUpload:
    uploads: QuerySet[OfflineUpload] = OfflineUpload.objects.select_for_update(of=("self",))
    return uploads.select_related("territory", "rating_year__policy", "rating_year__territory").get(pk=upload_id)


def _locked_grid(upload: OfflineUpload, by: User, at: datetime) -> Grid:
    """The page as it stands, and stands still: no score of it changes before the end of the transaction."""
    place: dict[str, Any] = {"territory": upload.territory, "quarter": upload.quarter, "user": by, "at": at}
    for window in entry_grid(upload.rating_year, **place).windows:
        lock_filing(window.filing.pk)
    return entry_grid(upload.rating_year, **place)


def _require_clean(upload: OfflineUpload, merged: Merged, *, leave_out: bool) -> None:
    mistakes = len(merged.of(Fate.MISTAKE))
    if mistakes and not leave_out:
        text = ngettext(
            "%(count)d cell of “%(file)s” can't be filed; nothing was filed. Correct it in the offline form and upload again, or leave its row out.",
            "%(count)d cells of “%(file)s” can't be filed; nothing was filed. Correct them in the offline form and upload again, or leave their rows out.",
            mistakes,
        )
        raise RuleBroken("mistakes_left", text % {"count": mistakes, "file": upload.file_name})
    if merged.rows and merged.rows == merged.refused:
        raise RuleBroken(
            "nothing_to_file",
            _("Every row of “%(file)s” has a mistake; nothing was filed. Correct them in the offline form and upload again.")
            % {"file": upload.file_name},
        )


def _require_decided(merged: Merged, choices: Mapping[str, Choice]) -> None:
    """No score is overwritten that the person was not shown."""
    if moved := [cell.key for cell in merged.moved(choices)]:
        text = ngettext(
            "%(count)d cell has changed in the system after you looked; nothing was filed. Look at it below, choose, and save again.",
            "%(count)d cells have changed in the system after you looked; nothing was filed. Look at them below, choose, and save again.",
            len(moved),
        )
        raise Undecided("moved", text % {"count": len(moved)}, moved)
    if waiting := [cell.key for cell in merged.open_conflicts(choices)]:
        text = ngettext(
            "%(count)d cell has changed in the system since the form was downloaded; nothing was filed. Choose which score holds, and save again.",
            "%(count)d cells have changed in the system since the form was downloaded; nothing was filed. Choose which score holds in each, and save again.",
            len(waiting),
        )
        raise Undecided("undecided", text % {"count": len(waiting)}, waiting)


def _mistakes(merged: Merged) -> list[dict[str, str]]:
    return [_noted(cell, cell.message) for cell in merged.of(Fate.MISTAKE)]


def _left_out(merged: Merged) -> Iterator[dict[str, str]]:
    """Cells without a mistake in rows that have one."""
    for cell in merged.cells:
        if cell.row in merged.refused and cell.fate in (Fate.TAKEN, Fate.CONFLICT):
            yield _noted(cell, _("not saved, with its whole row"))


def _decided_otherwise(merged: Merged, choices: Mapping[str, Choice]) -> Iterator[dict[str, str]]:
    """Conflicts in which what the system holds was chosen."""
    for cell in merged.of(Fate.CONFLICT):
        if cell.row not in merged.refused and not choices[cell.key].mine:
            yield _noted(cell, _("you kept the score in the system: %(score)s") % {"score": format_score(cell.now) or _("blank")})


def _noted(cell: MergedCell, message: str) -> dict[str, str]:
    return {"cell": cell.key, "where": f"{cell.village} · {cell.title}", "typed": cell.edit.text, "message": message}
