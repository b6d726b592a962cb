"""Every act of the docket: done by its side, refused to the others, and never struck off by who did it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from governance.deadlines import Until
from governance.docket import demands
from governance.docket.acts import RULES, Charge, act_on, raise_item, raise_items
from governance.docket.demands import Said
from governance.docket.places import office_of
from governance.errors import RuleBroken
from governance.models import AuditEntry, DocketBlob, DocketEvent, DocketFile, DocketItem, UnitMember
from tests.governance.docket.office import AT, DAY, HOUR, PDF, Offices, answered, join, raised, struck_off

State = DocketItem.State


def acts_of(item: DocketItem) -> list[str]:
    return list(DocketEvent.objects.filter(item=item).order_by("number").values_list("act", flat=True))


def refused(offices: Offices, item: DocketItem, act: str, who: str, said: Said | None = None, **more: object) -> str:
    with pytest.raises(RuleBroken) as broken:
        act_on(item.pk, act, said or Said("因为", evidence=[PDF]), by=offices[who], at=AT + 5 * DAY, **more)  # type: ignore[arg-type]
    return broken.value.code


def test_from_raised_to_struck_off(offices: Offices) -> None:
    item = struck_off(offices)
    assert (item.state, item.version, item.ended_at) == (State.STRUCK_OFF, 6, AT + DAY)
    assert acts_of(item) == ["raised", "assigned", "accepted", "answered", "verified", "struck_off"]
    lines = AuditEntry.objects.filter(subject=f"governance.DocketItem:{item.pk}").order_by("pk")
    assert [line.act for line in lines] == [
        "docket.raise", "docket.accepted", "docket.answered", "docket.verified", "docket.struck_off",
    ]  # fmt: skip


def test_returned_as_not_theirs_and_assigned_to_another(offices: Offices) -> None:
    item = raised(offices)
    act_on(item.pk, "return", Said("不属本局职责"), by=offices["dai"], at=AT + HOUR)
    item = act_on(item.pk, "assign", Said(unit_id=offices.finance.pk), by=offices["chen"], at=AT + DAY)
    assert (item.state, item.unit, item.started_at) == (State.ASSIGNED, offices.finance, AT + DAY)  # the clock begins anew
    assert refused(offices, item, "accept", "dai") == "not_your_unit"
    assert act_on(item.pk, "accept", Said(), by=offices["min"], at=AT + 2 * DAY).state == State.ACCEPTED


def test_sent_back_then_the_clock_goes_on(offices: Offices) -> None:
    item = answered(offices)
    due = item.due_at
    item = act_on(item.pk, "send_back", Said("照片看不清"), by=offices["chen"], at=AT + 3 * DAY)
    assert (item.state, item.ended_at) == (State.ACCEPTED, None)
    assert item.due_at is not None and due is not None and item.due_at > due  # the time with the checker counts for nobody


def test_reopened_and_counted(offices: Offices) -> None:
    item = struck_off(offices)
    item = act_on(item.pk, "reopen", Said("又堆上了"), by=offices["chen"], at=AT + 30 * DAY)
    assert (item.state, item.reopenings, item.started_at) == (State.ASSIGNED, 1, AT + 30 * DAY)


def test_urged_and_answered(offices: Offices) -> None:
    item = raised(offices)
    item = act_on(item.pk, "urge", Said("请本周内办结"), by=offices["chen"], at=AT + DAY)
    assert (item.urgings, item.unanswered) == (1, 1)
    assert refused(offices, item, "answer_urge", "min") == "not_your_unit"
    item = act_on(item.pk, "answer_urge", Said("周五前完成"), by=offices["dai"], at=AT + 2 * DAY)
    assert (item.urgings, item.unanswered) == (1, 0)
    assert refused(offices, item, "answer_urge", "dai") == "not_urged"


def test_an_urging_is_answered_before_the_result_is_handed_in(offices: Offices) -> None:
    item = raised(offices)
    act_on(item.pk, "accept", Said(), by=offices["dai"], at=AT + DAY)
    act_on(item.pk, "urge", Said("请本周内办结"), by=offices["chen"], at=AT + 2 * DAY)
    assert refused(offices, item, "answer", "dai") == "urging_unanswered"
    act_on(item.pk, "answer_urge", Said("周五前完成"), by=offices["dai"], at=AT + 3 * DAY)
    item = act_on(item.pk, "answer", Said("清完", evidence=[PDF]), by=offices["dai"], at=AT + 4 * DAY)
    assert item.state == State.ANSWERED


def test_the_twin_that_lets_an_urging_lie(offices: Offices, monkeypatch: pytest.MonkeyPatch) -> None:
    item = raised(offices)
    act_on(item.pk, "accept", Said(), by=offices["dai"], at=AT + DAY)
    act_on(item.pk, "urge", Said("请本周内办结"), by=offices["chen"], at=AT + 2 * DAY)
    monkeypatch.delitem(demands.CHECKS, "answer")
    item = act_on(item.pk, "answer", Said("清完", evidence=[PDF]), by=offices["dai"], at=AT + 4 * DAY)
    assert (item.state, item.unanswered) == (State.ANSWERED, 1)


def test_a_withdrawn_matter_waits_for_no_answer(offices: Offices) -> None:
    item = raised(offices)
    act_on(item.pk, "urge", Said("请本周内办结"), by=offices["chen"], at=AT + DAY)
    assert act_on(item.pk, "withdraw", Said("撤回"), by=offices["chen"], at=AT + 2 * DAY).unanswered == 0


def test_what_is_struck_off_is_done_whole(offices: Offices) -> None:
    assert struck_off(offices).percent == 100


def test_more_time_is_asked_by_one_and_given_by_another(offices: Offices) -> None:
    item = raised(offices)
    later = Until(date(2025, 4, 30))
    assert refused(offices, item, "refuse_extension", "chen") == "not_asked"
    act_on(item.pk, "ask_extension", Said("雨天", term=later), by=offices["dai"], at=AT + DAY)
    item = act_on(item.pk, "extend", Said("同意", term=later), by=offices["chen"], at=AT + 2 * DAY)
    assert item.due_at is not None and item.due_at.isoformat() == "2025-05-01T00:00:00+08:00"
    line = DocketEvent.objects.get(item=item, act="extended")
    assert (line.by, line.text, line.until_on) == (offices["chen"], "同意", date(2025, 4, 30))


def test_who_asked_for_more_time_does_not_give_it(offices: Offices) -> None:
    item = raised(offices)
    join(offices, "chen", offices.agriculture)
    act_on(item.pk, "ask_extension", Said("忙", term=Until(date(2025, 4, 30))), by=offices["chen"], at=AT + DAY)
    assert refused(offices, item, "extend", "chen", Said("同意", term=Until(date(2025, 4, 30)))) == "same_person"


def test_a_day_that_is_over_is_no_deadline(offices: Offices) -> None:
    item = raised(offices)
    assert refused(offices, item, "extend", "chen", Said("同意", term=Until(date(2025, 3, 1)))) == "day_past"
    assert refused(offices, item, "extend", "chen", Said("同意", term=Until(date(2120, 3, 1)))) == "no_such_day"


def test_paused_and_resumed(offices: Offices) -> None:
    item = raised(offices)
    due = item.due_at
    item = act_on(item.pk, "pause", Said("等上级批复"), by=offices["chen"], at=AT + DAY)
    assert (item.is_paused, item.due_at) == (True, None)
    assert refused(offices, item, "pause", "chen") == "clock_stands"
    item = act_on(item.pk, "resume", Said(), by=offices["chen"], at=AT + 8 * DAY)
    assert due is not None and item.due_at is not None and item.due_at > due
    assert refused(offices, item, "resume", "chen") == "clock_runs"


# ---- who may not ---------------------------------------------------------------------------------

OWNERS = {"accept", "return", "report", "answer", "ask_extension", "answer_urge"}


@pytest.mark.parametrize("act", sorted(RULES))
@pytest.mark.parametrize("who", ["min", "tang", "geng", "zhao", "huo", "an", "sun", "wei"])
def test_no_stranger_takes_an_act(offices: Offices, act: str, who: str) -> None:
    item = raised(offices)
    DocketItem.objects.filter(pk=item.pk).update(state=min(RULES[act].before))
    code = refused(
        offices, item, act, who, Said("因为", unit_id=offices.finance.pk, term=Until(date(2025, 4, 30)), evidence=[PDF])
    )
    assert code == ("not_your_unit" if act in OWNERS else "not_your_duty")


@pytest.mark.parametrize("act", sorted(set(RULES) - OWNERS))
def test_the_responsible_unit_does_not_check_itself(offices: Offices, act: str) -> None:
    item = raised(offices)
    DocketItem.objects.filter(pk=item.pk).update(state=min(RULES[act].before))
    assert refused(offices, item, act, "dai") == "not_your_duty"


@pytest.mark.parametrize("act", ["verify", "send_back", "strike_off", "withdraw", "pause", "extend"])
def test_nobody_checks_his_own_work(offices: Offices, act: str) -> None:
    """By person: chen helps out in the agriculture office, does the work there, and stays a member of the county's."""
    item = raised(offices)
    join(offices, "chen", offices.agriculture)
    act_on(item.pk, "accept", Said(), by=offices["chen"], at=AT + HOUR)
    act_on(item.pk, "answer", Said("已清理", evidence=[PDF]), by=offices["dai"], at=AT + DAY)
    DocketItem.objects.filter(pk=item.pk).update(state=min(RULES[act].before))
    assert refused(offices, item, act, "chen", Said("好", term=Until(date(2025, 4, 30)))) == "same_person"


