"""An objection is received, checked, answered by somebody who had no hand in the result, and holds up the publication until then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pytest
from django.db import Error, transaction

from governance.docket.acts import act_on
from governance.docket.demands import Said
from governance.duties import Duty
from governance.errors import RuleBroken
from governance.models import AuditEntry, DocketItem
from governance.workdays import MILLISECOND, local_day
from stars.models import Objection, ObjectionStep, Objector, PublishedRating, RatingYear, RosterEntry
from stars.selectors import objections as selector
from stars.selectors.objections import chance_of, chances, own_objections, seen
from stars.services import objections as service
from stars.services import stages
from stars.services.objection_matters import MATTER, items_of
from stars.services.objections import (
    Words,
    accept_objection,
    answer_objection,
    object_to_own,
    record_objection,
    refuse_objection,
    withdraw_objection,
)
from tests.cast import appoint
from tests.stars.county import County, moment

HUO = "140821101201"
NOW = "2026-02-06 09:00"
WORDS = Words("三月平安稳定少计 3 分", "请核对原始材料")


def broken(code: str) -> pytest.RaisesExc[RuleBroken]:
    return pytest.raises(RuleBroken, check=lambda found: found.code == code)


@pytest.fixture
def hanging(closed_county: County) -> County:
    """In publicity from 5 February, whose five working days end on the 12th; yu and fan had no hand in any of it."""
    cast = closed_county.cast
    for name, full in (("yu", "于临猗"), ("fan", "范临猗")):
        cast.people[name] = appoint(full, Duty.COUNTY_STAFF, cast.county, account=name)
    closed_county.compute()
    closed_county.review()
    closed_county.decide()
    closed_county.publicise()
    return closed_county


def entry(county: County, path: str = HUO) -> RosterEntry:
    return RosterEntry.objects.get(rating_year=county.rating_year, territory__path=path)


def record(county: County, *, by: str = "chen", at: str = NOW, day: date = date(2026, 2, 6), **given: object) -> Objection:
    values = {"way": "letter", "name": "张三", "contact": "", "words": WORDS, "once": uuid4(), **given}
    return record_objection(entry_id=entry(county).pk, received_on=day, by=county.cast[by], at=moment(at), **values)


def own(county: County, kind: str = "publicity", *, at: str = NOW, by: str = "huo", **given: object) -> Objection:
    return object_to_own(kind=kind, words=WORDS, by=county.cast[by], at=moment(at), **{"once": uuid4(), **given})


def accept(county: County, objection: Objection, *, by: str = "chen", at: str = NOW) -> Objection:
    return accept_objection(objection_id=objection.pk, by=county.cast[by], at=moment(at))


def answer(
    county: County, objection: Objection, *, upheld: bool = False, by: str = "yu", at: str = NOW, text: str = "已核对"
) -> Objection:
    return answer_objection(objection_id=objection.pk, upheld=upheld, answer=text, by=county.cast[by], at=moment(at))


# ---- received ------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["chen", "liu", "lei"])
def test_recorded_by_county_and_township(hanging: County, by: str) -> None:
    made = record(hanging, by=by)
    assert (made.state, made.kind, made.decision) == ("received", "publicity", hanging.rating_year.decisions.get())
    assert made.objector.name == "张三"
    assert [(step.number, step.state, step.by) for step in made.steps.all()] == [(1, "received", hanging.cast[by])]
    line = AuditEntry.objects.get(act="stars.receive_objection")
    assert "张三" not in str(line.detail)


@pytest.mark.parametrize("by", ["zhao", "tang", "huo", "an", "dai", "qin", "geng"])
def test_recorded_by_nobody_else(hanging: County, by: str) -> None:
    with broken("not_your_duty"):
        record(hanging, by=by)


def test_sent_twice_it_is_one(hanging: County) -> None:
    once = uuid4()
    assert record(hanging, once=once) == record(hanging, once=once)
    assert own(hanging, once=(again := uuid4())) == own(hanging, once=again)
    assert DocketItem.objects.filter(kind=MATTER.name).count() == Objection.objects.count() == 2


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": " "}, "name_needed"), ({"words": Words(" ", "")}, "grounds_needed"),
        ({"day": date(2026, 2, 4)}, "not_in_publicity"), ({"day": date(2026, 2, 7)}, "day_to_come"),
    ],
)  # fmt: skip
def test_what_is_missing(hanging: County, given: dict[str, object], code: str) -> None:
    with broken(code):
        record(hanging, **given)
    assert not Objection.objects.exists()


def test_before_and_after_publicity_nothing_is_recorded(closed_county: County) -> None:
    with broken("wrong_stage"):
        record(closed_county)


@pytest.mark.parametrize("at", ["2026-02-04 23:59", "2026-02-13 00:00"])
def test_the_person_rated_objects_within_its_days(hanging: County, at: str) -> None:
    with broken("no_chance"):
        own(hanging, at=at)
    assert own(hanging, at="2026-02-12 23:59").way == Objection.Way.OWN


def test_one_own_at_a_time(hanging: County) -> None:
    first = own(hanging)
    with broken("no_chance"):
        own(hanging)
    withdraw_objection(objection_id=first.pk, reason="", by=hanging.cast["huo"], at=moment(NOW))
    assert own(hanging).pk != first.pk


# ---- who sees what -------------------------------------------------------------------------------


def test_who_sees_it(hanging: County) -> None:
    brought, mine = record(hanging, by="liu"), own(hanging)
    for who in ("chen", "qin", "liu", "lei"):
        assert set(seen(hanging.cast[who])) == {brought, mine}, who
    assert set(seen(hanging.cast["huo"])) == set(own_objections(hanging.cast["huo"])) == {mine}
    for who in ("zhao", "kong", "an", "dai", "sun", "wei", "tang", "geng", "xi", "bao", "client"):
        assert not seen(hanging.cast[who]), who


def test_who_meets_the_name(hanging: County) -> None:
    made = record(hanging, by="liu")
    names = {
        who: bool(selector.objector_of(made, hanging.cast[who]))
        for who in ("chen", "he", "qin", "liu", "lei", "huo", "an", "tang")
    }
    assert [who for who, met in names.items() if met] == ["chen", "he"]


def test_the_docket_names_nobody_who_objects(hanging: County) -> None:
    made = record(hanging)
    item = items_of([made])[made.pk]
    assert "张三" not in f"{item.title}{item.body}" and "霍嵋阳" in item.title
    seen_by = {
        who
        for who in ("chen", "liu", "lei", "huo", "zhao")
        if DocketItem.objects.visible_to(hanging.cast[who]).filter(pk=item.pk)
    }
    assert seen_by == {"chen"}


# ---- a matter of the docket ----------------------------------------------------------------------


def test_its_deadline(hanging: County) -> None:
    item = items_of([made := record(hanging)])[made.pk]
    assert item.unit == item.checker and item.unit.territory == hanging.cast.county
    assert local_day(item.due_at - MILLISECOND) == date(2026, 2, 20), "ten working days after the 6th"


def test_a_policy_says_the_days() -> None:
    class Plan:
        parameters = {"review_days": type("P", (), {"value": 7})()}

    assert selector.days(Plan(), "review_days") == 7 and selector.days(Plan(), "appeal_days") == 15


@pytest.mark.parametrize("act", sorted(MATTER.kept - {"raise"}))
def test_nobody_takes_it_further_on_the_docket(hanging: County, act: str) -> None:
    item = items_of([made := record(hanging)])[made.pk]
    with broken("own_page"):
        act_on(item.pk, act, Said("好"), by=hanging.cast["yu"], at=moment(NOW))


def test_struck_off_by_another(hanging: County) -> None:
    made = record(hanging)
    accept(hanging, made)
    answer(hanging, made)
    item = items_of([made])[made.pk]
    assert item.state == DocketItem.State.ANSWERED
    for who in ("chen", "yu"):
        with broken("same_person"):
            act_on(item.pk, "verify", Said(), by=hanging.cast[who], at=moment(NOW))
    for act in ("verify", "strike_off"):
        item = act_on(item.pk, act, Said(), by=hanging.cast["fan"], at=moment(NOW))
    assert item.state == DocketItem.State.STRUCK_OFF


# ---- answered ------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["chen", "he", "qin"])
def test_not_by_who_had_a_hand_in_it(hanging: County, by: str) -> None:
    """chen filed the year's sheet, he accepted and reviewed, qin decided."""
    made = accept(hanging, record(hanging))
    with broken("same_person"):
        answer(hanging, made, by=by)
    with broken("same_person"):
        withdraw_objection(objection_id=made.pk, reason="来电撤回", by=hanging.cast["he"], at=moment(NOW))


