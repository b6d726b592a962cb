"""The pages of objections: what each person meets there, and the way through them."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.test import Client

from governance.duties import Duty
from stars.models import Objection, RatingYear, RosterEntry
from tests.cast import appoint
from tests.stars.county import County
from tests.stars.views.conftest import SignIn, Travel

HUO = "140821101201"
NOW = "2026-02-06 09:00"
GROUNDS = "三月平安稳定少计三分"


@pytest.fixture
def hanging(county: County, travel: Travel) -> County:
    county.cast.people["yu"] = appoint("于临猗", Duty.COUNTY_STAFF, county.cast.county, account="yu")
    county.file_all(share=93)
    county.close()
    county.compute()
    county.review()
    county.decide()
    county.publicise()
    travel(NOW)
    return county


def bring(client: Client, county: County) -> Objection:
    """As the office writes it down."""
    entry = RosterEntry.objects.get(territory__path=HUO)
    sent = {"entry": entry.pk, "way": "telephone", "received_on": "2026-02-06", "name": "张三丰", "contact": "13800000000",
            "grounds": GROUNDS, "wish": "请核对", "once": uuid4()}  # fmt: skip
    response = client.post("/objections/new/", sent)
    assert response.status_code == 302, response.content.decode()
    return Objection.objects.latest("pk")


def text_of(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_the_whole_reckoning_before_it_is_published(hanging: County, sign_in: SignIn) -> None:
    html = text_of(sign_in("huo"), "/my-star/")
    for shown in (
        "尚未发布",
        "2026-02-05 至 2026-02-12",
        "月均分",
        "55.80",
        "刘嵋阳",
        "对此结果提出异议",
        "不因提出异议而加重结果",
    ):
        assert shown in html, shown
    assert "乙村" not in html
    assert "正在公示" in text_of(sign_in("huo"), "/")


@pytest.mark.parametrize("stage", [one for one in RatingYear.Stage if one not in ("publicity", "published")])
def test_at_no_other_stage(hanging: County, sign_in: SignIn, stage: str) -> None:
    RatingYear.objects.update(stage=stage)
    html = text_of(sign_in("huo"), "/my-star/")
    assert "月均分" not in html and "还没有发布" in html
    assert sign_in("huo").get("/my-star/objection/publicity/").status_code == 404


def test_not_before_its_first_day(hanging: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2026-02-04 23:00")
    assert "月均分" not in text_of(sign_in("huo"), "/my-star/")


def test_objecting_to_the_own_result(hanging: County, sign_in: SignIn) -> None:
    huo = sign_in("huo")
    form = text_of(huo, "/my-star/objection/publicity/")
    once = re.search(r'name="once" value="([^"]+)"', form)
    assert once
    sent = {"grounds": GROUNDS, "wish": "", "once": once[1]}
    first, second = (huo.post("/my-star/objection/publicity/", sent) for _press in range(2))
    assert first.status_code == second.status_code == 302 and first.headers["Location"] == second.headers["Location"]
    made = Objection.objects.get()
    assert GROUNDS in text_of(huo, first.headers["Location"])
    assert "公示期异议" in text_of(huo, "/my-star/")
    assert huo.post(f"/objections/{made.pk}/", {"act": "withdraw", "withdraw-text": ""}).status_code == 302
    made.refresh_from_db()
    assert made.state == Objection.State.WITHDRAWN


def test_what_is_missing_is_said(hanging: County, sign_in: SignIn) -> None:
    response = sign_in("huo").post("/my-star/objection/publicity/", {"grounds": "", "once": uuid4()})
    assert response.status_code == 422 and not Objection.objects.exists()


def test_who_opens_what(hanging: County, sign_in: SignIn) -> None:
    made = bring(sign_in("liu"), hanging)
    page = f"/objections/{made.pk}/"
    for who, status in {
        "chen": 200,
        "qin": 200,
        "liu": 200,
        "lei": 200,
        "zhao": 404,
        "tang": 404,
        "huo": 404,
        "an": 403,
        "dai": 403,
    }.items():
        assert sign_in(who).get(page).status_code == status, who
    for who, status in {"chen": 200, "zhao": 200, "huo": 403, "an": 403, "sun": 403}.items():
        assert sign_in(who).get("/objections/").status_code == status, who
    assert "霍嵋阳" not in text_of(sign_in("zhao"), "/objections/")
    assert Client().get(page).status_code == 302


def test_only_the_county_s_staff_reads_who_objects(hanging: County, sign_in: SignIn) -> None:
    made = bring(sign_in("liu"), hanging)
    page = f"/objections/{made.pk}/"
    assert "张三丰" in text_of(sign_in("chen"), page) and "13800000000" in text_of(sign_in("chen"), page)
    for who in ("liu", "lei", "qin"):
        html = text_of(sign_in(who), page)
        assert GROUNDS in html
        assert "张三丰" not in html and "13800000000" not in html and "来电" not in html, who
    for who in ("liu", "lei", "zhao", "huo", "an", "chen"):
        for url in ("/", "/docket/?show=all", "/objections/", "/my-star/", "/inbox/"):
            assert "张三丰" not in sign_in(who).get(url).content.decode(), (who, url)


def test_nor_in_the_tables(hanging: County, sign_in: SignIn) -> None:
    made = bring(sign_in("liu"), hanging)
    for table, pk in {"objector": made.objector.pk, "objection": made.pk, "objectionstep": made.steps.get().pk}.items():
        page = f"/admin/stars/{table}/{pk}/change/"
        assert sign_in("chen").get(page).status_code == 200
        for who in ("qin", "an", "tang", "liu", "bao", "shen"):
            assert sign_in(who).get(page).status_code in (302, 403, 404), (who, table)


def test_the_twin_that_shows_the_name(hanging: County, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    made = bring(sign_in("liu"), hanging)
    monkeypatch.setattr("stars.views.objections.objector_of", lambda objection, _user: objection.objector)
    monkeypatch.setattr("governance.models.User.holds", lambda *_any: True)
    assert "张三丰" in text_of(sign_in("lei"), f"/objections/{made.pk}/")


def test_a_township_does_not_learn_that_it_came_from_the_person_rated(hanging: County, sign_in: SignIn) -> None:
    sign_in("huo").post("/my-star/objection/publicity/", {"grounds": GROUNDS, "once": uuid4()})
    html = text_of(sign_in("liu"), f"/objections/{Objection.objects.get().pk}/")
    assert "被评定人" not in html
    assert not re.search(r"已收到 · [\d: -]+ · 霍", html)


def test_from_the_office_s_note_to_the_answer(hanging: County, sign_in: SignIn) -> None:
    made = bring(sign_in("lei"), hanging)
    page, chen, yu = f"/objections/{made.pk}/", sign_in("chen"), sign_in("yu")
    assert chen.post(page, {"act": "accept"}).status_code == 302
    refused = sign_in("he").post(page, {"act": "not_upheld", "not_upheld-text": "不成立"})
    assert refused.status_code == 422 and "须由同事办理" in refused.content.decode()
    empty = yu.post(page, {"act": "upheld", "upheld-text": " "})
    assert empty.status_code == 422 and "请写明理由" in empty.content.decode()
    assert sign_in("liu").post(page, {"act": "upheld", "upheld-text": "好"}).status_code == 422
    assert yu.post(page, {"act": "not_upheld", "not_upheld-text": "原始材料相符"}).status_code == 302
    assert "原始材料相符" in text_of(sign_in("liu"), page)
    again = yu.post(page, {"act": "upheld", "upheld-text": "改"})
    assert again.status_code == 422 and "现在不能" in again.content.decode()


def test_publishing_says_what_it_waits_for(hanging: County, sign_in: SignIn, travel: Travel) -> None:
    bring(sign_in("chen"), hanging)
    travel("2026-02-13 09:00")
    response = sign_in("he").post(f"/years/{hanging.rating_year.pk}/steps/publish/")
    assert response.status_code == 422 and "异议未答复" in response.content.decode()


def test_an_upheld_review_leads_to_a_correction(hanging: County, sign_in: SignIn, travel: Travel) -> None:
    hanging.publish()
    travel("2026-02-14 09:00")
    huo = sign_in("huo")
    assert "申请复核" in text_of(huo, "/my-star/")
    huo.post("/my-star/objection/review/", {"grounds": GROUNDS, "once": uuid4()})
    made = Objection.objects.get()
    page = f"/objections/{made.pk}/"
    sign_in("chen").post(page, {"act": "accept"})
    sign_in("yu").post(page, {"act": "upheld", "upheld-text": "三月确有漏计"})
    html = text_of(sign_in("chen"), page)
    prefilled = re.search(r'<textarea id="correction"[^>]*>([^<]*)', html)
    assert prefilled and "三月确有漏计" in prefilled[1]
    assert "correction" not in text_of(huo, page) and "correction" not in text_of(sign_in("liu"), page)
    sign_in("chen").post(f"/years/{hanging.rating_year.pk}/steps/correct/", {"reason": prefilled[1]})
    assert hanging.now().correction_reason == prefilled[1]
    assert 'id="correction"' not in text_of(sign_in("chen"), page), "it is open"


def test_the_docket_leads_to_its_page(hanging: County, sign_in: SignIn) -> None:
    made = bring(sign_in("chen"), hanging)
    html = text_of(sign_in("yu"), "/docket/?show=all")
    assert "答复对 2025 年度结果的异议" in html
    item = re.search(r"/docket/\d+/", html)
    assert item
    page = text_of(sign_in("yu"), item[0])
    assert f"/objections/{made.pk}/" in page
    assert sign_in("yu").post(item[0], {"act": "accept", "version": 2}).status_code == 422
    made.refresh_from_db()
    assert made.state == Objection.State.RECEIVED


def test_as_many_questions_for_many_rows(hanging: County, sign_in: SignIn, django_assert_max_num_queries) -> None:
    for _time in range(3):
        bring(sign_in("chen"), hanging)
    chen = sign_in("chen")
    chen.get("/objections/")
    with django_assert_max_num_queries(14):
        chen.get("/objections/")
