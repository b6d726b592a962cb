"""Working days of 2023 to 2026, what a county adds, what was known when, and years nobody has announced."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from django.db.models import F
from django.db.utils import DatabaseError, IntegrityError
from hypothesis import given, settings
from hypothesis import strategies as st

from governance import notices
from governance.calendar import calendar_for, version_at
from governance.errors import RuleBroken
from governance.models import AuditEntry, CalendarDay, CalendarHours, CalendarNotice, User
from governance.notices import FILES, Notice, read_file, read_typed, typed
from governance.services import calendar as service
from governance.services.calendar import check_days, import_notices, record_days
from governance.workdays import OutOfCalendar, Unit, WorkingCalendar, end_of, from_ms, local_day, start_of, to_ms
from tests.cast import Cast
from tests.databases import Fresh
from tests.days import AT, say

YEARS = (2023, 2024, 2025, 2026)
NOTICES = {year: read_file(FILES / f"{year}.yaml") for year in YEARS}
KNOWN = WorkingCalendar(
    {day: kind == "workday" for notice in NOTICES.values() for day, (kind, _name) in notice.days.items()},
    frozenset(YEARS),
    hours=notices.default_hours(),
)
LATE = Path(__file__).parent / "notices"


@pytest.fixture
def loaded(db: None) -> None:
    call_command("import_holidays", verbosity=0)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


# ---- the State Council's notices ------------------------------------------------------------------


@pytest.mark.parametrize(("year", "working"), [(2023, 249), (2024, 251), (2025, 248), (2026, 248)])
def test_working_days_of_a_year(year: int, working: int) -> None:
    assert KNOWN.between(date(year - 1, 12, 31), date(year, 12, 31)) == working


@pytest.mark.parametrize(("year", "free", "made_up"), [(2023, 27, 7), (2024, 28, 8), (2025, 28, 5), (2026, 33, 6)])
def test_days_named_by_the_notices(year: int, free: int, made_up: int) -> None:
    kinds = [kind for kind, _name in NOTICES[year].days.values()]
    assert (kinds.count("holiday"), kinds.count("workday")) == (free, made_up)


@pytest.mark.parametrize(
    ("year", "number", "published"),
    [(2023, "国办发明电〔2022〕16号", "2022-12-08"), (2024, "国办发明电〔2023〕7号", "2023-10-25"),
     (2025, "国办发明电〔2024〕12号", "2024-11-12"), (2026, "国办发明电〔2025〕7号", "2025-11-04")],
)  # fmt: skip
def test_each_year_names_its_notice(year: int, number: str, published: str) -> None:
    notice = NOTICES[year]
    assert (notice.year, notice.document_no, str(notice.published_on)) == (year, number, published)


def test_no_made_up_day_is_a_weekday_and_no_holiday_names_one() -> None:
    for notice in NOTICES.values():
        made_up = [day for day, (kind, _name) in notice.days.items() if kind == "workday"]
        assert all(day.weekday() >= 5 for day in made_up)


@pytest.mark.parametrize(
    ("day", "working"),
    [("2025-09-28", True), ("2025-10-01", False), ("2025-10-08", False), ("2025-10-11", True), ("2025-10-12", False),
     ("2025-01-26", True), ("2026-01-04", True), ("2026-02-23", False), ("2026-02-24", True), ("2024-06-10", False),
     ("2022-12-31", False), ("2023-01-02", False), ("2023-01-29", True), ("2023-10-08", True)],
)  # fmt: skip
def test_a_day(day: str, working: bool) -> None:
    assert KNOWN.is_working(date.fromisoformat(day)) is working


@pytest.mark.parametrize(
    ("start", "number", "last"),
    [
        ("2025-01-24", 5, "2025-02-07"),  # Sunday the 26th, 27, 5, 6, 7
        ("2025-01-24", 6, "2025-02-08"),  # Saturday
        ("2026-02-13", 1, "2026-02-14"),  # Saturday
        ("2026-02-13", 2, "2026-02-24"),
        ("2026-02-13", 6, "2026-02-28"),  # Saturday
        ("2025-09-26", 5, "2025-10-10"),  # Sunday the 28th, 29, 30, 9, 10
        ("2025-10-10", -4, "2025-09-28"),  # 9, 30, 29, Sunday the 28th
        ("2026-09-30", 3, "2026-10-10"),  # 8, 9, Saturday the 10th
        ("2024-02-09", 1, "2024-02-18"),  # Sunday
        ("2023-01-20", 3, "2023-01-30"),  # Saturday the 28th, Sunday the 29th, 30
        ("2022-12-30", 1, "2023-01-03"),
    ],
)
def test_working_days_over_a_holiday(start: str, number: int, last: str) -> None:
    day, there = date.fromisoformat(start), date.fromisoformat(last)
    assert KNOWN.add(day, number) == there
    assert KNOWN.between(day, there) == number
    assert KNOWN.end_of_working_day(day, number) == end_of(there)


def test_the_next_and_the_last_working_day() -> None:
    assert KNOWN.next_working_day(date(2026, 2, 14)) == date(2026, 2, 24)
    assert KNOWN.previous_working_day(date(2026, 2, 24)) == date(2026, 2, 14)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2025-01-27 16:00", 8, "2025-02-05 16:30"),  # 2 before the holiday, 4 and 2 after it
        ("2025-01-26 09:00", 4, "2025-01-26 15:30"),  # a Sunday made up
        ("2025-03-04 12:30", 1, "2025-03-04 15:30"),
        ("2025-03-04 08:00", 4, "2025-03-04 12:00"),
        ("2025-03-04 08:00", 7.5, "2025-03-04 18:00"),
        ("2025-03-07 17:59:59.999", 1, "2025-03-10 08:59:59.999"),
        ("2025-10-01 10:00", 7.5, "2025-10-09 18:00"),
    ],
)
def test_working_hours(start: str, hours: float, end: str) -> None:
    amount = timedelta(hours=hours)
    assert KNOWN.add_hours(moment(start), amount) == moment(end)
    assert KNOWN.hours_between(moment(start), moment(end)) == amount


def test_hours_are_data_with_their_source() -> None:
    (hours,) = notices.default_hours()
    assert (hours.texts, hours.source) == (["08:00-12:00", "14:30-18:00"], "our default")


def test_a_year_without_a_notice_says_so_and_counts_its_weekends() -> None:
    assert not KNOWN.announced(2027)
    assert KNOWN.between(date(2026, 12, 31), date(2027, 12, 31)) == 261


def test_every_day_goes_by_its_weekday_where_nothing_is_known() -> None:
    nothing = WorkingCalendar({})
    week = [date(2026, 11, 16) + timedelta(days=n) for n in range(7)]
    assert [nothing.is_working(day) for day in week] == [True] * 5 + [False] * 2


days = st.dates(date(2022, 6, 1), date(2027, 6, 1))


@settings(deadline=None)
@given(days, st.integers(-60, 60))
def test_adding_and_counting_agree(day: date, number: int) -> None:
    there = KNOWN.add(day, number)
    assert KNOWN.between(day, there) == number
    assert number == 0 or KNOWN.is_working(there)


@settings(deadline=None)
@given(days, days)
def test_counting_is_what_a_walk_finds(first: date, last: date) -> None:
    if first > last:
        first, last = last, first
    walked = sum(KNOWN.is_working(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))
    assert KNOWN.between(first, last) == walked
    assert KNOWN.between(last, first) == -sum(
        KNOWN.is_working(last - timedelta(days=n)) for n in range(1, (last - first).days + 1)
    )


@settings(deadline=None)
@given(st.lists(days, min_size=3, max_size=3))
def test_stretches_add_up(three: list[date]) -> None:
    a, b, c = sorted(three)
    assert KNOWN.between(a, b) + KNOWN.between(b, c) == KNOWN.between(a, c)


moments = st.integers(to_ms(moment("2023-01-01 00:00")), to_ms(moment("2027-01-01 00:00")))


@settings(deadline=None)
@given(st.sampled_from(Unit), moments, st.integers(1, 10**9))
def test_a_moment_is_the_first_by_which_so_much_is_counted(unit: Unit, ms: int, amount: int) -> None:
    wanted = KNOWN.counted(unit, ms) + amount
    there = KNOWN.reached(unit, wanted)
    assert KNOWN.counted(unit, there) == wanted
    assert KNOWN.counted(unit, there - 1) == wanted - 1


def test_the_tables_end_and_say_so() -> None:
    for beyond in (
        lambda: KNOWN.add(date(2119, 12, 28), 9),
        lambda: KNOWN.add(date(2000, 1, 4), -9),
        lambda: KNOWN.between(date(1999, 12, 31), date(2000, 1, 5)),
        lambda: KNOWN.add_hours(moment("2119-12-29 10:00"), timedelta(hours=80)),
        lambda: KNOWN.hours_between(moment("1999-12-31 23:59"), moment("2000-01-03 10:00")),
    ):
        with pytest.raises(OutOfCalendar):
            beyond()


def test_a_day_is_a_day_in_shanghai_and_a_moment_needs_a_zone() -> None:
    at = datetime(2025, 3, 31, 15, 59, 59, 999_999, tzinfo=UTC)
    assert (local_day(at), local_day(at + timedelta(microseconds=1))) == (date(2025, 3, 31), date(2025, 4, 1))
    assert from_ms(to_ms(at)) == moment("2025-03-31 23:59:59.999")
    assert start_of(date(2025, 4, 1)) == end_of(date(2025, 3, 31)) == datetime(2025, 3, 31, 16, tzinfo=UTC)
    for naive in (to_ms, local_day):
        with pytest.raises(ValueError, match="no time zone"):
            naive(datetime(2025, 4, 1))  # noqa: DTZ001


# ---- on record -----------------------------------------------------------------------------------


def test_imported_twice_it_is_the_same(loaded: None, capsys: pytest.CaptureFixture[str]) -> None:
    before = list(CalendarDay.objects.order_by("day").values())
    call_command("import_holidays")
    assert "此前均已录入" in capsys.readouterr().out
    assert list(CalendarDay.objects.order_by("day").values()) == before
    assert AuditEntry.objects.filter(act="calendar.import").count() == len(YEARS)
    calendar = calendar_for()
    assert (calendar.exceptions, calendar.years, calendar.hours) == (KNOWN.exceptions, KNOWN.years, KNOWN.hours)


def test_a_corrected_notice_takes_the_place_of_the_year_s(loaded: None, tmp_path: Path) -> None:
    first = calendar_for().version
    text = (FILES / "2026.yaml").read_text(encoding="utf-8").replace("2026-02-28", "2026-03-01").replace("7号", "8号")
    (tmp_path / "2026.yaml").write_text(text, encoding="utf-8")
    call_command("import_holidays", str(tmp_path / "2026.yaml"), verbosity=0)
    calendar = calendar_for()
    assert calendar.is_working(date(2026, 3, 1))
    assert not calendar.is_working(date(2026, 2, 28))
    assert calendar.announced(2025)
    assert calendar_for(version=first).is_working(date(2026, 2, 28))
    call_command("import_holidays", verbosity=0)  # those of the release are known, and stay superseded
    assert calendar_for() == calendar


def test_an_older_notice_of_the_year_is_refused(loaded: None, tmp_path: Path) -> None:
    text = (FILES / "2026.yaml").read_text(encoding="utf-8").replace("2025-11-04", "2025-11-03")
    (tmp_path / "2026.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match="晚于"):
        call_command("import_holidays", str(tmp_path / "2026.yaml"))
    assert CalendarNotice.objects.count() == len(YEARS)


def test_what_was_known_at_a_moment(db: None) -> None:
    """Spring Festival 2020 was prolonged on 26 January, in the middle of it."""
    planned, prolonged = read_file(LATE / "2020.yaml"), read_file(LATE / "2020-extended.yaml")
    with pytest.raises(RuleBroken) as broken:
        import_notices([prolonged], by=None, at=AT)
    assert broken.value.code == "nothing_to_amend"
    import_notices([planned], by=None, at=moment("2019-11-21 18:00"))
    import_notices([prolonged], by=None, at=moment("2020-01-27 08:00"))
    before, after = version_at(None, moment("2020-01-27 07:59:59.999")), version_at(None, moment("2020-01-27 08:00"))
    assert version_at(None, moment("2019-11-01 00:00")) == 0
    old, new = calendar_for(version=before), calendar_for(version=after)
    saturday = date(2020, 2, 1)
    assert (old.is_working(saturday), new.is_working(saturday)) == (True, False)
    assert (old.add(date(2020, 1, 23), 1), new.add(date(2020, 1, 23), 1)) == (date(2020, 1, 31), date(2020, 2, 3))
    assert (new.version, new.known_at, new.years) == (after, moment("2020-01-27 08:00"), frozenset({2020}))
    assert calendar_for() == new
    assert calendar_for(version=0) == WorkingCalendar({}, hours=KNOWN.hours)


def test_the_order_of_import_does_not_matter_but_that_of_publication(db: None) -> None:
    later = Notice("再延长", "国办发明电〔2020〕2号", date(2020, 1, 28), days={date(2020, 2, 3): ("holiday", "春节")})
    earlier = Notice("不延长", "国办发明电〔2020〕1号", date(2020, 1, 26), days={date(2020, 2, 3): ("workday", "春节")})
    import_notices([later], by=None, at=AT)
    import_notices([earlier], by=None, at=AT)
    assert not calendar_for().is_working(date(2020, 2, 3))


def test_nothing_on_record_is_changed(loaded: None) -> None:
    for table in (CalendarNotice, CalendarDay, CalendarHours):
        for act in (lambda rows: rows.update(id=F("id")), lambda rows: rows._raw_delete("default")):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                act(table.objects.all())


@pytest.mark.parametrize("table", ["calendarnotice", "calendarday", "calendarhours"])
def test_nor_by_the_tables_owner(fresh_db: Fresh, table: str) -> None:
    CalendarHours.objects.create(notice=say({"2026-10-01": "holiday"}), from_on="2026-01-01", windows="08:00-12:00")
    with connections["owner"].cursor() as cursor:
        for statement in (f"UPDATE governance_{table} SET id = id", f"DELETE FROM governance_{table}"):
            with pytest.raises(DatabaseError, match="Cannot update or delete"):
                cursor.execute(statement)


def test_two_imports_at_once_are_one(fresh_db: Fresh) -> None:
    gate, found = threading.Barrier(4), []

    def once() -> None:
        gate.wait()
        try:
            found.append(len(import_notices(list(NOTICES.values()), by=None, at=AT)))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=once) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0, 0, 0, len(YEARS)]
    assert CalendarNotice.objects.count() == len(YEARS)


def test_without_the_lock_two_imports_collide(fresh_db: Fresh, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin."""
    gate, found = threading.Barrier(2), []
    monkeypatch.setattr(service, "_lock", lambda: None)
    real = service._record

    def together(*args: object, **kwargs: object) -> CalendarNotice:
        gate.wait(10)
        return real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(service, "_record", together)

    def once() -> None:
        try:
            found.append(len(import_notices([NOTICES[2026]], by=None, at=AT)))
        except IntegrityError:
            found.append(0)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=once) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found in ([0, 1], [1, 0])  # one is refused by the database instead of finding it done


