"""Merits, demerits and vetoes: recorded by one, confirmed by another, withdrawn with a reason."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from governance.errors import RuleBroken
from governance.models import AuditEntry, Post
from stars.models import Event, RatingYear
from stars.services import events, stages
from stars.services.events import confirm_event, record_event, withdraw_event
from tests.stars.county import moment

HUO = "140821101201"
AT = moment("2025-05-06 09:00")


def record(
    county, who="liu", list_code="merit", item="praise", on=date(2025, 5, 4), evidence="临组〔2025〕3号", at=AT, path=HUO, **more
):
    return record_event(
        post_id=county.post(path).pk,
        list_code=list_code,
        item_code=item,
        happened_on=on,
        evidence=evidence,
        by=county.cast[who],
        at=at,
        **more,
    )


def confirm(county, event, who="lei", at=AT):
    return confirm_event(event_id=event.pk, by=county.cast[who], at=at)


def withdraw(county, event, who, reason="证据不足", at=AT):
    return withdraw_event(event_id=event.pk, reason=reason, by=county.cast[who], at=at)


def refused(act, *args, **kwargs) -> str:
    with pytest.raises(RuleBroken) as broken:
        act(*args, **kwargs)
    assert len(broken.value.message) > 5
    return broken.value.code


def test_an_event_counts_once_another_person_has_confirmed_it(county):
    RatingYear.objects.update(changed_at=None)
    event = record(county)
    assert (event.state, event.person, event.recorded_by) == ("recorded", county.post(HUO).person, county.cast["liu"])
    assert county.now().changed_at is None
    assert (confirm(county, event).state, county.now().changed_at) == ("confirmed", AT)
    acts = list(AuditEntry.objects.filter(subject=f"stars.Event:{event.pk}").order_by("pk").values_list("act", flat=True))
    assert acts == ["stars.record_event", "stars.confirm_event"]


def test_pressed_twice_it_is_one_event(county):
    event = record(county)
    assert record(county) == event
    assert confirm(county, event) == confirm(county, event)
    assert withdraw(county, event, "liu").state == withdraw(county, event, "liu").state == "withdrawn"
    assert AuditEntry.objects.filter(subject=f"stars.Event:{event.pk}").count() == 3
    assert record(county) != event  # withdrawn, it may be recorded anew


def test_what_happened_on_another_day_is_another_event(county):
    assert record(county) != record(county, on=date(2025, 5, 5))


@pytest.mark.parametrize(
    "who, list_code, item, code",
    [
        ("zhao", "merit", "praise", "not_your_duty"), ("lei", "merit", "praise", "not_your_duty"), ("sun", "merit", "praise", "not_your_duty"),
        ("tang", "merit", "praise", "not_your_duty"), ("an", "merit", "praise", "not_your_duty"),
        ("liu", "discipline", "warning", "not_your_duty"), ("qin", "discipline", "warning", "not_your_duty"),
        ("liu", "merit", "no_such", "unknown_event"), ("liu", "no_such", "praise", "unknown_event"), ("liu", "discipline", "praise", "unknown_event"),
    ],
)  # fmt: skip
def test_who_may_record_what(county, who, list_code, item, code):
    assert refused(record, county, who, list_code, item) == code
    assert not Event.objects.exists()


def test_the_county_records_whatever_a_township_may(county):
    assert record(county, "chen").state == "recorded"
    assert record(county, "chen", "discipline", "warning").state == "recorded"


@pytest.mark.parametrize(
    "more, code",
    [
        ({"on": date(2025, 5, 7)}, "future_event"),
        ({"on": date(2014, 12, 31)}, "no_rating_year"),
        ({"evidence": "  "}, "evidence_needed"),
        ({"count": 0}, "out_of_range"),
        ({"points": 100}, "out_of_range"),
        ({"item": "practice"}, "out_of_range"),
        ({"item": "practice", "points": 201}, "out_of_range"),
        ({"item": "practice", "points": -1}, "out_of_range"),
    ],
)
def test_what_does_not_fit_is_refused(county, more, code):
    assert refused(record, county, **more) == code


def test_an_item_with_room_takes_points_up_to_its_cap(county):
    assert record(county, item="practice", points=200).points == 200


def test_an_event_belongs_to_the_post_held_that_day(county):
    Post.objects.filter(pk=county.post(HUO).pk).update(from_on="2025-05-05")
    assert refused(record, county) == "not_in_post"


@pytest.mark.parametrize(
    "who, code",
    [("liu", "not_your_duty"), ("kong", "not_your_duty"), ("sun", "not_your_duty"), ("tang", "not_your_duty")],
)
def test_strangers_confirm_nothing(county, who, code):
    event = record(county)
    assert refused(confirm, county, event, who) == code
    assert Event.objects.get().state == "recorded"


def test_the_recorder_does_not_confirm_not_even_past_the_service(county, monkeypatch):
    event = record(county, "chen", "discipline", "warning")
    assert refused(confirm, county, event, "chen") == "same_person"
    monkeypatch.setattr(events, "require_other_person", lambda *_people: None)
    with pytest.raises(IntegrityError, match="event_confirmed_by_another"), transaction.atomic():
        confirm(county, event, "chen")
    assert confirm(county, event, "he").state == "confirmed"


def test_nobody_decides_on_events_of_their_own(county):
    Post.objects.create(
        person=county.post(HUO).person, territory=county.cast.township, duty="township_clerk", from_on="2020-01-01"
    )
    assert refused(record, county, "huo") == "own_rating"


def test_a_confirmed_event_is_withdrawn_by_another_than_who_confirmed_it(county):
    event = record(county)
    confirm(county, event, "lei")
    assert refused(withdraw, county, event, "lei") == "same_person"
    assert refused(withdraw, county, event, "liu", reason="") == "reason_needed"
    assert refused(withdraw, county, event, "zhao") == "not_your_duty"
    assert withdraw(county, event, "he").state == "withdrawn"
    assert refused(confirm, county, event, "he") == "already_withdrawn"


def test_a_closed_year_takes_no_event_until_it_is_sent_back(closed_county):
    county = closed_county
    late = moment("2026-02-03 09:00")
    waiting = Event.objects.create(
        person=county.post(HUO).person, post=county.post(HUO), list_code="discipline", item_code="warning", happened_on="2025-05-04",
        evidence="x", recorded_by=county.cast["chen"], recorded_at=AT,
    )  # fmt: skip
    for act in (
        lambda: record(county, at=late),
        lambda: confirm(county, waiting, "he", late),
        lambda: withdraw(county, waiting, "he", at=late),
    ):
        assert refused(act) == "year_closed"
    county.compute()
    assert refused(record, county, at=late) == "year_closed"
    stages.send_back_year(rating_year_id=county.rating_year.pk, reason="有处分未计入", by=county.cast["qin"], at=late)
    confirm(county, waiting, "he", late)
    publication = county.settle()
    huo = publication.ratings.get(territory__path=HUO)
    assert (huo.outcome, huo.star, huo.certificate_no) == (2, None, None)


def test_only_confirmed_events_are_rated(county):
    county.file_all()
    event = record(county, "chen", "discipline", "warning")
    county.close()
    county.compute()
    assert county.settle().ratings.get(territory__path=HUO).star == 3
    assert event.state == "recorded"
