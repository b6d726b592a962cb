"""A county-year at a glance and the steps of its life."""

from datetime import date
from typing import Any

import pytest

from governance.models import Job
from governance.notices import Notice, read_typed
from governance.services.calendar import record_days
from stars.models import PublishedRating, RatingYear, RosterEntry
from tests.stars.county import CLOSING, County, moment
from tests.stars.views.conftest import SignIn, Travel

Stage = RatingYear.Stage


@pytest.fixture
def closed(county: County) -> County:
    county.file_all(share=93)
    county.close()
    return county


def step(county: County, name: str) -> str:
    return f"/years/{county.rating_year.pk}/steps/{name}/"


def test_the_list_and_the_year(county: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2025-04-08 09:00")
    staff = sign_in("chen")
    assert f"/years/{county.rating_year.pk}/" in staff.get("/years/").content.decode()
    html = staff.get(f"/years/{county.rating_year.pk}/").content.decode()
    assert "嵋阳镇" in html
    assert "临晋镇" in html
    assert step(county, "close") in html


def test_a_township_sees_its_own_part(closed: County, sign_in: SignIn, travel: Travel) -> None:
    travel(CLOSING)
    closed.compute()
    html = sign_in("liu").get(f"/years/{closed.rating_year.pk}/").content.decode()
    assert "嵋阳镇" in html
    assert "临晋" not in html
    assert "/steps/" not in html
    ratings = sign_in("liu").get(f"/years/{closed.rating_year.pk}/ratings/").content.decode()
    assert "霍嵋阳" in ratings
    assert "临晋" not in ratings


@pytest.mark.parametrize(("who", "status"), [("tang", 404), ("geng", 404), ("sun", 403), ("huo", 403), ("dai", 403)])
def test_strangers(county: County, sign_in: SignIn, travel: Travel, who: str, status: int) -> None:
    travel("2025-04-08 09:00")
    for page in ("", "ratings/", "roster/", "windows/", "progress/"):
        assert sign_in(who).get(f"/years/{county.rating_year.pk}/{page}").status_code == status


def test_a_refused_step_says_why_at_its_place(county: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2025-04-08 09:00")
    response = sign_in("chen").post(step(county, "close"))
    html = response.content.decode()
    assert response.status_code == 422
    assert html.index('<details class="act" open>') < html.index('role="alert"') < html.index(step(county, "recompute"))
    assert county.now().stage == Stage.OPEN


@pytest.mark.parametrize("who", ["liu", "lei", "an", "sun"])
def test_others_take_no_steps(county: County, sign_in: SignIn, travel: Travel, who: str) -> None:
    travel("2025-04-08 09:00")
    assert sign_in(who).post(step(county, "recompute")).status_code == 403
    assert not Job.objects.exists()


def test_steps_are_taken_by_posting(county: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2025-04-08 09:00")
    led_back = sign_in("chen").get(step(county, "recompute"))
    assert (led_back.status_code, led_back.headers["Location"]) == (302, f"/years/{county.rating_year.pk}/")
    assert county.now().job is None
    assert sign_in("chen").put(step(county, "recompute")).status_code == 405
    assert sign_in("chen").post(step(county, "nonsense")).status_code == 404


def test_from_closed_to_published_and_corrected(closed: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2026-02-02 10:00")
    closed.compute()
    assert step(closed, "review") in sign_in("he").get(f"/years/{closed.rating_year.pk}/").content.decode()
    sign_in("he").post(step(closed, "review"))
    travel("2026-02-04 09:00")
    sign_in("qin").post(step(closed, "decide"))
    travel("2026-02-05 09:00")
    sign_in("chen").post(step(closed, "publicity"))
    assert closed.now().stage == Stage.PUBLICITY
    travel("2026-02-14 09:00")
    sign_in("he").post(step(closed, "publish"))
    assert closed.now().stage == Stage.PUBLISHED
    assert PublishedRating.objects.count() == 6
    html = sign_in("chen").get(f"/years/{closed.rating_year.pk}/").content.decode()
    assert "发布号" in html
    refused = sign_in("chen").post(step(closed, "correct"), {"reason": ""})
    assert refused.status_code == 422
    sign_in("chen").post(step(closed, "correct"), {"reason": "甲村三月份录入有误"})
    assert closed.now().correction_reason == "甲村三月份录入有误"


def test_a_reason_that_was_refused_is_still_there(closed: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2026-02-02 10:00")
    closed.compute()
    long = "因" * 1001
    response = sign_in("chen").post(step(closed, "send-back"), {"reason": long})
    assert response.status_code == 422
    assert long in response.content.decode()


def test_progress_is_told_until_it_is_over(county: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2025-04-08 09:00")
    staff, page = sign_in("chen"), f"/years/{county.rating_year.pk}/progress/"
    staff.post(step(county, "recompute"))
    waiting = staff.get(page)
    assert "every 1s" in waiting.content.decode()
    assert "HX-Refresh" not in waiting.headers
    travel("2025-04-08 09:01")
    assert "已有 60 秒" in staff.get(page).content.decode()
    Job.objects.update(state=Job.State.DONE)
    over = staff.get(page)
    assert over.headers["HX-Refresh"] == "true"
    assert "every 1s" not in over.content.decode()


@pytest.mark.parametrize(("who", "told"), [("chen", True), ("an", True), ("liu", False), ("lei", False)])
def test_how_far_the_county_has_come_is_the_countys(
    county: County, sign_in: SignIn, travel: Travel, who: str, told: bool
) -> None:
    travel("2025-04-08 09:00")
    sign_in("chen").post(step(county, "recompute"))
    Job.objects.update(state=Job.State.RUNNING, done=4321, total=8765)
    for page in ("", "progress/"):
        html = sign_in(who).get(f"/years/{county.rating_year.pk}/{page}").content.decode()
        assert ("4321" in html) == ("8765" in html) == told
    Job.objects.update(state=Job.State.FAILED, error="临晋乙村")
    for page in ("", "progress/"):
        html = sign_in(who).get(f"/years/{county.rating_year.pk}/{page}").content.decode()
        assert "上次计算失败" in html
        assert ("临晋乙村" in html) == told


def test_ratings_by_township_result_and_name(closed: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2026-02-02 10:00")
    closed.compute()
    staff, page = sign_in("chen"), f"/years/{closed.rating_year.pk}/ratings/"
    assert "霍嵋阳" not in staff.get(page, {"township": "140821102"}).content.decode()
    assert "霍嵋阳" in staff.get(page, {"q": "霍"}).content.decode()
    assert "没有符合条件" in staff.get(page, {"result": "unratable"}).content.decode()
    assert staff.get(page, {"township": "x' OR 1=1", "result": "zz", "page": "10000000000"}).status_code == 200


def test_the_roster_names_vacant_villages(county: County, sign_in: SignIn, travel: Travel) -> None:
    from governance.models import Territory

    Territory.objects.create(
        path="140821101204", code="140821101204", level=5, parent=county.cast.township, name="嵋阳丁村", short_name="嵋阳丁村",
        valid_from="2015-01-01",
    )  # fmt: skip
    travel("2025-04-08 09:00")
    html = sign_in("chen").get(f"/years/{county.rating_year.pk}/roster/").content.decode()
    assert "空缺" in html
    assert "嵋阳丁村" in html


@pytest.mark.parametrize("decided", [False, True])
def test_the_roster_says_why_somebody_may_not_be_rated_yet(
    closed: County, sign_in: SignIn, travel: Travel, decided: bool
) -> None:
    newcomer = closed.post("140821101202")
    RosterEntry.objects.filter(person=newcomer.person).update(facts=[-(2**31), 7, 0, 0])
    closed.compute()
    if decided:
        closed.review()
        closed.decide()
        RosterEntry.objects.filter(person=newcomer.person).update(facts=[-(2**31), 6, 0, 0])  # what was decided counts
    travel("2026-02-04 10:00")
    html = sign_in("chen").get(f"/years/{closed.rating_year.pk}/roster/").content.decode()
    assert html.count("尚不具备参评资格：") == 1
    assert "任职满月数 7（要求不低于 12）" in html


def test_a_year_is_opened_by_the_county(county: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2026-01-05 09:00")
    assert sign_in("chen").post("/years/", {"year": 2026}).status_code == 302
    assert RatingYear.objects.filter(year=2026, territory=county.cast.county).exists()
    assert sign_in("chen").post("/years/", {"year": "soon"}).status_code == 422
    sign_in("liu").post("/years/", {"year": 2027})
    assert not RatingYear.objects.filter(year=2027).exists()


def test_a_deadline_is_extended_with_its_reason(county: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2025-04-08 09:00")
    march, page = county.filing(period=2).window, f"/years/{county.rating_year.pk}/windows/"
    asked = {"window_id": march.pk, "until": "2025-04-30", "reason": ""}
    assert sign_in("chen").post(page, asked).status_code == 422
    assert sign_in("chen").post(page, asked | {"reason": "汛期"}).status_code == 302
    march.refresh_from_db()
    assert march.locks_at.astimezone().isoformat() > "2025-04-30"
    assert sign_in("liu").post(page, asked | {"until": "2025-05-30", "reason": "汛期"}).status_code == 422


def test_a_moved_deadline_names_its_notice_to_those_who_may_read_it(county: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2025-04-02 09:00")
    days, hours = read_typed("2025-04-02至2025-04-03 放假 防汛")
    said = Notice("防汛放假", "临政办〔2025〕9号", date(2025, 4, 1), reason="防汛", days=days, hours=hours)
    record_days(said, territory=county.cast.county, by=county.cast["chen"], at=moment("2025-04-01 09:00"))
    page = f"/years/{county.rating_year.pk}/windows/"
    staff, clerk = (sign_in(who).get(page).content.decode() for who in ("chen", "liu"))
    assert "根据防汛放假（临政办〔2025〕9号），办理期限由 2025-04-07 24时" in staff
    assert "临政办〔2025〕9号" not in clerk
    assert "根据工作日历变更，办理期限由 2025-04-07 24时" in clerk


def test_queries(closed: County, sign_in: SignIn, travel: Travel, django_assert_max_num_queries: Any) -> None:
    travel("2026-02-02 10:00")
    closed.compute()
    staff = sign_in("chen")
    for page, most in (("", 16), ("ratings/", 11), ("roster/", 12)):
        with django_assert_max_num_queries(most):
            staff.get(f"/years/{closed.rating_year.pk}/{page}")
