from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.models.base import Scoped
from governance.models.docket import DocketHelper, DocketItem
from governance.models.territory import Territory
from governance.models.unit import Unit, UnitMember
from governance.models.upload import WorkbookUpload


def _of_body(lookup: str, units: tuple[int, ...]) -> Q:
    """What the people of a body, and those of its member units, see of its meetings and lists."""
    bodies = UnitMember.objects.filter(member_unit__in=units).values("unit")
    return Q((f"{lookup}__in", units), (f"{lookup}__in", bodies), _connector=Q.OR)


class Meeting(Scoped):
    """A meeting of a coordination body: agenda, who came, what was decided."""

    scope_path = "body__territory__path"

    body = models.ForeignKey(Unit, models.PROTECT, related_name="meetings", verbose_name=_("body"))
    title = models.CharField(_("title"), max_length=120)
    held_on = models.DateField(_("held on"))
    place = models.CharField(_("held at"), max_length=80, blank=True)
    chair = models.CharField(_("chair"), max_length=60, blank=True)
    agenda = models.TextField(_("agenda"), blank=True)  # one point a line
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["body", "title", "held_on"], name="meeting_once",
                violation_error_message=_("This meeting is on record already."),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    @classmethod
    def concerns(cls, units: tuple[int, ...]) -> Q:
        return _of_body("body", units)


class Attendance(Scoped):
    class State(models.TextChoices):
        PRESENT = "present", _("present")
        EXCUSED = "excused", _("excused")
        ABSENT = "absent", _("absent")

    scope_path = "meeting__body__territory__path"

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="attendances", verbose_name=_("meeting"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    name = models.CharField(_("who came"), max_length=60, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PRESENT)

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        ordering = ["meeting", "pk"]
        constraints = [models.UniqueConstraint(fields=["meeting", "unit"], name="attendance_once")]

    def __str__(self) -> str:
        return f"{self.unit} {self.get_state_display()}"

    @classmethod
    def concerns(cls, units: tuple[int, ...]) -> Q:
        return _of_body("meeting__body", units)


class MeetingDecision(Scoped):
    """What a meeting decided; by a button it becomes a matter on the docket."""

    scope_path = "meeting__body__territory__path"

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="decisions", verbose_name=_("meeting"))
    number = models.PositiveSmallIntegerField(_("number"))
    text = models.TextField(_("decision"))
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("responsible unit"))
    due_on = models.DateField(_("last day"), null=True, blank=True)
    item = models.OneToOneField(
        DocketItem, models.PROTECT, null=True, blank=True, related_name="decision", verbose_name=_("docket item")
    )

    class Meta:
        verbose_name = _("decision of a meeting")
        verbose_name_plural = _("decisions of meetings")
        ordering = ["meeting", "number"]
        constraints = [models.UniqueConstraint(fields=["meeting", "number"], name="decision_number_once")]

    def __str__(self) -> str:
        return self.text

    @classmethod
    def concerns(cls, units: tuple[int, ...]) -> Q:
        return _of_body("meeting__body", units)


class TaskList(Scoped):
    """A document's list of tasks: aspects, and under each the tasks with their units and days."""

    scope_path = "territory__path"

    territory = models.ForeignKey(Territory, models.PROTECT, related_name="task_lists", verbose_name=_("place"))
    body = models.ForeignKey(Unit, models.PROTECT, related_name="task_lists", verbose_name=_("body that verifies"))
    year = models.PositiveSmallIntegerField(_("year"))
    title = models.CharField(_("title"), max_length=120)
    document_no = models.CharField(_("document number"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("task list")
        verbose_name_plural = _("task lists")
        ordering = ["-year", "territory__path", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["territory", "title", "year"], name="task_list_once",
                violation_error_message=_("There is already a list of this title and year."),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    @classmethod
    def concerns(cls, units: tuple[int, ...]) -> Q:
        """The body's people, and every unit with a task of the list."""
        own = Task.objects.filter(item__unit__in=units).values("aspect__task_list")
        helped = Task.objects.filter(item__in=DocketHelper.objects.filter(unit__in=units).values("item"))
        return Q(body__in=units) | Q(pk__in=own) | Q(pk__in=helped.values("aspect__task_list"))


class Aspect(Scoped):
    scope_path = "task_list__territory__path"

    task_list = models.ForeignKey(TaskList, models.PROTECT, related_name="aspects", verbose_name=_("task list"))
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("aspect"), max_length=80)

    class Meta:
        verbose_name = _("aspect of a task list")
        verbose_name_plural = _("aspects of task lists")
        ordering = ["task_list", "number"]
        constraints = [models.UniqueConstraint(fields=["task_list", "title"], name="aspect_once")]

    def __str__(self) -> str:
        return self.title

    @classmethod
    def concerns(cls, units: tuple[int, ...]) -> Q:
        return Q(task_list__in=TaskList.objects.filter(TaskList.concerns(units)).values("pk"))


class Task(Scoped):
    """One task; owner, helpers, deadline, progress, evidence and strike-off are its docket item's."""

    scope_path = "item__territory__path"

    aspect = models.ForeignKey(Aspect, models.PROTECT, related_name="tasks", verbose_name=_("aspect"))
    number = models.PositiveSmallIntegerField(_("number"))  # within the list
    measure = models.TextField(_("measure"), blank=True)
    item = models.OneToOneField(DocketItem, models.PROTECT, related_name="task", verbose_name=_("docket item"))

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["aspect", "number"]
        constraints = [models.UniqueConstraint(fields=["aspect", "number"], name="task_number_once")]

    def __str__(self) -> str:
        return self.item.title

    @classmethod
    def concerns(cls, units: tuple[int, ...]) -> Q:
        return Q(item__in=DocketItem.objects.filter(DocketItem.concerns(units)).values("pk"))


class TaskUpload(WorkbookUpload):
    """A workbook of tasks; it is applied as a whole."""

    scope_path = "task_list__territory__path"

    task_list = models.ForeignKey(TaskList, models.PROTECT, related_name="uploads", verbose_name=_("task list"))
    rows = models.JSONField(_("rows"), default=list)  # governance.coordination.workbook.TaskRow, as plain values

    class Meta(WorkbookUpload.Meta):
        verbose_name = _("uploaded task list")
        verbose_name_plural = _("uploaded task lists")