# ---- a county's own --------------------------------------------------------------------------------


def county_notice(text: str = "2026-04-13 放假 庙会", **given: object) -> Notice:
    days, hours = read_typed(text)
    said = {
        "title": "关于庙会放假的通知",
        "document_no": "临政办〔2026〕3号",
        "published_on": date(2026, 3, 2),
        "reason": "庙会",
        **given,
    }
    return Notice(**said, days=days, hours=hours)  # type: ignore[arg-type]


NOW = moment("2026-03-03 09:00")


def test_a_county_adds_its_own_days(loaded: None, cast: Cast) -> None:
    record_days(
        county_notice("2026-04-13 放假 庙会\n2026-10-01 上班 抢险"), territory=cast.county, by=cast["chen"], at=NOW
    )  # fmt: skip
    fair, makeup = date(2026, 4, 13), date(2026, 10, 1)
    assert not calendar_for(cast.village).is_working(fair)
    assert calendar_for(cast.county).is_working(makeup)
    assert calendar_for(cast.other_county).is_working(fair)
    assert calendar_for().is_working(fair)
    assert AuditEntry.objects.get(act="calendar.add").territory == cast.county


def test_a_county_s_word_counts_before_the_country_s_even_if_that_is_later(cast: Cast) -> None:
    record_days(county_notice("2026-10-01 上班 抢险"), territory=cast.county, by=cast["chen"], at=NOW)
    call_command("import_holidays", verbosity=0)
    assert calendar_for(cast.county).is_working(date(2026, 10, 1))


