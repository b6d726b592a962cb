"""Every mistake stands at its cell, with a sentence that names what to do; nothing else is a mistake."""

import io
import zipfile
from datetime import date, time

import pytest

from governance.duties import Duty
from governance.sandbox import values
from stars.services.roster import refresh_roster
from stars.workbooks import layout, rows
from tests.cast import appoint
from tests.stars.county import moment
from tests.stars.workbooks.desk import changed, fill, found


def test_no_mistake(desk):
    checked = desk.check(desk.filled({"D5": 50, "E5": 25.5, "F5": "７．２５", "D6": "0", "E6": " 30 ", "D7": "=25*2"}))
    assert found(checked) == {("D7", "formula_without_value")}  # openpyxl computes nothing; see test_formula_with_value


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("八十", "not_a_number"), ("50分", "not_a_number"), ("5 0", "not_a_number"), (60.01, "out_of_range"), (-1, "out_of_range"),
        (1e300, "out_of_range"), ("60.01", "out_of_range"), (49.995, "too_many_decimals"), (1e-7, "too_many_decimals"),
        ("49.995", "too_many_decimals"), (True, "yes_or_no"), (date(2025, 8, 5), "date"), (time(8, 30), "date"),
        ("50%", "percent"), ("５０％", "percent"), ("=1/0", "formula_without_value"), ("不适用", "not_applicable_refused"),
        ("/", "not_applicable_refused"), ("#N/A", "error_value"), ("#DIV/0!", "error_value"), ("x" * 5000, "not_a_number"),
    ],
)  # fmt: skip
def test_cell(desk, typed, code):
    checked = desk.check(desk.filled({"D6": typed, "E6": 30}))
    assert found(checked) == {("D6", code)}
    (mistake,) = checked.mistakes
    post = desk.county.post("140821101202").pk
    assert (mistake.sheet, mistake.key) == (desk.grid().windows[0].period_title + " 月考核", f"0/0/{post}/0")
    assert "嵋阳乙村" in mistake.where
    assert "支部建设" in mistake.where
    assert post not in checked.scores[desk.county.filing().pk]
    assert len(checked.scores[desk.county.filing().pk]) == 2
    assert checked.cells[f"0/0/{post}"][1] == "30"  # what was right is kept too


def test_not_applicable_is_offered_only_where_it_is_taken(desk):
    checked = desk.check(desk.filled({"D5": "abc", "F5": "abc"}))
    assert ["不适用" in mistake.message for mistake in checked.mistakes] == [False, True]


@pytest.mark.parametrize(
    ("typed", "score"), [(50, 5000), (49.99, 4999), (0.1 + 0.2, 30), ("４９.５", 4950), ("50.00", 5000), (0, 0), (-0.0, 0)]
)
def test_score(desk, typed, score):
    checked = desk.check(desk.filled({"D6": typed}))
    assert checked.mistakes == []
    assert checked.scores[desk.county.filing().pk][desk.county.post("140821101202").pk][0] == score


def test_percentage_by_the_cells_format(desk):
    def percent(book):
        book.worksheets[0]["D6"] = 0.86
        book.worksheets[0]["D6"].number_format = "0%"
        book.worksheets[0]["D7"] = 0.86
        book.worksheets[0]["D7"].number_format = '0.00" %分"'

    assert found(desk.check(desk.form(percent))) == {("D6", "percent")}


def test_percentage_would_pass_for_a_score_if_its_format_were_not_asked(desk, monkeypatch):
    monkeypatch.setattr(values, "_percent_styles", lambda members: set())

    def percent(book):
        book.worksheets[0]["D6"] = 0.86
        book.worksheets[0]["D6"].number_format = "0%"

    assert found(read_here(desk, monkeypatch, desk.form(percent))) == set()


def test_error_would_pass_for_a_blank_if_the_sheet_were_not_asked(desk, monkeypatch):
    monkeypatch.setattr(values, "_marks", lambda xml, percents: {})
    assert found(read_here(desk, monkeypatch, desk.filled({"D6": "#N/A"}))) == set()


def read_here(desk, monkeypatch, content):
    """In this process, where a guard can be taken away."""
    monkeypatch.setattr("governance.workbooks.reading.reader.ask", values.read)
    return desk.check(content)


def test_formula_with_value(desk):
    def cached(xml):
        return xml.replace(b"<f>25*2</f><v></v>", b"<f>25*2</f><v>50</v>").replace(b"<f>25*2</f><v />", b"<f>25*2</f><v>50</v>")

    checked = desk.check(repacked(desk.filled({"D6": "=25*2"}), "xl/worksheets/sheet1.xml", cached))
    assert checked.mistakes == []
    assert checked.columns["0/0/0"].total == 5000


