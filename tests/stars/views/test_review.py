"""Review: passed, accepted or sent back, one or many; only differences since the return are marked."""

import re
from typing import Any

import pytest

from stars.models import Filing
from tests.stars.county import County
from tests.stars.views.conftest import SignIn, Travel

APRIL = "2025-04-08 09:00"
MARCH = 2


@pytest.fixture
def submitted(county: County) -> Filing:
    march = county.filing(period=MARCH)
    county.save(march, county.rows(march), at=APRIL)
    return county.submit(march, at=APRIL)


def test_the_leader_meets_what_waits_for_him(submitted: Filing, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    html = sign_in("lei").get("/review/").content.decode()
    assert f'value="{submitted.pk}"' in html
    assert "19/19" in html or "7/7" in html
    assert "临晋" not in html


def test_periods_are_months_then_quarters_then_the_year(submitted: Filing, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    html = sign_in("lei").get("/review/").content.decode()
    offered = re.findall(r'<option value="(\d+)\.(\d+)"', html)
    assert len(offered) > 12
    assert offered == sorted(offered, key=lambda one: (int(one[0]), int(one[1])))


def test_passed_from_the_list(submitted: Filing, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    response = sign_in("lei").post("/review/", {"act": "pass", "filing": [submitted.pk]}, follow=True)
    assert "乡镇已审核 1 份：嵋阳镇" in response.content.decode()
    submitted.refresh_from_db()
    assert submitted.state == Filing.State.PASSED


def test_sent_back_with_a_reason_and_shown_with_what_changed(
    county: County, submitted: Filing, sign_in: SignIn, travel: Travel
) -> None:
    travel(APRIL)
    page = f"/review/{county.rating_year.pk}/140821101/1/"
    sign_in("lei").post(page, {"act": "return", "filing": [submitted.pk], "reason": "甲村支部建设偏高"})
    submitted.refresh_from_db()
    assert submitted.state == Filing.State.DRAFT
    clerk = sign_in("liu").get(f"/filing/{county.rating_year.pk}/140821101/1/").content.decode()
    assert "甲村支部建设偏高" in clerk
    travel("2025-04-08 10:00")
    rows = county.rows(submitted)
    rows[county.post("140821101201").pk][0] = 4100
    county.save(submitted, rows, at="2025-04-08 10:00")
    county.submit(submitted, at="2025-04-08 10:01")
    travel("2025-04-08 11:00")
    html = sign_in("lei").get(page).content.decode()
    assert html.count("<del>") == 1
    assert re.search("<del>54</del><a [^>]*>41</a>", html)


def test_without_a_reason_it_stays_and_says_why(submitted: Filing, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    response = sign_in("lei").post("/review/", {"act": "return", "filing": [submitted.pk], "reason": " "})
    assert response.status_code == 422
    assert f'value="{submitted.pk}" checked' in response.content.decode()
    submitted.refresh_from_db()
    assert submitted.state == Filing.State.SUBMITTED


def test_one_refusal_does_not_hold_up_the_others(county: County, submitted: Filing, sign_in: SignIn, travel: Travel) -> None:
    """The county accepts two: one was passed by the township, the other still waits for its leader."""
    other = county.filing(period=MARCH, path="140821102")
    county.save(other, county.rows(other), at=APRIL)
    county.submit(other, at=APRIL)
    travel(APRIL)
    sign_in("lei").post("/review/", {"act": "pass", "filing": [submitted.pk]})
    response = sign_in("he").post("/review/?state=all", {"act": "accept", "filing": [submitted.pk, other.pk]})
    assert response.status_code == 422
    states = Filing.objects.in_bulk([submitted.pk, other.pk])
    assert states[submitted.pk].state == Filing.State.ACCEPTED
    assert states[other.pk].state == Filing.State.SUBMITTED


def test_a_neighbours_filing_is_not_touched(submitted: Filing, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    sign_in("kong").post("/review/", {"act": "pass", "filing": [submitted.pk]})
    submitted.refresh_from_db()
    assert submitted.state == Filing.State.SUBMITTED


def test_clerks_do_not_review(submitted: Filing, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    assert sign_in("liu").get("/review/").status_code == 403


def test_nothing_ticked_is_said(submitted: Filing, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    assert "没有选中" in sign_in("lei").post("/review/", {"act": "pass"}, follow=True).content.decode()


def test_queries(submitted: Filing, sign_in: SignIn, travel: Travel, django_assert_max_num_queries: Any) -> None:
    travel(APRIL)
    county_staff = sign_in("he")
    with django_assert_max_num_queries(15):
        county_staff.get("/review/?state=all")


def test_a_mark_from_the_review_to_the_sheet_and_back(county: County, submitted: Filing, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    page, post = f"/review/{county.rating_year.pk}/140821101/1/", county.post("140821101201").pk
    cell = f"/filing/{county.rating_year.pk}/140821101/1/cell/0/{MARCH}/{post}/0/?page"
    leader = sign_in("lei")
    assert f'href="{cell}"' in leader.get(page).content.decode(), "every cell of the sheet leads to its panel"
    assert leader.post(cell, {"text": "请核对会议记录", "kind": "follow"}).status_code == 302
    html = leader.get(page).content.decode()
    assert "请核对会议记录" in html
    assert html.count("cell-flag") == 1
    assert leader.post(cell, {"text": "再核对", "kind": "follow"}).status_code == 422
    asked = {"state": "all", "sheet": "month"}
    found = [leader.get("/review/", {**asked, "follow": word}).content.decode() for word in ("yes", "no", "")]
    assert [html.count('name="filing"') for html in found] == [1, 3, 4]
    assert "cell-flag" in sign_in("liu").get(f"/filing/{county.rating_year.pk}/140821101/1/").content.decode()
    leader = sign_in("lei")
    assert "办结跟进" in leader.get(cell).content.decode()
    assert leader.post(cell, {"text": "记录齐全", "kind": "closed"}).status_code == 302
    assert "cell-flag" not in leader.get(page).content.decode()