def test_a_county_has_hours_of_its_own(loaded: None, cast: Cast) -> None:
    record_days(
        county_notice("2026-05-01起 作息 8:00-12:00、15:00-18:30\n2026-10-01起 作息 08:30-12:00、14:00-17:30"),
        territory=cast.county, by=cast["chen"], at=NOW,
    )  # fmt: skip
    own, country = calendar_for(cast.township), calendar_for()
    for day, end in (("2026-04-30", "15:30"), ("2026-05-06", "16:00"), ("2026-10-08", "15:30")):
        assert own.add_hours(moment(f"{day} 08:00"), timedelta(hours=5)) == moment(f"{day} {end}")
    assert country.add_hours(moment("2026-05-06 08:00"), timedelta(hours=5)) == moment("2026-05-06 15:30")
    assert own.hours[1].source == "关于庙会放假的通知（临政办〔2026〕3号）"


def test_a_correction_is_another_version(loaded: None, cast: Cast) -> None:
    first = record_days(county_notice(), territory=cast.county, by=cast["chen"], at=NOW)
    known = calendar_for(cast.county)
    second = record_days(
        county_notice("2026-04-14 放假 庙会", reason="改期"), territory=cast.county, supersedes_id=first.pk, by=cast["he"], at=NOW
    )
    now = calendar_for(cast.county)
    assert [known.is_working(date(2026, 4, day)) for day in (13, 14)] == [False, True]
    assert [now.is_working(date(2026, 4, day)) for day in (13, 14)] == [True, False]
    assert calendar_for(cast.county, version=known.version) == known
    assert (now.version, second.recorded_by, first.is_in_force, second.is_in_force) == (second.pk, cast["he"], False, True)
    assert AuditEntry.objects.get(act="calendar.correct").detail["corrects"] == first.pk


