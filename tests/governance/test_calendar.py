"""Working days of 2024 to 2026, what a county adds, and years nobody has announced."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.calendar import WorkingCalendar, calendar_for
from governance.models import AuditEntry, CalendarDay
from governance.services.calendar import FILES, read_notice
from tests.cast import Cast

NOTICES = {year: read_notice(FILES / f"{year}.yaml") for year in (2024, 2025, 2026)}
KNOWN = WorkingCalendar(
    {day: kind == "workday" for notice in NOTICES.values() for day, (kind, _name) in notice.days.items()},
    frozenset(NOTICES),
)


@pytest.fixture
def loaded(db: None) -> None:
    call_command("load_calendar", verbosity=0)


@pytest.mark.parametrize(("year", "working"), [(2024, 251), (2025, 248), (2026, 248)])
def test_working_days_of_a_year(year: int, working: int) -> None:
    assert KNOWN.between(date(year - 1, 12, 31), date(year, 12, 31)) == working


@pytest.mark.parametrize(("year", "free", "made_up"), [(2024, 28, 8), (2025, 28, 5), (2026, 33, 6)])
def test_days_named_by_the_notices(year: int, free: int, made_up: int) -> None:
    kinds = [kind for kind, _name in NOTICES[year].days.values()]
    assert (kinds.count("holiday"), kinds.count("workday")) == (free, made_up)


@pytest.mark.parametrize(
    ("day", "working"),
    [("2025-09-28", True), ("2025-10-01", False), ("2025-10-08", False), ("2025-10-11", True), ("2025-10-12", False),
     ("2025-01-26", True), ("2026-01-04", True), ("2026-02-23", False), ("2026-02-24", True), ("2024-06-10", False)],
)  # fmt: skip
def test_a_day(day: str, working: bool) -> None:
    assert KNOWN.is_working(date.fromisoformat(day)) is working


def test_five_working_days_over_the_national_holiday() -> None:
    assert KNOWN.add(date(2025, 9, 26), 5) == date(2025, 10, 10)  # Sunday the 28th, 29, 30, 9, 10
    assert KNOWN.add(date(2025, 10, 10), -4) == date(2025, 9, 28)  # 9, 30, 29, Sunday the 28th


def test_a_year_without_a_notice_says_so_and_counts_its_weekends() -> None:
    assert not KNOWN.announced(2027)
    assert KNOWN.between(date(2026, 12, 31), date(2027, 12, 31)) == 261


days = st.dates(date(2023, 6, 1), date(2027, 6, 1))


@settings(deadline=None)
@given(days, st.integers(-60, 60))
def test_adding_and_counting_agree(day: date, number: int) -> None:
    there = KNOWN.add(day, number)
    assert KNOWN.between(day, there) == number
    assert number == 0 or KNOWN.is_working(there)


@settings(deadline=None)
@given(st.lists(days, min_size=3, max_size=3))
def test_stretches_add_up(three: list[date]) -> None:
    a, b, c = sorted(three)
    assert KNOWN.between(a, b) + KNOWN.between(b, c) == KNOWN.between(a, c)


def test_loaded_twice_it_is_the_same(loaded: None) -> None:
    before = list(CalendarDay.objects.order_by("day").values())
    call_command("load_calendar", verbosity=0)
    assert list(CalendarDay.objects.order_by("day").values()) == before
    assert AuditEntry.objects.filter(act="calendar.load").count() == 3
    assert calendar_for() == KNOWN


def test_a_corrected_notice_replaces_its_days(loaded: None, tmp_path: Path) -> None:
    text = (FILES / "2026.yaml").read_text(encoding="utf-8").replace("2026-02-28", "2026-03-01").replace("7号", "8号")
    (tmp_path / "2026.yaml").write_text(text, encoding="utf-8")
    call_command("load_calendar", str(tmp_path / "2026.yaml"), verbosity=0)
    calendar = calendar_for()
    assert calendar.is_working(date(2026, 3, 1))
    assert not calendar.is_working(date(2026, 2, 28))
    assert calendar.announced(2025)


def test_a_county_adds_its_own_days(loaded: None, cast: Cast) -> None:
    fair, makeup = date(2026, 4, 13), date(2026, 10, 1)
    CalendarDay.objects.create(day=fair, kind="holiday", name="庙会", source="县政府通知", territory=cast.county)
    CalendarDay.objects.create(day=makeup, kind="workday", name="抢险", source="县政府通知", territory=cast.county)
    assert not calendar_for(cast.village).is_working(fair)
    assert calendar_for(cast.county).is_working(makeup)
    assert calendar_for(cast.other_county).is_working(fair)
    assert calendar_for().is_working(fair)


@pytest.mark.parametrize(
    ("was", "becomes", "why"),
    [
        ("to: 2026-01-03", "to: 2025-12-01", "2025-12-01"),
        ("workdays: [2026-01-04]", "workdays: [2026-01-05]", "2026-01-05"),
        ("workdays: [2026-01-04]", "workdays: [2026-01-04, 2026-01-04]", "2026-01-04"),
        ("from: 2026-01-01", "from: 2027-05-01", "2027-05-01"),
        ("name: 元旦", "title: 元旦", "name"),
        ("2026-10-01, to: 2026-10-07", "2026-10-02, to: 2026-10-07", "2026.yaml"),
        ("year: 2026", "year: [", "2026.yaml"),
        ("from: 2026-01-01", "from: soon", "2026.yaml"),
    ],
)
def test_a_bad_file_is_refused_whole(db: None, tmp_path: Path, was: str, becomes: str, why: str) -> None:
    text = (FILES / "2026.yaml").read_text(encoding="utf-8")
    assert was in text
    (tmp_path / "2026.yaml").write_text(text.replace(was, becomes), encoding="utf-8")
    with pytest.raises(CommandError, match=why):
        call_command("load_calendar", str(FILES / "2025.yaml"), str(tmp_path / "2026.yaml"))
    assert not CalendarDay.objects.exists()


def test_every_day_goes_by_its_weekday_where_nothing_is_known() -> None:
    nothing = WorkingCalendar({})
    week = [date(2026, 11, 16) + timedelta(days=n) for n in range(7)]
    assert [nothing.is_working(day) for day in week] == [True] * 5 + [False] * 2
