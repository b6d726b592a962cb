"""Objections: the office's list, recording one, one with its steps, and what the person rated may ask for."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, Value, When
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from governance import clock
from governance.docket.ledger import light_of
from governance.duties import COUNTY, OF_TOWNSHIPS, Duty
from governance.models import DocketItem, User
from governance.scope import rows_in_reach
from governance.views.docket import Light, last_day, time_left
from governance.views_base import PersonRequest, page, refusals_on
from stars.forms import AnswerForm, OwnObjectionForm, RecordObjectionForm
from stars.models import Objection, RatingYear, RosterEntry
from stars.selectors.objections import OPEN, Chance, chance_of, objector_of, office_objections, own_objections, seen
from stars.services.objection_matters import items_of
from stars.services.objections import (
    ON_PAPER,
    RECORDERS,
    REFUSED,
    Words,
    accept_objection,
    answer_objection,
    object_to_own,
    reason_of,
    record_objection,
    refuse_objection,
    withdraw_objection,
)

PER_PAGE = 50
READERS = COUNTY | OF_TOWNSHIPS
State, Way = Objection.State, Objection.Way
LOOKS = {
    State.RECEIVED: "wait", State.ACCEPTED: "calm", State.UPHELD: "good", State.NOT_UPHELD: "", State.WITHDRAWN: "",
    State.OUT_OF_TIME: "bad", State.NOT_THIS: "bad",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    objection: Objection
    look: str
    light: Light | None
    last_day: Any
    time: str

    @classmethod
    def of(cls, objection: Objection, item: DocketItem | None, now: datetime) -> Row:
        look = LOOKS[State(objection.state)]
        if item is None:
            return cls(objection, look, None, None, "")
        return cls(objection, look, Light.of(light_of(item, now)), last_day(item.due_at), time_left(item, now))


@dataclass(frozen=True)
class Act:
    """A button of the page. `words`: the label of what is to be written; nothing is asked for without it."""

    name: str
    title: Any  # lazily translated, as the next
    words: Any
    look: str
    act: Callable[..., Objection]


def rows_of(objections: list[Objection], now: datetime) -> list[Row]:
    items = items_of(objections)
    return [Row.of(one, items.get(one.pk), now) for one in objections]


@page(duties=READERS)
@require_safe
def objections(request: PersonRequest) -> HttpResponse:
    """What waits comes first."""
    waiting = Case(When(state__in=OPEN, then=Value(0)), default=Value(1))
    shown = Paginator(office_objections(request.user).order_by(waiting, "-received_on", "-pk"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "page": shown,
        "rows": rows_of(list(shown), clock.now()),
        "may_record": request.user.has_duty(*RECORDERS) and bool(_entries(request.user)),
    }
    return render(request, "stars/objections.html", context)


@page(duties=RECORDERS)
@require_http_methods(["GET", "HEAD", "POST"])
def record(request: PersonRequest) -> HttpResponse:
    ways = [(one.value, str(one.label)) for one in ON_PAPER]
    first = {"once": uuid.uuid4(), "received_on": clock.today(), "entry": request.GET.get("entry", "")}
    form = RecordObjectionForm(request.POST or None, entries=_entries(request.user), ways=ways, initial=first)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        words = Words(given.pop("grounds"), given.pop("wish"))
        with refusals_on(form):
            made = record_objection(entry_id=given.pop("entry"), words=words, by=request.user, at=clock.now(), **given)
            messages.success(request, _("Received. The county's office answers it; the result isn't published before that."))
            return redirect("stars:objection", made.pk)
    return render(request, "stars/objection_new.html", {"form": form}, status=422 if form.errors else 200)


@page(duties={Duty.SECRETARY})
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: PersonRequest, kind: str) -> HttpResponse:
    """404 where there is nothing to ask for; a second press still finds what the first has made."""
    now = clock.now()
    chance = chance_of(request.user, kind, now)
    form = OwnObjectionForm(request.POST or None, initial={"once": uuid.uuid4()})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        words = Words(given["grounds"], given["wish"])
        with refusals_on(form):
            made = object_to_own(kind=kind, words=words, once=given["once"], by=request.user, at=now)
            messages.success(request, _("Sent to the county's office. Its answer will stand here, with reasons."))
            return redirect("stars:objection", made.pk)
    if chance is None and not form.errors:
        raise Http404
    context = {"form": form, "chance": chance, "title": Objection.Kind(kind).label}
    return render(request, "stars/objection_own.html", context, status=422 if form.errors else 200)


@page(duties=READERS | {Duty.SECRETARY})
@require_http_methods(["GET", "HEAD", "POST"])
def objection(request: PersonRequest, objection_id: int) -> HttpResponse:
    one = get_object_or_404(seen(request.user), pk=objection_id)
    form = AnswerForm(request.POST or None, prefix=request.POST.get("act") or None)
    acts = {act.name: act for act in _acts(one, request.user)}
    chosen = acts.get(request.POST.get("act", ""))
    if request.method == "POST" and chosen and form.is_valid():
        with refusals_on(form):
            chosen.act(one.pk, form.cleaned_data["text"], request.user, clock.now())
            messages.success(request, _("Done: %(step)s.") % {"step": chosen.title})
            return redirect("stars:objection", one.pk)
    if request.method == "POST" and not chosen:
        messages.error(request, _("This can't be done with it any more; its history says what was done."))
    return _objection_page(request, get_object_or_404(seen(request.user), pk=objection_id), chosen, form)


def _objection_page(request: PersonRequest, one: Objection, chosen: Act | None, sent: Form) -> HttpResponse:
    user, refused = request.user, request.method == "POST"
    is_own = own_objections(user).filter(pk=one.pk).exists()
    shows_objector = is_own or user.holds(Duty.COUNTY_STAFF, one.territory.path)
    steps = list(one.steps.select_related("by__person"))
    answer = next((step for step in reversed(steps) if step.state in (*REFUSED, State.UPHELD, State.NOT_UPHELD)), None)
    context = {
        "row": rows_of([one], clock.now())[0],
        "objection": one,
        "is_own": is_own,
        "shows_objector": shows_objector,
        "objector": objector_of(one, user),
        "steps": [(step, shows_objector or step.state not in (State.RECEIVED, State.WITHDRAWN)) for step in steps],
        "answer": answer,
        "acts": [(act, sent if act == chosen else AnswerForm(prefix=act.name)) for act in _acts(one, user)],
        "form": sent,
        "correction": _correction(one, user, answer.text if answer else ""),
    }
    return render(request, "stars/objection.html", context, status=422 if refused else 200)


def _correction(one: Objection, user: User, answer: str) -> str:
    """The reason to open a correction with, where that is what follows."""
    due = one.state == State.UPHELD and one.published_id and one.rating_year.stage == RatingYear.Stage.PUBLISHED
    may = any(user.holds(duty, one.rating_year.territory.path) for duty in COUNTY)
    return reason_of(one, answer) if due and may else ""


# ---- what may be done with one -------------------------------------------------------------------


def _acts(one: Objection, user: User) -> list[Act]:
    """By state and duty; who had a hand in the result is told when they press."""
    path = one.rating_year.territory.path
    staff, office = user.holds(Duty.COUNTY_STAFF, path), any(user.holds(duty, path) for duty in COUNTY)
    names: list[str] = []
    if one.state == State.RECEIVED:
        names += ["accept"] if staff else []
        names += list(REFUSED) if office else []
    if one.state == State.ACCEPTED and office:
        names += ["not_upheld", "upheld"]
    if one.state in OPEN and (staff or own_objections(user).filter(pk=one.pk).exists()):
        names.append("withdraw")
    return [ACTS[name] for name in names]


def _accept(pk: int, _text: str, by: User, at: datetime) -> Objection:
    return accept_objection(objection_id=pk, by=by, at=at)


def _refuse(why: str) -> Callable[..., Objection]:
    return lambda pk, text, by, at: refuse_objection(objection_id=pk, why=why, reason=text, by=by, at=at)


def _answer(*, upheld: bool) -> Callable[..., Objection]:
    return lambda pk, text, by, at: answer_objection(objection_id=pk, upheld=upheld, answer=text, by=by, at=at)


def _withdraw(pk: int, text: str, by: User, at: datetime) -> Objection:
    return withdraw_objection(objection_id=pk, reason=text, by=by, at=at)


REASONS = gettext_lazy("Reasons, as the person who objected will read them")
ACTS = {
    one.name: one
    for one in (
        Act("accept", gettext_lazy("Take it up for checking"), "", "primary", _accept),
        Act("not_upheld", gettext_lazy("Answer: not upheld"), REASONS, "", _answer(upheld=False)),
        Act("upheld", gettext_lazy("Answer: upheld"), REASONS, "primary", _answer(upheld=True)),
        Act("out_of_time", gettext_lazy("Refuse: out of time"), REASONS, "danger", _refuse("out_of_time")),
        Act("not_this", gettext_lazy("Refuse: not about this result"), REASONS, "danger", _refuse("not_this")),
        Act("withdraw", gettext_lazy("Withdraw the objection"), gettext_lazy("Why it is withdrawn"), "danger", _withdraw),
    )
}


# ---- whom it can be about ------------------------------------------------------------------------


def _entries(user: User) -> list[tuple[int, str]]:
    hangs = {"rating_year__stage": RatingYear.Stage.PUBLICITY, "rating_year__publicity_from__lte": clock.today()}
    rows = RosterEntry.objects.filter(rows_in_reach(RosterEntry, user, RECORDERS), **hangs)
    related = rows.select_related("person", "territory__parent", "rating_year").order_by("rating_year", "territory__path", "pk")
    return [(one.pk, f"{one.territory.parent} · {one.territory} · {one.person}") for one in related]


class KindInPath:
    """Of what the person rated asks for; other words are no addresses."""

    regex = "publicity|review|appeal"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


def chance_links(found: list[Chance]) -> list[tuple[str, str, Any]]:
    """(kind, words on the button, last day)"""
    words = {
        Objection.Kind.PUBLICITY: _("Object to this result"),
        Objection.Kind.REVIEW: _("Ask for a review"),
        Objection.Kind.APPEAL: _("Appeal against the answer"),
    }
    return [(one.kind.value, words[one.kind], one.until) for one in found]
