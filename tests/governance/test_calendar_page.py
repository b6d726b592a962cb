"""The year of the working calendar as a page: what is free and made up, by which notice, and for whom."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.management import call_command
from django.test import Client

from governance.duties import Duty
from governance.notices import Notice, read_typed
from governance.selectors.calendar import Year, year_of
from governance.services.calendar import record_days
from tests.cast import Cast, appoint
from tests.days import AT, say


@pytest.fixture
def loaded(db: None) -> None:
    call_command("import_holidays", verbosity=0)


@pytest.fixture
def fair(loaded: None, cast: Cast) -> None:
    for place, chief in ((cast.county, "chen"), (cast.other_county, "tang")):
        say({"2026-04-13": "holiday", "2026-04-18": "workday"}, county=place, by=cast[chief], name=f"{place.name}庙会")


def page(cast: Cast, client: Client, name: str, url: str = "/calendar/2026/"):
    client.force_login(cast[name])
    return client.get(url)


def month(year: Year, number: int) -> dict[int, tuple[bool, str, bool]]:
    """Works, name, own; of those days that a notice speaks of."""
    days = [day for week in year.months[number - 1].weeks for day in week if day is not None]
    return {one.day.day: (one.works, one.said.name, one.is_own) for one in days if one.said}


def test_a_year_in_months(fair: None, cast: Cast) -> None:
    year = year_of(cast.county, 2026)
    assert (year.working_days, year.free_days, year.made_up, year.announced) == (248, 117, 7, True)
    assert sum(one.working_days for one in year.months) == 248
    assert [one.working_days for one in year.months] == [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]
    assert all(len(week) == 7 for one in year.months for week in one.weeks)
    assert month(year, 2) == {
        14: (True, "春节", False),
        **dict.fromkeys(range(15, 24), (False, "春节", False)),
        28: (True, "春节", False),
    }
    assert month(year, 4)[13] == (False, "临猗县庙会", True)
    assert [(str(one.first), str(one.last), one.name, one.works) for one in year.stretches[:4]] == [
        ("2026-01-01", "2026-01-03", "元旦", False), ("2026-01-04", "2026-01-04", "元旦", True),
        ("2026-02-14", "2026-02-14", "春节", True), ("2026-02-15", "2026-02-23", "春节", False),
    ]  # fmt: skip
    assert [one.document_no for one in year.notices] == ["国办发明电〔2025〕7号", "县政办〔2024〕9号"]


def test_a_day_shows_the_last_word_about_it(loaded: None, cast: Cast) -> None:
    say({"2026-10-01": "workday"}, county=cast.county, by=cast["chen"], name="抢险")
    year = year_of(cast.county, 2026)
    assert month(year, 10)[1] == (True, "抢险", True)
    assert [(str(one.first), one.name) for one in year.stretches if one.first.month == 10] == [
        ("2026-10-01", "抢险"), ("2026-10-02", "国庆节"), ("2026-10-10", "国庆节"),
    ]  # fmt: skip


def test_the_hours_that_hold_in_the_year(loaded: None, cast: Cast) -> None:
    _days, hours = read_typed("2026-05-01起 作息 08:00-12:00、15:00-18:30")
    summer = Notice("夏季作息", "临政办〔2026〕5号", date(2024, 12, 1), reason="夏季", hours=hours)
    record_days(summer, territory=cast.county, by=cast["chen"], at=AT)
    assert [one.texts for one in year_of(cast.county, 2026).hours] == [
        ["08:00-12:00", "14:30-18:00"],
        ["08:00-12:00", "15:00-18:30"],
    ]
    assert [one.texts for one in year_of(cast.county, 2027).hours] == [["08:00-12:00", "15:00-18:30"]]
    assert len(year_of(cast.county, 2025).hours) == len(year_of(None, 2026).hours) == 1


def test_the_page(fair: None, cast: Cast, client: Client) -> None:
    html = page(cast, client, "chen").content.decode()
    assert html.count('class="month"') == 12
    for word in (
        "2026 年工作日历 · 临猗县",
        "国办发明电〔2025〕7号",
        "2025-11-04",
        "临猗县庙会",
        "县政办〔2024〕9号",
        "系统默认",
        "16 个工作日",
    ):
        assert word in html
    assert "万荣" not in html
    assert "/calendar/2027/?place=140821" in html


def test_a_year_that_nobody_has_announced_says_so(loaded: None, cast: Cast, client: Client) -> None:
    assert "暂只把周末算作休息日" in page(cast, client, "chen", "/calendar/2027/").content.decode()
    assert "暂只把周末算作休息日" not in page(cast, client, "chen", "/calendar/2025/").content.decode()


@pytest.mark.parametrize(
    ("name", "status"), [("chen", 200), ("qin", 200), ("an", 200), ("xi", 200), ("liu", 403), ("huo", 403), ("sun", 403)]
)
def test_who_opens_it(fair: None, cast: Cast, client: Client, name: str, status: int) -> None:
    assert page(cast, client, name).status_code == status


def test_a_stranger_s_county_is_not_there(fair: None, cast: Cast, client: Client) -> None:
    assert page(cast, client, "chen", "/calendar/2026/?place=140822").status_code == 404
    assert page(cast, client, "chen", "/calendar/2026/?place=140821").status_code == 200
    assert client.get("/calendar/2000/").status_code == 404
    assert client.get("/calendar/2119/").status_code == 404
    assert Client().get("/calendar/2026/").status_code == 302
    assert client.get("/calendar/").headers["Location"].startswith("/calendar/20")


def test_who_looks_after_several_counties_chooses(fair: None, cast: Cast, client: Client) -> None:
    cast.people["bai"] = appoint("白运城", Duty.AUDITOR, cast.places["1408"], account="bai")
    first = page(cast, client, "bai").content.decode()
    assert "临猗县庙会" in first
    second = client.get("/calendar/2026/?place=140822").content.decode()
    assert "万荣县庙会" in second
    assert "临猗县庙会" not in second


def test_it_asks_the_database_a_few_times_only(
    fair: None, cast: Cast, client: Client, django_assert_max_num_queries: object
) -> None:
    client.force_login(cast["chen"])
    client.get("/calendar/2026/")
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        client.get("/calendar/2026/")
