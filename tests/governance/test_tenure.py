"""Months in post: a table of cases, and an obvious slow count of days and months beside it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.tenure import Spell, add_months, counted_months, full_months

AS_OF = date(2025, 12, 31)


def spell(text: str) -> Spell:
    """As "2015-01-01 2019-12-31 removed"; the end may be "now"."""
    start, end, *how = text.split()
    return Spell(date.fromisoformat(start), None if end == "now" else date.fromisoformat(end), how == ["removed"])


CASES = [
    ("one year to the day", ["2025-01-01 2025-12-31"], 12),
    ("a day short of a year", ["2025-01-02 2025-12-31"], 11),
    ("still in post", ["2015-12-01 now"], 121),
    ("begins after the day asked for", ["2026-01-01 now"], 0),
    ("ends after the day asked for", ["2025-07-01 2026-06-30"], 6),
    ("a gap of exactly a year is bridged and counted", ["2010-01-01 2014-12-31", "2016-01-01 2020-12-31"], 132),
    ("a gap of a year and a day is taken off", ["2010-01-01 2014-12-31", "2016-01-02 2021-01-01"], 120),
    ("two posts at once are one", ["2020-01-01 now", "2021-01-01 2023-12-31"], 72),
    ("one post after another without a day between", ["2020-01-01 2022-06-30", "2022-07-01 now"], 72),
    ("posts in any order", ["2022-07-01 now", "2020-01-01 2022-06-30"], 72),
    ("years before a removal are lost", ["2005-01-01 2014-12-31 removed", "2020-01-01 now"], 72),
    ("so is the gap after it, however short", ["2005-01-01 2019-12-31 removed", "2020-07-01 now"], 66),
    ("and the earlier years of a post that went on", ["2010-01-01 now", "2012-01-01 2015-12-31 removed"], 120),
    ("removed and never again in post", ["2010-01-01 2020-01-01 removed"], 0),
    ("a removal after the day asked for is not known yet", ["2020-01-01 2026-03-01 removed"], 72),
    ("from the last day of a long month", ["2025-01-31 2025-02-27"], 1),
    ("two short stretches each lose their odd days", ["2020-01-01 2020-01-20", "2023-01-01 2023-01-20"], 0),
    ("nothing at all", [], 0),
]


@pytest.mark.parametrize(("spells", "months"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_months(spells: list[str], months: int) -> None:
    assert counted_months(map(spell, spells), as_of=AS_OF, merge_gap_months=12, drop_before_removal=True) == months


def test_the_policy_may_keep_the_years_before_a_removal() -> None:
    spells = [spell("2010-01-01 2014-12-31 removed"), spell("2020-01-01 now")]
    assert counted_months(spells, as_of=AS_OF, merge_gap_months=12, drop_before_removal=False) == 132


def test_the_policy_may_leave_gaps_out() -> None:
    spells = [spell("2020-01-01 2020-12-31"), spell("2021-07-01 now")]
    rule = {"as_of": AS_OF, "merge_gap_months": 12, "drop_before_removal": True}
    assert counted_months(spells, **rule) == 72
    assert counted_months(spells, **rule, gaps_count=False) == 66


def test_months_of_different_length() -> None:
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2023, 11, 30), 3) == date(2024, 2, 29)
    assert full_months(date(2024, 2, 29), date(2025, 2, 28)) == 12
    assert full_months(date(2024, 2, 29), date(2025, 2, 27)) == 11


def slow(spells: list[Spell], as_of: date, gap: int, drop: bool, gaps_count: bool) -> int:
    """Day by day, then month by month."""
    day, days = date(2000, 1, 1), []
    removals = [s.until_on for s in spells if s.removed and s.until_on and s.from_on <= as_of and s.until_on <= as_of]
    while day <= as_of:
        in_post = any(s.from_on <= day and (s.until_on is None or day <= s.until_on) for s in spells)
        if in_post and not (drop and removals and day <= max(removals)):
            days.append(day)
        day += timedelta(days=1)
    runs: list[list[date]] = []
    for day in days:
        after = runs and runs[-1][-1] + timedelta(days=1)
        if after and day <= (add_months(after, gap) if gaps_count else after):
            runs[-1].append(day)
        else:
            runs.append([day])
    total = 0
    for run in runs:
        months = 0
        while add_months(run[0], months + 1) <= run[-1] + timedelta(days=1):
            months += 1
        total += months
    return total


days = st.dates(date(2000, 1, 1), date(2012, 12, 31))
drawn = st.builds(
    lambda start, length, open_ended, removed: Spell(
        start, None if open_ended else start + timedelta(days=length), removed and not open_ended
    ),
    days, st.integers(0, 1500), st.booleans(), st.booleans(),
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(drawn, max_size=5), days, st.integers(0, 14), st.booleans(), st.booleans())
def test_agrees_with_counting_on_the_fingers(spells: list[Spell], as_of: date, gap: int, drop: bool, gaps_count: bool) -> None:
    fast = counted_months(spells, as_of=as_of, merge_gap_months=gap, drop_before_removal=drop, gaps_count=gaps_count)
    assert fast == slow(spells, as_of, gap, drop, gaps_count)
