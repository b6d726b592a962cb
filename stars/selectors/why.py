"""Why somebody has this star: the steps of the arithmetic, what was filed by whom and when, events, earlier results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection
from django.db.models import QuerySet

from stars.block import inputs_of
from stars.engine.explain import explain
from stars.engine.inputs import Inputs
from stars.engine.plan import Plan
from stars.explain import PeriodText, StepText, explain_eligible, explain_lines, explain_periods
from stars.inputs import read
from stars.models import Event, Filing, PublishedRating, RatingYear, RosterEntry
from stars.periods import bounds, last_month
from stars.periods import title as period_title
from stars.plans import plan_for

DECIDED = (RatingYear.Stage.DECIDED, RatingYear.Stage.PUBLICITY, RatingYear.Stage.PUBLISHED)


@dataclass(frozen=True)
class Filed:
    """One period of a sheet, and the filing that it came from; none where the person did not answer."""

    text: PeriodText
    when: str
    filing: Filing | None


@dataclass(frozen=True)
class SheetWhy:
    title: str
    headings: list[tuple[str, str]]  # item, maximum
    rows: list[tuple[Filed, list[str]]]


@dataclass(frozen=True)
class Why:
    plan: Plan
    eligible: str
    steps: list[StepText]
    sheets: list[SheetWhy]
    events: list[tuple[Event, str]]
    earlier: list[PublishedRating]


def why(entry: RosterEntry, trace: bytes, *, decided: bool) -> Why:
    """decided  explain from the inputs that the last decision bound, not from the tables as they are now"""
    rating_year = entry.rating_year
    inputs = _of_person(county_inputs(rating_year, decided), entry.person_id)
    return _why(plan_for(rating_year.policy), entry, trace, inputs)


def why_not_eligible(rating_year: RatingYear, traces: Mapping[int, bytes], *, decided: bool) -> dict[int, str]:
    """By person, of those with these traces; a sentence each."""
    if not traces:
        return {}
    plan, inputs = plan_for(rating_year.policy), county_inputs(rating_year, decided)
    return {person: explain_eligible(plan, explain(plan, trace, _of_person(inputs, person))) for person, trace in traces.items()}


def why_published(rating: PublishedRating) -> Why:
    """From the block that its own decision bound."""
    decision = rating.publication.decision
    entry = RosterEntry.objects.select_related("rating_year__territory").get(
        rating_year=decision.rating_year_id, person=rating.person_id
    )
    return _why(
        plan_for(decision.policy), entry, bytes(rating.trace), _of_person(inputs_of(bytes(decision.block)), rating.person_id)
    )


def _why(plan: Plan, entry: RosterEntry, trace: bytes, inputs: Inputs) -> Why:
    return Why(
        plan=plan,
        eligible=explain_eligible(plan, explain(plan, trace, inputs)),
        steps=explain_lines(plan, trace, inputs),
        sheets=_sheets(plan, entry, explain_periods(plan, trace, inputs)),
        events=_events(plan, entry),
        earlier=list(_earlier(entry)),
    )


def county_inputs(rating_year: RatingYear, decided: bool) -> Inputs:
    """Of the whole county: as its last decision bound them, or as the tables are now."""
    if decided:
        return inputs_of(bytes(rating_year.decisions.order_by("-version")[0].block))
    with connection.cursor() as cursor:
        county = int(rating_year.territory.path)
        plan = plan_for(rating_year.policy)
        return read(cursor, plan, year=rating_year.year, rating_year_ids=[rating_year.pk], counties=[county]).inputs


def _of_person(inputs: Inputs, person_id: int) -> Inputs:
    return inputs.take(np.flatnonzero(inputs.key == person_id))


def _sheets(plan: Plan, entry: RosterEntry, periods: Sequence[PeriodText]) -> list[SheetWhy]:
    filings, year = filings_behind(entry), entry.rating_year.year
    found = []
    for sheet in plan.sheets.values():
        own = [one for one in periods if one.sheet == sheet.name]
        headings = list(dict.fromkeys((title, maximum) for one in own for title, _points, maximum in one.cells))
        rows = [
            (
                Filed(one, period_title(*bounds(year, sheet.months, one.period - 1)), filings.get((sheet.name, one.period))),
                _cells(one, headings),
            )
            for one in own
        ]
        found.append(SheetWhy(sheet.title, headings, rows))
    return found


def _cells(period: PeriodText, headings: Sequence[tuple[str, str]]) -> list[str]:
    points = {title: points for title, points, _maximum in period.cells}
    return [points.get(title, "") for title, _maximum in headings]


def filings_behind(entry: RosterEntry) -> dict[tuple[str, int], Filing]:
    """By sheet and period (from 1): of the place of the post that answers for it."""
    plan = plan_for(entry.rating_year.policy)
    posts = list(entry.posts.values_list("post__territory__path", "months"))
    places = {path[:digits] for path, _months in posts for digits in (6, 9, 12)}
    rows = Filing.objects.filter(window__rating_year=entry.rating_year_id, territory__path__in=places)
    people = ("submitted_by__person", "passed_by__person", "accepted_by__person")
    found = {}
    for filing in rows.select_related("window", "territory", *people):
        window = filing.window
        month = last_month(plan.sheets[window.sheet_code].months, window.period)
        if any(months >> month & 1 and path.startswith(filing.territory.path) for path, months in posts):
            found[window.sheet_code, window.period + 1] = filing
    return found


def _events(plan: Plan, entry: RosterEntry) -> list[tuple[Event, str]]:
    """Confirmed ones of the year, with their names in the policy."""
    titles = {(of.name, item.name): f"{of.title} · {item.title}" for of in plan.events.values() for item in of.items}
    rows = Event.objects.filter(person=entry.person_id, happened_on__year=entry.rating_year.year, state=Event.State.CONFIRMED)
    rows = rows.select_related("recorded_by__person", "confirmed_by__person").order_by("happened_on", "pk")
    return [(event, titles.get((event.list_code, event.item_code), event.item_code)) for event in rows]


def _earlier(entry: RosterEntry) -> QuerySet[PublishedRating]:
    rows = PublishedRating.objects.filter(person=entry.person_id, superseded_by=None, year__lt=entry.rating_year.year)
    return rows.order_by("-year")[:10]
