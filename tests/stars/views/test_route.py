"""The way to the next star: the own one for the secretary, any in reach for the office, while the year is open."""

import re

import pytest

from stars.models import Filing, RatingYear, RosterEntry
from tests.stars.county import County, moment
from tests.stars.views.conftest import SignIn, Travel

OPEN = "2025-11-20 09:00"
NOW = moment(OPEN)


@pytest.fixture
def under_way(county: County, travel: Travel) -> County:
    """Everything up to September accepted at 85 of 100; October is lost, November and December are still to come."""
    county.file_all(share=85, months=9)
    travel(OPEN)
    return county


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_secretary_sees_what_is_needed(under_way: County, sign_in: SignIn) -> None:
    """85 × 60 % + report × 40 % reaches 90 from 97.5 on; the months alone, at most 87.05, don't."""
    page = text(sign_in("huo").get("/my-star/route/").content.decode())
    assert "照此下去" in page
    assert "述职评议" in page
    assert "97.5" in page
    assert "支部建设" not in page.split("怎样得出")[0]
    assert "2025年10月" not in page
    assert "2025年11月" in page


def test_the_office_in_its_place_only(under_way: County, sign_in: SignIn) -> None:
    entry = RosterEntry.objects.get(territory=under_way.cast.village)
    page = f"/years/{under_way.rating_year.pk}/ratings/{entry.pk}/route/"
    assert "97.5" in sign_in("liu").get(page).content.decode()
    assert page in sign_in("chen").get(page.removesuffix("route/")).content.decode()
    assert sign_in("zhao").get(page).status_code == 404
    assert sign_in("huo").get(page).status_code == 403
    assert sign_in("liu").get("/my-star/route/").status_code == 403


def test_a_closed_year_has_a_result_and_no_way(under_way: County, sign_in: SignIn) -> None:
    entry = RosterEntry.objects.get(territory=under_way.cast.village)
    RatingYear.objects.update(stage=RatingYear.Stage.COMPUTED, roster_frozen_at="2025-11-20T00:00:00Z")
    assert sign_in("liu").get(f"/years/{under_way.rating_year.pk}/ratings/{entry.pk}/route/").status_code == 404
    assert "没有" in text(sign_in("huo").get("/my-star/route/").content.decode())


def test_after_the_last_lock_nothing_is_to_come(under_way: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2026-01-31 09:00")
    page = text(sign_in("huo").get("/my-star/route/").content.decode())
    assert "只待审核" in page
    assert "97.5" not in page


def test_what_is_handed_in_is_no_longer_theirs_to_change(under_way: County, sign_in: SignIn, travel: Travel) -> None:
    """November and the report are with the reviewers: December alone leads nowhere."""
    Filing.objects.filter(window__sheet_code="year").update(
        state="submitted", submitted_by=under_way.cast["chen"], submitted_at=NOW
    )
    page = text(sign_in("huo").get("/my-star/route/").content.decode())
    assert "到不了更高" in page
    assert "97.5" not in page
