"""The first page: what waits for this person, by duty."""

from datetime import date
from typing import Any

import pytest

from stars.services.deadlines import ask_extension
from tests.stars.county import County, moment
from tests.stars.views.conftest import SignIn, Travel

APRIL = "2025-04-08 09:00"


def test_the_clerk_meets_the_open_page(county: County, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    html = sign_in("liu").get("/").content.decode()
    assert f"/filing/{county.rating_year.pk}/140821101/1/" in html
    assert "逾期" in html
    assert "临晋" not in html


def test_the_leader_meets_what_was_submitted(county: County, sign_in: SignIn, travel: Travel) -> None:
    march = county.filing(period=2)
    county.save(march, county.rows(march), at=APRIL)
    county.submit(march, at=APRIL)
    travel(APRIL)
    assert f"/review/{county.rating_year.pk}/140821101/1/" in sign_in("lei").get("/").content.decode()
    assert f"/review/{county.rating_year.pk}/140821101/1/" not in sign_in("kong").get("/").content.decode()


def test_a_request_for_time_waits_for_the_county_but_not_for_who_asked(county: County, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    ask_extension(
        filing_id=county.filing(period=2).pk, until=date(2025, 4, 30), reason="防汛", by=county.cast["liu"], at=moment(APRIL)
    )
    asked = "有 1 件延期或解锁申请待批办"
    assert asked in sign_in("chen").get("/").content.decode()
    assert asked not in sign_in("liu").get("/").content.decode()


@pytest.mark.parametrize("who", ["chen", "qin"])
def test_the_county_meets_its_year(county: County, sign_in: SignIn, travel: Travel, who: str) -> None:
    travel(APRIL)
    assert f"/years/{county.rating_year.pk}/" in sign_in(who).get("/").content.decode()


def test_the_secretary_meets_the_own_star(published: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2026-03-02 09:00")
    html = sign_in("huo").get("/").content.decode()
    assert "/my-star/" in html
    assert "2025 年度星级" in html


@pytest.mark.parametrize("who", ["an", "xi", "bao", "shen", "dai"])
def test_others_have_a_page_too(county: County, sign_in: SignIn, travel: Travel, who: str) -> None:
    travel(APRIL)
    assert sign_in(who).get("/").status_code == 200


def test_nobody_without_a_post(county: County, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    response = sign_in("sun").get("/")
    assert response.status_code == 403
    assert "/sign-out/" in response.content.decode(), "the way to another account"


def test_filings_at_a_glance(county: County, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    html = sign_in("chen").get("/filing/").content.decode()
    assert f"/filing/{county.rating_year.pk}/140821101/1/" in html
    assert f"/filing/{county.rating_year.pk}/140821/year/" in html
    assert "临晋" not in sign_in("liu").get("/filing/").content.decode()
    assert sign_in("dai").get("/filing/").status_code == 403


def test_queries(county: County, sign_in: SignIn, travel: Travel, django_assert_max_num_queries: Any) -> None:
    travel(APRIL)
    for who, page, most in (("liu", "/", 9), ("chen", "/", 10), ("chen", "/filing/", 9)):
        client = sign_in(who)
        with django_assert_max_num_queries(most):
            client.get(page)
