from datetime import UTC, date, datetime

import pytest

from stars import periods


@pytest.mark.parametrize(
    "length, period, first, last",
    [
        (1, 0, date(2024, 1, 1), date(2024, 1, 31)),
        (1, 1, date(2024, 2, 1), date(2024, 2, 29)),
        (1, 11, date(2025, 12, 1), date(2025, 12, 31)),
        (3, 0, date(2025, 1, 1), date(2025, 3, 31)),
        (3, 3, date(2025, 10, 1), date(2025, 12, 31)),
        (6, 1, date(2025, 7, 1), date(2025, 12, 31)),
        (12, 0, date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_bounds(length, period, first, last):
    assert periods.bounds(last.year, length, period) == (first, last)
    assert periods.last_month(length, period) == last.month - 1


def test_a_day_is_a_day_in_shanghai():
    assert periods.start_of(date(2025, 4, 1)) == datetime(2025, 3, 31, 16, tzinfo=UTC)
    assert periods.end_of(date(2025, 4, 1)) == datetime(2025, 4, 1, 16, tzinfo=UTC)
    assert periods.local_day(datetime(2025, 3, 31, 16, tzinfo=UTC)) == date(2025, 4, 1)
    assert periods.local_day(datetime(2025, 3, 31, 15, 59, 59, 999999, tzinfo=UTC)) == date(2025, 3, 31)


def test_titles_tell_the_periods_of_a_year_apart():
    titles = [periods.title(*periods.bounds(2025, length, p)) for length in (1, 3, 6, 12) for p in range(12 // length)]
    assert len(set(titles)) == len(titles) == 19
