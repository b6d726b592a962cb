"""Figures of the sources that the records of the ground must add up to, counted one by one."""

from governance.models import Aspect, Task, TaskList, Unit, UnitMember

KAIFENG, LINYI = "4102", "140821"


def _list_of(path: str) -> TaskList | None:
    """The place's newest."""
    return TaskList.objects.filter(territory__path=path).order_by("-year", "-pk").first()


def _bodies(path: str, kind: str) -> int:
    return Unit.objects.filter(territory__path=path, kind=kind, until_on=None).count()


def kaifeng_member_units() -> int:
    members = UnitMember.objects.filter(unit__territory__path=KAIFENG, unit__kind=Unit.Kind.COMMITTEE, until_on=None)
    return members.exclude(member_unit=None).values("member_unit").distinct().count()


COUNTED = {
    "V1.kaifeng_member_units": kaifeng_member_units,
    "V1.linyi_work_groups": lambda: _bodies(LINYI, Unit.Kind.GROUP),
    "V1.linyi_task_forces": lambda: _bodies(LINYI, Unit.Kind.TASK_FORCE),
    "V1.linyi_supervision_teams": lambda: _bodies(LINYI, Unit.Kind.SUPERVISION),
    "V2.kaifeng_aspects": lambda: Aspect.objects.filter(task_list=_list_of(KAIFENG)).count(),
    "V2.kaifeng_tasks": lambda: Task.objects.filter(aspect__task_list=_list_of(KAIFENG)).count(),
}
