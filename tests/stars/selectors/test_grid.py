"""The entry page as data: which windows, rows and cells, and what may be written there."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.models import Post, Territory
from stars.cells import NOT_FILED
from stars.selectors.grid import YEAR_SHEETS, entry_grid
from stars.services.roster import refresh_roster
from tests.stars.county import moment

HUO, SECOND = "140821101201", "140821101202"


def grid_of(county, who="liu", path="140821101", quarter=0, at="2025-02-05 10:00"):
    place = Territory.objects.get(path=path)
    return entry_grid(county.now(), territory=place, quarter=quarter, user=county.cast[who], at=moment(at))


def test_a_quarter_holds_its_months_and_the_townships_villages(county):
    grid = grid_of(county)
    assert [(column.sheet_code, column.window.ends_on.month, column.is_open, column.state) for column in grid.windows] == [
        ("month", 1, True, "draft"), ("month", 2, True, "draft"), ("month", 3, False, "draft"),
    ]  # fmt: skip
    assert len({column.period_title for column in grid.windows}) == 3
    assert [row.village.path for row in grid.rows] == ["140821101201", "140821101202", "140821101203"]
    assert grid.rows[0].person_name == "霍嵋阳"
    assert [column.key for column in grid.windows[1].columns] == ["0/1/0", "0/1/1", "0/1/2"]
    assert [(c.code, c.title, c.maximum) for c in grid.windows[0].columns][:2] == [
        ("party", "支部建设", 6000),
        ("order", "平安稳定", 3000),
    ]
    assert "产业型" in grid.windows[0].columns[2].hint


def test_cells_say_what_is_there_and_what_may_be_written(county):
    Territory.objects.filter(path=SECOND).update(village_type="industry")
    refresh_roster(county.now(), at=moment("2025-02-05 09:00"))
    county.save(county.filing(), {county.post(HUO).pk: [5450, NOT_FILED, NOT_FILED]}, at="2025-02-05 09:00")
    first, second = grid_of(county).rows[:2]
    post = county.post(HUO).pk
    assert [(c.key, c.value, c.text, c.applicable, c.editable) for c in first.cells[:3]] == [
        (f"0/0/{post}/0", 5450, "54.5", True, True), (f"0/0/{post}/1", NOT_FILED, "", True, True), (f"0/0/{post}/2", NOT_FILED, "", False, False),
    ]  # fmt: skip
    assert second.cells[2].applicable
    assert second.cells[2].editable
    assert not any(cell.editable for cell in first.cells[6:])  # March has not opened


@pytest.mark.parametrize("who", ["lei", "he", "qin", "an"])
def test_others_of_the_office_look_and_do_not_write(county, who):
    grid = grid_of(county, who)
    assert len(grid.rows) == 3
    assert not any(cell.editable for row in grid.rows for cell in row.cells)


@pytest.mark.parametrize("who", ["zhao", "kong", "tang", "sun", "huo", "dai", "client"])
def test_strangers_get_an_empty_page(county, who):
    grid = grid_of(county, who)
    assert (grid.windows, grid.rows) == ([], [])


def test_a_submitted_or_locked_filing_is_not_written(county):
    january = county.filing()
    county.save(january, county.rows(january), at="2025-02-05 09:00")
    county.submit(january, at="2025-02-05 09:00")
    cells = grid_of(county).rows[0].cells
    assert [any(cell.editable for cell in cells[start : start + 3]) for start in (0, 3, 6)] == [False, True, False]
    locked = grid_of(county, at="2025-03-14 23:59:59").rows[0].cells
    assert any(cell.editable for cell in locked[3:6])
    locked = grid_of(county, at="2025-03-15 00:00").rows[0].cells
    assert not any(cell.editable for cell in locked[3:6])


def test_the_years_sheets_are_the_countys_page(county):
    grid = grid_of(county, "chen", "140821", YEAR_SHEETS, "2026-01-05 10:00")
    assert [column.sheet_code for column in grid.windows] == ["year"]
    assert len(grid.rows) == 6
    assert all(row.cells[0].editable for row in grid.rows)
    assert grid_of(county, "chen", "140821", 0).windows == []
    assert grid_of(county, "liu", "140821", YEAR_SHEETS).windows == []


def test_who_came_later_answers_later(county):
    Post.objects.filter(pk=county.post(HUO).pk).update(from_on="2025-02-10")
    refresh_roster(county.now(), at=moment("2025-03-05 09:00"))
    cells = grid_of(county).rows[0].cells
    assert [cells[start].answered for start in (0, 3, 6)] == [False, True, True]
    Post.objects.filter(pk=county.post(HUO).pk).update(from_on="2025-04-10")
    refresh_roster(county.now(), at=moment("2025-04-15 09:00"))
    assert [row.village.path for row in grid_of(county).rows] == ["140821101202", "140821101203"]


def test_what_was_filed_for_somebody_who_left_stays_on_the_page(county):
    county.save(county.filing(), county.rows(county.filing()), at="2025-02-05 09:00")
    Post.objects.filter(pk=county.post(HUO).pk).update(until_on="2025-02-20")
    refresh_roster(county.now(), at=moment("2025-03-01 09:00"))
    row = grid_of(county, at="2025-03-01 10:00").rows[0]
    assert (row.person_name, row.cells[0].text) == ("霍嵋阳", "54")
    assert not any(cell.answered or cell.editable for cell in row.cells)


def test_a_page_costs_the_same_for_any_number_of_villages(county):
    with CaptureQueriesContext(connection) as one_township:
        grid_of(county, "chen", "140821", YEAR_SHEETS)
    with CaptureQueriesContext(connection) as few:
        grid_of(county, "chen")
    assert len(one_township) <= 8
    assert len(few) <= 8
