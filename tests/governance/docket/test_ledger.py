"""The ledger says it all: a replay gives what items keep, lights and filters agree, and a late calendar takes unfair lateness back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

import pytest
from django.db import connection, transaction
from django.db.utils import Error

from governance.calendar import calendar_for
from governance.deadlines import Until
from governance.docket import ledger, notices
from governance.docket.acts import RULES, act_on, may
from governance.docket.demands import Said
from governance.docket.ledger import NO_CLOCK, Shown, light_of
from governance.docket.lists import with_light
from governance.errors import RuleBroken
from governance.models import DocketEvent, DocketItem
from governance.notices import Notice
from governance.services.calendar import import_notices, record_days
from governance.workdays import start_of
from tests.governance.docket.office import AT, DAY, HOUR, PDF, Offices, raised

PROJECTED = (*NO_CLOCK, "calendar_version")
PEOPLE = ("chen", "dai", "min", "he")


def projected(item: DocketItem) -> dict[str, object]:
    return {name: getattr(item, name) for name in PROJECTED}


def walk(offices: Offices, random: Random) -> DocketItem:
    """Some thirty acts that somebody may take, one after the other."""
    item, at = raised(offices), AT
    for time in range(30):
        at += timedelta(minutes=random.randint(1, 3 * 24 * 60))
        takers = [
            (act, who) for act in RULES for who in PEOPLE if (act != "withdraw" or time > 25) and may(item, act, offices[who])
        ]
        act, who = random.choice(takers) if takers else ("reopen", "chen")
        unit = random.choice([offices.agriculture, offices.finance]).pk
        term = Until(at.date() + timedelta(days=random.randint(5, 40))) if random.random() < 0.5 or "ext" in act else None
        try:
            item = act_on(item.pk, act, Said("因为", unit, term, random.randint(0, 100), [PDF]), by=offices[who], at=at)
        except RuleBroken:
            continue
    return item


@pytest.mark.parametrize("seed", range(12))
def test_a_replay_of_the_ledger_gives_what_the_item_keeps(offices: Offices, seed: int) -> None:
    item = DocketItem.objects.get(pk=walk(offices, Random(seed)).pk)
    kept, lines = projected(item), list(item.events.order_by("number"))
    assert [line.number for line in lines] == list(range(1, item.version + 1)) and len(lines) > 8
    for name in PROJECTED:
        setattr(item, name, None)
    ledger.project(item, lines, calendar_for(item.territory))
    assert projected(item) == kept


@pytest.mark.parametrize("seed", range(4))
def test_the_database_sees_the_same_light(offices: Offices, seed: int) -> None:
    for number in range(3):
        walk(offices, Random(100 * seed + number))
    raised(offices)
    for days in range(0, 120, 7):
        now = AT + days * DAY
        by_rule = {item.pk: light_of(item, now) for item in DocketItem.objects.all()}
        for light in Shown:
            found = set(with_light(DocketItem.objects.all(), light, now).values_list("pk", flat=True))
            assert found == {pk for pk, one in by_rule.items() if one == light}


def test_amber_begins_past_four_fifths_to_the_millisecond(offices: Offices) -> None:
    """Ten working days from Tuesday on: eight are used at the end of Thursday of the week after."""
    item = raised(offices)
    assert item.amber_at == start_of(date(2025, 3, 14)) + timedelta(milliseconds=1)
    assert item.due_at == start_of(date(2025, 3, 18))
    second = timedelta(milliseconds=1)
    assert [light_of(item, moment) for moment in (item.amber_at - second, item.amber_at, item.due_at - second, item.due_at)] == [
        Shown.GREEN, Shown.AMBER, Shown.AMBER, Shown.RED,
    ]  # fmt: skip


@pytest.mark.parametrize("table", ["governance_docketevent", "governance_docketfile", "governance_docketblob"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_ledger_and_its_evidence_are_never_changed(offices: Offices, table: str, verb: str) -> None:
    item = act_on(raised(offices).pk, "accept", Said(), by=offices["dai"], at=AT)
    act_on(item.pk, "answer", Said("已清理", evidence=[PDF]), by=offices["dai"], at=AT)
    column = "sha256" if table.endswith("blob") else "id"
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb.format(table, column, column))


# ---- a calendar that changes late ----------------------------------------------------------------


def holiday(*days: str, kind: str = "holiday") -> Notice:
    """Published in March about days of the same month."""
    said = {date.fromisoformat(day): (kind, "样例") for day in days}
    return Notice("关于放假的通知", "临政办〔2025〕9号", date(2025, 3, 10), reason="样例", days=said)


def late_answer(offices: Offices, at: datetime) -> DocketItem:
    item = act_on(raised(offices).pk, "accept", Said(), by=offices["dai"], at=AT + HOUR)
    return act_on(item.pk, "answer", Said("已清理", evidence=[PDF]), by=offices["dai"], at=at)


def test_lateness_that_was_unfair_is_taken_back_and_noted(offices: Offices) -> None:
    """Due on Monday the 17th, answered on the 18th; then the county learns that the 6th was free."""
    item = late_answer(offices, start_of(date(2025, 3, 18)) + 10 * HOUR)
    open_one = raised(offices)
    assert light_of(item, AT) == Shown.RED
    notice = record_days(holiday("2025-03-06"), territory=offices.cast.county, by=offices["chen"], at=start_of(date(2025, 3, 20)))
    item.refresh_from_db(), open_one.refresh_from_db()
    assert light_of(item, AT) != Shown.RED and item.due_at == start_of(date(2025, 3, 19))
    assert item.calendar_version == notice.pk
    line = item.events.get(act=DocketEvent.Act.LATENESS_WITHDRAWN)
    assert "2025-03-17" in line.text and "2025-03-18" in line.text
    assert open_one.events.get(act=DocketEvent.Act.RECALCULATED).number == 3
    assert (
        projected(item)["due_at"]
        == ledger.clock_of(ledger.clock_events(item.events.order_by("number")), calendar_for(item.territory), AT + 60 * DAY)[
            "due_at"
        ]
    )


def test_twin_without_the_recalculation_it_stays_late(offices: Offices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.services.calendar.recalculate", lambda *_args, **_more: None)
    item = late_answer(offices, start_of(date(2025, 3, 18)) + 10 * HOUR)
    record_days(holiday("2025-03-06"), territory=offices.cast.county, by=offices["chen"], at=start_of(date(2025, 3, 20)))
    item.refresh_from_db()
    assert light_of(item, AT) == Shown.RED


def test_the_country_s_notice_reaches_everybody_a_county_s_only_its_own(offices: Offices) -> None:
    item = raised(offices)
    other = record_days(
        holiday("2025-03-06"), territory=offices.cast.other_county, by=offices["tang"], at=start_of(date(2025, 3, 11))
    )
    item.refresh_from_db()
    assert (item.version, item.calendar_version) == (2, 0) and other.pk
    import_notices([holiday("2025-03-06")], by=None, at=start_of(date(2025, 3, 11)))
    item.refresh_from_db()
    assert item.due_at == start_of(date(2025, 3, 19))


def test_a_deadline_that_would_have_passed_unknown_is_kept(offices: Offices) -> None:
    """A make-up workday that is announced after the new deadline makes nobody late."""
    item = raised(offices)
    days = ("2025-03-08", "2025-03-09", "2025-03-15", "2025-03-16")
    record_days(holiday(*days, kind="workday"), territory=offices.cast.county, by=offices["chen"], at=start_of(date(2025, 3, 17)))
    item.refresh_from_db()
    assert (item.due_at, item.version) == (start_of(date(2025, 3, 18)), 2)


def test_again_changes_nothing(offices: Offices) -> None:
    late_answer(offices, start_of(date(2025, 3, 18)) + 10 * HOUR)
    record_days(holiday("2025-03-06"), territory=offices.cast.county, by=offices["chen"], at=start_of(date(2025, 3, 20)))
    before = DocketEvent.objects.count()
    done = notices.recalculate(None, by=None, at=AT + 60 * DAY)
    assert (done.items, DocketEvent.objects.count()) == (0, before)
