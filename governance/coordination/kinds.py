"""Tasks of lists and decisions of meetings, as the docket knows them. Registered by the app when it starts."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance.deadlines import Term
from governance.docket.kinds import Kind, register
from governance.models import DocketItem, Task
from governance.workdays import Unit as Count


def _page_of_task(item: DocketItem) -> str | None:
    found = Task.objects.filter(item=item).values_list("aspect__task_list", flat=True).first()
    return f"{reverse('governance:task_list', args=[found])}#t{item.pk}" if found else None


def _page_of_decision(item: DocketItem) -> str | None:
    decision = getattr(item, "decision", None)
    return reverse("governance:meeting", args=[decision.meeting_id]) if decision else None


TASK = Kind("task", _("Task of a list"), Term(30, Count.WORKING_DAYS), page=_page_of_task)
DECISION = Kind("decision", _("Decision of a meeting"), Term(20, Count.WORKING_DAYS), page=_page_of_decision)


def register_kinds() -> None:
    register(TASK)
    register(DECISION)
