"""The docket: everything with an owner and a deadline that concerns me, an item with its history, and what I may do with it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from governance import clock, deadlines
from governance.calendar import calendar_for
from governance.docket.acts import RULES, Charge, act_on, may, raise_item
from governance.docket.kinds import MATTER, kind_of
from governance.docket.ledger import Shown, clock_events, light_of
from governance.docket.lists import found
from governance.docket.places import chosen_unit
from governance.docket.several import ACTS as ACTS_ON_SEVERAL
from governance.docket.several import act_on_several
from governance.downloads import attachment
from governance.duties import INSIDE, Duty
from governance.errors import RuleBroken
from governance.forms import ActForm, DocketFilter, NewItemForm, SeveralForm
from governance.models import DocketBlob, DocketEvent, DocketFile, DocketItem, Territory, Unit, User
from governance.scope import rows_in_reach
from governance.views_base import PersonRequest, page, refusals_on
from governance.workdays import last_day_before, local_day

PER_PAGE = 50
VISITORS = INSIDE | {Duty.DEPARTMENT}
MOST_UNITS = 500  # in a drop-down
LOOKS = {Shown.RED: "bad", Shown.AMBER: "wait", Shown.GREEN: "good", Shown.NONE: ""}
VERBS = {
    "assign": gettext_lazy("Assign"),
    "accept": gettext_lazy("Accept it"),
    "return": gettext_lazy("Return as not ours"),
    "report": gettext_lazy("Report progress"),
    "answer": gettext_lazy("Answer"),
    "send_back": gettext_lazy("Send back"),
    "verify": gettext_lazy("Verify"),
    "strike_off": gettext_lazy("Strike off"),
    "reopen": gettext_lazy("Reopen"),
    "withdraw": gettext_lazy("Withdraw"),
    "pause": gettext_lazy("Pause the clock"),
    "resume": gettext_lazy("Let the clock run"),
    "ask_extension": gettext_lazy("Ask for more time"),
    "extend": gettext_lazy("Give more time"),
    "refuse_extension": gettext_lazy("Refuse more time"),
    "urge": gettext_lazy("Urge"),
    "answer_urge": gettext_lazy("Answer the urging"),
}
FIRST_ACTS = ("accept", "answer", "verify", "strike_off")  # the step that moves the item on: drawn as the main button
HARSH = ("return", "send_back", "withdraw", "refuse_extension")


@dataclass(frozen=True)
class Light:
    word: Any
    look: str

    @classmethod
    def of(cls, shown: Shown) -> Light:
        return cls(shown.label, LOOKS[shown])


@dataclass
class Row:
    item: DocketItem
    kind: Any
    light: Light
    time: str
    checked: bool = False
    error: str = ""


@dataclass(frozen=True)
class Button:
    act: str
    verb: Any
    form: ActForm
    look: str


@page(duties=VISITORS)
@require_http_methods(["GET", "HEAD", "POST"])
def docket(request: PersonRequest) -> HttpResponse:
    units = units_to_choose(request.user)
    form = SeveralForm(request.POST or None, units=units)
    refused: dict[int, str] = {}
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            refused = _act_on_ticked(request, form)
            if not refused:
                return redirect(request.get_full_path())
    return _list_page(request, form, refused)


def _act_on_ticked(request: PersonRequest, form: SeveralForm) -> dict[int, str]:
    """What was refused, by item; the rest is done."""
    act = request.POST.get("act", "")
    if act not in ACTS_ON_SEVERAL:
        raise RuleBroken("no_such_act", _("Choose what to do with the ticked ones."))
    chosen = _ticked(request)
    if not chosen:
        raise RuleBroken("nothing_ticked", _("Tick at least one row first."))
    outcomes = act_on_several(chosen, act, form.said(), by=request.user, at=clock.now())
    done = [one for one in outcomes if not one.refusal]
    if done:
        text = ngettext("%(verb)s: %(count)d item done.", "%(verb)s: %(count)d items done.", len(done))
        messages.success(request, text % {"verb": VERBS[act], "count": len(done)})
    return {one.item_id: one.refusal for one in outcomes if one.refusal}


def _ticked(request: PersonRequest) -> list[tuple[int, int]]:
    """(item, version) of the rows that were ticked and can be seen."""
    given = dict(pair for value in request.POST.getlist("item") if (pair := _pair(value)))
    seen = DocketItem.objects.visible_to(request.user).filter(pk__in=given).values_list("pk", flat=True)
    return [(pk, given[pk]) for pk in seen]


def _pair(value: str) -> tuple[int, int] | None:
    item, _colon, version = value.partition(":")
    fits = item.isdecimal() and version.isdecimal() and len(item) < 18 and len(version) < 9
    return (int(item), int(version)) if fits else None


def _list_page(request: PersonRequest, form: SeveralForm, refused: dict[int, str]) -> HttpResponse:
    now = clock.now()
    choices = list(_units_seen(request.user).values_list("pk", "short_name")[:MOST_UNITS])
    filters = DocketFilter(request.GET or {"show": "turn"}, units=choices)
    wanted = filters.wanted()
    rows = found(request.user, wanted, now).select_related("territory", "unit", "checker")
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    if refused:  # they were seen and ticked, and stand on the page with their reasons, whatever it shows otherwise
        again = DocketItem.objects.filter(pk__in=refused).select_related("territory", "unit", "checker")
        items = [*again, *(item for item in shown if item.pk not in refused)]
    else:
        items = list(shown)
    context = {
        "page": shown,
        "rows": [_row(item, now, refused.get(item.pk, "")) for item in items],
        "filters": filters,
        "form": form,
        "refused": len(refused),
        "acts": [(act, VERBS[act]) for act in ACTS_ON_SEVERAL],
        "may_raise": request.user.has_duty(*MATTER.raisers),
        "show": wanted.show,
    }
    return render(request, "governance/docket.html", context, status=422 if refused or form.errors else 200)


def _row(item: DocketItem, now: datetime, error: str) -> Row:
    return Row(item, kind_of(item.kind).title, Light.of(light_of(item, now)), time_left(item, now), bool(error), error)


# ---- one item ------------------------------------------------------------------------------------


@page(duties=VISITORS)
@require_http_methods(["GET", "HEAD", "POST"])
def item(request: PersonRequest, docket_item_id: int) -> HttpResponse:
    rows = DocketItem.objects.visible_to(request.user).select_related("territory", "unit__territory", "checker__territory")
    one = get_object_or_404(rows, pk=docket_item_id)
    act = request.POST.get("act", "")
    if request.method == "POST" and act in RULES:
        form = _act_form(request, one, act, request.POST)
        if form.is_valid():
            with refusals_on(form):
                at = clock.now()
                act_on(one.pk, act, form.said(), by=request.user, at=at, version=form.cleaned_data["version"])
                messages.success(request, _("%(verb)s: done.") % {"verb": VERBS[act]})
                return redirect("governance:docket_item", one.pk)
        return _item_page(request, get_object_or_404(rows, pk=docket_item_id), form, act)
    return _item_page(request, one)


def _act_form(request: PersonRequest, one: DocketItem, act: str, data: Any = None) -> ActForm:
    units = units_to_choose(request.user, one) if act == "assign" else ()
    files = request.FILES if data is not None else None
    return ActForm(data, files, act=act, needs_words=RULES[act].reason, units=units)


def _item_page(request: PersonRequest, one: DocketItem, sent: ActForm | None = None, sent_act: str = "") -> HttpResponse:
    now, kind = clock.now(), kind_of(one.kind)
    lines = list(one.events.order_by("number").select_related("by__person", "unit").prefetch_related("files"))
    buttons = [
        Button(act, VERBS[act], sent if sent and act == sent_act else _act_form(request, one, act), _look(act))
        for act in RULES
        if may(one, act, request.user) or act == sent_act
    ]
    context = {
        "item": one,
        "kind": kind,
        "own_page": kind.page(one),
        "light": Light.of(light_of(one, now)),
        "time": time_left(one, now),
        "last_day": last_day(one.due_at),
        "helpers": [helper.unit for helper in one.helpers.select_related("unit")],
        "lines": lines,
        "rounds": _rounds(one, lines, now),
        "buttons": buttons,
        "sent_act": sent_act if sent else "",
    }
    return render(request, "governance/docket_item.html", context, status=422 if sent else 200)


def _look(act: str) -> str:
    return "primary" if act in FIRST_ACTS else "danger" if act in HARSH else ""


def _rounds(one: DocketItem, lines: Sequence[DocketEvent], now: datetime) -> list[dict[str, Any]]:
    """Each run of the clock, with the unit that answers for it; the ledger is replayed under the item's calendar."""
    events = clock_events(lines)
    if not events:
        return []
    verdict = deadlines.verdict(events, calendar_for(one.territory, version=one.calendar_version), max(now, events[-1].at))
    names = {
        str(unit.pk): unit.short_name for unit in Unit.objects.filter(pk__in={line.unit_id for line in lines if line.unit_id})
    }
    return [
        {
            "unit": names.get(run.holder, ""),
            "began": run.began_at,
            "ended": run.ended_at,
            "due": last_day(run.due_at),
            "late": run.late,
        }
        for run in verdict.rounds
    ]


