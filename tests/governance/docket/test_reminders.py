"""What the morning's digest says of the docket: to whom, when, and never to another unit."""

from __future__ import annotations

from datetime import date

import pytest

from governance.deadlines import Until
from governance.docket import reminders
from governance.docket.acts import act_on
from governance.docket.demands import Said
from governance.docket.reminders import docket_reminders
from governance.models import UnitMember, User
from governance.services import inbox
from tests.days import say
from tests.governance.docket.office import AT, DAY, HOUR, Offices, answered, join, raised
from tests.stars.county import moment

DUE = Until(date(2025, 3, 17))  # a Monday


def told(offices: Offices, who: str, day: str) -> list[str]:
    person = offices[who].person_id
    return [line.text for line in docket_reminders(moment(f"{day} 08:05")).get(person or 0, [])]


def test_before_and_after_the_last_day(offices: Offices) -> None:
    raised(offices, term=DUE)
    days = {day: told(offices, "dai", f"2025-03-{day}") for day in (11, 12, 13, 14, 15, 16, 17, 18)}
    assert days[11] == days[13] == days[15] == days[16] == []
    assert days[12] == ["“清理田间废弃物”应于2025年3月17日前办结，还有3个工作日。"]
    assert days[14] == ["“清理田间废弃物”应于2025年3月17日前办结，还有1个工作日。"]
    assert days[17] == ["“清理田间废弃物”应于今天（2025年3月17日）办结。"]
    assert days[18] == ["有1件事项已逾期：“清理田间废弃物”。"]


def test_on_a_day_off_nobody_is_reminded(offices: Offices) -> None:
    raised(offices, term=DUE)
    say({"2025-03-12": "holiday"}, county=offices.cast.county, by=offices["chen"])
    assert told(offices, "dai", "2025-03-12") == []


def test_a_clock_that_stands_and_a_matter_that_is_answered_press_nobody(offices: Offices) -> None:
    item = raised(offices, term=DUE)
    act_on(item.pk, "pause", Said("等待资金"), by=offices["chen"], at=AT + HOUR)
    assert told(offices, "dai", "2025-03-18") == []
    answered(offices)
    assert told(offices, "dai", "2025-03-18") == []


def test_who_must_verify_and_who_was_urged(offices: Offices) -> None:
    answered(offices)
    assert told(offices, "chen", "2025-03-18") == ["有1件事项等待您处理下一步。"]
    other = raised(offices, offices.finance)
    act_on(other.pk, "urge", Said("请加快"), by=offices["chen"], at=AT + DAY)
    assert told(offices, "min", "2025-03-06") == ["有1件事项被督办，等待您答复：“清理田间废弃物”。"]
    act_on(other.pk, "answer_urge", Said("本周办结"), by=offices["min"], at=AT + 2 * DAY)
    assert told(offices, "min", "2025-03-06") == []


def test_many_overdue_matters_are_one_line(offices: Offices) -> None:
    for _number in range(5):
        raised(offices, term=DUE)
    (line,) = told(offices, "dai", "2025-03-18")
    assert line.startswith("有5件事项已逾期：") and line.endswith("等。") and line.count("“") == 3


def test_only_those_who_act_for_the_unit_and_have_an_account(offices: Offices, monkeypatch: pytest.MonkeyPatch) -> None:
    raised(offices, term=DUE)

    def people() -> set[str]:
        found = docket_reminders(moment("2025-03-18 08:05"))
        return set(User.objects.filter(person__in=found).values_list("username", flat=True))

    assert people() == {"dai"}
    join(offices, "zhao", offices.agriculture, until=date(2025, 3, 17))
    assert people() == {"dai"}
    UnitMember.objects.filter(person=offices.cast.people["zhao"].person).update(until_on=None)
    assert people() == {"dai", "zhao"}
    User.objects.filter(username="dai").update(is_active=False)
    assert people() == {"zhao"}
    everybody = {one.person_id for one in offices.cast.people.values() if one.person_id}
    monkeypatch.setattr(reminders, "_people", lambda units, _day: dict.fromkeys(units, everybody))
    assert len(people()) > 2, "the twin: without the question who acts for the unit"


def test_the_people_are_those_whose_account_acts_for_the_unit(offices: Offices) -> None:
    join(offices, "zhao", offices.agriculture)
    units = [offices.agriculture, offices.finance, offices.county, offices.township]
    found = reminders._people({unit.pk for unit in units}, moment("2025-03-18 08:05").date())
    for user in User.objects.exclude(person=None):
        assert {unit.pk for unit in units} & set(user.unit_ids) == {
            unit for unit, people in found.items() if user.person_id in people
        }


def test_it_is_part_of_the_one_digest(offices: Offices) -> None:
    raised(offices, term=DUE)
    lines = inbox.gather(moment("2025-03-18 08:05"))[offices["dai"].person_id or 0]
    assert [line.url for line in lines] == ["/docket/?show=mine&overdue=on"]
    assert lines[0].path == offices.cast.county.path
