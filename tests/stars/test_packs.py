"""Packed assessments are never older than their rows, by whatever door a row changes; with the triggers put aside they are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection, connections, transaction
from psycopg.errors import LockNotAvailable

from governance.models import Person, Post
from stars import packs
from stars.models import Assessment, AssessmentPack, RatingYear
from stars.services import filing as filings
from stars.services.computed import computed_now
from stars.services.locks import lock_year
from stars.services.rating import read_years
from stars.services.verify import verify_all
from tests import databases
from tests.cast import Cast, make_cast
from tests.stars.county import County, moment, open_county

HUO = "140821101201"
WINDOWS = 13  # twelve months and the year's own sheet
TRIGGERS = "ALTER TABLE stars_assessment {} TRIGGER USER"


@pytest.fixture
def county(cast: Cast) -> County:
    found = open_county(cast)
    found.file_all()
    found.compute()
    return found


def reading(county: County) -> Any:
    years = list(RatingYear.objects.filter(pk=county.rating_year.pk).select_related("territory"))
    with connection.cursor() as cursor:
        return read_years(cursor, county.plan, years)


def from_packs(county: County) -> str:
    return computed_now(county.now()).inputs_digest


def from_rows(county: County) -> str:
    """What a reader finds who has no pack."""
    with transaction.atomic():
        AssessmentPack.objects.all().delete()
        found = from_packs(county)
        transaction.set_rollback(True)
    return found


def huo(county: County, **of: int) -> Any:
    return Assessment.objects.filter(post=county.post(HUO), **of)


def newcomer(county: County) -> Post:
    village = county.post(HUO).territory
    person = Person.objects.create(name="新任", territory=village)
    return Post.objects.create(person=person, territory=village, duty="director", from_on="2025-01-01")


def raw(statement: str) -> Callable[[County], None]:
    def act(county: County) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, {"post": county.post(HUO).pk})

    return act


def amended(county: County) -> None:
    filings.return_filing(filing_id=county.filing("year").pk, reason="重填", by=county.cast["he"], at=moment("2026-01-08 09:00"))


EDITS: dict[str, Callable[[County], Any]] = {
    "scores": lambda county: huo(county, sheet=0, period=3).update(scores=[0, 0, -32768]),
    "status": lambda county: huo(county, sheet=0, period=3).update(status=Assessment.Status.DRAFT),
    "returned": amended,
    "another period": lambda county: [huo(county, sheet=0, period=3).delete(), huo(county, sheet=0, period=4).update(period=3)],
    "another county": lambda county: huo(county, sheet=0, period=3).update(county=140822),
    "another year": lambda county: huo(county, sheet=0, period=3).update(year=2024),
    "deleted": lambda county: huo(county, sheet=0, period=3).delete(),
    "by SQL": raw("UPDATE stars_assessment SET scores[1] = scores[1] - 1 WHERE post_id = %(post)s AND sheet = 0 AND period = 11"),
    "by upsert": raw("""
        INSERT INTO stars_assessment (post_id, county, year, sheet, period, status, filed_at, scores)
        SELECT post_id, county, year, sheet, period, status, filed_at, '{1,1,-32768}' FROM stars_assessment
        WHERE post_id = %(post)s AND sheet = 0 AND period = 0
        ON CONFLICT (post_id, year, sheet, period) DO UPDATE SET scores = excluded.scores
    """),
}  # fmt: skip


@contextmanager
def without_triggers() -> Iterator[None]:
    """In the transaction of the test: the table is the owner's, and so is what a test does to it."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(TRIGGERS.format("DISABLE"))
    try:
        yield
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute(TRIGGERS.format("ENABLE"))


def test_a_recompute_packs_what_it_reads_and_the_next_reads_the_packs(county: County) -> None:
    assert AssessmentPack.objects.count() == WINDOWS
    assert reading(county).unpacked == []
    assert from_packs(county) == from_rows(county)


def test_only_what_changed_is_packed_again(county: County) -> None:
    EDITS["scores"](county)
    assert [(pack.county, pack.sheet, pack.period) for pack in reading(county).unpacked] == [(140821, 0, 3)]
    county.compute()
    assert reading(county).unpacked == []


@pytest.mark.parametrize("edit", EDITS)
def test_what_changed_is_read_anew(county: County, edit: str) -> None:
    before = from_packs(county)
    EDITS[edit](county)
    assert from_packs(county) != before
    assert from_packs(county) == from_rows(county)
    county.compute()
    assert from_packs(county) == from_rows(county)
    assert list(packs.stale("140821")) == []


def test_a_new_row_is_read_though_its_window_is_packed(county: County) -> None:
    post = newcomer(county)
    Assessment.objects.create(
        post=post, county=140821, year=2025, sheet=0, period=3, status=3, filed_at=moment("2025-05-05 09:00"), scores=[1, 1, 1]
    )
    (pack,) = reading(county).unpacked
    assert post.pk in pack.rows["post"]


def test_drafts_leave_the_packs_alone(county: County) -> None:
    Assessment.objects.create(
        post=newcomer(county), county=140821, year=2025, sheet=0, period=3, status=0, filed_at=moment("2025-05-05 09:00"), scores=[1]
    )  # fmt: skip
    assert AssessmentPack.objects.count() == WINDOWS


def test_a_pack_of_another_width_is_not_taken_for_this(county: County) -> None:
    AssessmentPack.objects.filter(sheet=0, period=0).update(indicators=2)
    with pytest.raises(ValueError, match="2 elements, not 3"):
        reading(county)


def test_verification_finds_a_stale_pack_of_the_county_it_is_asked_for(county: County) -> None:
    AssessmentPack.objects.filter(sheet=0, period=5).update(rows=b"")
    assert [(pack.sheet, pack.period) for pack in packs.stale("1408")] == [(0, 5)]
    assert list(packs.stale("140822")) == list(packs.stale("140821", 2024)) == []
    assert "140821 2025 0/5" in str(verify_all(county="140821").differences[0])


@pytest.fixture
def live(fresh_db: databases.Fresh) -> County:
    found = open_county(make_cast())
    found.file_all()
    found.compute()
    return found


@pytest.mark.parametrize("edit", EDITS)
def test_without_the_triggers_the_reader_is_misled(live: County, edit: str) -> None:
    """The twin: the triggers and nothing else keep packs and rows together, and verification sees it."""
    before = from_packs(live)
    with without_triggers():
        EDITS[edit](live)
    assert from_packs(live) == before != from_rows(live)
    assert list(packs.stale("140821"))


def test_truncating_drops_every_pack(live: County) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE stars_assessment")
    assert not AssessmentPack.objects.exists()


def edit_from_elsewhere(county: County) -> None:
    """By SQL as the owner, with no lock of the product's, on a connection of its own that does not wait."""
    with psycopg.connect(databases.url("owner", connection.settings_dict["NAME"])) as owner:
        owner.execute("SET lock_timeout = '200ms'")
        owner.execute("UPDATE stars_assessment SET scores[1] = 0 WHERE post_id = %s AND period = 3", [county.post(HUO).pk])


def test_nobody_changes_rows_while_they_are_being_packed(live: County) -> None:
    with transaction.atomic():
        lock_year(live.rating_year.pk)
        with pytest.raises(LockNotAvailable):
            edit_from_elsewhere(live)
    edit_from_elsewhere(live)


def test_without_the_triggers_somebody_could(live: County) -> None:
    with without_triggers(), transaction.atomic():
        lock_year(live.rating_year.pk)
        edit_from_elsewhere(live)