def test_recorded_twice_it_is_one_notice(cast: Cast) -> None:
    kept = [record_days(county_notice(), territory=cast.county, by=cast["chen"], at=NOW).pk for _ in range(2)]
    assert kept[0] == kept[1]
    assert CalendarNotice.objects.count() == 1


@pytest.mark.parametrize(
    ("who", "where", "change", "code"),
    [
        ("tang", "140821", {}, "not_your_duty"),
        ("qin", "140821", {}, "not_your_duty"),
        ("liu", "140821101", {}, "not_your_duty"),
        ("chen", "140821101", {}, "not_a_county"),
        ("chen", "140821", {"reason": ""}, "reason_needed"),
        ("chen", "140821", {"published_on": date(2026, 3, 4)}, "not_published_yet"),
    ],
)
def test_refused(cast: Cast, who: str, where: str, change: dict[str, object], code: str) -> None:
    with pytest.raises(RuleBroken) as broken:
        record_days(county_notice(**change), territory=cast.places[where], by=cast[who], at=NOW)
    assert broken.value.code == code
    assert not CalendarNotice.objects.exists()


def test_one_paper_is_recorded_once(cast: Cast) -> None:
    first = record_days(county_notice(), territory=cast.county, by=cast["chen"], at=NOW)
    other = county_notice("2026-04-14 放假 庙会")
    with pytest.raises(RuleBroken) as broken:
        record_days(other, territory=cast.county, by=cast["chen"], at=NOW)
    assert (broken.value.code, broken.value.field) == ("document_on_record", "document_no")
    record_days(other, territory=cast.other_county, by=cast["tang"], at=NOW)
    record_days(other, territory=cast.county, supersedes_id=first.pk, by=cast["chen"], at=NOW)


