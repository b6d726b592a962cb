"""An upload's life: kept with what it holds and what is wrong with it, then applied as a whole, or thrown away."""

from __future__ import annotations

from dataclasses import asdict
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
from governance.workbooks.reading import UploadedFile, read_content, read_upload
from governance.workbooks.uploads import close, require_pending, with_marks
from stars.models import AssessmentChange, Upload
from stars.selectors.answering import FILERS
from stars.selectors.grid import Grid
from stars.services.filing import save_scores
from stars.workbooks.checking import check_upload
from stars.workbooks.findings import Checked
from stars.workbooks.layout import mistakes_title

State = Upload.State


def store_upload(*, grid: Grid, file: UploadedFile, by: User, at: datetime) -> Upload:
    """Read, check and keep; nothing is filed yet.  raises RuleBroken: nothing_open and those of read_upload"""
    _require_something_open(grid)
    workbook = read_upload(file)
    checked = check_upload(grid, workbook)
    with transaction.atomic():
        upload = Upload(
            rating_year=grid.rating_year, territory=grid.territory, quarter=grid.quarter, by=by, at=at,
            file_name=workbook.file_name, workbook=workbook.content, **_findings(checked),
        )  # fmt: skip
        upload.save()
        audit.record(
            "stars.store_upload",
            by=by,
            at=at,
            territory=grid.territory,
            subject=upload,
            rows=checked.rows,
            mistakes=len(upload.mistakes),
        )
    return upload


@transaction.atomic
def recheck_upload(*, upload_id: int, grid: Grid) -> Upload:
    """The same file against the page as it is now, by somebody who may file it.  raises RuleBroken: nothing_open, upload_closed"""
    _require_something_open(grid)
    upload = _locked(upload_id)
    require_pending(upload)
    checked = check_upload(grid, read_content(bytes(upload.workbook), upload.file_name))
    for name, value in _findings(checked).items():
        setattr(upload, name, value)
    upload.save(update_fields=["cells", "mistakes", "checked"])
    return upload


@transaction.atomic
def apply_upload(*, upload_id: int, by: User, at: datetime) -> Upload:
    """File all of it or nothing; a second time changes nothing.

    raises RuleBroken: not_your_duty, upload_closed, mistakes_left, and those of stars.services.filing.save_scores, stale_version
           when a page was saved since the check
    """
    upload = _locked(upload_id)
    require(by, tuple(FILERS.values()), upload.territory)
    if upload.state == State.APPLIED:
        return upload
    require_pending(upload)
    if upload.mistakes:
        raise _mistakes_left(upload)
    for filing_id, rows in upload.checked["scores"].items():
        save_scores(
            filing_id=int(filing_id), rows={int(post_id): scores for post_id, scores in rows.items()},
            version=upload.checked["versions"][filing_id], by=by, at=at, door=AssessmentChange.Door.EXCEL,
        )  # fmt: skip
    close(upload, State.APPLIED, "stars.apply_upload", territory=upload.territory, by=by, at=at)
    return upload


@transaction.atomic
def discard_upload(*, upload_id: int, by: User, at: datetime) -> Upload:
    """raises RuleBroken: not_your_duty, upload_closed"""
    upload = _locked(upload_id)
    require(by, tuple(FILERS.values()), upload.territory)
    if upload.state == State.DISCARDED:
        return upload
    require_pending(upload)
    close(upload, State.DISCARDED, "stars.discard_upload", territory=upload.territory, by=by, at=at)
    return upload


def marked_copy(upload: Upload) -> bytes:
    """Her own file with each mistake at its cell and a sheet that lists them all.  raises RuleBroken: as read_upload"""
    return with_marks(upload, title=mistakes_title(), about=_("Village and item"))


def _findings(checked: Checked) -> dict[str, Any]:
    return {"cells": checked.cells, "mistakes": [asdict(mistake) for mistake in checked.mistakes], "checked": checked.as_json()}


def _locked(upload_id: int) -> Upload:
    uploads: QuerySet[Upload] = Upload.objects.select_for_update(of=("self",))
    return uploads.select_related("territory").get(pk=upload_id)


def _require_something_open(grid: Grid) -> None:
    if not any(cell.editable for row in grid.rows for cell in row.cells):
        raise RuleBroken(
            "nothing_open",
            _(
                "Nothing on this page is open for filing by you now, so no workbook can be taken in; the page shows its dates and states."
            ),
            field="file",
        )


def _mistakes_left(upload: Upload) -> RuleBroken:
    count = len(upload.mistakes) + upload.checked["more_mistakes"]
    text = ngettext(
        "%(count)d cell of “%(file)s” is wrong; nothing was filed. Correct it in the workbook and upload it again.",
        "%(count)d cells of “%(file)s” are wrong; nothing was filed. Correct them in the workbook and upload it again.",
        count,
    )
    return RuleBroken("mistakes_left", text % {"count": count, "file": upload.file_name})
