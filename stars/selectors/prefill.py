"""What the system knows about an item before anybody files it: one small function for each source that a policy may name.

A source gives a value and says where it comes from; a person confirms or contests it. What was filed last time is no such
knowledge: it is offered as a suggestion, and is counted as typed by whoever takes it over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from governance.models import Trainee
from stars import periods
from stars.cells import NOT_FILED
from stars.engine.document import Indicator
from stars.engine.plan import Plan
from stars.models import CellRemark, Event, Filing
from stars.plans import plan_for
from stars.selectors.answering import applies, holders_in, sheet_of
from stars.wording import window_title

Cell = tuple[int, int]  # post, item


@dataclass(frozen=True)
class Known:
    """score  hundredths; NOT_FILED: what is known gives no score, and a person must judge
    found  how many things were found that speak against full marks"""

    score: int
    source: str  # as the policy names it
    text: str  # for people: what is known, and from where
    found: int = 0


@dataclass(frozen=True)
class Asked:
    filing: Filing
    plan: Plan
    indicator: Indicator
    posts: Collection[int]
    at: datetime


def known_cells(filing: Filing, at: datetime) -> dict[Cell, Known]:
    """Of those who answer and to whom the item applies."""
    plan = plan_for(filing.window.rating_year.policy)
    sheet = sheet_of(plan, filing.window)
    sourced = [(place, one) for place, one in enumerate(sheet.indicators) if one.fact]
    holders = holders_in(filing, sheet) if sourced else {}
    found: dict[Cell, Known] = {}
    for place, indicator in sourced:
        posts = [post_id for post_id, one in holders.items() if applies(indicator, plan, one.facts)]
        answers = SOURCES[indicator.fact](Asked(filing, plan, indicator, posts, at))
        found |= {(post_id, place): known for post_id, known in answers.items()}
    return found


def prefilled_after(filing: Filing, indicator: Indicator, at: datetime) -> date | None:
    """The last day of the period, as long as the item's source keeps silent for the sake of it."""
    ends_on = filing.window.ends_on
    return ends_on if indicator.fact in SOURCES and periods.local_day(at) <= ends_on else None


def contested_cells(filing: Filing) -> dict[Cell, CellRemark]:
    """The newest contest of each cell."""
    remarks = CellRemark.objects.filter(filing=filing, kind=CellRemark.Kind.CONTEST).order_by("pk")
    return {(one.post_id, one.place): one for one in remarks}


def unknown_sources(plan: Plan) -> list[str]:
    """Sources that the policy names and nobody here has."""
    named = {one.fact for sheet in plan.sheets.values() for one in sheet.indicators if one.fact}
    return sorted(named - SOURCES.keys())


def _none_recorded(**which: str) -> Callable[[Asked], dict[int, Known]]:
    """Full marks once the period is over, where no such event was confirmed in it; else how many were, and no score."""

    def source(asked: Asked) -> dict[int, Known]:
        window = asked.filing.window
        if periods.local_day(asked.at) <= window.ends_on:
            return {}
        events = Event.objects.filter(
            Q(**which),
            post_id__in=asked.posts,
            state=Event.State.CONFIRMED,
            happened_on__range=(window.starts_on, window.ends_on),
        )
        counts = dict(events.order_by().values("post").annotate(n=Count("pk")).values_list("post", "n"))
        return {post_id: _said(asked, counts.get(post_id, 0), _title(asked.plan, **which)) for post_id in asked.posts}

    return source


def _said(asked: Asked, found: int, title: str) -> Known:
    words = {"form": window_title(asked.filing.window), "what": title, "count": found}
    if found:
        text = _("%(form)s: “%(what)s” was confirmed %(count)d times in the period. Judge the score by that.") % words
        return Known(NOT_FILED, asked.indicator.fact, text, found)
    text = _("%(form)s: no “%(what)s” was confirmed in the period (register of events), hence full marks.") % words
    return Known(asked.indicator.max, asked.indicator.fact, text)


def _training_attended(asked: Asked) -> dict[int, Known]:
    """Full marks once the period is over for whoever came to all trainings; whom nobody invited, nothing is known of."""
    window = asked.filing.window
    if periods.local_day(asked.at) <= window.ends_on:
        return {}
    trainees = Trainee.objects.filter(
        person__posts__in=asked.posts, training__held_on__range=(window.starts_on, window.ends_on)
    ).order_by("training__held_on", "training")
    invited: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for post_id, title, state in trainees.values_list("person__posts", "training__title", "state"):
        invited[post_id].append((title, state))
    return {post_id: _said_of_trainings(asked, came) for post_id, came in invited.items()}


def _said_of_trainings(asked: Asked, came: Sequence[tuple[str, str]]) -> Known:
    """came  title and state of each training"""
    titles = {state: [title for title, of in came if of == state] for state in Trainee.State}
    present, excused, absent = (titles[one] for one in (Trainee.State.PRESENT, Trainee.State.EXCUSED, Trainee.State.ABSENT))
    words = {"form": window_title(asked.filing.window), "count": len(came), "titles": "、".join(title for title, _state in came)}
    if not excused and not absent:
        text = _("%(form)s: came to all %(count)d trainings (%(titles)s; register of trainings), hence full marks.") % words
        return Known(asked.indicator.max, asked.indicator.fact, text)
    text = _("%(form)s: came to %(present)d of %(count)d trainings (register of trainings).") % {**words, "present": len(present)}
    if excused:
        text += _(" Excused: %(titles)s.") % {"titles": "、".join(excused)}
    if absent:
        text += _(" Missed: %(titles)s.") % {"titles": "、".join(absent)}
    return Known(NOT_FILED, asked.indicator.fact, text + _(" Judge the score by that."), len(absent))


def _title(plan: Plan, *, list_code: str, item_code: str = "") -> str:
    """As the policy calls the events."""
    events = plan.events.get(list_code)
    if events is None:
        return list_code
    return next((item.title for item in events.items if item.name == item_code), events.title)


SOURCES: dict[str, Callable[[Asked], dict[int, Known]]] = {
    "governance.training_attended": _training_attended,
    "stars.tasks_on_time": _none_recorded(list_code="demerit", item_code="overdue_task"),
    "stars.orders_on_time": _none_recorded(list_code="demerit", item_code="overdue_order"),
    "stars.no_sanction": _none_recorded(list_code="discipline"),
}