def test_twin_without_the_guard_he_would(offices: Offices, monkeypatch: pytest.MonkeyPatch) -> None:
    for act in ("verify", "strike_off"):
        monkeypatch.setitem(RULES, act, replace(RULES[act], other=False))
    join(offices, "chen", offices.agriculture)
    item = raised(offices)
    act_on(item.pk, "accept", Said(), by=offices["chen"], at=AT + HOUR)
    act_on(item.pk, "answer", Said("已清理", evidence=[PDF]), by=offices["chen"], at=AT + DAY)
    act_on(item.pk, "verify", Said(), by=offices["chen"], at=AT + DAY)
    assert act_on(item.pk, "strike_off", Said(), by=offices["chen"], at=AT + DAY).state == State.STRUCK_OFF


def test_membership_that_ended_opens_nothing(offices: Offices) -> None:
    item = raised(offices)
    UnitMember.objects.filter(unit=offices.agriculture).update(until_on=date(2020, 1, 1))
    assert refused(offices, item, "accept", "dai") == "not_your_unit"


def test_nothing_goes_to_another_county(offices: Offices) -> None:
    item, elsewhere = raised(offices), office_of(offices.cast.other_county)
    assert refused(offices, item, "assign", "chen", Said(unit_id=elsewhere.pk)) == "not_your_duty"
    with pytest.raises(RuleBroken, match="万荣县"):
        raise_item(Charge("matter", "x", offices.county, elsewhere), by=offices["chen"], at=AT)


