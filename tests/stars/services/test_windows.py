"""A holiday announced late moves the deadlines of filings, and takes back lateness that it makes unfair."""

from dataclasses import replace
from datetime import date

import pytest

from governance.models import AuditEntry
from governance.notices import Notice, read_typed
from governance.services.calendar import import_notices, record_days
from stars.models import Filing, FilingWindow, RatingYear
from stars.selectors.timeliness import CAME_LATE
from stars.services.years import extend_window
from stars.wording import moved_note
from tests.stars.county import moment


def free(days, *, published="2025-04-01"):
    typed, hours = read_typed(days)
    return Notice("防汛放假", "临政办〔2025〕9号", date.fromisoformat(published), reason="防汛", days=typed, hours=hours)


def march(county):
    return FilingWindow.objects.get(rating_year=county.rating_year, sheet_code="month", period=2)


def announce(county, days, at, **change):
    notice = replace(free(days), **change)
    return record_days(notice, territory=county.cast.county, by=county.cast["chen"], at=moment(at))


def test_a_holiday_moves_what_is_due_after_it(county):
    april = FilingWindow.objects.get(rating_year=county.rating_year, sheet_code="month", period=3)
    kept = announce(county, "2025-04-02至2025-04-03 放假 防汛", "2025-04-01 09:00")
    moved = march(county)
    assert (moved.due_at, moved.locks_at) == (moment("2025-04-10 00:00"), moment("2025-04-17 00:00"))
    assert (moved.due_before, moved.moved_by) == (moment("2025-04-08 00:00"), kept)
    assert FilingWindow.objects.get(pk=april.pk).due_at == april.due_at
    entry = AuditEntry.objects.get(act="stars.move_windows")
    assert (entry.detail["windows"], entry.detail["notice"]) == (1, str(kept))


def test_lateness_that_the_notice_makes_unfair_is_withdrawn_with_a_note(county):
    filing = Filing.objects.filter(window=march(county)).first()
    came = moment("2025-04-08 10:00")
    Filing.objects.filter(pk=filing.pk).update(
        state="submitted", submitted_by=county.cast["qin"], first_submitted_at=came, submitted_at=came
    )
    assert Filing.objects.filter(CAME_LATE, pk=filing.pk).exists()
    announce(county, "2025-04-02至2025-04-03 放假 防汛", "2025-04-09 09:00")
    assert not Filing.objects.filter(CAME_LATE, pk=filing.pk).exists()
    note = moved_note(Filing.objects.get(pk=filing.pk), moment("2025-04-09 10:00"))
    assert "2025-04-07" in note and "2025-04-09" in note
    assert "逾期" in note


def test_whoever_records_it_is_told_what_moved(county):
    told = []
    record_days(
        free("2025-04-02至2025-04-03 放假 防汛"), territory=county.cast.county, by=county.cast["chen"],
        at=moment("2025-04-01 09:00"), tell=told.append,
    )  # fmt: skip
    (sentence,) = told
    assert "1 张报表" in sentence and "2025年3月“月考核”" in sentence


def test_a_unit_with_an_extension_is_told_that_it_stands(county):
    announce(county, "2025-04-02至2025-04-03 放假 防汛", "2025-04-01 09:00")
    filing = Filing.objects.filter(window=march(county)).first()
    assert "延期" not in moved_note(filing, moment("2025-04-01 10:00"))
    filing.extended_until = moment("2025-05-01 00:00")
    assert "已获准延期，仍以 2025年4月30日" in moved_note(filing, moment("2025-04-01 10:00"))


def test_a_lock_that_was_too_early_opens_again(county):
    at = moment("2025-04-15 09:00")
    assert march(county).is_locked(at)
    announce(county, "2025-04-02至2025-04-03 放假 防汛", "2025-04-15 09:00")
    assert not march(county).is_locked(at)


@pytest.mark.parametrize("at, due", [("2025-04-01 09:00", "2025-04-06 00:00"), ("2025-04-06 09:00", "2025-04-08 00:00")])
def test_a_workday_moves_a_deadline_forward_only_while_that_lies_ahead(county, at, due):
    announce(county, "2025-04-05 上班 防汛", at)
    assert march(county).due_at == moment(due)


def test_what_was_extended_by_hand_is_not_shortened(county):
    window = march(county)
    extend_window(
        window_id=window.pk, until=date(2025, 4, 30), reason="防汛", by=county.cast["chen"], at=moment("2025-04-01 08:00")
    )
    announce(county, "2025-04-05 上班 防汛", "2025-04-01 09:00")
    assert march(county).locks_at == moment("2025-05-01 00:00")


def test_a_county_moves_its_own_and_the_country_all_but_closed_years(county):
    before = march(county).due_at
    RatingYear.objects.filter(pk=county.rating_year.pk).update(
        stage=RatingYear.Stage.CLOSED, roster_frozen_at=moment("2025-04-01 08:00")
    )
    import_notices([free("2025-04-02 放假 防汛")], by=None, at=moment("2025-04-01 09:00"))
    assert march(county).due_at == before
    RatingYear.objects.filter(pk=county.rating_year.pk).update(stage=RatingYear.Stage.OPEN, roster_frozen_at=None)
    import_notices([free("2025-04-03 放假 防汛")], by=None, at=moment("2025-04-01 09:00"))
    assert march(county).due_at > before
