"""Coordination bodies, their meetings, their task lists: as pages, as workbooks, and the monthly dispatch as a PDF."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Min, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from governance import clock
from governance.coordination.dispatch import Dispatch, dispatch, tasks_of, wall
from governance.coordination.meetings import Decided, add_decision, charge_decision, record_meeting
from governance.coordination.papers import dispatch_pdf, dispatch_workbook, parts, summary, title_of
from governance.coordination.tasks import open_list
from governance.coordination.uploads import apply_tasks, discard_tasks, marked_tasks, store_tasks
from governance.coordination.workbook import list_workbook
from governance.docket.ledger import Shown, light_of
from governance.docket.places import chosen_unit
from governance.downloads import attachment, workbook_response
from governance.duties import COUNTY
from governance.errors import RuleBroken
from governance.forms import ChargeForm, DecisionForm, MeetingForm, MonthForm, TaskListForm
from governance.models import Meeting, MeetingDecision, TaskList, TaskUpload, Unit, UnitMember, User
from governance.models.unit import BODIES
from governance.views.docket import LOOKS, VISITORS, Light, time_left, units_to_choose
from governance.views_base import PersonRequest, page, refusals_on, sent_from
from governance.workdays import local_day

PER_PAGE = 50


# ---- bodies and meetings -------------------------------------------------------------------------


@page(duties=VISITORS)
@require_safe
def bodies(request: PersonRequest) -> HttpResponse:
    found = _bodies(request.user).select_related("territory", "parent").annotate(
        people=Count("members", filter=Q(members__person__isnull=False, members__until_on=None), distinct=True),
        member_units=Count("members", filter=Q(members__member_unit__isnull=False, members__until_on=None), distinct=True),
    )  # fmt: skip
    shown = Paginator(found.order_by("territory__path", "kind", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "governance/bodies.html", {"page": shown})


@page(duties=VISITORS)
@require_http_methods(["GET", "HEAD", "POST"])
def body(request: PersonRequest, unit_id: int) -> HttpResponse:
    one = get_object_or_404(_bodies(request.user).select_related("territory", "parent"), pk=unit_id)
    may_record = _may_keep(request.user, one)
    form = MeetingForm(request.POST or None, units=_member_units(one)) if may_record else None
    if form and request.method == "POST" and form.is_valid():
        with refusals_on(form):
            meeting = record_meeting(body=one, by=request.user, at=clock.now(), **form.values())
            messages.success(request, _("“%(meeting)s” is on record.") % {"meeting": meeting})
            return redirect("governance:meeting", meeting.pk)
    members = UnitMember.objects.current(clock.today()).visible_to(request.user).filter(unit=one)
    context = {
        "body": one,
        "members": sorted(members.select_related("person", "member_unit"), key=_rank),
        "below": _bodies(request.user).filter(parent=one),
        "meetings": Meeting.objects.visible_to(request.user).filter(body=one)[:PER_PAGE],
        "lists": TaskList.objects.visible_to(request.user).filter(body=one)[:PER_PAGE],
        "form": form,
    }
    return render(request, "governance/body.html", context, status=422 if form and form.errors else 200)


@page(duties=VISITORS)
@require_http_methods(["GET", "HEAD", "POST"])
def meeting(request: PersonRequest, meeting_id: int) -> HttpResponse:
    one = get_object_or_404(Meeting.objects.visible_to(request.user).select_related("body__territory"), pk=meeting_id)
    may_record, charged = _may_keep(request.user, one.body), request.POST.get("charge", "")
    form = None
    if may_record:
        form = DecisionForm(request.POST if "text" in request.POST else None, units=units_to_choose(request.user))
    if request.method == "POST" and charged.isdecimal() and len(charged) < 18:
        return _charge(request, one, int(charged))
    if form and form.is_valid():
        with refusals_on(form):
            add_decision(meeting_id=one.pk, decided=_decided(form), by=request.user, at=clock.now())
            return redirect("governance:meeting", one.pk)
    context = {
        "meeting": one,
        "attendances": one.attendances.select_related("unit"),
        "decisions": one.decisions.select_related("unit", "item"),
        "form": form,
        "charge": ChargeForm(units=units_to_choose(request.user)) if may_record else None,
    }
    return render(request, "governance/meeting.html", context, status=422 if form and form.errors else 200)


def _charge(request: PersonRequest, one: Meeting, decision_id: int) -> HttpResponse:
    decision = get_object_or_404(MeetingDecision, pk=decision_id, meeting=one)
    form = ChargeForm(request.POST, units=units_to_choose(request.user))
    if not form.is_valid():
        messages.error(request, _("Choose a unit and a day from the form."))
        return redirect("governance:meeting", one.pk)
    unit = chosen_unit(form.cleaned_data["unit"]) if form.cleaned_data["unit"] else None
    try:
        item = charge_decision(
            decision_id=decision.pk, by=request.user, at=clock.now(), unit=unit, due_on=form.cleaned_data["until"]
        ).item
        messages.success(request, _("“%(item)s” is on the docket.") % {"item": item})
    except RuleBroken as broken:
        messages.error(request, broken.message)
    return redirect("governance:meeting", one.pk)


def _decided(form: DecisionForm) -> Decided:
    given = form.cleaned_data
    return Decided(given["text"], chosen_unit(given["unit"]) if given["unit"] else None, given["until"])


# ---- lists ---------------------------------------------------------------------------------------


@page(duties=VISITORS)
@require_http_methods(["GET", "HEAD", "POST"])
def task_lists(request: PersonRequest) -> HttpResponse:
    own = [one for one in _bodies(request.user).select_related("territory") if _may_keep(request.user, one)]
    form = TaskListForm(request.POST or None, bodies=own) if own else None
    if form and request.method == "POST" and form.is_valid():
        with refusals_on(form):
            made = open_list(by=request.user, at=clock.now(), **form.values())
            return redirect("governance:task_list", made.pk)
    found = TaskList.objects.visible_to(request.user).select_related("territory", "body")
    context = {"page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")), "form": form}
    return render(request, "governance/task_lists.html", context, status=422 if form and form.errors else 200)


@page(duties=VISITORS)
@require_safe
def task_list(request: PersonRequest, task_list_id: int) -> HttpResponse:
    one, now = _list_or_404(request, task_list_id), clock.now()
    rows = [
        {"task": task, "light": Light.of(light_of(task.item, now)), "time": time_left(task.item, now)}
        for task in tasks_of(one, request.user)
    ]
    context = {"list": one, "rows": rows, "may_keep": _may_keep(request.user, one.body), "month": clock.today().strftime("%Y-%m")}
    return render(request, "governance/task_list.html", context)


@page(duties=VISITORS)
@require_safe
def task_wall(request: PersonRequest, task_list_id: int) -> HttpResponse:
    one = _list_or_404(request, task_list_id)
    built = wall(list(tasks_of(one, request.user)), clock.now())
    rows = [(aspect, [[(task, Light.of(light)) for task, light in cell] for cell in cells]) for aspect, cells in built.rows]
    return render(request, "governance/task_wall.html", {"list": one, "units": built.units, "rows": rows})


@page(duties=VISITORS)
@require_safe
def task_list_download(request: PersonRequest, task_list_id: int) -> HttpResponse:
    one = _list_or_404(request, task_list_id)
    return workbook_response(list_workbook(one, list(tasks_of(one, request.user)), clock.now()), f"{one.title}.xlsx")


@page(duties=VISITORS)
@sent_from("governance:task_list", "task_list_id")
def task_upload(request: PersonRequest, task_list_id: int) -> HttpResponse:
    one = _list_or_404(request, task_list_id)
    file = request.FILES.get("workbook")
    if file is None:
        messages.error(request, _("Choose the workbook first, then upload it."))
        return redirect("governance:task_list", one.pk)
    try:
        kept = store_tasks(task_list=one, file=file, by=request.user, at=clock.now())
    except RuleBroken as broken:
        messages.error(request, broken.message)
        return redirect("governance:task_list", one.pk)
    return redirect("governance:task_preview", kept.pk)


@page(duties=VISITORS)
@require_http_methods(["GET", "HEAD", "POST"])
def task_preview(request: PersonRequest, task_upload_id: int) -> HttpResponse:
    kept, refusal = _upload_or_404(request, task_upload_id), ""
    if request.method == "POST":
        do = apply_tasks if request.POST.get("act") == "apply" else discard_tasks
        try:
            do(upload_id=kept.pk, by=request.user, at=clock.now())
            if do is apply_tasks:
                messages.success(request, _("The tasks of “%(file)s” are on the docket.") % {"file": kept.file_name})
            return redirect("governance:task_list", kept.task_list_id)
        except RuleBroken as broken:
            refusal = broken.message
    names = dict(
        Unit.objects.filter(pk__in={pk for row in kept.rows for pk in (row["unit"], *row["helpers"])}).values_list(
            "pk", "short_name"
        )
    )
    rows = [row | {"unit": names[row["unit"]], "helpers": "、".join(names[pk] for pk in row["helpers"])} for row in kept.rows]
    context = {
        "upload": kept, "rows": rows, "new": sum(row["is_new"] for row in kept.rows), "refusal": refusal,
        "pending": kept.state == TaskUpload.State.PENDING,
    }  # fmt: skip
    return render(request, "governance/task_preview.html", context, status=422 if refusal else 200)


@page(duties=VISITORS)
@require_safe
def task_marked(request: PersonRequest, task_upload_id: int) -> HttpResponse:
    kept = _upload_or_404(request, task_upload_id)
    try:
        return workbook_response(
            marked_tasks(kept), _("%(name)s with marks.xlsx") % {"name": kept.file_name.removesuffix(".xlsx")}
        )
    except RuleBroken as broken:
        messages.error(request, broken.message)
        return redirect("governance:task_preview", kept.pk)


# ---- the monthly dispatch ------------------------------------------------------------------------


@page(duties=VISITORS)
@require_safe
def dispatch_page(request: PersonRequest, task_list_id: int) -> HttpResponse:
    return _told(request, task_list_id, lambda report: render(request, "governance/dispatch.html", _on_page(report)))


@page(duties=VISITORS)
@require_safe
def dispatch_xlsx(request: PersonRequest, task_list_id: int) -> HttpResponse:
    return _told(request, task_list_id, lambda report: workbook_response(dispatch_workbook(report), f"{title_of(report)}.xlsx"))


@page(duties=VISITORS)
@require_safe
def dispatch_document(request: PersonRequest, task_list_id: int) -> HttpResponse:
    return _told(
        request, task_list_id, lambda report: attachment(dispatch_pdf(report), f"{title_of(report)}.pdf", "application/pdf")
    )


def _told(request: PersonRequest, task_list_id: int, answer: Callable[[Dispatch], HttpResponse]) -> HttpResponse:
    """A month that cannot be told of is refused on the page, whichever door was asked."""
    one, today = _list_or_404(request, task_list_id), clock.today()
    first = one.aspects.aggregate(first=Min("tasks__item__raised_at"))["first"]
    form = MonthForm(request.GET, today=today, since=local_day(first) if first else today)
    if form.is_valid():
        return answer(dispatch(one, request.user, form.cleaned_data["month"], clock.now()))
    context = {"list": one, "title": _("Monthly dispatch"), "errors": form.errors["month"], "month": today.strftime("%Y-%m")}
    return render(request, "governance/dispatch.html", context, status=422)


def _on_page(report: Dispatch) -> dict[str, Any]:
    return {
        "list": report.task_list, "report": report, "title": title_of(report), "summary": summary(report),
        "parts": [(part, [[_cell(cell) for cell in row] for row in part.rows]) for part in parts(report)],
        "month": report.month.strftime("%Y-%m"),
    }  # fmt: skip


# ---- who may -------------------------------------------------------------------------------------


def _bodies(user: User) -> QuerySet[Unit]:
    found: QuerySet[Unit] = Unit.objects.current(clock.today()).visible_to(user).filter(kind__in=BODIES)
    return found


def _rank(member: UnitMember) -> tuple[int, bool, int]:
    """The head first, then as the roles are listed; people before units."""
    return UnitMember.Role.values.index(member.role), member.person_id is None, member.pk


def _may_keep(user: User, body: Unit) -> bool:
    """Meetings and lists are kept by the county's office, and by those who act for the body."""
    return body.pk in user.unit_ids or any(user.holds(duty, body.territory.path) for duty in COUNTY)


def _member_units(body: Unit) -> list[Unit]:
    members = UnitMember.objects.filter(unit=body, member_unit__isnull=False).current(clock.today())
    return [one.member_unit for one in members.select_related("member_unit").order_by("pk") if one.member_unit]


def _list_or_404(request: PersonRequest, task_list_id: int) -> TaskList:
    found = TaskList.objects.visible_to(request.user).select_related("territory", "body__territory")
    return get_object_or_404(found, pk=task_list_id)


def _upload_or_404(request: PersonRequest, task_upload_id: int) -> TaskUpload:
    found = TaskUpload.objects.visible_to(request.user).select_related("task_list__territory", "by__person")
    return get_object_or_404(found, pk=task_upload_id)


def _cell(cell: Any) -> dict[str, str]:
    if isinstance(cell, dict):
        return {"text": cell["word"], "look": LOOKS[Shown(cell["key"])] or "plain"}
    return {"text": cell, "look": ""}
