import io
import zipfile
from itertools import product

import openpyxl
import pytest
from django.utils import translation

from stars.cells import NOT_APPLICABLE
from stars.workbooks import layout
from tests.stars.workbooks.desk import Desk, fill

MAY = "2025-05-20 10:00"  # the whole first quarter is locked


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def test_back_untouched_it_changes_nothing(desk):
    desk.county.save(desk.county.filing(), desk.county.rows(desk.county.filing(), 80), at=desk.at)
    checked = desk.check(desk.form())
    assert (checked.mistakes, checked.changed, checked.absent) == ([], 0, [])
    assert checked.rows == checked.accepted == 9  # three villages in three months


def test_shows_what_is_filed(desk):
    desk.county.save(desk.county.filing(), desk.county.rows(desk.county.filing(), 80), at=desk.at)
    january = opened(desk.form()).worksheets[0]
    assert [january.cell(5, column).value for column in range(1, 7)] == ["140821101201", "嵋阳甲村", "霍嵋阳", 48, 24, 8]
    assert [january.cell(6, column).value for column in range(4, 7)] == [48, 24, "/"]  # not an industrial village


def test_only_open_cells_can_be_typed_in(desk):
    book = opened(desk.form())
    january, march = book.worksheets[0], book.worksheets[2]
    assert all(sheet.protection.sheet for sheet in book.worksheets if sheet.sheet_state == "visible")
    unlocked = {cell.coordinate for row in january.iter_rows() for cell in row if not cell.protection.locked}
    assert unlocked == {"D5", "E5", "F5", "D6", "E6", "D7", "E7"}
    assert all(cell.protection.locked for row in march.iter_rows() for cell in row)


def test_a_locked_quarter_is_all_grey(desk):
    desk.at = MAY
    book = opened(desk.form())
    assert all(cell.protection.locked for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)


def test_each_open_cell_has_its_rule_and_hint(desk):
    january = opened(desk.form()).worksheets[0]
    rules = {str(rule.sqref): rule for rule in january.data_validations.dataValidation}
    assert set(rules) == {"D5:D7", "E5:E7", "F5"}
    assert "D5<=60" in rules["D5:D7"].formula1
    assert "不适用" not in rules["D5:D7"].formula1
    assert "不适用" in rules["F5"].formula1  # an item for some villages only
    assert rules["E5:E7"].promptTitle == "平安稳定"


def test_prints_on_a4_across(desk):
    january = opened(desk.form()).worksheets[0]
    assert (january.page_setup.orientation, january.page_setup.paperSize, january.page_setup.fitToHeight) == ("landscape", 9, 0)
    assert january.sheet_properties.pageSetUpPr.fitToPage
    assert january.print_title_rows == "$4:$4"
    assert january.freeze_panes == "D5"


def test_holds_nothing_of_another_township(desk):
    strange = ["临晋", "解店", "140821102", "140822"]
    with zipfile.ZipFile(io.BytesIO(desk.form())) as package:
        parts = [package.read(name).decode() for name in package.namelist()]
    assert [(word, part[:80]) for word, part in product(strange, parts) if word in part] == []
    assert any("嵋阳甲村" in part for part in parts)


def test_the_hidden_sheet_is_out_of_the_clerks_way(desk):
    book = opened(desk.form())
    assert book[layout.HIDDEN_SHEET].sheet_state == "veryHidden"
    assert book.worksheets[0].sheet_view.tabSelected


@pytest.mark.parametrize(("downloaded", "uploaded"), [("en", "zh-hans"), ("zh-hans", "en")])
def test_read_in_another_language_than_downloaded(desk, downloaded, uploaded):
    with translation.override(downloaded):
        content = desk.filled({"D5": 50})
    with translation.override(uploaded):
        checked = desk.check(content)
    assert (checked.mistakes, checked.changed) == ([], 1)


def test_items_of_one_title_are_told_apart(desk):
    grid = desk.grid()
    pages = layout.pages(grid)
    twins = [pages[0].window.columns[0], pages[0].window.columns[0].__class__("0/0/1", "other", "支部建设", 3000, "", False)]
    pages[0].window.columns[:] = twins
    headings = layout._headings(pages[:1])
    assert len(set(headings.values())) == len(headings)


def test_names_that_would_be_formulas_stay_names(desk):
    person = desk.county.post("140821101202").person
    person.name = "=1+1"
    person.save()
    content = desk.form()
    assert opened(content).worksheets[0]["C6"].value == "'=1+1"
    assert desk.check(content).mistakes == []


def test_county_files_the_year(county):
    desk = Desk(county, who="chen", quarter=4, at="2026-01-08 09:00", path="140821")
    checked = desk.check(desk.filled({"D5": 100}))
    assert (checked.mistakes, checked.rows, checked.changed) == ([], 6, 1)


def test_not_applicable_is_neither_zero_nor_blank(desk):
    checked = desk.check(desk.form(lambda book: fill(book, {"D5": 0, "F5": "不适用"})))
    post = desk.county.post("140821101201").pk
    assert checked.cells[f"0/0/{post}"] == ["0", "", "不适用"]
    filing = desk.county.filing()
    assert checked.scores[filing.pk][post] == [0, -32768, NOT_APPLICABLE]
