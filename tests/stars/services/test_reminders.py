"""Reminders: to whom, when, once a day, and never with another place's names."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.core import mail
from django.db import connections
from django.test import Client
from pytest_django.fixtures import Settings

from governance import clock, tasks
from governance.models import Digest, Post, User
from governance.notices import Notice
from governance.services import inbox
from governance.services.calendar import record_days
from stars.models import Filing
from stars.selectors import reminders as selector
from stars.selectors.reminders import reminders
from stars.services import deadlines
from stars.services import filing as filings
from tests.cast import make_cast
from tests.databases import Fresh
from tests.stars.county import County, moment, open_county

# January's form is due on Friday, 7 February 2025, and locks after the 14th
THREE_LEFT, ONE_LEFT, DUE, AFTER, LOCKED = "2025-02-04", "2025-02-06", "2025-02-07", "2025-02-12", "2025-02-17"


def told(county: County, who: str, day: str, at: str = "08:05") -> list[str]:
    person = county.cast[who].person_id
    return [line.text for line in reminders(moment(f"{day} {at}")).get(person or 0, [])]


@pytest.fixture
def january(county: County) -> Filing:
    return county.filing()


def test_filers_before_and_after_their_form_is_due(county: County, january: Filing) -> None:
    for day, lines in ((THREE_LEFT, 1), ("2025-02-05", 0), (ONE_LEFT, 1), (DUE, 1), (AFTER, 1), ("2025-02-14", 1), (LOCKED, 0)):
        said = [text for text in told(county, "liu", day) if "“" in text]
        assert len(said) == lines, (day, said)
    assert "3" in told(county, "liu", THREE_LEFT)[0]
    assert "1" in told(county, "liu", ONE_LEFT)[0]


def test_who_has_filed_hears_nothing(county: County, january: Filing) -> None:
    county.save(january, county.rows(january), at="2025-02-03 10:00")
    county.submit(january, at="2025-02-03 10:00")
    assert told(county, "liu", THREE_LEFT) == []
    assert len(told(county, "zhao", THREE_LEFT)) == 1


def test_reviewers_hear_what_waits_and_the_county_who_is_late(county: County, january: Filing) -> None:
    assert told(county, "lei", "2025-02-06") == told(county, "he", "2025-02-06") == []
    county.save(january, county.rows(january), at="2025-02-06 10:00")
    county.submit(january, at="2025-02-06 10:00")
    assert len(told(county, "lei", "2025-02-06", "11:00")) == 1
    assert told(county, "kong", "2025-02-06", "11:00") == told(county, "he", "2025-02-06", "11:00") == []
    filings.pass_filing(filing_id=january.pk, by=county.cast["lei"], at=moment("2025-02-06 12:00"))
    assert told(county, "lei", "2025-02-06", "13:00") == []
    assert len(told(county, "he", "2025-02-06", "13:00")) == 1
    late = told(county, "he", AFTER)
    assert any("临晋镇" in text and "嵋阳镇" not in text for text in late)
    assert told(county, "tang", AFTER) == []


def test_an_extension_moves_the_reminder_too(county: County, january: Filing) -> None:
    request = deadlines.ask_extension(
        filing_id=january.pk, until=date(2025, 2, 20), reason="停电", by=county.cast["liu"], at=moment("2025-02-10 09:00")
    )
    assert any("1" in text for text in told(county, "chen", "2025-02-10", "10:00"))
    deadlines.decide_request(
        request_id=request.pk, grant=True, reason="属实", by=county.cast["he"], at=moment("2025-02-10 11:00")
    )
    assert told(county, "liu", AFTER) == []
    assert len(told(county, "liu", "2025-02-19")) == 1  # a working day before the 20th
    assert all("嵋阳" not in text for text in told(county, "he", AFTER))


def test_nobody_is_reminded_on_a_day_off(county: County) -> None:
    assert reminders(moment("2025-02-15 08:05")) == {}  # a Saturday
    assert reminders(moment(f"{AFTER} 08:05")) != {}
    day_off = Notice(
        "关于放假的通知", "临政办〔2025〕3号", date(2025, 2, 10), reason="样例", days={date(2025, 2, 12): ("holiday", "样例")}
    )
    record_days(day_off, territory=county.cast.county, by=county.cast["chen"], at=moment("2025-02-10 09:00"))
    assert reminders(moment(f"{AFTER} 08:05")) == {}


def test_no_names_of_other_places(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line of each person is about a place in reach, on every day around the deadline; the twin hands out all of them."""

    def strangers() -> int:
        found = 0
        for number in range(3, 20):
            for person, lines in reminders(moment(f"2025-02-{number:02} 08:05")).items():
                reach = tuple(path for _duty, path in User.objects.get(person=person).duties)
                found += sum(not line.path.startswith(reach) for line in lines)
                if reach == ("140821101",):
                    found += sum("临晋" in line.text for line in lines)
        return found

    assert strangers() == 0
    monkeypatch.setattr(
        selector, "_holding", lambda holders, duty, _path: [p for (d, _at), all_ in holders.items() if d == duty for p in all_]
    )
    assert strangers() > 0