def test_cells_that_are_not_open(desk):
    """March isn't open, an item of another kind of village never is."""
    assert found(desk.check(desk.filled({"D5": 50}, sheet=2))) == {("D5", "not_editable")}
    assert found(desk.check(desk.filled({"F6": 5}))) == {("F6", "other_village_type")}
    assert found(desk.check(desk.filled({"F6": "", "F7": "不适用"}))) == set()


def test_locked_cells_may_be_repeated_but_not_changed(desk):
    filing = desk.county.filing()
    desk.county.save(filing, desk.county.rows(filing, 80), at=desk.at)
    desk.county.submit(filing, at=desk.at)
    content = desk.form()
    assert found(desk.check(content)) == set()
    checked = desk.check(changed(content, lambda book: fill(book, {"D5": 50, "E6": None})))
    assert found(checked) == {("D5", "not_editable")}  # a blank says nothing where nothing can be said
    assert "“48”" in checked.mistakes[0].message


def test_village_twice(desk):
    checked = desk.check(desk.filled({"A7": "140821101201", "B7": "嵋阳甲村", "C7": "霍嵋阳", "D7": 5}))
    assert found(checked) == {("A5", "village_twice"), ("A7", "village_twice")}
    assert (checked.rows, checked.accepted) == (9, 7)
    assert "5、7" in checked.mistakes[0].message
    assert checked.absent == ["嵋阳丙村 · " + desk.grid().windows[0].period_title]


def test_village_of_another_township(desk):
    checked = desk.check(desk.filled({"A7": "140821102201", "B7": "临晋甲村", "C7": "临晋甲村书记"}))
    assert found(checked) == {("A7", "not_your_village")}
    assert "临晋" not in checked.mistakes[0].message


def test_unknown_village(desk):
    assert found(desk.check(desk.filled({"A7": "140821101999"}))) == {("A7", "unknown_code")}
    assert found(desk.check(desk.filled({"A7": None, "B7": "无名村"}))) == {("A7", "unknown_village")}
    assert found(desk.check(desk.filled({"A7": None, "B7": None, "C7": None, "D7": 1}))) == {("A7", "no_village")}


def test_code_and_name_that_disagree(desk):
    assert found(desk.check(desk.filled({"B7": "嵋阳乙村"}))) == {("A7", "code_and_name_disagree")}


@pytest.mark.parametrize("name", ["嵋阳丙村", "嵋阳丙村村民委员会", "嵋阳丙村村委会", " 嵋阳 丙村 ", None])
def test_short_and_full_names(desk, name):
    assert found(desk.check(desk.filled({"B7": name, "D7": 5}))) == set()


@pytest.mark.parametrize("code", [None, 140821101203, " 140821101203 ", "１４０８２１１０１２０３"])
def test_codes_as_people_leave_them(desk, code):
    checked = desk.check(desk.filled({"A7": code, "D7": 5}))
    assert (found(checked), checked.changed) == (set(), 1)


def test_another_secretary(desk):
    assert found(desk.check(desk.filled({"C7": "某某某"}))) == {("A7", "other_secretary")}


def test_missing_column(desk):
    checked = desk.check(desk.form(lambda book: book.worksheets[0].delete_cols(5)))
    assert found(checked) == {("A4", "missing_column")}
    assert "平安稳定" in checked.mistakes[0].message


def test_columns_and_rows_are_found_wherever_they_stand(desk):
    def shuffle(book):
        sheet = book.worksheets[0]
        fill(book, {"D5": 50, "E5": 25, "D6": 40})
        sheet.move_range("A1:F7", rows=2, cols=3)
        for row in (6, 7, 8, 9):
            first, last = sheet.cell(row, 4).value, sheet.cell(row, 8).value
            sheet.cell(row, 4).value, sheet.cell(row, 8).value = last, first

    checked = desk.check(desk.form(shuffle))
    assert checked.mistakes == []
    assert checked.scores[desk.county.filing().pk][desk.county.post("140821101201").pk][:2] == [5000, 2500]


def test_extra_columns(desk):
    assert found(desk.check(desk.filled({"G4": "备注", "G5": "好"}))) == {("G4", "unknown_heading")}
    assert found(desk.check(desk.filled({"G6": 5}))) == {("G4", "no_heading")}
    assert found(desk.check(desk.form(lambda book: fill(book, {"G4": book.worksheets[0]["D4"].value})))) == {
        ("G4", "heading_twice")
    }


