"""Whatever a clerk does to the form, every row of it is accepted or listed, and what is accepted is what she typed."""

import io
import string
import unicodedata
import warnings
from decimal import Decimal, InvalidOperation

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from governance.sandbox import values
from governance.workbooks.reading import read_content
from stars.cells import NOT_FILED
from stars.workbooks import check_upload, findings
from stars.workbooks.checking import Workbook
from stars.workbooks.findings import Checked
from stars.workbooks.layout import pages
from stars.workbooks.rows import is_blank
from stars.workbooks.villages import Villages
from tests.stars.workbooks.desk import changed

CODES = st.sampled_from(["140821101201", "140821101202", "140821101203", "140821102201", "999", None, 140821101201])
NAMES = st.sampled_from(["嵋阳甲村", "嵋阳乙村村委会", "嵋阳丙村", "别村", None])
PEOPLE = st.sampled_from(["霍嵋阳", "嵋阳乙村书记", "嵋阳丙村书记", None])
CELLS = st.one_of(
    st.none(), st.integers(0, 60), st.integers(0, 6000).map(lambda n: n / 100), st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.booleans(), st.text(string.digits + "./不适用 %", max_size=5), st.dates(),
)  # fmt: skip
AS_DOWNLOADED = st.sampled_from(
    [
        ("140821101201", "嵋阳甲村", "霍嵋阳"),
        ("140821101202", "嵋阳乙村", "嵋阳乙村书记"),
        ("140821101203", "嵋阳丙村", "嵋阳丙村书记"),
    ]
)
ROWS = st.lists(
    st.tuples(AS_DOWNLOADED | st.tuples(CODES, NAMES, PEOPLE), st.tuples(CELLS, CELLS, CELLS)).map(
        lambda row: (*row[0], *row[1])
    ),
    max_size=8,
)
SAMPLE = settings(
    max_examples=60, phases=[Phase.generate], report_multiple_bugs=False, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)  # fmt: skip
HABITS = (
    "merge",
    "hide a row",
    "hide a column",
    "filter",
    "blank rows",
    "hidden sheet",
    "very hidden sheet",
    "second sheet",
    "foot",
)


@pytest.fixture
def here(monkeypatch):
    """The child's own work without the child."""
    monkeypatch.setattr("governance.workbooks.reading.reader.ask", values.read)


def hold(desk, count: int) -> None:
    @settings(SAMPLE, max_examples=count)
    @given(rows=ROWS, habits=st.sets(st.sampled_from(HABITS)))
    def each(rows, habits):
        workbook, form = written(desk, rows, habits)
        checked = check_upload(desk.grid(), workbook)
        typed = sum(not is_blank(row) for sheet in workbook.sheets[:3] for row in sheet.rows[4:])
        typed += sum(not is_blank(row) for sheet in workbook.sheets if sheet.name == "底稿" for row in sheet.rows)
        assert checked.rows == typed == checked.accepted + len(checked.listed)
        assert bool(checked.listed) <= bool(checked.mistakes)
        assert not (checked.is_spoilt and checked.scores)
        sums = [checked.columns[f"0/0/{place}"].total if f"0/0/{place}" in checked.columns else 0 for place in range(3)]
        assert sums == summed_by_hand(form, checked.listed)
        if not checked.is_spoilt:
            first = workbook.sheets[0]
            accepted = [
                at for at, row in enumerate(first.rows) if at > 3 and not is_blank(row) and (first.name, at) not in checked.listed
            ]
            assert len(checked.scores.get(desk.county.filing().pk, {})) == len(accepted)

    each()


def summed_by_hand(form: bytes, listed: set[tuple[str, int]]) -> list[int]:
    """Of the first sheet's rows that are not listed, column by column, in hundredths; read by another library."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sheet = openpyxl.load_workbook(io.BytesIO(form)).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5, min_col=4, max_col=6)]
    kept = [row for at, row in enumerate(rows, 4) if (sheet.title, at) not in listed]
    return [sum(hundredths(row[place]) for row in kept) for place in range(3)]


def hundredths(value: object) -> int:
    text = unicodedata.normalize("NFKC", str("" if value is None else value)).strip()
    return 0 if text in ("", "/", "不适用") else round(Decimal(text) * 100)


@pytest.mark.parametrize("count", [200, pytest.param(2_000, marks=pytest.mark.soak)])
def test_rows_in_are_rows_accepted_or_listed(desk, here, count):
    hold(desk, count)


def test_a_refused_row_that_is_summed_would_be_seen(desk, here, monkeypatch):
    """The twin."""
    monkeypatch.setattr(findings.ColumnSum, "of", classmethod(lambda cls, scores, **_kw: cls(sum(map(abs, scores)), len(scores))))
    with pytest.raises(AssertionError):
        hold(desk, 20)


def test_a_mistake_that_is_not_listed_would_be_seen(desk, here, monkeypatch):
    """The twin."""
    monkeypatch.setattr(Checked, "in_row", lambda self, sheet, row, column, broken, **_more: None)
    with pytest.raises((AssertionError, InvalidOperation)):
        hold(desk, 60)


def test_of_two_rows_of_one_village_one_would_vanish(desk, here, monkeypatch):
    """The twin."""
    monkeypatch.setattr(Villages, "of_row", lambda self, at: self._found[at])
    with pytest.raises(AssertionError):
        hold(desk, 100)


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
    workbook, _form = written(desk, rows, {"hide a row", "filter"})
    checked = check_upload(grid, workbook)
    assert checked.mistakes == []
    filed = checked.scores[grid.windows[0].filing.pk]
    kept = [score for row in villages for score in filed[row.post.pk][:2]]
    assert kept == [NOT_FILED if score is None else score for score in scores]
    assert sum(one.total for one in checked.columns.values()) == sum(score or 0 for score in scores)


def written(desk, rows, habits) -> tuple[Workbook, bytes]:
    """The form with its first sheet's rows replaced, and with what people do to sheets besides."""

    def change(book):
        sheet = book.worksheets[0]
        sheet.delete_rows(5, 3)
        first = 7 if "blank rows" in habits else 5
        for i, row in enumerate(rows, first):
            for j, value in enumerate(row, 1):
                sheet.cell(i, j).value = value
        if "merge" in habits and len(rows) > 2:
            sheet.merge_cells("D7:D8")
        if "hide a row" in habits:
            sheet.row_dimensions[first].hidden = True
        if "hide a column" in habits:
            sheet.column_dimensions["E"].hidden = True
        if "filter" in habits:
            sheet.auto_filter.ref = "A4:F12"
            sheet.auto_filter.add_filter_column(3, ["50"])
        if "foot" in habits:
            sheet.cell(first + len(rows) + 2, 2).value = "合计"
        if "hidden sheet" in habits:
            book.create_sheet("底稿").append(["霍村", 5])
            book["底稿"].sheet_state = "hidden"
        if "very hidden sheet" in habits:
            book.create_sheet("WpsReserved").append(["霍村", 5])
            book["WpsReserved"].sheet_state = "veryHidden"
        if "second sheet" in habits:
            for j, value in enumerate(("140821101201", None, None, 61, 7), 1):
                book.worksheets[1].cell(9, j).value = value

    form = changed(desk.form(), change)
    return read_content(form, "a.xlsx"), form
