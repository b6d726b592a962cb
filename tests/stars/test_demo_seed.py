"""What the demo writes in bulk is what the services leave: every row of every table, all columns but the rows' own numbers."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

from governance.models import AuditEntry
from stars.demo.seed import Noted, Step, Walked, write_year
from stars.models import Event, Filing
from stars.services import events
from stars.services import filing as filings
from tests.stars.county import moment

State = Filing.State
HUO = "140821101201"
MONTH = [State.DRAFT, State.SUBMITTED, State.PASSED, State.ACCEPTED]
YEAR = [State.DRAFT, State.SUBMITTED, State.ACCEPTED]
START = {"month": "2025-02-05 10:00", "year": "2026-01-08 10:00"}


def everything() -> dict[str, list[dict[str, Any]]]:
    """By table, its rows in the order of their making."""
    found = {}
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        for model in (one for one in apps.get_models() if one._meta.db_table in tables):
            table = model._meta.db_table
            key = ", ".join(f't."{field.column}"' for field in model._meta.pk_fields)
            cursor.execute(f'SELECT to_jsonb(t) FROM "{table}" t ORDER BY {key}')
            found[table] = [_without_own_number(row) for (row,) in cursor.fetchall()]
    return found


def _without_own_number(row: str) -> dict[str, Any]:
    kept = {name: value for name, value in json.loads(row).items() if name != "id"}
    if "subject" in kept:
        kept["subject"] = re.sub(r"^stars\.Event:\d+$", "stars.Event", str(kept["subject"]))
    return kept


def differing(before: dict[str, list], after: dict[str, list]) -> set[str]:
    return {table for table in after if after[table] != before[table]}


def walk(county: Any, sheet: str, states: list[State]) -> Walked:
    """Its steps are a day apart."""
    filing = county.filing(sheet)
    clerk, leader, staff = (county.cast.people.get(name) for name in county.people_of(filing))
    people = {State.DRAFT: clerk, State.SUBMITTED: clerk, State.PASSED: leader, State.ACCEPTED: staff}
    steps = [Step(state, people[state], moment(START[sheet]) + timedelta(days=n)) for n, state in enumerate(states)]
    return Walked(filing, county.rows(filing), steps)


def take(one: Walked) -> None:
    """The same steps through the services."""
    acts = {
        State.SUBMITTED: filings.submit_filing, State.PASSED: filings.pass_filing, State.ACCEPTED: filings.accept_filing,
    }  # fmt: skip
    saved, *later = one.steps
    filings.save_scores(filing_id=one.filing.pk, rows=one.rows, version=None, by=saved.by, at=saved.at, door="page")
    for step in later:
        acts[step.after](filing_id=one.filing.pk, by=step.by, at=step.at)


def note(one: Noted) -> None:
    event = events.record_event(
        post_id=one.post.pk, list_code=one.list_code, item_code=one.item_code, happened_on=one.day, evidence=one.evidence,
        by=one.recorded.by, at=one.recorded.at,
    )  # fmt: skip
    events.confirm_event(event_id=event.pk, by=one.confirmed.by, at=one.confirmed.at)


def left_by(act: Any) -> dict[str, list[dict[str, Any]]]:
    with transaction.atomic():
        act()
        found = everything()
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("sheet, states", [
    *[("month", MONTH[:n]) for n in range(1, 5)], *[("year", YEAR[:n]) for n in range(1, 4)],
])  # fmt: skip
def test_a_filing(county: Any, sheet: str, states: list[State]) -> None:
    before = everything()
    by_services = left_by(lambda: take(walk(county, sheet, states)))
    in_bulk = left_by(lambda: write_year(county.rating_year, [walk(county, sheet, states)], []))
    assert in_bulk == by_services
    assert differing(before, in_bulk) == {
        "stars_filing", "stars_assessment", "stars_assessmentchange", "stars_ratingyear", "governance_auditentry",
    }  # fmt: skip


def test_an_event(county: Any) -> None:
    def praise() -> Noted:
        recorded = Step(Event.State.RECORDED, county.cast["liu"], moment("2025-03-06 10:00"))
        confirmed = Step(Event.State.CONFIRMED, county.cast["he"], moment("2025-03-07 09:00"))
        return Noted(county.post(HUO), "merit", "praise", date(2025, 3, 5), "通报", recorded, confirmed)

    before = everything()
    by_services = left_by(lambda: note(praise()))
    in_bulk = left_by(lambda: write_year(county.rating_year, [], [praise()]))
    assert in_bulk == by_services
    assert differing(before, in_bulk) == {"stars_event", "stars_ratingyear", "governance_auditentry"}


def test_a_year_s_trail_is_in_the_order_of_its_days(county: Any) -> None:
    write_year(county.rating_year, [walk(county, "year", YEAR), walk(county, "month", MONTH)], [])
    moments = list(
        AuditEntry.objects.filter(act__startswith="stars.")
        .exclude(act="stars.open_year")
        .order_by("pk")
        .values_list("at", flat=True)
    )
    assert len(moments) == len(YEAR) + len(MONTH)
    assert moments == sorted(moments)
