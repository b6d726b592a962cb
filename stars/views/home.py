"""The first page: what waits for this person, by duty."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from governance import clock
from governance.docket.lists import waiting_for
from governance.duties import ADMIN_SITE, COUNTY, Duty
from governance.models import User
from governance.views.docket import VISITORS
from governance.views_base import PersonRequest, page
from governance.workdays import last_day_before
from stars.models import Filing, PublishedRating, RatingYear
from stars.selectors.deadlines import requests_to_decide
from stars.selectors.desk import Desk, desks, is_filer, waits_for, years_near
from stars.selectors.objections import in_publicity
from stars.views.pages import filing_url, page_title
from stars.views.sheet import LOOKS, time_left
from stars.views.steps import next_step, steps_for
from stars.wording import shown_day, window_title

LISTED = 10  # matters of the docket
LATEST = 3  # years back: what waits in an older one is a matter for the list of years


@dataclass(frozen=True)
class Chip:
    text: str
    look: str


@dataclass(frozen=True)
class Todo:
    title: str
    url: str
    action: str
    note: str = ""
    chips: list[Chip] = field(default_factory=list)
    urgent: bool = False


@dataclass(frozen=True)
class Section:
    title: str
    nothing: str
    todos: list[Todo]


@page(duties=Duty.values)
@require_safe
def home(request: PersonRequest) -> HttpResponse:
    user, now = request.user, clock.now()
    rating_years = list(years_near(user)[:LATEST])
    found = desks(user, rating_years) if rating_years else []
    sections = [
        section
        for section in (
            _to_file(user, found, now) if user.has_duty(Duty.TOWNSHIP_CLERK, Duty.COUNTY_STAFF) else None,
            _to_review(user, found) if user.has_duty(Duty.TOWNSHIP_LEADER, Duty.COUNTY_STAFF) else None,
            _to_move_on(user, rating_years, found) if user.has_duty(*COUNTY) else None,
            _on_the_docket(user) if user.has_duty(*VISITORS) else None,
            _own_star(user) if user.has_duty(Duty.SECRETARY) else None,
            _to_look_at(user, rating_years) if user.has_duty(Duty.AUDITOR, *ADMIN_SITE - COUNTY) else None,
        )
        if section
    ]
    return render(request, "stars/home.html", {"sections": sections, "today": clock.today()})


def _to_file(user: User, found: list[Desk], now: datetime) -> Section:
    mine = [
        desk for desk in found if desk.rating_year.stage == RatingYear.Stage.OPEN and any(is_filer(user, f) for f in desk.filings)
    ]
    todos = [_filing_todo(desk, now) for desk in mine if desk.is_open(now)]
    return Section(_("To fill in"), _("Every window that is open is filed."), todos)


def _filing_todo(desk: Desk, now: datetime) -> Todo:
    open_ = [filing for filing in desk.filings if filing.is_open(now)]
    waiting = [filing for filing in open_ if filing.state == Filing.State.DRAFT]
    sent_back = [filing for filing in waiting if filing.return_reason]
    note = "；".join(f"{window_title(f.window)}：{time_left(f.own_window, now, filed=False)}" for f in waiting)
    if sent_back:
        note += "；" + _("sent back: %(reason)s") % {"reason": sent_back[0].return_reason}
    return Todo(
        title=page_title(desk.rating_year, desk.territory, desk.quarter),
        url=filing_url(desk.rating_year, desk.territory, desk.quarter),
        action=_("Fill in") if waiting else _("Look"),
        note=note or _("everything is handed in"),
        chips=_chips(open_),
        urgent=bool(sent_back) or any(now >= f.due_at for f in waiting),
    )


def _chips(filings: list[Filing]) -> list[Chip]:
    """How many in which state."""
    counts = Counter("returned" if f.state == Filing.State.DRAFT and f.return_reason else f.state for f in filings)
    looks = {state: look for state, (_css, look) in LOOKS.items()}
    return [
        Chip(
            f"{_('Sent back') if state == 'returned' else Filing.State(state).label} {n}",
            "bad" if state == "returned" else looks[Filing.State(state)],
        )
        for state, n in counts.items()
    ]


def _to_review(user: User, found: list[Desk]) -> Section:
    duty = {"township": Duty.TOWNSHIP_LEADER, "county": Duty.COUNTY_STAFF}
    todos = []
    for desk in found:
        waiting = [f for f in desk.filings if (body := waits_for(f)) and user.holds(duty[body], f.territory.path)]
        if waiting:
            url = filing_url(desk.rating_year, desk.territory, desk.quarter, "review_page")
            note = "、".join(window_title(f.window) for f in waiting)
            todos.append(Todo(page_title(desk.rating_year, desk.territory, desk.quarter), url, _("Review"), note))
    if asked := requests_to_decide(user).count():
        text = ngettext(
            "%(count)d request for time waits for an answer.", "%(count)d requests for time wait for an answer.", asked
        )
        todos.append(Todo(text % {"count": asked}, reverse("stars:requests"), _("Open")))
    return Section(_("To review"), _("No filing waits for you."), todos)


def _to_move_on(user: User, rating_years: list[RatingYear], found: list[Desk]) -> Section:
    todos = [
        _year_todo(user, rating_year, [desk for desk in found if desk.rating_year == rating_year]) for rating_year in rating_years
    ]
    return Section(_("Rating years"), _("No rating year has been opened yet."), todos)


def _year_todo(user: User, rating_year: RatingYear, found: list[Desk]) -> Todo:
    step = next_step(rating_year)
    own = step and any(one.name == step.name for one in steps_for(user, rating_year))
    waiting = rating_year.stage == RatingYear.Stage.OPEN
    locks = [filing.locks_at for desk in found for filing in desk.filings]
    if waiting and locks:
        note = _("filings are open; the last one locks after %(day)s") % {"day": shown_day(last_day_before(max(locks)))}
    else:
        note = _("next: %(step)s") % {"step": step.title} if step else ""
    return Todo(
        title=f"{rating_year.territory} · {rating_year.year}",
        url=reverse("stars:year", args=[rating_year.pk]),
        action=_("Next step") if own and not waiting else _("Look"),
        note=note,
        chips=[Chip(rating_year.get_stage_display(), "calm" if step else "good")],
        urgent=bool(own) and not waiting,
    )


def _on_the_docket(user: User) -> Section | None:
    """What the menu counts beside the docket; its first ones, the rest by a link to the list."""
    waiting = waiting_for(user)
    found = list(waiting.order_by("due_at", "pk")[: LISTED + 1])
    todos = [
        Todo(
            item.title,
            reverse("governance:docket_item", args=[item.pk]),
            _("Open"),
            str(item.get_state_display()),
            chips=[Chip(_("urged"), "bad")] if item.unanswered else [],
        )
        for item in found[:LISTED]
    ]
    if len(found) > LISTED:
        todos.append(
            Todo(
                _("All matters that wait for you: %(count)d") % {"count": waiting.count()},
                reverse("governance:docket"),
                _("Open"),
            )
        )
    return Section(_("Docket"), "", todos) if todos else None


def _own_star(user: User) -> Section:
    published = PublishedRating.objects.filter(person=user.person, superseded_by=None).order_by("-year", "-pk")
    decided = in_publicity(user.person_id, clock.today())
    in_public = [_in_publicity_todo(decided.rating_year)] if decided else []
    todos = in_public + [
        Todo(
            title=_("Your star of %(year)d") % {"year": rating.year},
            url=reverse("stars:my_star") + (f"?year={rating.year}" if decided else ""),
            action=_("See why"),
            note=_("Published %(day)s, certificate %(number)s")
            % {"day": rating.publication.published_at.date(), "number": rating.certificate_no or "—"},
        )
        for rating in published.select_related("publication")[:1]
    ]
    return Section(_("My star"), _("No rating of yours has been published yet."), todos)


def _in_publicity_todo(rating_year: RatingYear) -> Todo:
    return Todo(
        title=_("Your result of %(year)d is in publicity") % {"year": rating_year.year},
        url=reverse("stars:my_star"),
        action=_("See why"),
        note=_("You may object to the end of %(day)s.") % {"day": rating_year.publicity_until},
        urgent=True,
    )


def _to_look_at(user: User, rating_years: list[RatingYear]) -> Section:
    todos = [
        Todo(f"{one.territory} · {one.year}", reverse("stars:year", args=[one.pk]), _("Look"), one.get_stage_display())
        for one in rating_years
    ]
    if user.has_duty(*ADMIN_SITE):
        todos.append(Todo(_("Tables and audit trail"), reverse("admin:index"), _("Open")))
    return Section(_("To look at"), _("Nothing yet."), todos)