def time_left(item: DocketItem, now: datetime) -> str:
    """In plain words; a clock that ended says how it ended."""
    if item.started_at is None:
        return _("no clock yet")
    if item.ended_at is not None:
        late = item.due_at is not None and item.ended_at >= item.due_at
        return _("answered late") if late else _("answered in time")
    if item.due_at is None:
        return _("the clock stands")
    days = (local_day(item.due_at) - local_day(now)).days
    if now >= item.due_at:
        return _("overdue by %(days)d days") % {"days": 1 - days}
    return _("today is the last day") if days <= 1 else _("%(days)d days left") % {"days": days}


def last_day(due: datetime | None) -> date | None:
    return last_day_before(due) if due else None


# ---- raising, evidence ---------------------------------------------------------------------------


@page(duties=MATTER.raisers)
@require_http_methods(["GET", "HEAD", "POST"])
def new_item(request: PersonRequest) -> HttpResponse:
    units = units_to_choose(request.user)
    checkers = [(value, title) for value, title in units if _is_mine(value, request.user)] or units
    form = NewItemForm(request.POST or None, units=units, checkers=checkers, initial={"once": uuid.uuid4()})
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            one = raise_item(_charge(form), by=request.user, at=clock.now())
            messages.success(request, _("“%(item)s” is on the docket.") % {"item": one})
            return redirect("governance:docket_item", one.pk)
    return render(request, "governance/docket_new.html", {"form": form}, status=422 if form.errors else 200)


