"""The public notice shows what is in publicity today, and nothing else."""

import pytest
from django.test import Client

from tests.stars.county import County
from tests.stars.views.conftest import Travel


@pytest.fixture
def notice(county: County) -> str:
    county.file_all(share=93)
    county.close()
    county.compute()
    county.review()
    county.decide()
    county.publicise()  # on 5 February; its five working days end on the 12th
    return f"/publicity/{county.rating_year.pk}/"


def test_anybody_reads_it_while_it_hangs(notice: str, client: Client, travel: Travel) -> None:
    travel("2026-02-06 09:00")
    response = client.get(notice)
    html = response.content.decode()
    assert "霍嵋阳" in html
    assert "如何提出异议" in html
    assert response.headers["Cache-Control"] == "no-store"
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert notice in client.get("/publicity/").content.decode()


def test_it_shows_no_scores_and_no_trace_of_the_arithmetic(notice: str, client: Client, travel: Travel) -> None:
    travel("2026-02-06 09:00")
    html = client.get(notice).content.decode()
    assert "93.00" not in html
    assert "月补贴" not in html
    assert "140821101201" not in html


@pytest.mark.parametrize("day", ["2026-02-04 09:00", "2026-02-13 09:00"])
def test_outside_its_days_it_is_gone(notice: str, client: Client, travel: Travel, day: str) -> None:
    travel(day)
    assert client.get(notice).status_code == 404
    assert "没有正在公示" in client.get("/publicity/").content.decode()


def test_a_year_that_is_only_decided_is_not_shown(county: County, client: Client, travel: Travel) -> None:
    travel("2025-04-08 09:00")
    assert client.get(f"/publicity/{county.rating_year.pk}/").status_code == 404


def test_after_publication_it_is_gone(notice: str, county: County, client: Client, travel: Travel) -> None:
    county.publish()
    travel("2026-02-14 09:00")
    assert client.get(notice).status_code == 404