@pytest.mark.parametrize("act", sorted(RULES))
def test_each_act_asks_its_state(offices: Offices, act: str) -> None:
    item = raised(offices)
    for state in set(State) - RULES[act].before:
        DocketItem.objects.filter(pk=item.pk).update(state=state)
        who = "dai" if act in OWNERS else "chen"
        assert refused(offices, item, act, who) == "wrong_state"


@pytest.mark.parametrize("act", sorted(act for act, rule in RULES.items() if rule.reason))
def test_words_are_needed(offices: Offices, act: str) -> None:
    item = raised(offices)
    DocketItem.objects.filter(pk=item.pk).update(state=min(RULES[act].before))
    assert refused(offices, item, act, "dai" if act in OWNERS else "chen", Said("  ")) == "reason_missing"


def test_an_answer_needs_evidence(offices: Offices) -> None:
    item = raised(offices)
    act_on(item.pk, "accept", Said(), by=offices["dai"], at=AT)
    assert refused(offices, item, "answer", "dai", Said("已清理")) == "evidence_missing"


def test_a_unit_that_ended_is_charged_with_nothing(offices: Offices) -> None:
    offices.finance.until_on = date(2024, 12, 31)
    offices.finance.save()
    assert refused(offices, raised(offices), "assign", "chen", Said(unit_id=offices.finance.pk)) == "unit_ended"


# ---- twice, and out of date ----------------------------------------------------------------------


@pytest.mark.parametrize("act", ["accept", "urge", "assign"])
def test_a_second_press_changes_nothing(offices: Offices, act: str) -> None:
    item = raised(offices)
    who, said = ("dai", Said()) if act == "accept" else ("chen", Said("请抓紧", unit_id=offices.finance.pk))
    first = act_on(item.pk, act, said, by=offices[who], at=AT + HOUR, version=item.version)
    second = act_on(item.pk, act, said, by=offices[who], at=AT + HOUR, version=item.version)
    assert first.version == second.version == 3
    assert second.urgings == (act == "urge")


def test_what_changed_since_is_not_overwritten(offices: Offices) -> None:
    item = raised(offices)
    act_on(item.pk, "accept", Said(), by=offices["dai"], at=AT + HOUR)
    assert refused(offices, item, "urge", "chen", version=item.version) == "stale_item"


def test_raised_once_per_subject(offices: Offices) -> None:
    one, two = (raised(offices, subject="stars.Event:7") for _time in range(2))
    assert one == two and DocketItem.objects.count() == 1


def test_raised_together_each_with_its_ledger(offices: Offices) -> None:
    charges = [Charge("matter", f"第{n}件", offices.county, unit) for n, unit in enumerate([offices.finance, offices.township])]
    items = raise_items(charges, by=offices["chen"], at=AT)
    assert [item.territory.path for item in items] == ["140821", "140821101"]
    assert DocketEvent.objects.count() == 4 and AuditEntry.objects.filter(act="docket.raise").count() == 2


# ---- evidence ------------------------------------------------------------------------------------


def test_the_same_bytes_are_kept_once(offices: Offices) -> None:
    answered(offices), answered(offices)
    assert DocketFile.objects.count() == 2
    assert DocketBlob.objects.get().sha256 == PDF.sha256
