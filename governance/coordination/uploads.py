"""A workbook of tasks: kept with what it holds and what is wrong with it, then applied as a whole, or thrown away."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.authority import require_side
from governance.coordination.dispatch import tasks_of
from governance.coordination.tasks import NewTask, add_tasks
from governance.coordination.workbook import check_workbook
from governance.duties import COUNTY
from governance.errors import RuleBroken
from governance.models import TaskList, TaskUpload, Unit, User
from governance.scope import rows_in_reach
from governance.services import audit
from governance.workbooks.reading import UploadedFile, read_content, read_upload
from governance.workbooks.uploads import close, require_pending, with_marks
from governance.workdays import local_day

State = TaskUpload.State


def store_tasks(*, task_list: TaskList, file: UploadedFile, by: User, at: datetime) -> TaskUpload:
    """Read, check and keep; nothing is on the docket yet.  raises RuleBroken: not_your_duty and those of read_upload"""
    require_side(by, task_list.body, COUNTY, task_list.territory)
    workbook = read_upload(file)
    checked = check_workbook(task_list, workbook, units_for(task_list, by, at), list(tasks_of(task_list, by)), local_day(at))
    with transaction.atomic():
        upload = TaskUpload.objects.create(
            task_list=task_list, by=by, at=at, file_name=workbook.file_name, workbook=workbook.content,
            rows=checked.as_json(), mistakes=checked.mistakes,
        )  # fmt: skip
        audit.record(
            "task.store_upload", by=by, at=at, territory=task_list.territory, subject=upload,
            rows=len(upload.rows), mistakes=len(upload.mistakes),
        )  # fmt: skip
    return upload


@transaction.atomic
def apply_tasks(*, upload_id: int, by: User, at: datetime) -> TaskUpload:
    """All of it or nothing; a second time changes nothing.

    raises RuleBroken: not_your_duty, upload_closed, mistakes_left, stale_upload, and those of add_tasks
    """
    upload = _locked(upload_id)
    require_side(by, upload.task_list.body, COUNTY, upload.task_list.territory)
    if upload.state == State.APPLIED:
        return upload
    require_pending(upload)
    checked = check_workbook(
        upload.task_list, read_content(bytes(upload.workbook), upload.file_name), units_for(upload.task_list, by, at),
        list(tasks_of(upload.task_list, by)), local_day(at),
    )  # fmt: skip
    if checked.mistakes:
        raise _mistakes_left(len(checked.mistakes), upload.file_name)
    if checked.as_json() != upload.rows:
        raise RuleBroken("stale_upload", _("The list has changed since this workbook was checked; upload it again."))
    units = {unit.pk: unit for unit in units_for(upload.task_list, by, at)}
    new = [
        NewTask(
            row.aspect, row.title, row.measure, units[row.unit], [units[pk] for pk in row.helpers], date.fromisoformat(row.due_on)
        )
        for row in checked.rows
        if row.is_new
    ]
    add_tasks(task_list_id=upload.task_list_id, tasks=new, by=by, at=at)
    close(upload, State.APPLIED, "task.apply_upload", territory=upload.task_list.territory, by=by, at=at)
    return upload


@transaction.atomic
def discard_tasks(*, upload_id: int, by: User, at: datetime) -> TaskUpload:
    """raises RuleBroken: not_your_duty, upload_closed"""
    upload = _locked(upload_id)
    require_side(by, upload.task_list.body, COUNTY, upload.task_list.territory)
    if upload.state == State.DISCARDED:
        return upload
    require_pending(upload)
    close(upload, State.DISCARDED, "task.discard_upload", territory=upload.task_list.territory, by=by, at=at)
    return upload


def marked_tasks(upload: TaskUpload) -> bytes:
    """The very file with each mistake at its cell.  raises RuleBroken: as read_upload"""
    return with_marks(upload, title=_("To correct"), about=_("Task"))


def units_for(task_list: TaskList, by: User, at: datetime) -> list[Unit]:
    """Units that a task may be given to: of the list's place and below it, as far as the person may assign."""
    found = Unit.objects.filter(rows_in_reach(Unit, by, COUNTY), territory__path__prefix=task_list.territory.path)
    return list(found.current(local_day(at)).select_related("territory"))


def _locked(upload_id: int) -> TaskUpload:
    uploads: QuerySet[TaskUpload] = TaskUpload.objects.select_for_update(of=("self",))
    return uploads.select_related("task_list__territory", "task_list__body__territory").get(pk=upload_id)


def _mistakes_left(count: int, file_name: str) -> RuleBroken:
    text = ngettext(
        "%(count)d cell of “%(file)s” is wrong; nothing was put on the docket. Correct it in the workbook and upload it again.",
        "%(count)d cells of “%(file)s” are wrong; nothing was put on the docket. Correct them in the workbook and upload it again.",
        count,
    )
    return RuleBroken("mistakes_left", text % {"count": count, "file": file_name})
