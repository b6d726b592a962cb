"""The table of completeness against a slow and obvious model, over generated states of a two-county world."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from governance.models import Territory
from governance.scope import ScopedQuerySet
from governance.services import policies
from stars.models import Filing
from stars.selectors import completeness
from stars.selectors.completeness import NAMES, completeness_table
from stars.services.years import open_year
from tests.stars.county import County, moment

MOMENTS = ("2025-02-12 10:00", "2025-07-09 00:00", "2025-11-20 10:00", "2026-02-01 09:00")


@pytest.fixture
def two(county: County) -> County:
    """The neighbour has its year as well."""
    policies.adopt(
        county.policy.pk,
        territory=county.cast.other_county,
        year_from=2025,
        document_no="",
        by=None,
        at=moment("2024-12-10 09:00"),
    )
    open_year(territory=county.cast.other_county, year=2025, by=county.cast["tang"], at=moment("2025-01-02 09:00"))
    return county


def scatter(draw: random.Random, by: Any) -> None:
    """Every filing somewhere: never begun, handed in early, on the microsecond, late, extended, sent back."""
    for filing in Filing.objects.select_related("window"):
        due = filing.window.due_at
        steps = [timedelta(days=-3), timedelta(microseconds=-1), timedelta(0), timedelta(days=1), timedelta(days=9)]
        first = draw.choice([None, *(due + step for step in steps)])
        state = "draft" if first is None else draw.choice(["draft", "submitted", "passed", "accepted"])
        Filing.objects.filter(pk=filing.pk).update(
            state=state, first_submitted_at=first, submitted_by=by if first else None,
            submitted_at=None if first is None or state == "draft" else first + timedelta(days=draw.choice([0, 4])),
            extended_until=draw.choice([None, None, due - timedelta(days=1), due + timedelta(days=1), due + timedelta(days=20)]),
        )  # fmt: skip


def slow(filing: Filing, at: datetime) -> str:
    """Where one filing is counted, told as one would tell a colleague."""
    window = filing.window
    if window.opens_at > at:
        return ""
    longest = window.due_at if filing.extended_until is None else max(window.due_at, filing.extended_until)
    if filing.state == "draft":
        return "waiting" if at < longest else "missing"
    assert filing.first_submitted_at is not None
    if filing.first_submitted_at < window.due_at:
        return "on_time"
    return "by_extension" if filing.first_submitted_at < longest else "late"


def part_of(filing: Filing, by: str) -> str:
    month = filing.window.ends_on.month
    return {"year": "", "month": str(month), "quarter": str((month + 2) // 3), "sheet": filing.window.sheet_code}[by]


def modelled(reach: str, place: str, at: datetime, by: str, sheet: str, length: int) -> dict[tuple[str, str], Counter]:
    found: dict[tuple[str, str], Counter] = {}
    for filing in Filing.objects.select_related("window", "territory"):
        path = filing.territory.path
        counted = slow(filing, at)
        if counted and path.startswith(reach) and path.startswith(place) and sheet in ("", filing.window.sheet_code):
            cell = found.setdefault((path[:length], part_of(filing, by)), Counter())
            cell.update([counted, "expected"])
    return found


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("at", MOMENTS)
def test_as_the_slow_model_says(two: County, seed: int, at: str) -> None:
    draw = random.Random(f"{seed} {at}")
    scatter(draw, two.cast["liu"])
    for who, reach in (("he", "140821"), ("liu", "140821101"), ("tang", "140822")):
        for path, below in (("14", 4), ("1408", 6), ("140821", 9), ("140821101", 12), ("140822", 9)):
            by, sheet = draw.choice(completeness.GRAINS), draw.choice(["", "month", "year"])
            place = Territory.objects.get(path=path)
            table = completeness_table(two.cast[who], place=place, year=2025, at=moment(at), by=by, sheet=sheet)
            for rows, length in ((table.whole, len(path)), (table.rows, below)):
                wanted = modelled(reach, path, moment(at), by, sheet, length)
                got = {(row.path, row.part): {name: getattr(row.counts, name) for name in NAMES} for row in rows}
                assert got == {key: {name: cell[name] for name in NAMES} for key, cell in wanted.items()}
                assert all(sum(cell[name] for name in NAMES[1:]) == cell["expected"] for cell in got.values())


def test_nobody_counts_a_strangers_forms(two: County, monkeypatch: pytest.MonkeyPatch) -> None:
    county = two.cast.county

    def names() -> set[str]:
        table = completeness_table(two.cast["liu"], place=county, year=2025, at=moment(MOMENTS[-1]))
        return {row.name for row in table.rows}

    assert names() == {"嵋阳镇"}
    monkeypatch.setattr(ScopedQuerySet, "visible_to", lambda self, _user: self.all())
    assert names() == {"临猗县", "嵋阳镇", "临晋镇"}  # the twin


def test_few_queries_at_any_level(two: County, django_assert_num_queries: Any) -> None:
    he = two.cast["he"]
    assert he.duties  # asked once for each account
    for path in ("14", "140821", "140821101"):
        place = Territory.objects.get(path=path)
        with django_assert_num_queries(3):
            completeness_table(he, place=place, year=2025, at=moment(MOMENTS[-1]), by="month")
