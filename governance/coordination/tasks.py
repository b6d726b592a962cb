"""Task lists: opened by the county or the city, filled from a workbook or one by one; each task is on the docket from then on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from governance.authority import require_side
from governance.coordination.kinds import TASK
from governance.deadlines import Until
from governance.docket.acts import Charge, raise_items
from governance.duties import COUNTY
from governance.errors import RuleBroken
from governance.models import Aspect, Task, TaskList, Unit, User
from governance.services import audit


@dataclass(frozen=True)
class NewTask:
    aspect: str
    title: str
    measure: str
    unit: Unit
    helpers: Sequence[Unit]
    due_on: date


@transaction.atomic
def open_list(*, body: Unit, year: int, title: str, document_no: str, by: User, at: datetime) -> TaskList:
    """A list of the body's place; a second press finds the first one's.  raises RuleBroken: not_your_duty, no_body"""
    require_side(by, body, COUNTY, body.territory)
    if not body.is_body:
        raise RuleBroken("no_body", _("%(unit)s is no coordination body; choose one.") % {"unit": body}, field="body")
    held = TaskList.objects.filter(territory=body.territory, title=title, year=year).first()
    if held:
        return held
    task_list = TaskList(territory=body.territory, body=body, year=year, title=title, document_no=document_no)
    task_list.full_clean()
    task_list.save()
    audit.record("task.open_list", by=by, at=at, territory=body.territory, subject=task_list)
    return task_list


@transaction.atomic
def add_tasks(*, task_list_id: int, tasks: Sequence[NewTask], by: User, at: datetime) -> list[Task]:
    """All of them or none; a task that the list has already is left as it is.

    raises RuleBroken: not_your_duty, title_missing, unit_ended, day_past, no_such_day
    """
    lists = TaskList.objects.select_for_update(of=("self",)).select_related("territory", "body__territory")
    task_list = lists.get(pk=task_list_id)
    require_side(by, task_list.body, COUNTY, task_list.territory)
    aspects = _aspects(task_list, [task.aspect for task in tasks])
    held = set(Task.objects.filter(aspect__task_list=task_list).values_list("aspect__title", "item__title"))
    new = [task for task in tasks if (task.aspect, task.title) not in held]
    items = raise_items([_charge(task_list, task) for task in new], by=by, at=at)
    number = Task.objects.filter(aspect__task_list=task_list).aggregate(last=Max("number"))["last"] or 0
    rows = [
        Task(aspect=aspects[task.aspect], number=number + i, measure=task.measure, item=item)
        for i, (task, item) in enumerate(zip(new, items, strict=True), 1)
    ]
    made = Task.objects.bulk_create(rows)
    audit.record("task.add", by=by, at=at, territory=task_list.territory, subject=task_list, tasks=len(made))
    return made


def _charge(task_list: TaskList, task: NewTask) -> Charge:
    return Charge(
        TASK.name, task.title, task_list.body, task.unit, body=task.measure, term=Until(task.due_on), helpers=task.helpers
    )


def _aspects(task_list: TaskList, titles: Sequence[str]) -> dict[str, Aspect]:
    held = {aspect.title: aspect for aspect in task_list.aspects.all()}
    new = [title for title in dict.fromkeys(titles) if title not in held]
    made = Aspect.objects.bulk_create(
        Aspect(task_list=task_list, number=len(held) + i, title=title) for i, title in enumerate(new, 1)
    )
    return held | {aspect.title: aspect for aspect in made}
