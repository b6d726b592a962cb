"""Completeness as a page, a workbook and an API endpoint: the same figures, of one's own places only."""

import io
from typing import Any

import openpyxl
import pytest

from governance import clock
from stars.models import Filing
from tests.stars.api.client import Api, token_of
from tests.stars.county import County, moment
from tests.stars.views.conftest import SignIn, Travel

MARCH = "2025-03-05 10:00"


@pytest.fixture
def some(county: County, monkeypatch: pytest.MonkeyPatch) -> County:
    """January: 嵋阳 on time, 临晋 not at all; February and March are open."""
    january = county.filing()
    county.save(january, county.rows(january), at="2025-02-05 10:00")
    county.submit(january, at="2025-02-05 10:00")
    return county


def test_the_page(some: County, sign_in: SignIn, travel: Travel, django_assert_max_num_queries: Any) -> None:
    travel(MARCH)
    staff = sign_in("he")
    html = staff.get("/completeness/").content.decode()
    assert "嵋阳镇" in html and "临晋镇" in html
    assert html.count("<svg") == 2
    split = staff.get("/completeness/?by=month&place=140821101").content.decode()
    assert "嵋阳镇" in split and "临晋" not in split
    with django_assert_max_num_queries(13):
        staff.get("/completeness/?by=month")


def test_of_ones_own_places(some: County, sign_in: SignIn, travel: Travel) -> None:
    travel(MARCH)
    clerk = sign_in("liu")
    assert "临晋" not in clerk.get("/completeness/").content.decode()
    for place in ("140821102", "140821", "14", "1408211010", "x"):
        assert clerk.get(f"/completeness/?place={place}").status_code == 404
        assert clerk.get(f"/completeness/table.xlsx?place={place}").status_code == 404
    assert sign_in("huo").get("/completeness/").status_code == 403


def test_page_workbook_and_api_say_the_same(some: County, sign_in: SignIn, travel: Travel) -> None:
    travel(MARCH)
    said = sign_in("he").get("/completeness/table.xlsx?by=quarter").content
    sheet = openpyxl.load_workbook(io.BytesIO(said)).worksheets[0]
    written = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    api = Api(token_of(some.cast, "he")).get("completeness/?year=2025&territory=140821&by=quarter").json()
    keys = ("name", "territory", "expected", "filed", "on_time", "by_extension", "late", "missing", "waiting")
    assert [[row[0], row[1], *row[3:10]] for row in written] == [
        [one[key] for key in keys] for one in api["whole"] + api["below"]
    ]
    assert api["whole"] == [
        {"territory": "140821", "name": "临猗县", "level": 3, "part": "1", "expected": 6, "filed": 1, "on_time": 1, "by_extension": 0,
         "late": 0, "missing": 1, "waiting": 4},
    ]  # fmt: skip


def test_an_extension_has_its_own_figure(some: County, sign_in: SignIn, travel: Travel) -> None:
    Filing.objects.filter(pk=some.filing().pk).update(
        first_submitted_at=moment("2025-02-13 10:00"), extended_until=moment("2025-02-15 00:00")
    )
    travel(MARCH)
    api = Api(token_of(some.cast, "he")).get("completeness/?year=2025&territory=140821101").json()
    assert (api["whole"][0]["on_time"], api["whole"][0]["by_extension"], api["whole"][0]["late"]) == (0, 1, 0)


@pytest.mark.parametrize("query, status, code", [
    ("territory=140821", 200, ""), ("year=", 400, "invalid"), ("year=2025&territory=140822", 403, "outside_reach"),
    ("year=2025&territory=140821&by=week", 400, "invalid"), ("year=2025&territory=140821&sheet=A", 400, "invalid"),
    ("year=2025&territory=140821&from=1", 400, "invalid"), ("year=2025&territory=14", 403, "outside_reach"),
    ("year=2025&territory=140821199", 404, "not_found"), ("year=2025&territory=140821&sheet=nothing", 200, ""),
])  # fmt: skip
def test_what_the_api_refuses(some: County, query: str, status: int, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment(MARCH))
    answer = Api(token_of(some.cast, "he")).get(f"completeness/?{query}")
    assert answer.status_code == status, answer.content.decode()
    assert answer.json().get("code", "") == code


def test_what_the_place_files_itself_has_a_name_of_its_own(some: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2026-01-12 09:00")
    said = sign_in("he").get("/completeness/table.xlsx?year=2025").content
    rows = openpyxl.load_workbook(io.BytesIO(said)).worksheets[0].iter_rows(min_row=4, max_col=2, values_only=True)
    own = [name for name, path in rows if path == "140821"]
    assert len(own) == len(set(own)) == 2 and own[0] == "临猗县"
