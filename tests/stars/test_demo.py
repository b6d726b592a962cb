"""The demo adds up to the source because its filings do: figures follow the records, and the records follow the filings."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connections
from django.utils import timezone

from governance.models import User
from stars.cells import NOT_FILED
from stars.demo.story import tell
from stars.figures import COUNTED
from stars.management.commands.load_demo import analyze
from stars.models import Assessment, AssessmentChange, Filing, Outcome, PublishedRating, RatingYear
from stars.services import stages
from stars.services.rating import recompute_years

ROOT = Path(__file__).parents[2]
SOURCES = json.loads((ROOT / "config/figures.json").read_text("utf-8"))
TODAY = date(2026, 11, 22)


def counted() -> dict[str, int]:
    return {key: count() for key, count in COUNTED.items()}


@pytest.mark.usefixtures("fresh_db")
def test_figures_come_from_records_and_records_from_filings() -> None:
    tell(TODAY, lambda _what: None, analyze)
    assert counted() == {key: SOURCES[key] for key in COUNTED}
    _one_record_less(Outcome.NONE, "S3.secretaries_without_star")
    _correct_the_best()
    assert counted()["S3.nine_star_secretaries"] == 0


def _one_record_less(outcome: Outcome, figure: str) -> None:
    """As the owner, with the guard taken away: nobody else can."""
    before = counted()
    row = PublishedRating.objects.filter(year=2025, outcome=outcome).order_by("pk")[0]
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE stars_publishedrating DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM stars_publishedrating WHERE id = %s", [row.pk])
        cursor.execute("ALTER TABLE stars_publishedrating ENABLE TRIGGER USER")
    assert counted() == before | {figure: before[figure] - 1, "S3.secretaries_rated": before["S3.secretaries_rated"] - 1}


def _correct_the_best() -> None:
    """One filing of the nine-star secretary turns out wrong; the year is corrected in the open."""
    best = PublishedRating.objects.get(year=2025, star=9)
    year = RatingYear.objects.get(year=2025, territory__path="140821")
    filing = Filing.objects.get(window__rating_year=year, window__sheet_code="year")
    row = Assessment.objects.get(post=best.post_id, year=2025, sheet=filing.window.sheet)
    lower = [score if score == NOT_FILED else 0 for score in row.scores]
    at = timezone.make_aware(timezone.datetime(2026, 11, 23, 9))
    staff = {name: User.objects.get(username=name) for name in ("county", "county2", "county3", "leader")}
    stages.open_correction(rating_year_id=year.pk, reason="年终考核录入有误", by=staff["county3"], at=at)
    stages.amend_scores(
        filing_id=filing.pk, rows={best.post_id: lower}, reason="核对原始材料", by=staff["county3"], at=at,
        door=AssessmentChange.Door.PAGE,
    )  # fmt: skip
    recompute_years([year.pk], at=at + timedelta(hours=1))
    stages.review_year(rating_year_id=year.pk, by=staff["county"], at=at + timedelta(hours=2))
    stages.decide_year(rating_year_id=year.pk, by=staff["leader"], at=at + timedelta(hours=3))
    stages.open_publicity(rating_year_id=year.pk, by=staff["county2"], at=at + timedelta(hours=4))
    stages.publish_year(rating_year_id=year.pk, by=staff["county2"], at=at + timedelta(days=9))


def test_the_loader_reads_no_result() -> None:
    for module in (ROOT / "stars/demo").glob("*.py"):
        text = module.read_text("utf-8")
        assert "figures" not in text and "Outcome" not in text, module.name
