"""The way to the next star of one person in an open year: what is still to come, and what the engine finds with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import Prefetch

from governance.models import User
from stars.engine.document import Sheet
from stars.engine.inputs import Inputs
from stars.engine.plan import Plan
from stars.engine.route import Change, Route, ToCome, find_route, on_course
from stars.engine.values import Bools
from stars.models import Filing, FilingWindow, RatingYear, RosterEntry
from stars.periods import bounds
from stars.periods import title as period_title
from stars.plans import plan_for
from stars.selectors.why import county_inputs

State = Filing.State


@dataclass(frozen=True)
class ChangeText:
    """course, needed, maximum in hundredths"""

    sheet: str
    item: str
    periods: list[str]
    course: int
    needed: int
    maximum: int


@dataclass(frozen=True)
class Outlook:
    """to_come: the periods that the person can still do something about, by sheet"""

    rating_year: RatingYear
    plan: Plan
    route: Route
    changes: list[ChangeText]
    to_come: list[tuple[str, list[str]]]

    @property
    def is_highest(self) -> bool:
        return self.route.on_course.star == self.plan.steps[self.plan.outputs["result"]].type.high


def open_entry(user: User) -> RosterEntry | None:
    """Of the newest year that is still open."""
    entries = RosterEntry.objects.filter(person=user.person_id, rating_year__stage=RatingYear.Stage.OPEN)
    return entries.select_related("rating_year__policy", "rating_year__territory").order_by("-rating_year__year").first()


def outlook(entry: RosterEntry, at: datetime) -> Outlook | None:
    """From what is accepted so far; None where the roster was read before the person stood on it."""
    rating_year = entry.rating_year
    plan, inputs = plan_for(rating_year.policy), county_inputs(rating_year, decided=False)
    rows = np.flatnonzero(inputs.key == entry.person_id)
    if not len(rows):
        return None
    row = int(rows[0])
    to_come, free = _ahead(rating_year, plan, inputs, at)
    own = {name: periods[row] for name, periods in free.items()}
    route = find_route(plan, on_course(plan, inputs, to_come), row, own, sheets=list(plan.sheets))
    ahead = [
        (sheet, np.flatnonzero(own[sheet.name] & inputs.answers[sheet.name][row]).tolist()) for sheet in plan.sheets.values()
    ]
    return Outlook(
        rating_year, plan, route, [_text(plan, rating_year, one) for one in route.changes],
        [(sheet.title, _periods(rating_year, sheet, periods)) for sheet, periods in ahead if periods],
    )  # fmt: skip


def _ahead(rating_year: RatingYear, plan: Plan, inputs: Inputs, at: datetime) -> tuple[ToCome, ToCome]:
    """(n, periods) by sheet: whose cells will still come; and of these, those that nobody has handed in yet."""
    filings = Prefetch("filings", Filing.objects.select_related("territory"))
    windows = {
        (one.sheet_code, one.period): one
        for one in FilingWindow.objects.filter(rating_year=rating_year).prefetch_related(filings)
    }
    villages = dict(RosterEntry.objects.filter(rating_year=rating_year).values_list("person_id", "territory__path"))
    paths = [villages[person] for person in inputs.key.tolist()]
    to_come, free = {}, {}
    for sheet in plan.sheets.values():
        found = [_of_window(windows.get((sheet.name, period)), paths, at) for period in range(sheet.periods)]
        to_come[sheet.name] = np.stack([come for come, _free in found], axis=1)
        free[sheet.name] = np.stack([come & free_ for come, free_ in found], axis=1)
    return to_come, free


def _of_window(window: FilingWindow | None, paths: list[str], at: datetime) -> tuple[Bools, Bools]:
    if window is None:
        return np.zeros(len(paths), np.bool_), np.zeros(len(paths), np.bool_)
    states = {filing.territory.path: filing.state for filing in window.filings.all()}
    digits = max(map(len, states), default=0)  # a window is filed by places of one level
    own = [states.get(path[:digits], State.DRAFT) for path in paths]
    draft = np.array([state == State.DRAFT for state in own], dtype=np.bool_)
    accepted = np.array([state == State.ACCEPTED for state in own], dtype=np.bool_)
    return ~accepted if not window.is_locked(at) else ~accepted & ~draft, draft


def _text(plan: Plan, rating_year: RatingYear, change: Change) -> ChangeText:
    sheet = plan.sheets[change.sheet]
    indicator = sheet.indicators[change.place]
    return ChangeText(
        sheet.title, indicator.title, _periods(rating_year, sheet, change.periods), change.course, change.needed, indicator.max
    )


def _periods(rating_year: RatingYear, sheet: Sheet, periods: list[int] | tuple[int, ...]) -> list[str]:
    return [period_title(*bounds(rating_year.year, sheet.months, period)) for period in periods]