def test_a_place_that_was_left_is_no_longer_shown(county: County) -> None:
    liu = county.cast["liu"]
    inbox.deliver(reminders(moment(f"{AFTER} 08:05")), day=date(2025, 2, 12), at=moment(f"{AFTER} 08:05"))
    digest = Digest.objects.get(person=liu.person)
    assert len(inbox.shown_lines(digest, liu)) == 1
    Post.objects.filter(person=liu.person).update(territory=county.cast.sibling)
    assert inbox.shown_lines(digest, county.cast["liu"]) == []


# -- the task


@pytest.fixture
def morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment(f"{AFTER} 08:05"))


def test_run_again_it_changes_nothing(county: County, morning: None) -> None:
    count = tasks.send_digests()
    before = list(Digest.objects.order_by("pk").values())
    assert count == len(before) > 2
    assert tasks.send_digests() == count
    assert list(Digest.objects.order_by("pk").values()) == before


def at_once(run: Any, times: int) -> None:
    def one(_number: int) -> None:
        try:
            run()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        list(pool.map(one, range(times)))


@pytest.fixture
def live(fresh_db: Fresh, morning: None, settings: Settings) -> County:
    made = open_county(make_cast())
    for name in ("liu", "zhao", "he"):
        User.objects.filter(username=name).update(email=f"{name}@county.example")
    settings.MAIL_DIGESTS = True
    return made


def test_delivered_many_times_at_once_it_is_one_digest_and_one_mail(live: County) -> None:
    at_once(tasks.send_digests, 4)
    assert Digest.objects.count() == len(set(Digest.objects.values_list("person", "day"))) > 2
    assert sorted(one.to[0] for one in mail.outbox) == ["he@county.example", "liu@county.example", "zhao@county.example"]
    assert all("临晋" not in one.body for one in mail.outbox if one.to == ["liu@county.example"])


def test_without_the_constraint_there_would_be_two(live: County) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE governance_digest DROP CONSTRAINT digest_once_a_day")
    tasks.send_digests()
    once = Digest.objects.count()
    tasks.send_digests()
    assert Digest.objects.count() == 2 * once


def test_off_by_default_nothing_is_mailed_and_a_broken_server_is_tried_again(
    county: County, morning: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.filter(username="liu").update(email="liu@county.example")
    tasks.send_digests()
    assert mail.outbox == []
    settings.MAIL_DIGESTS = True

    def broken(*_args: Any) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "send_mail", broken)
        tasks.send_digests()
    assert Digest.objects.filter(mailed_at=None).count() == Digest.objects.count()
    tasks.send_digests()
    tasks.send_digests()
    assert [one.to for one in mail.outbox] == [["liu@county.example"]]


# -- the page


def test_the_inbox_is_ones_own(county: County, morning: None) -> None:
    tasks.send_digests()

    def signed_in(who: str) -> Client:
        client = Client()
        client.force_login(county.cast[who], backend="django.contrib.auth.backends.ModelBackend")
        return client

    liu = signed_in("liu")
    assert '<span class="count">1</span>' in liu.get("/").content.decode()
    html = liu.get("/inbox/").content.decode()
    assert "嵋阳镇" in html and "临晋" not in html
    signed_in("zhao").post("/inbox/", {"day": "all"})
    assert Digest.objects.get(person=county.cast["liu"].person).read_at is None
    liu.post("/inbox/", {"day": "2025-02-30"})
    assert Digest.objects.get(person=county.cast["liu"].person).read_at is None
    liu.post("/inbox/", {"day": "2025-02-12"})
    assert Digest.objects.get(person=county.cast["liu"].person).read_at is not None
    assert '<span class="count">' not in liu.get("/").content.decode()
    assert signed_in("sun").get("/inbox/").status_code == 403