@pytest.mark.parametrize("by", ["chen", "he", "qin"])
def test_the_twin_that_asks_nobody(hanging: County, by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "hands_in", lambda _objection: [])
    made = record(hanging)
    accept(hanging, made, by="fan")
    assert answer(hanging, made, by=by).state == "not_upheld"


@pytest.mark.parametrize("by", ["lei", "liu", "tang", "huo", "an"])
def test_not_from_elsewhere(hanging: County, by: str) -> None:
    made = accept(hanging, record(hanging))
    for act in (answer, accept):
        with broken("not_your_duty"):
            act(hanging, made, by=by)


def test_answered_with_reasons(hanging: County) -> None:
    made = record(hanging)
    with broken("wrong_state"):
        answer(hanging, made)
    accept(hanging, made)
    with broken("answer_needed"):
        answer(hanging, made, text=" ")
    assert answer(hanging, made) == answer(hanging, made)  # pressed twice
    assert [step.state for step in made.steps.all()] == ["received", "accepted", "not_upheld"]
    with broken("wrong_state"):
        answer(hanging, made, upheld=True, by="fan")


@pytest.mark.parametrize("why", ["out_of_time", "not_this"])
def test_refused_with_its_reason(hanging: County, why: str) -> None:
    made = record(hanging, at="2026-02-13 09:00", day=date(2026, 2, 13))
    act = {"objection_id": made.pk, "why": why, "at": moment("2026-02-13 10:00")}
    with broken("reason_needed"):
        refuse_objection(reason="", by=hanging.cast["yu"], **act)
    with broken("same_person"):
        refuse_objection(reason="逾期", by=hanging.cast["he"], **act)
    assert refuse_objection(reason="逾期", by=hanging.cast["yu"], **act).state == why
    assert items_of([made])[made.pk].state == DocketItem.State.ANSWERED
    hanging.publish("2026-02-13 11:00")


