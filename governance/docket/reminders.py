"""Who is to be reminded of which matter today: who must do it, before and after its last day; who must verify; who was urged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import groupby

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.calendar import calendar_for
from governance.docket.lists import CHECKERS_TURN, CLOSED, OWNERS_TURN
from governance.duties import OF_PLACES
from governance.models import DocketItem, Post, Unit, UnitMember
from governance.record import language_of_record
from governance.services.inbox import Line
from governance.workdays import WorkingCalendar, last_day_before, local_day

BEFORE = (3, 1)  # working days before the last one
FAR = datetime.max.replace(tzinfo=UTC)
NAMED = 3  # matters that a line names before it only counts the rest
Told = tuple[Unit, str, str]  # whose people are told, what, and the list's query


def docket_reminders(at: datetime) -> dict[int, list[Line]]:
    """By person. On a day that is free in its county nobody is reminded of a matter."""
    items = DocketItem.objects.exclude(state__in=CLOSED).select_related("territory", "unit__territory", "checker__territory")
    told: list[Told] = []
    with language_of_record():
        for calendar, own in _by_calendar(items.order_by("territory__path").iterator()):
            if calendar.is_working(local_day(at)):
                told += [*_due(own, calendar, at), *_overdue(own, at), *_urged(own), *_to_verify(own)]
    people = _people({unit.pk for unit, _text, _query in told}, local_day(at))
    found: dict[int, list[Line]] = defaultdict(list)
    for unit, text, query in told:
        for person in people.get(unit.pk, ()):
            found[person].append(Line(unit.territory.path, text, f"{reverse('governance:docket')}?{query}"))
    return dict(found)


def _by_calendar(items: Iterable[DocketItem]) -> Iterator[tuple[WorkingCalendar, list[DocketItem]]]:
    """A county's matters share its calendar."""
    for _county, group in groupby(items, lambda item: item.territory.county_path):
        own = list(group)
        yield calendar_for(own[0].territory), sorted(own, key=lambda item: (item.due_at or FAR, item.pk))


def _due(items: Iterable[DocketItem], calendar: WorkingCalendar, at: datetime) -> Iterator[Told]:
    """A line a matter: there are few whose day is near."""
    today = local_day(at)
    for item in items:
        if item.unit is None or item.state not in OWNERS_TURN or item.is_paused or item.due_at is None or item.due_at <= at:
            continue
        last = last_day_before(item.due_at)
        left = next((days for days in BEFORE if calendar.add(last, -days) == today), 0 if last == today else None)
        if left is None:
            continue
        if left:
            says = ngettext(
                "“%(item)s” is to be done by %(day)s, in %(left)d working day.",
                "“%(item)s” is to be done by %(day)s, in %(left)d working days.",
                left,
            )
        else:
            says = _("“%(item)s” is to be done today, %(day)s.")
        yield item.unit, says % {"item": item, "day": date_format(last, "DATE_FORMAT"), "left": left}, "show=mine"


def _overdue(items: Iterable[DocketItem], at: datetime) -> Iterator[Told]:
    late = [one for one in items if one.state in OWNERS_TURN and not one.is_paused and one.due_at and one.due_at <= at]
    for unit, own in _by_unit(late, lambda one: one.unit):
        text = ngettext("%(count)d matter is overdue: %(titles)s.", "%(count)d matters are overdue: %(titles)s.", len(own))
        yield unit, text % {"count": len(own), "titles": _titles(own)}, "show=mine&overdue=on"


def _urged(items: Iterable[DocketItem]) -> Iterator[Told]:
    for unit, own in _by_unit([one for one in items if one.unanswered], lambda one: one.unit):
        text = ngettext(
            "%(count)d matter was urged and waits for your answer: %(titles)s.",
            "%(count)d matters were urged and wait for your answer: %(titles)s.",
            len(own),
        )
        yield unit, text % {"count": len(own), "titles": _titles(own)}, "show=urged"


def _to_verify(items: Iterable[DocketItem]) -> Iterator[Told]:
    for unit, own in _by_unit([one for one in items if one.state in CHECKERS_TURN], lambda one: one.checker):
        text = ngettext("%(count)d matter waits for your next step.", "%(count)d matters wait for your next step.", len(own))
        yield unit, text % {"count": len(own)}, "show=turn"


def _by_unit(
    items: Iterable[DocketItem], unit_of: Callable[[DocketItem], Unit | None]
) -> Iterable[tuple[Unit, list[DocketItem]]]:
    found: dict[Unit, list[DocketItem]] = defaultdict(list)
    for item in items:
        if unit := unit_of(item):
            found[unit].append(item)
    return found.items()


def _titles(items: list[DocketItem]) -> str:
    named = "、".join(f"“{item}”" for item in items[:NAMED])
    return named if len(items) <= NAMED else _("%(named)s and others") % {"named": named}


def _people(units: Collection[int], day: date) -> dict[int, set[int]]:
    """By unit, who acts for it that day and has an account: as `User.units` says it of one account."""
    held = Post.objects.current(day).filter(person__user__is_active=True)
    members = UnitMember.objects.current(day).filter(unit__in=units, person__in=held.values("person"))
    office = Q(territory__units__in=units, territory__units__kind=Unit.Kind.PLACE)
    found: dict[int, set[int]] = defaultdict(set)
    pairs = [
        *members.values_list("unit", "person"),
        *held.filter(office, duty__in=OF_PLACES).values_list("territory__units", "person"),
    ]
    for unit, person in pairs:
        found[unit].add(person)
    return found
