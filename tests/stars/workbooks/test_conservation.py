"""Whatever a clerk does to the form, every row of it is accepted or listed, and what is accepted is what she typed."""

import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.sandbox import values
from governance.workbooks.reading import read_content
from stars.cells import NOT_FILED
from stars.workbooks import check_upload
from stars.workbooks.checking import Workbook
from stars.workbooks.layout import pages
from stars.workbooks.rows import is_blank
from tests.stars.workbooks.desk import changed

CODES = st.sampled_from(["140821101201", "140821101202", "140821101203", "140821102201", "999", None, 140821101201])
NAMES = st.sampled_from(["嵋阳甲村", "嵋阳乙村村委会", "嵋阳丙村", "别村", None])
PEOPLE = st.sampled_from(["霍嵋阳", "嵋阳乙村书记", "嵋阳丙村书记", None])
CELLS = st.one_of(
    st.none(), st.integers(0, 60), st.integers(0, 6000).map(lambda n: n / 100), st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.booleans(), st.text(string.digits + "./不适用 %", max_size=5), st.dates(),
)  # fmt: skip
ROWS = st.lists(st.tuples(CODES, NAMES, PEOPLE, CELLS, CELLS, CELLS), max_size=8)
SAMPLE = settings(
    max_examples=60, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)  # fmt: skip


@pytest.fixture
def here(monkeypatch):
    """The child's own work without the child."""
    monkeypatch.setattr("governance.workbooks.reading.reader.ask", values.read)


@SAMPLE
@given(rows=ROWS, merge=st.booleans(), hide=st.booleans())
def test_rows_in_are_rows_accepted_or_listed(desk, here, rows, merge, hide):
    workbook, _form = written(desk, rows, merge, hide)
    checked = check_upload(desk.grid(), workbook)
    typed = sum(not is_blank(row) for sheet in workbook.sheets[:3] for row in sheet.rows[4:])
    assert checked.rows == typed == checked.accepted + len(checked.listed)
    assert bool(checked.listed) <= bool(checked.mistakes)
    assert bool(checked.scores) <= (not checked.mistakes)


@SAMPLE
@given(scores=st.lists(st.one_of(st.none(), st.integers(0, 3000)), min_size=6, max_size=6))
def test_what_is_right_arrives_as_it_was_typed(desk, here, scores):
    grid = desk.grid()
    villages = pages(grid)[0].rows
    cells = [None if score is None else score / 100 for score in scores]
    rows = [
        (row.village.code, row.village.short_name, row.person_name, *cells[2 * i : 2 * i + 2], None)
        for i, row in enumerate(villages)
    ]
    workbook, _form = written(desk, rows, merge=False, hide=True)
    checked = check_upload(grid, workbook)
    assert checked.mistakes == []
    filed = checked.scores[grid.windows[0].filing.pk]
    kept = [score for row in villages for score in filed[row.post.pk][:2]]
    assert kept == [NOT_FILED if score is None else score for score in scores]
    assert sum(one.total for one in checked.columns.values()) == sum(score or 0 for score in scores)


def written(desk, rows, merge, hide) -> tuple[Workbook, bytes]:
    """The form with its first sheet's rows replaced, a merger over two of them, one hidden."""

    def change(book):
        sheet = book.worksheets[0]
        sheet.delete_rows(5, 3)
        for i, row in enumerate(rows, 5):
            for j, value in enumerate(row, 1):
                sheet.cell(i, j).value = value
        if merge and len(rows) > 2:
            sheet.merge_cells("D5:D6")
        if hide:
            sheet.row_dimensions[5].hidden = True
            sheet.auto_filter.ref = "A4:F12"

    form = changed(desk.form(), change)
    return read_content(form, "a.xlsx"), form