def test_which_corrections_are_refused(cast: Cast) -> None:
    mine = record_days(county_notice(), territory=cast.county, by=cast["chen"], at=NOW)
    theirs = record_days(county_notice(), territory=cast.other_county, by=cast["tang"], at=NOW)
    country = say({"2026-10-01": "holiday"})
    another = county_notice("2026-04-14 放假 庙会")

    def code(supersedes: CalendarNotice | None, notice: Notice = another, by: User = cast["chen"]) -> str:
        with pytest.raises(RuleBroken) as broken:
            check_days(notice, territory=cast.county, supersedes_id=supersedes and supersedes.pk, by=by, at=NOW)
        return broken.value.code

    assert code(theirs) == code(country) == "not_yours_to_correct"
    assert code(None, county_notice()) == "says_the_same"
    record_days(another, territory=cast.county, supersedes_id=mine.pk, by=cast["chen"], at=NOW)
    assert code(mine, county_notice("2026-04-15 放假 庙会")) == "corrected_already"


# ---- what is typed and what is filed ---------------------------------------------------------------


def test_what_is_typed_is_read() -> None:
    said, hours = read_typed("""
    2026-04-11至2026-04-13 放假 庙会
    2026年4月18日　上班　庙会调休
    2026/5/1起 作息 ８：００－１２：００，15:00～18:30
    """)
    assert [str(day) for day in said] == ["2026-04-11", "2026-04-12", "2026-04-13", "2026-04-18"]
    assert said[date(2026, 4, 18)] == ("workday", "庙会调休")
    assert hours == {date(2026, 5, 1): "08:00-12:00 15:00-18:30"}
    text = typed(said, hours)
    assert text == "2026-04-11至2026-04-13 放假 庙会\n2026-04-18 上班 庙会调休\n2026-05-01起 作息 08:00-12:00、15:00-18:30"
    assert read_typed(text) == (said, hours)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("明天 放假 庙会", "2026-04-13"), ("2026-04-13 放假", "40"), ("2026-02-30 放假 庙会", "不存在"), ("2026-04-13 庙会", "2026-04-13"),
        ("2026-04-13至2026-04-11 放假 庙会", "至"), ("2026-04-13至2026-09-11 放假 庙会", "31"), ("2026-05-01 作息 08:00", "08:00"),
        ("2026-05-01 作息 14:30-18:00、08:00-12:00", "14:30"), ("2026-05-01 作息 08:00-12:60", "08:00"), ("2026-05-01 作息 上午", "上午"),
        ("2026-05-01 作息 08:00-12:00 外加 14:00-15:00", "外加"), ("1999-05-01 放假 庙会", "1999"), ("2026-04-12 放假 又一次", "两次"),
        ("2026-06-01 作息 08:00-12:00\n2026-06-01 作息 09:00-12:00", "两次"),
    ],
)  # fmt: skip
def test_what_is_typed_wrong_is_named_with_its_line(line: str, why: str) -> None:
    with pytest.raises(RuleBroken) as broken:
        read_typed(f"2026-04-12 放假 庙会\n\n{line}")
    assert broken.value.message.splitlines()[-1].startswith(f"第 {3 + line.count(chr(10))} 行")
    assert why in broken.value.message