def test_withdrawn_by_whoever_objects(hanging: County) -> None:
    mine, brought = own(hanging), record(hanging)
    for objection, who in ((mine, "liu"), (brought, "huo"), (brought, "liu")):
        with broken("not_your_duty"):
            withdraw_objection(objection_id=objection.pk, reason="撤", by=hanging.cast[who], at=moment(NOW))
    for objection, who in ((mine, "huo"), (brought, "yu")):
        done = withdraw_objection(objection_id=objection.pk, reason="当面说明后撤回", by=hanging.cast[who], at=moment(NOW))
        assert done.state == "withdrawn" and items_of([done])[done.pk].state == DocketItem.State.WITHDRAWN
    hanging.publish()


# ---- publication waits ---------------------------------------------------------------------------


@pytest.mark.parametrize("accepted", [False, True])
def test_publication_waits_for_the_answer(hanging: County, accepted: bool) -> None:
    made = record(hanging)
    if accepted:
        accept(hanging, made)
    with pytest.raises(RuleBroken) as refused:
        hanging.publish()
    assert refused.value.code == "objections_open"
    assert "嵋阳甲村 · 霍嵋阳" in refused.value.message and "张三" not in refused.value.message
    assert hanging.now().stage == RatingYear.Stage.PUBLICITY
    accept(hanging, made)
    answer(hanging, made)
    hanging.publish()