def _charge(form: NewItemForm) -> Charge:
    given = form.cleaned_data
    unit, checker = chosen_unit(given["unit"]), chosen_unit(given["checker"])
    if unit is None or checker is None:
        raise RuleBroken("unit_missing", _("Choose the unit that this is assigned to."), field="unit")
    helpers = [helper for value in given["helpers"] if (helper := chosen_unit(value)) and helper != unit]
    return Charge(
        MATTER.name,
        given["title"],
        checker,
        unit,
        given["body"],
        subject=f"once:{given['once']}",
        term=form.term(),
        helpers=helpers,
    )


@page(duties=VISITORS)
@require_safe
def evidence_file(request: PersonRequest, docket_file_id: int) -> HttpResponse:
    one = get_object_or_404(DocketFile.objects.visible_to(request.user), pk=docket_file_id)
    blob = DocketBlob.objects.get(pk=one.blob_id)
    return attachment(bytes(blob.content), one.name, one.content_type)


# ---- units to choose from ------------------------------------------------------------------------


def _units_seen(user: User) -> QuerySet[Unit]:
    seen: QuerySet[Unit] = Unit.objects.current(clock.today()).visible_to(user)
    return seen.order_by("territory__path", "kind", "pk")


def units_to_choose(user: User, one: DocketItem | None = None) -> list[tuple[str, str]]:
    """Units, and townships whose office has not been charged with anything yet, where this person may assign."""
    raisers = kind_of(one.kind).raisers if one else MATTER.raisers
    reach = rows_in_reach(Unit, user, raisers)
    if one and one.checker_id in user.unit_ids:
        reach |= Q(territory=one.checker.territory_id)
    units = Unit.objects.filter(reach).current(clock.today()).order_by("territory__path", "kind", "pk")[:MOST_UNITS]
    offered = [(f"u{unit.pk}", unit.short_name) for unit in units]
    places = Territory.objects.filter(
        rows_in_reach(Territory, user, raisers), level__lte=Territory.Level.TOWNSHIP, valid_to=None
    ).exclude(units__kind=Unit.Kind.PLACE)
    return offered + [(f"t{place.pk}", place.short_name) for place in places.order_by("path")[:MOST_UNITS]]


def _is_mine(value: str, user: User) -> bool:
    return value.startswith("u") and int(value[1:]) in user.unit_ids