@pytest.mark.parametrize(
    ("was", "becomes", "line", "why"),
    [
        ("from: 2026-01-01", "from: 2026-01-04", 6, "2026-01-03"),
        ("workdays: [2026-01-04]", "workdays: [2026-01-05]", 6, "星期一"),
        ("workdays: [2026-01-04]", "workdays: [2026-01-04, 2026-01-04]", 6, "两次"),
        ("from: 2026-01-01, to: 2026-01-03", "from: 2027-05-01, to: 2027-05-03", 6, "不在 2026 年"),
        ("name: 元旦", "title: 元旦", 6, "“title”"),
        ("name: 元旦", "title: 元旦", 6, "缺少“name”"),
        ("2026-10-01, to: 2026-10-07", "2026-10-02, to: 2026-10-07", 6, "国庆节"),
        ("year: 2026", "year: [", 3, "YAML"),
        ("year: 2026", "year: 二零二六", 1, "二零二六"),
        ("from: 2026-01-01", "from: soon", 6, "soon"),
        ("〔2025〕7号", "2025年第7号", 3, "国办发明电〔2024〕12号"),
        ("published_on: 2025-11-04", "published_on: 2026-11-04", 4, "2026"),
        ("关于2026年", "关于2025年", 2, "2026"),
        ("year: 2026\n", "", 1, "缺少“year”"),
        ("year: 2026\n", "year: 2026\nyear: 2026\n", 2, "“year”"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_whole(db: None, tmp_path: Path, was: str, becomes: str, line: int, why: str) -> None:
    text = (FILES / "2026.yaml").read_text(encoding="utf-8")
    assert was in text
    (tmp_path / "2025.yaml").write_text((FILES / "2025.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "2026.yaml").write_text(text.replace(was, becomes), encoding="utf-8")
    with pytest.raises(CommandError) as refused:
        call_command("import_holidays", str(tmp_path))
    named = [one for one in str(refused.value).splitlines() if one.startswith(f"第 {line} 行") and why in one]
    assert named, str(refused.value)
    assert str(refused.value).startswith("2026.yaml：")
    assert not CalendarNotice.objects.exists()


def test_every_mistake_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    file = tmp_path / "2026.yaml"
    text = (FILES / "2026.yaml").read_text(encoding="utf-8")
    file.write_text(text.replace("2026-01-04", "2026-01-05").replace("2026-05-09", "2026-05-08"), encoding="utf-8")
    with pytest.raises(RuleBroken) as broken:
        read_file(file)
    assert [line[:5] for line in broken.value.message.splitlines()[1:]] == ["第 6 行", "第 9 行"]


@pytest.mark.parametrize(
    "content", [b"", b"- 1", b"holidays: 1", b"\xff\xfe", b"holidays: [1, {workdays: 3}]", b"a: &a [*a]", b"? [1]\n: 2"]
)
def test_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.yaml").write_bytes(content)
    with pytest.raises(RuleBroken) as broken:
        read_file(tmp_path / "x.yaml")
    assert broken.value.code == "bad_calendar"


def test_a_missing_file_is_no_traceback(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        call_command("import_holidays", str(tmp_path / "nowhere.yaml"))
