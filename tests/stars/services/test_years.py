from datetime import date

import pytest

from governance.errors import RuleBroken
from governance.models import AuditEntry
from stars.models import Filing, FilingWindow, RatingYear, StageMove
from stars.services.years import close_year, extend_window, open_year
from tests.stars.county import POLICY, moment, open_county


def test_a_year_opens_with_its_windows_and_filings(county):
    windows = FilingWindow.objects.filter(rating_year=county.rating_year)
    assert windows.count() == 12 + 1
    assert Filing.objects.filter(window__rating_year=county.rating_year).count() == 12 * 2 + 1
    assert not Filing.objects.exclude(state="draft").exists()
    march = windows.get(sheet_code="month", period=2)
    assert (march.starts_on, march.ends_on) == (date(2025, 3, 1), date(2025, 3, 31))
    assert march.opens_at == moment("2025-03-01 00:00")
    # 4 April 2025 is a holiday in the State Council's notice; without a calendar loaded only weekends are free
    assert march.due_at == moment("2025-04-08 00:00")
    assert march.locks_at == moment("2025-04-15 00:00")


def test_opening_twice_is_opening_once(county):
    again = open_year(territory=county.cast.county, year=2025, by=county.cast["he"], at=moment("2025-01-03 09:00"))
    assert again == county.rating_year
    assert RatingYear.objects.count() == 1
    assert AuditEntry.objects.filter(act="stars.open_year").count() == 1


@pytest.mark.parametrize("who", ["qin", "liu", "tang", "sun", "an", "dai"])
def test_only_the_county_staff_opens_a_year(county, who):
    with pytest.raises(RuleBroken) as broken:
        open_year(territory=county.cast.county, year=2026, by=county.cast[who], at=moment("2026-01-03 09:00"))
    assert broken.value.code == "not_your_duty"


def test_a_township_has_no_year(county):
    with pytest.raises(RuleBroken) as broken:
        open_year(territory=county.cast.township, year=2025, by=county.cast["chen"], at=moment("2025-01-03 09:00"))
    assert broken.value.code == "not_a_county"


@pytest.mark.parametrize(
    "before, after, code",
    [
        ("  county_awards:", "  shoe_size:", "unknown_roster_word"),
        ("subject: secretary", "subject: branch", "no_policy"),
        ("body: county_staff", "body: township_leader", "stages_not_supported"),
        ("every: year\neligible", "every: two_years\neligible", "policy_not_yearly"),
    ],
)
def test_a_policy_that_cannot_be_run_is_refused_before_anybody_files(cast, before, after, code):
    text = POLICY.replace(before, after, 1).replace(
        "roster.county_awards", f"roster.{after.strip(' :')}" if "awards" in before else "roster.county_awards"
    )
    if code == "policy_not_yearly":
        text = (
            text.replace("  year:\n    title", "  yearly:\n    title")
            .replace("monthly: 60, year: 40", "monthly: 60, years: 40")
            .replace("  evaluated:", "  years: {title: 年均, mean: yearly}\n  evaluated:")
        )
    with pytest.raises(RuleBroken) as broken:
        open_county(cast, text=text)
    assert broken.value.code == code
    assert not RatingYear.objects.exists()


def test_a_year_closes_after_its_last_window(county):
    late = FilingWindow.objects.filter(rating_year=county.rating_year).order_by("locks_at").last()
    with pytest.raises(RuleBroken) as broken:
        county.close("2026-01-16 23:59:59.999")
    assert broken.value.code == "windows_open"
    assert "年终考核" in broken.value.message
    assert late.locks_at == moment("2026-01-17 00:00")
    closed = county.close("2026-01-17 00:00")
    assert (closed.stage, closed.roster_frozen_at) == ("closed", moment("2026-01-17 00:00"))
    assert county.close("2026-01-17 00:01").roster_frozen_at == moment("2026-01-17 00:00")
    assert StageMove.objects.filter(rating_year=closed).count() == 1
    with pytest.raises(RuleBroken) as broken:
        close_year(rating_year_id=closed.pk, by=county.cast["he"], at=moment("2026-01-18 00:00"))
    assert broken.value.code == "wrong_stage"


def test_an_extended_window_takes_filings_again(county):
    window = county.filing("month", 0).window
    for until, reason, code in [
        (date(2025, 2, 13), "雪灾", "not_later"), (date(2025, 2, 19), "雪灾", "not_later"), (date(2025, 3, 1), " ", "reason_needed"),
    ]:  # fmt: skip
        with pytest.raises(RuleBroken) as broken:
            extend_window(window_id=window.pk, until=until, reason=reason, by=county.cast["chen"], at=moment("2025-02-20 09:00"))
        assert broken.value.code == code
    extended = extend_window(
        window_id=window.pk, until=date(2025, 3, 1), reason="雪灾", by=county.cast["chen"], at=moment("2025-02-20 09:00")
    )
    assert extended.locks_at == moment("2025-03-02 00:00")
    filing = county.filing("month", 0)
    county.save(filing, county.rows(filing), at="2025-03-01 23:59:59.999")
    with pytest.raises(RuleBroken) as broken:
        extend_window(
            window_id=window.pk, until=date(2025, 4, 1), reason="雪灾", by=county.cast["liu"], at=moment("2025-02-20 09:00")
        )
    assert broken.value.code == "not_your_duty"