def test_extra_sheet(desk):
    def add(book):
        book.create_sheet("底稿")["C3"] = 5
        book.create_sheet("空白")

    checked = desk.check(desk.form(add))
    assert [(m.sheet, m.cell, m.code) for m in checked.mistakes] == [("底稿", "C3", "extra_sheet")]
    assert (checked.rows, checked.accepted, len(checked.listed)) == (10, 9, 1)


def test_missing_sheet(desk):
    checked = desk.check(desk.form(lambda book: book.remove(book.worksheets[0])))
    assert found(checked) == {("A1", "missing_sheet")}


def test_no_headings(desk):
    checked = desk.check(desk.form(lambda book: book.worksheets[0].delete_rows(4)))
    assert found(checked) == {("A1", "no_headings")}
    assert checked.rows == checked.accepted + len(checked.listed)


def merged(book):
    fill(book, {"D5": 40})
    book.worksheets[0].merge_cells("D5:D7")


def test_merged_cells(desk):
    checked = desk.check(desk.form(merged))
    assert found(checked) == {("D5", "merged")}
    assert checked.accepted == 6


def test_merged_cells_would_empty_two_rows_if_they_were_not_asked_for(desk, monkeypatch):
    monkeypatch.setattr(rows._Rows, "list_merged_cells", lambda self: None)
    checked = desk.check(desk.form(merged))
    assert (found(checked), checked.columns["0/0/0"].blank) == (set(), 2)


def _hidden(**values):
    def change(book):
        for row in book[layout.HIDDEN_SHEET].iter_rows():
            if row[0].value in values:
                row[1].value = values[row[0].value]

    return change


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"quarter": "1"}, "other_quarter"), ({"territory": "140821102"}, "other_place"), ({"county": "140822"}, "other_year"),
        ({"year": "2024"}, "other_year"), ({"policy": "0" * 64}, "older_policy"), ({"layout": "0"}, "older_layout"),
        ({"quarter": "x"}, "other_quarter"),
    ],
)  # fmt: skip
def test_form_of_another_page(desk, values, code):
    checked = desk.check(changed(desk.filled({"D5": 50}), _hidden(**values)))
    assert found(checked) == {("A1", code)}
    assert (checked.cells, checked.accepted, checked.rows) == ({}, 0, len(checked.listed))


def test_not_a_form_at_all(desk):
    assert found(desk.check(desk.form(lambda book: book.remove(book[layout.HIDDEN_SHEET])))) == {("A1", "no_fingerprint")}


def test_blank_over_a_score_that_came_later(desk):
    """The form was downloaded, then a colleague filed on the page: the blank is no wish to empty the cell."""
    content = desk.filled({"E5": 20})
    filing = desk.county.filing()
    desk.county.save(filing, desk.county.rows(filing, 80), at=desk.at)
    assert ("D5", "emptied") in found(desk.check(content))
    later = desk.form()
    checked = desk.check(changed(later, lambda book: fill(book, {"D5": None})))
    assert (found(checked), checked.emptied, checked.changed) == (set(), 1, 1)


def test_two_secretaries_of_one_village(desk):
    village, county = desk.county.cast.places["140821101202"], desk.county
    post = county.post("140821101202")
    post.until_on = date(2025, 1, 15)
    post.save()
    appoint("接任书记", Duty.SECRETARY, village, since=date(2025, 1, 16))
    refresh_roster(county.rating_year, at=moment("2025-02-07 09:00"))
    names = [row.person_name for row in layout.pages(desk.grid())[0].rows]
    assert (names.count("接任书记"), len(names)) == (1, 3)  # whoever holds the post at the end of January
    assert found(desk.check(desk.form())) == set()
    assert found(desk.check(desk.filled({"C6": post.person.name}))) == {("A6", "other_secretary")}


def test_thousands_of_mistakes_are_counted_not_kept(desk):
    def flood(book):
        for row in range(8, 2008):
            book.worksheets[0].cell(row, 1).value = f"9{row}"

    checked = desk.check(desk.form(flood))
    assert (len(checked.mistakes), checked.more_mistakes) == (1000, 1000)
    assert checked.rows == checked.accepted + len(checked.listed) == 2009


def test_sums_for_the_preview(desk):
    checked = desk.check(desk.filled({"D5": 50, "D6": 40.25, "F5": "/", "E7": 0}))
    assert [(one.total, one.scores, one.blank, one.not_applicable) for one in list(checked.columns.values())[:3]] == [
        (9025, 2, 1, 0),
        (0, 1, 2, 0),
        (0, 0, 0, 3),
    ]  # fmt: skip  the last item is for villages of industry, of which there is none here


def repacked(content, member, change):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, change(old.read(info)) if info.filename == member else old.read(info))
    return out.getvalue()
