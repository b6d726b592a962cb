"""Requests for time: asked by one person, answered by another, ending by themselves; the lock follows at every door."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import BaseCommand, call_command
from django.db import IntegrityError, transaction
from django.test import Client

from governance import clock
from governance.duties import Duty
from governance.errors import RuleBroken
from governance.models import AuditEntry, Post
from governance.scope import ScopedQuerySet
from stars.models import AssessmentChange, DeadlineRequest, Filing
from stars.services import deadlines, stages
from stars.services.filing import save_scores
from stars.services.years import close_year
from tests.stars.api.client import Api, token_of
from tests.stars.county import County, moment

ASKED, LATE, OVER = "2025-02-13 10:00", "2025-02-18 10:00", "2025-02-21 00:00"
UNTIL = date(2025, 2, 20)
LOCKED = "2025-03-20 10:00"
HUO = "140821101201"


def refused(act: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(RuleBroken) as broken:
        act(*args, **kwargs)
    return broken.value.code


@pytest.fixture
def january(county: County) -> Filing:
    """Due on 11 February, locked after the 14th."""
    return county.filing()


def ask(county: County, filing: Filing, *, who: str = "liu", at: str = ASKED, **more: Any) -> DeadlineRequest:
    given = {"until": UNTIL, "reason": "村里停电", **more}
    return deadlines.ask_extension(filing_id=filing.pk, by=county.cast[who], at=moment(at), **given)


def answer(
    county: County, request: DeadlineRequest, *, grant: bool = True, who: str = "he", at: str = ASKED, reason: str = "属实"
) -> DeadlineRequest:
    return deadlines.decide_request(request_id=request.pk, grant=grant, reason=reason, by=county.cast[who], at=moment(at))


def extend(county: County, filing: Filing) -> None:
    answer(county, ask(county, filing))


# -- the doors: after the county's lock, inside the extension


def by_page(county: County, filing: Filing, at: str) -> None:
    client = Client()
    client.force_login(county.cast["liu"], backend="django.contrib.auth.backends.ModelBackend")
    key = f"0/0/{county.post(HUO).pk}/0"
    sent = {"action": "save", f"version {filing.window.sheet}/{filing.window.period}": "0", key: "41"}
    client.post(f"/filing/{county.rating_year.pk}/140821101/1/", sent)


def by_api(county: County, filing: Filing, at: str) -> None:
    sent = json.dumps({"rows": [{"post": county.post(HUO).pk, "scores": ["41", "", ""]}]})
    api = Api(token_of(county.cast, "liu", may_write=True))
    api.ask("PUT", f"filings/{filing.pk}/scores/", data=sent, content_type="application/json")


def by_excel(county: County, filing: Filing, at: str) -> None:
    client, page = Client(), f"/filing/{county.rating_year.pk}/140821101/1/"
    client.force_login(county.cast["liu"], backend="django.contrib.auth.backends.ModelBackend")
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{page}form.xlsx").content))
    sheet = book.worksheets[0]
    row = next(row for row in sheet.iter_rows() if any("嵋阳甲村" in str(cell.value) for cell in row))
    place = next(
        i
        for i, cell in enumerate(next(r for r in sheet.iter_rows() if any("支部建设" in str(c.value) for c in r)))
        if "支部建设" in str(cell.value)
    )
    row[place].value = 41
    kept = io.BytesIO()
    book.save(kept)
    sent = client.post(f"{page}upload/", {"workbook": SimpleUploadedFile("form.xlsx", kept.getvalue())})
    if sent.status_code == 302:
        client.post(sent.headers["Location"], {"act": "apply"})


def by_command(county: County, filing: Filing, at: str) -> None:
    class Command(BaseCommand):
        def handle(self, *args: Any, **options: Any) -> None:
            rows = {county.post(HUO).pk: [4100, -32768, -32768]}
            save_scores(filing_id=filing.pk, rows=rows, version=None, by=county.cast["liu"], at=moment(at), door="command")

    try:
        call_command(Command())
    except RuleBroken as broken:
        assert broken.code == "window_locked"


DOORS = {"page": by_page, "api": by_api, "excel": by_excel, "command": by_command}


@pytest.mark.parametrize("door", DOORS)
def test_the_lock_of_this_unit_follows_at_every_door(
    county: County, january: Filing, door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def try_at(at: str) -> int:
        monkeypatch.setattr(clock, "now", lambda: moment(at))
        DOORS[door](county, january, at)
        return AssessmentChange.objects.count()

    assert try_at(LATE) == 0  # the twin: nothing was granted
    extend(county, january)
    assert try_at(OVER) == 0  # it has ended by itself
    assert try_at(LATE) == 1
    assert AssessmentChange.objects.get().door == door
    sibling = county.filing(path="140821102")
    assert sibling.is_locked(moment(LATE))


def test_the_last_moment_belongs_to_it(county: County, january: Filing) -> None:
    extend(county, january)
    rows = county.rows(january)
    assert county.save(january, rows, at="2025-02-20 23:59:59.999999").version == 1
    assert refused(county.save, january, county.rows(january, 10), at=OVER) == "window_locked"


@pytest.mark.parametrize(
    "who, code", [("zhao", "not_your_duty"), ("huo", "not_your_duty"), ("qin", "not_your_duty"), ("sun", "not_your_duty")]
)
def test_who_may_ask(county: County, january: Filing, who: str, code: str) -> None:
    assert refused(ask, county, january, who=who) == code


def test_what_is_asked_for(county: County, january: Filing) -> None:
    assert refused(ask, county, january, reason=" ") == "reason_needed"
    assert refused(ask, county, january, until=date(2025, 2, 10)) == "not_later"
    assert refused(ask, county, january, at=LATE) == "window_locked"
    first = ask(county, january)
    assert ask(county, january).pk == first.pk  # pressed twice
    assert refused(ask, county, january, who="lei") == "already_asked"
    county.save(january, county.rows(january), at=ASKED)
    county.submit(january, at=ASKED)
    assert refused(ask, county, january, until=date(2025, 2, 25)) == "not_editable"


@pytest.mark.parametrize("who", ["liu", "lei", "tang", "huo"])
def test_who_may_answer(county: County, january: Filing, who: str) -> None:
    assert refused(answer, county, ask(county, january), who=who) == "not_your_duty"


def test_not_the_one_who_asked(county: County, january: Filing, monkeypatch: pytest.MonkeyPatch) -> None:
    """By person: whatever posts the clerk holds beside."""
    Post.objects.create(
        person=county.cast["liu"].person, territory=county.cast.county, duty=Duty.COUNTY_STAFF, from_on="2020-01-01"
    )
    request = ask(county, january)
    assert refused(answer, county, request, who="liu") == "same_person"
    with pytest.raises(IntegrityError), transaction.atomic():
        DeadlineRequest.objects.filter(pk=request.pk).update(
            state="granted", decided_by=county.cast["liu"], decided_at=moment(ASKED)
        )
    monkeypatch.setattr(deadlines, "require_other_person", lambda *_people: None)
    with pytest.raises(IntegrityError), transaction.atomic():  # the table stands behind the service
        answer(county, request, who="liu")


def test_nor_one_who_filed_it(county: County, january: Filing, monkeypatch: pytest.MonkeyPatch) -> None:
    Post.objects.create(
        person=county.cast["lei"].person, territory=county.cast.county, duty=Duty.COUNTY_STAFF, from_on="2020-01-01"
    )
    Post.objects.create(
        person=county.cast["lei"].person, territory=county.cast.township, duty=Duty.TOWNSHIP_CLERK, from_on="2020-01-01"
    )
    county.save(january, county.rows(january), at=ASKED, by="lei")
    request = ask(county, january)
    assert refused(answer, county, request, who="lei") == "same_person"
    monkeypatch.setattr(deadlines, "require_other_person", lambda *_people: None)
    assert answer(county, request, who="lei").state == "granted"


def test_an_answer_is_given_once_and_with_a_reason(county: County, january: Filing) -> None:
    request = ask(county, january)
    assert refused(answer, county, request, reason="") == "reason_needed"
    assert answer(county, request, grant=False, reason="时间充足").state == "refused"
    assert answer(county, request, grant=False).state == "refused"  # pressed twice
    assert refused(answer, county, request, who="qin") == "already_decided"
    assert Filing.objects.get(pk=january.pk).extended_until is None
    again = ask(county, january)
    assert refused(answer, county, again, at=OVER) == "over"
    assert [line.act for line in AuditEntry.objects.filter(subject__startswith="stars.DeadlineRequest").order_by("pk")] == [
        "stars.ask_extension", "stars.refuse_request", "stars.ask_extension",
    ]  # fmt: skip


def test_a_year_does_not_close_over_an_extension(county: County) -> None:
    year = county.filing("year")
    last = deadlines.ask_extension(
        filing_id=year.pk, until=date(2026, 2, 5), reason="民主评议推迟", by=county.cast["chen"], at=moment("2026-01-08 09:00")
    )
    answer(county, last, at="2026-01-08 10:00")

    def close(at: str) -> Any:
        return close_year(rating_year_id=county.rating_year.pk, by=county.cast["chen"], at=moment(at))

    assert refused(close, "2026-02-05 23:59") == "windows_open"
    assert close("2026-02-06 00:00").stage == "closed"


# -- unlocking


def unlock(
    county: County, filing: Filing, *paths: str, who: str = "liu", at: str = LOCKED, until: date = date(2025, 3, 25)
) -> DeadlineRequest:
    villages = [county.cast.places[path].pk for path in paths]
    return deadlines.ask_unlock(
        filing_id=filing.pk, villages=villages, until=until, reason="录入有误", by=county.cast[who], at=moment(at)
    )


def amend(county: County, filing: Filing, path: str, *, who: str = "chen", at: str = LOCKED) -> Filing:
    rows = {county.post(path).pk: [4100, 2700, -32768]}
    return stages.amend_scores(filing_id=filing.pk, rows=rows, reason="核对", by=county.cast[who], at=moment(at))


def test_named_villages_until_a_day_by_somebody_else(county: County, january: Filing, monkeypatch: pytest.MonkeyPatch) -> None:
    county.file(january)
    assert refused(amend, county, january, HUO) == "not_unlocked"
    request = unlock(county, january, HUO)
    assert refused(amend, county, january, HUO) == "not_unlocked"  # asked for is not granted
    answer(county, request, who="qin", at=LOCKED)
    assert refused(amend, county, january, "140821101202") == "not_unlocked"
    assert refused(amend, county, january, HUO, at="2025-03-26 00:00") == "not_unlocked"
    amend(county, january, HUO, at="2025-03-25 23:59")
    line = AssessmentChange.objects.latest("pk")
    assert (line.before[0], line.after[0], line.reason, line.by) == (5400, 4100, "核对", county.cast["chen"])
    monkeypatch.setattr(stages, "require_unlocked", lambda *_any, **_more: None)
    amend(county, january, "140821101202", at="2025-03-26 00:00")  # the twin


def test_who_grants_does_not_use_it(county: County, january: Filing) -> None:
    answer(county, unlock(county, january, HUO), who="qin", at=LOCKED)
    Post.objects.create(
        person=county.cast["qin"].person, territory=county.cast.county, duty=Duty.COUNTY_STAFF, from_on="2020-01-01"
    )
    assert refused(amend, county, january, HUO, who="qin") == "not_unlocked"
    assert amend(county, january, HUO, who="he").version == 1


def test_what_is_unlocked(county: County, january: Filing) -> None:
    assert refused(unlock, county, january, HUO, at=ASKED) == "window_open"
    assert refused(unlock, county, january) == "no_villages"
    assert refused(unlock, county, january, "140821102201") == "not_your_village"
    assert refused(unlock, county, january, HUO, until=date(2025, 3, 19)) == "not_later"
    assert refused(unlock, county, january, HUO, until=date(2025, 6, 1)) == "too_long"
    assert refused(unlock, county, january, HUO, who="zhao") == "not_your_duty"


# -- the pages


def signed_in(county: County, who: str) -> Client:
    client = Client()
    client.force_login(county.cast[who], backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_asked_and_answered_in_the_browser(county: County, january: Filing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment(ASKED))
    clerk, page = signed_in(county, "liu"), f"/requests/ask/{january.pk}/"
    assert page in clerk.get("/requests/").content.decode()
    assert clerk.post(page, {"until": "2025-02-20", "reason": ""}).status_code == 422
    sent = clerk.post(page, {"until": "2025-02-20", "reason": "村里停电"})
    made = sent.headers["Location"]
    assert "村里停电" in signed_in(county, "he").get("/requests/").content.decode()
    assert signed_in(county, "zhao").get(made).status_code == 404
    assert "村里停电" not in signed_in(county, "zhao").get("/requests/").content.decode()
    assert 'value="grant"' not in clerk.get(made).content.decode()
    assert clerk.post(made, {"act": "grant", "reason": "好"}).status_code == 422
    assert 'value="grant"' in signed_in(county, "he").get(made).content.decode()
    granted = signed_in(county, "he").post(made, {"act": "grant", "reason": "属实"}, follow=True)
    assert "的时限申请：" in granted.content.decode()
    html = clerk.get(made).content.decode()
    assert "属实" in html and "2025-02-20" in html


def test_an_unlock_shows_what_was_amended_under_it(county: County, january: Filing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment(LOCKED))
    clerk, page = signed_in(county, "liu"), f"/requests/ask/{january.pk}/"
    sent = {"until": "2025-03-25", "reason": "录入有误", "villages": [county.cast.village.pk]}
    made = clerk.post(page, sent).headers["Location"]
    signed_in(county, "he").post(made, {"act": "grant", "reason": "属实"})
    amend(county, january, HUO)
    html = clerk.get(made).content.decode()
    assert "核对" in html and "陈临猗" in html


def test_whose_forms_are_offered(county: County, january: Filing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment(ASKED))
    address = f"/requests/ask/{january.pk}/"
    assert address in signed_in(county, "liu").get("/requests/").content.decode()
    stranger = signed_in(county, "zhao")
    assert address not in stranger.get("/requests/").content.decode()
    assert stranger.get(address).status_code == 404
    monkeypatch.setattr(ScopedQuerySet, "visible_to", lambda self, _user: self.all())  # the twin
    assert address in stranger.get("/requests/").content.decode()
