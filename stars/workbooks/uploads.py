"""An upload's life: kept with what it holds and what is wrong with it, then applied, as a whole or without the rows that are
wrong, or thrown away. A workbook too large for a request is kept as it came and read by a worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from itertools import count
from operator import itemgetter

from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.authority import require
from governance.errors import RuleBroken
from governance.jobs import Progress, operation, request_job
from governance.models import Job, User
from governance.sandbox import marks
from governance.services import audit
from governance.workbooks.reading import UploadedFile, Workbook, read_content, take_in
from governance.workbooks.tables import Column, table
from governance.workbooks.uploads import close, require_pending, with_marks
from stars.models import AssessmentChange, Upload
from stars.selectors.answering import FILERS
from stars.selectors.grid import Grid, entry_grid
from stars.services.filing import save_scores
from stars.workbooks.checking import check_upload
from stars.workbooks.findings import Checked
from stars.workbooks.layout import mistakes_title

OPERATION = "stars.read_upload"
# a form of 300 villages by 15 items has some 60 kB a sheet and is read and checked in well under a second; above this, one
# that is packed as well as forms are may take longer than anybody should wait for a page
IN_REQUEST = 512 * 2**10
ROWS_A_BEAT = 1_000
State = Upload.State


def store_upload(*, grid: Grid, file: UploadedFile, by: User, at: datetime) -> Upload:
    """Keep it, read and checked, or to be read by a worker where it is large; nothing is filed yet.

    raises RuleBroken: nothing_open and those of read_upload
    """
    _require_something_open(grid)
    name, content = take_in(file)
    upload = Upload(
        rating_year=grid.rating_year, territory=grid.territory, quarter=grid.quarter, by=by, at=at, file_name=name,
        workbook=content, cells={}, mistakes=[],
    )  # fmt: skip
    large = len(content) > IN_REQUEST
    counts = {} if large else _note(upload, check_upload(grid, read_content(content, name)))
    with transaction.atomic():
        upload.save()
        audit.record("stars.store_upload", by=by, at=at, territory=grid.territory, subject=upload, **counts)
        return _to_be_read(upload, by=by, at=at) if large else upload


@transaction.atomic
def recheck_upload(*, upload_id: int, grid: Grid, by: User, at: datetime) -> Upload:
    """The same file against the page as it is now, by somebody who may file it; once more also where reading it failed.

    raises RuleBroken: nothing_open, upload_closed and those of read_upload
    """
    _require_something_open(grid)
    upload = _locked(upload_id)
    if upload.state != State.READING:
        require_pending(upload)
    content = bytes(upload.workbook)
    if len(content) > IN_REQUEST:
        return _to_be_read(upload, by=by, at=at)
    _note(upload, check_upload(grid, read_content(content, upload.file_name)))
    upload.state = State.PENDING
    upload.save(update_fields=["cells", "mistakes", "checked", "state"])
    return upload


@operation(OPERATION)
def read_stored(job: Job, progress: Progress) -> dict[str, int]:
    """Rows of the upload, as noted.  raises RuleBroken: as store_upload; then it waits to be read again or thrown away"""
    upload = Upload.objects.select_related("rating_year__territory", "territory").get(pk=job.params["upload"])
    reader, at = User.objects.get(pk=job.requested_by_id), progress.clock()
    with translation.override(job.params["language"]):
        grid = entry_grid(upload.rating_year, territory=upload.territory, quarter=upload.quarter, user=reader, at=at)
        _require_something_open(grid)
        workbook = read_content(bytes(upload.workbook), upload.file_name)
        checked = check_upload(grid, workbook, _row_counter(progress, workbook))
    with transaction.atomic():
        read = _locked(upload.pk)
        counts = _note(read, checked)
        if read.state == State.READING:  # nobody threw it away meanwhile
            read.state = State.PENDING
            read.save(update_fields=["cells", "mistakes", "checked", "state"])
            audit.record(OPERATION, by=reader, at=at, territory=read.territory, subject=read, **counts)
        progress.finish(counts)
    return counts


@transaction.atomic
def apply_upload(*, upload_id: int, by: User, at: datetime, accepted_only: bool = False) -> Upload:
    """File all of it or nothing; with `accepted_only`, the rows in which nothing is wrong, and the others stay as they are.
    A second time changes nothing.

    raises RuleBroken: not_your_duty, upload_closed, still_read, mistakes_left, and those of stars.services.filing.save_scores,
           stale_version when a page was saved since the check
    """
    upload = _locked(upload_id)
    require(by, tuple(FILERS.values()), upload.territory)
    if upload.state in (State.APPLIED, State.IN_PART):
        return upload
    _require_read(upload)
    require_pending(upload)
    if upload.mistakes and not (accepted_only and upload.checked["scores"]):
        raise _mistakes_left(upload)
    for filing_id, rows in upload.checked["scores"].items():
        save_scores(
            filing_id=int(filing_id), rows={int(post_id): scores for post_id, scores in rows.items()},
            version=upload.checked["versions"][filing_id], by=by, at=at, door=AssessmentChange.Door.EXCEL,
        )  # fmt: skip
    state, act = (State.IN_PART, "stars.apply_upload_in_part") if upload.mistakes else (State.APPLIED, "stars.apply_upload")
    counts = {name: upload.checked[name] for name in ("rows", "accepted", "listed")}
    close(upload, state, act, territory=upload.territory, by=by, at=at, **counts)
    return upload


@transaction.atomic
def discard_upload(*, upload_id: int, by: User, at: datetime) -> Upload:
    """raises RuleBroken: not_your_duty, upload_closed"""
    upload = _locked(upload_id)
    require(by, tuple(FILERS.values()), upload.territory)
    if upload.state == State.DISCARDED:
        return upload
    if upload.state != State.READING:
        require_pending(upload)
    close(upload, State.DISCARDED, "stars.discard_upload", territory=upload.territory, by=by, at=at)
    return upload


def marked_copy(upload: Upload) -> bytes:
    """Her own file with each mistake at its cell and a sheet that lists them all; of one too large for a request the list alone,
    since writing its cells anew takes minutes.  raises RuleBroken: as read_upload"""
    if upload.job_id:
        return table(mistakes_title(), [upload.file_name], _mistake_columns(), upload.mistakes)
    return with_marks(upload, title=mistakes_title(), about=_("Village and item"))


def _mistake_columns() -> list[Column]:
    words = {
        "sheet": _("Worksheet"),
        "cell": _("Cell"),
        "where": _("Village and item"),
        "message": _("What is wrong, and what to do"),
    }
    return [
        Column(heading, width, itemgetter(name), wraps=True)
        for (name, heading), width in zip(words.items(), marks.WIDTHS, strict=True)
    ]


def _note(upload: Upload, checked: Checked) -> dict[str, int]:
    """What a check found goes into the upload; the counts of it are for the trail."""
    upload.cells, upload.checked = checked.cells, checked.as_json()
    upload.mistakes = [asdict(mistake) for mistake in checked.mistakes]
    found = len(checked.mistakes) + checked.more_mistakes
    return {"rows": checked.rows, "accepted": checked.accepted, "listed": len(checked.listed), "mistakes": found}


def _to_be_read(upload: Upload, *, by: User, at: datetime) -> Upload:
    """By the job that does it already, or a new one."""
    params = {"upload": upload.pk, "language": translation.get_language()}
    upload.job = request_job(OPERATION, territory=upload.territory, key=str(upload.pk), params=params, by=by, at=at)
    upload.state = State.READING
    upload.save(update_fields=["job", "state"])
    return upload


def _row_counter(progress: Progress, workbook: Workbook) -> Callable[[], None]:
    """Until the workbook is read there is no total to tell."""
    done, total = count(1), sum(len(sheet.rows) for sheet in workbook.sheets if sheet.state == "Visible")
    progress(0, total)

    def row_done() -> None:
        if (rows := next(done)) % ROWS_A_BEAT == 0:
            progress(rows, total)

    return row_done


def _locked(upload_id: int) -> Upload:
    uploads: QuerySet[Upload] = Upload.objects.select_for_update(of=("self",))
    return uploads.select_related("territory").defer("workbook").get(pk=upload_id)


def _require_something_open(grid: Grid) -> None:
    if not any(cell.editable for row in grid.rows for cell in row.cells):
        raise RuleBroken(
            "nothing_open",
            _(
                "Nothing on this page is open for filing by you now, so no workbook can be taken in; the page shows its dates and states."
            ),
            field="file",
        )


def _require_read(upload: Upload) -> None:
    if upload.state == State.READING:
        raise RuleBroken(
            "still_read",
            _("“%(file)s” has not been read to its end; nothing was filed. Wait until its page shows what it would change.")
            % {"file": upload.file_name},
        )


def _mistakes_left(upload: Upload) -> RuleBroken:
    count = len(upload.mistakes) + upload.checked["more_mistakes"]
    text = ngettext(
        "%(count)d cell of “%(file)s” is wrong; nothing was filed. Correct it in the workbook and upload it again.",
        "%(count)d cells of “%(file)s” are wrong; nothing was filed. Correct them in the workbook and upload it again.",
        count,
    )
    return RuleBroken("mistakes_left", text % {"count": count, "file": upload.file_name})