def test_the_twin_that_does_not_wait(hanging: County, monkeypatch: pytest.MonkeyPatch) -> None:
    record(hanging)
    monkeypatch.setattr(stages, "unanswered", lambda _year: [])
    hanging.publish()
    assert hanging.now().stage == RatingYear.Stage.PUBLISHED


def test_upheld_sends_the_year_back(hanging: County) -> None:
    made = accept(hanging, record(hanging))
    answer(hanging, made, upheld=True, text="三月确有漏计")
    year = hanging.now()
    assert (year.stage, year.publicity_from) == (RatingYear.Stage.CLOSED, None)
    assert "三月确有漏计" in year.moves.latest("pk").note and "张三" not in year.moves.latest("pk").note


def test_a_second_one_upheld_finds_it_back_already(hanging: County) -> None:
    first, second = (accept(hanging, record(hanging)) for _time in range(2))
    answer(hanging, first, upheld=True)
    answer(hanging, second, upheld=True)
    assert hanging.now().moves.filter(after="closed").count() == 2  # closed by its staff, sent back once


# ---- after the publication -----------------------------------------------------------------------


@pytest.fixture
def published(hanging: County) -> County:
    """On Friday 13 February."""
    hanging.publish("2026-02-13 09:00")
    return hanging


def test_review_within_five_working_days(published: County) -> None:
    chance = chance_of(published.cast["huo"], "review", moment("2026-02-13 10:00"))
    assert chance and chance.until == date(2026, 2, 20)
    with broken("no_chance"):
        own(published, "review", at="2026-02-21 00:00")
    made = own(published, "review", at="2026-02-20 23:59")
    assert made.published == PublishedRating.objects.get(territory__path=HUO)
    with broken("no_chance"):
        own(published, "review", at="2026-02-20 23:59")


@pytest.mark.parametrize("by", ["liu", "chen", "tang", "sun"])
def test_nobody_else_asks_for_a_review(published: County, by: str) -> None:
    with broken("no_chance"):
        own(published, "review", at="2026-02-14 10:00", by=by)


def test_appeal_after_a_review_that_was_not_upheld(published: County) -> None:
    review = own(published, "review", at="2026-02-14 10:00")
    accept(published, review, at="2026-02-14 11:00")
    assert not [one for one in chances(published.cast["huo"], moment("2026-02-14 12:00")) if one.kind == "appeal"]
    answer(published, review, at="2026-02-24 09:00")
    chance = chance_of(published.cast["huo"], "appeal", moment("2026-02-25 09:00"))
    assert chance and chance.until == date(2026, 3, 10)
    with broken("no_chance"):
        own(published, "appeal", at="2026-03-11 00:00")
    appeal = own(published, "appeal", at="2026-03-10 23:00")
    assert appeal.review == review
    item = items_of([appeal])[appeal.pk]
    assert local_day(item.due_at - MILLISECOND) == date(2026, 3, 31)
    accept(published, appeal, at="2026-03-11 09:00")
    with broken("same_person"):  # yu answered the review
        answer(published, appeal, at="2026-03-11 10:00")
    assert answer(published, appeal, by="fan", at="2026-03-11 10:00").state == "not_upheld"
    assert not chances(published.cast["huo"], moment("2026-03-11 11:00"))


def test_no_appeal_where_the_review_was_upheld(published: County) -> None:
    review = accept(published, own(published, "review", at="2026-02-14 10:00"), at="2026-02-14 11:00")
    answer(published, review, upheld=True, at="2026-02-24 09:00")
    with broken("no_chance"):
        own(published, "appeal", at="2026-02-25 09:00")
    assert published.now().stage == RatingYear.Stage.PUBLISHED, "only a correction changes what is published"


# ---- the record ----------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [ObjectionStep, Objector])
@pytest.mark.parametrize("act", ["update", "delete"])
def test_steps_and_names_stay(hanging: County, model: type, act: str) -> None:
    record(hanging)
    rows = model.objects.all()
    change: Callable[[], object] = (
        rows.delete if act == "delete" else lambda: rows.update(**{"text" if model is ObjectionStep else "name": "x"})
    )
    with pytest.raises(Error), transaction.atomic():
        change()
    assert model.objects.count() == 1
