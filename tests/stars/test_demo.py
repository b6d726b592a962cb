"""The demo adds up to the source because its filings do: figures follow the records, and the records follow the filings."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connections
from django.utils import timezone

from governance import figures as ground
from governance.calendar import calendar_for
from governance.models import Person, Post, User
from stars import figures
from stars.cells import NOT_FILED
from stars.demo.story import TOO_EARLY, tell
from stars.management.commands.load_demo import analyze
from stars.models import (
    Assessment,
    AssessmentChange,
    Event,
    Filing,
    Outcome,
    PublishedRating,
    Rating,
    RatingYear,
    RosterEntry,
)
from stars.periods import local_day
from stars.plans import plan_for
from stars.selectors.answering import missing_cells
from stars.services import deadlines, stages
from stars.services.rating import recompute_years

COUNTED = ground.COUNTED | figures.COUNTED
ROOT = Path(__file__).parents[2]
SOURCES = json.loads((ROOT / "config/figures.json").read_text("utf-8"))
TODAY = date(2026, 11, 22)
BEFORE_THE_SPRING = date(2027, 1, 5)  # 2025 is still the newest year that is published
UNDER_REVIEW, IN_PUBLICITY = "140827", "140829"


def counted() -> dict[str, int]:
    return {key: count() for key, count in COUNTED.items()}


@pytest.mark.usefixtures("fresh_db")
def test_figures_come_from_records_and_records_from_filings() -> None:
    tell(TODAY, lambda _what: None, analyze)
    assert counted() == {key: SOURCES[key] for key in COUNTED}
    stars = set(PublishedRating.objects.filter(outcome=Outcome.RATED).values_list("star", flat=True))
    assert {1, 2, 3, 4, 5, 6, 9} <= stars
    _every_stage_is_there(TODAY)
    _the_neighbours_keep_to_themselves()
    _what_is_handed_in_is_whole()
    assert open_month(TODAY) == {("accepted", ""), ("draft", ""), ("draft", TOO_EARLY), ("passed", ""), ("submitted", "")}
    _one_record_less(Outcome.NONE, "S3.secretaries_without_star")
    _correct_the_best()
    assert counted()["S3.nine_star_secretaries"] == 0


@pytest.mark.usefixtures("fresh_db")
def test_the_story_on_another_day() -> None:
    tell(BEFORE_THE_SPRING, lambda _what: None, analyze)
    assert counted() == {key: SOURCES[key] for key in COUNTED}
    _every_stage_is_there(BEFORE_THE_SPRING)
    assert {"submitted", "passed", "draft"} < {state for state, _reason in open_month(BEFORE_THE_SPRING)}


def _every_stage_is_there(today: date) -> None:
    found = {(one.territory.path, one.year): one for one in RatingYear.objects.select_related("territory")}
    stages_ = {key: one.stage for key, one in found.items()}
    open_years = {("140821", year): "open" for year in range(2026, today.year + 1)}
    last = {("140821", 2025): "published", (UNDER_REVIEW, 2025): "computed", (IN_PUBLICITY, 2025): "publicity"}
    assert stages_ == open_years | last
    hanging = found[IN_PUBLICITY, 2025]
    assert hanging.publicity_from < today <= hanging.publicity_until
    day_before = calendar_for(found[UNDER_REVIEW, 2025].territory).add(today, -1)
    assert local_day(found[UNDER_REVIEW, 2025].computed_at) == day_before


def _the_neighbours_keep_to_themselves() -> None:
    for name in ("county", "leader", "clerk-140821108", "huo", "auditor", "department", "secadmin"):
        user = User.objects.get(username=name)
        for model in (RatingYear, Filing, Person, Post, Event, RosterEntry, Rating, AssessmentChange):
            seen = model.objects.visible_to(user)
            assert not seen.exclude(**{f"{model.scope_path}__prefix": "140821"}).exists(), (name, model)
    for path in (UNDER_REVIEW, IN_PUBLICITY):
        seen = RatingYear.objects.visible_to(User.objects.get(username=f"county-{path}"))
        assert list(seen.values_list("territory__path", flat=True)) == [path]


def _what_is_handed_in_is_whole() -> None:
    """The bulk writer asks for no complete rows; the service would."""
    handed_in = Filing.objects.exclude(state=Filing.State.DRAFT)
    latest = handed_in.select_related("window__rating_year__policy", "territory").filter(window__period__in=(0, 9))
    assert latest.count() > 100
    for one in latest:
        assert missing_cells(one, plan_for(one.window.rating_year.policy)) == [], one


def open_month(today: date) -> set[tuple[str, str]]:
    """(state, reason of the return) of the months of 140821 that ran, or ended, in the last weeks."""
    recent = Filing.objects.filter(
        window__rating_year__territory__path="140821", window__sheet_code="month", window__starts_on__lte=today,
        window__ends_on__gt=today - timedelta(days=40),
    )  # fmt: skip
    return set(recent.values_list("state", "return_reason"))


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
    request = deadlines.ask_unlock(
        filing_id=filing.pk, villages=[best.post.territory_id], until=at.date(), reason="核对原始材料", by=staff["county3"], at=at
    )
    deadlines.decide_request(request_id=request.pk, grant=True, reason="属实", by=staff["leader"], at=at)
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
