import inspect
import io
import warnings
from concurrent.futures import ThreadPoolExecutor

import openpyxl
import pytest
from django.db import connection

from governance.errors import RuleBroken
from governance.models import AuditEntry
from stars.models import Assessment, AssessmentChange, Upload
from stars.workbooks import apply_upload, discard_upload, findings, layout, marked_copy, recheck_upload, uploads
from tests.cast import make_cast
from tests.stars.county import open_county
from tests.stars.workbooks.desk import Desk, changed, fill, found

RIGHT = {"D5": 50, "E5": 25.5, "F5": "不适用", "D6": 0, "E6": 30}
WRONG = RIGHT | {"D7": "八十", "E7": 31}


def scores(desk, village):
    row = Assessment.objects.filter(post=desk.county.post(village), period=0).first()
    return row and row.scores


def apply(desk, upload, who="liu"):
    return apply_upload(upload_id=upload.pk, by=desk.county.cast[who], at=desk.now)


def recheck(desk, upload):
    return recheck_upload(upload_id=upload.pk, grid=desk.grid(), by=desk.county.cast[desk.who], at=desk.now)


def apply_accepted(desk, upload, who="liu"):
    return apply_upload(upload_id=upload.pk, by=desk.county.cast[who], at=desk.now, accepted_only=True)


def test_kept_first_and_filed_when_she_confirms(desk):
    upload = desk.store(desk.filled(RIGHT))
    assert (upload.state, upload.mistakes, Assessment.objects.count()) == ("pending", [], 0)
    assert (upload.checked["rows"], upload.checked["accepted"], upload.checked["changed"]) == (9, 9, 5)
    assert apply(desk, upload).state == "applied"
    assert scores(desk, "140821101201") == [5000, 2550, -32767]
    assert scores(desk, "140821101202") == [0, 3000, -32768]
    assert scores(desk, "140821101203") is None
    assert set(AssessmentChange.objects.values_list("door", "by__username")) == {("excel", "liu")}
    assert AuditEntry.objects.filter(subject=f"stars.Upload:{upload.pk}").count() == 2


def test_what_was_typed_survives_with_its_mistakes(desk):
    upload = Upload.objects.get(pk=desk.store(desk.filled(WRONG)).pk)
    assert [(one["cell"], one["code"]) for one in upload.mistakes] == [("D7", "not_a_number"), ("E7", "out_of_range")]
    assert upload.cells[f"0/0/{desk.county.post('140821101203').pk}"] == ["八十", "31", "/"]
    assert upload.cells[f"0/0/{desk.county.post('140821101201').pk}"] == ["50", "25.5", "不适用"]


def test_one_mistake_stops_the_whole(desk):
    upload = desk.store(desk.filled(WRONG))
    with pytest.raises(RuleBroken) as broken:
        apply(desk, upload)
    assert broken.value.code == "mistakes_left"
    assert Assessment.objects.count() == AssessmentChange.objects.count() == 0


def test_accepted_rows_at_her_choice(desk):
    """Of a row with a mistake nothing is filed, not even what is right in it."""
    upload = desk.store(desk.filled(WRONG))
    assert apply_accepted(desk, upload).state == "in_part"
    assert scores(desk, "140821101201") == [5000, 2550, -32767]
    assert scores(desk, "140821101202") == [0, 3000, -32768]
    assert scores(desk, "140821101203") is None
    line = AuditEntry.objects.get(act="stars.apply_upload_in_part")
    assert line.detail == {"rows": 9, "accepted": 8, "listed": 1}
    kept = Upload.objects.get(pk=upload.pk)
    assert [one["cell"] for one in kept.mistakes] == ["D7", "E7"]
    assert kept.checked["refused_rows"] == {desk.grid().windows[0].period_title + " 月考核": "7"}
    assert opened(marked_copy(kept)).worksheets[1]["D7"].comment is not None


def test_a_half_of_a_row_would_be_filed_if_refused_rows_were_not_left_out(desk, monkeypatch):
    """The twin."""
    monkeypatch.setattr(
        findings.Checked, "in_row", lambda self, *at, **more: self.mistakes.append(findings.Mistake("a", "D7", "x", "错。"))
    )
    apply_accepted(desk, desk.store(desk.filled(RIGHT | {"D7": "八十", "E7": 20})))
    assert scores(desk, "140821101203") == [-32768, 2000, -32768]


def test_in_part_a_second_time_changes_nothing(desk):
    upload = desk.store(desk.filled(WRONG))
    apply_accepted(desk, upload)
    before = AssessmentChange.objects.count()
    assert apply_accepted(desk, upload).state == apply(desk, upload).state == "in_part"
    assert AssessmentChange.objects.count() == before == 2
    assert AuditEntry.objects.filter(act="stars.apply_upload_in_part").count() == 1
    with pytest.raises(RuleBroken) as broken:
        recheck(desk, upload)
    assert broken.value.code == "upload_closed"


def test_accepted_rows_of_a_page_that_was_saved_since(desk):
    upload = desk.store(desk.filled(WRONG))
    filing = desk.county.filing()
    desk.county.save(filing, {desk.county.post("140821101203").pk: [6000, 3000, -32768]}, at=desk.at)
    with pytest.raises(RuleBroken) as broken:
        apply_accepted(desk, upload)
    assert broken.value.code == "stale_version"
    assert scores(desk, "140821101201") is None
    recheck(desk, upload)
    assert apply_accepted(desk, upload).state == "in_part"
    assert scores(desk, "140821101203") == [6000, 3000, -32768]


@pytest.mark.parametrize("who", ["zhao", "sun", "tang", "huo", "lei", "client"])
def test_in_part_not_by_others(desk, who):
    upload = desk.store(desk.filled(WRONG))
    with pytest.raises(RuleBroken) as broken:
        apply_accepted(desk, upload, who)
    assert broken.value.code == "not_your_duty"


def without_a_heading(book):
    fill(book, WRONG)
    book.worksheets[0]["E4"] = None


def with_another_sheet(book):
    fill(book, WRONG)
    book.create_sheet("底稿")["A1"] = 5


def merged(book):
    fill(book, WRONG)
    book.worksheets[0].merge_cells("D5:D6")


def of_another_quarter(book):
    for row in book[layout.HIDDEN_SHEET].iter_rows():
        if row[0].value == "quarter":
            row[1].value = "3"


def without_a_sheet(book):
    fill(book, WRONG)
    book.remove(book.worksheets[1])


@pytest.mark.parametrize("change", [without_a_heading, with_another_sheet, merged, of_another_quarter, without_a_sheet])
def test_a_mistake_of_the_sheet_or_the_file_stops_every_row(desk, change, monkeypatch):
    upload = Upload.objects.get(pk=desk.store(desk.form(change)).pk)
    assert (upload.checked["is_spoilt"], upload.checked["scores"]) == (True, {})
    with pytest.raises(RuleBroken) as broken:
        apply_accepted(desk, upload)
    assert broken.value.code == "mistakes_left"
    assert Assessment.objects.count() == 0


def test_without_that_a_merged_form_would_be_filed_in_part(desk, monkeypatch):
    """The twin."""
    monkeypatch.setattr(
        findings.Checked,
        "__setattr__",
        lambda self, name, value: object.__setattr__(self, name, value if name != "is_spoilt" else False),
    )
    assert apply_accepted(desk, desk.store(desk.form(with_another_sheet))).state == "in_part"


def test_a_village_that_stands_twice_is_filed_from_neither_row(desk):
    again = {"A7": "140821101201", "B7": "嵋阳甲村", "C7": "霍嵋阳", "D7": 5}
    upload = desk.store(desk.filled(RIGHT | again))
    assert [(one["cell"], one["code"]) for one in upload.mistakes] == [("A5", "village_twice"), ("A7", "village_twice")]
    apply_accepted(desk, upload)
    assert scores(desk, "140821101201") is None
    assert scores(desk, "140821101202") == [0, 3000, -32768]


def test_nothing_accepted_is_nothing_to_file(desk):
    upload = desk.store(desk.filled({"D5": "x", "D6": "x", "D7": "x"}))
    upload.checked["scores"] = {}
    upload.save()
    with pytest.raises(RuleBroken) as broken:
        apply_accepted(desk, upload)
    assert broken.value.code == "mistakes_left"


def test_two_choose_the_accepted_rows_at_once(fresh_db):
    """Only one writes."""
    desk = Desk(open_county(make_cast()))
    upload = desk.store(desk.filled({"D5": 50, "D6": "x"}))

    def confirm(_i):
        try:
            return apply_accepted(desk, upload).state
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(confirm, range(4))) == ["in_part"] * 4
    assert AssessmentChange.objects.count() == 1


@pytest.mark.parametrize(("rows", "said"), [([1], "1"), ([1, 2, 3], "1-3"), ([2, 4, 5, 9], "2, 4-5, 9"), ([], "")])
def test_rows_as_people_write_them(rows, said):
    checked = findings.Checked(listed={("表", row - 1) for row in rows})
    assert checked.refused_rows() == ({"表": said} if said else {})


def test_a_refusal_in_the_second_window_takes_the_first_back(desk):
    """February was submitted by the time she confirms."""
    content = changed(desk.filled(RIGHT), lambda book: fill(book, {"D5": 7}, sheet=1))
    upload = desk.store(content)
    february = desk.county.filing(period=1)
    desk.county.save(february, desk.county.rows(february), at=desk.at)
    desk.county.submit(february, at=desk.at)
    with pytest.raises(RuleBroken) as broken:
        apply(desk, upload)
    assert broken.value.code == "not_editable"
    assert scores(desk, "140821101201") is None


def test_without_its_transaction_a_half_would_be_filed(desk, monkeypatch):
    monkeypatch.setattr(uploads, "apply_upload", inspect.unwrap(apply_upload))
    content = changed(desk.filled(RIGHT), lambda book: fill(book, {"D5": 7}, sheet=1))
    upload = desk.store(content)
    february = desk.county.filing(period=1)
    desk.county.save(february, desk.county.rows(february), at=desk.at)
    desk.county.submit(february, at=desk.at)
    with pytest.raises(RuleBroken):
        uploads.apply_upload(upload_id=upload.pk, by=desk.county.cast["liu"], at=desk.now)
    assert scores(desk, "140821101201") is not None


def test_twice_is_once(desk):
    upload = desk.store(desk.filled(RIGHT))
    apply(desk, upload)
    assert apply(desk, upload).state == "applied"
    assert AssessmentChange.objects.count() == 2
    assert discard_refused(desk, upload) == "upload_closed"


def discard_refused(desk, upload):
    with pytest.raises(RuleBroken) as broken:
        discard_upload(upload_id=upload.pk, by=desk.county.cast["liu"], at=desk.now)
    return broken.value.code


def test_thrown_away(desk):
    upload = desk.store(desk.filled(RIGHT))
    for _again in range(2):
        assert discard_upload(upload_id=upload.pk, by=desk.county.cast["liu"], at=desk.now).state == "discarded"
    with pytest.raises(RuleBroken) as broken:
        apply(desk, upload)
    assert broken.value.code == "upload_closed"
    assert bytes(Upload.objects.get(pk=upload.pk).workbook)  # kept


@pytest.mark.parametrize("who", ["zhao", "sun", "tang", "huo", "lei", "client"])
def test_not_by_others(desk, who):
    upload = desk.store(desk.filled(RIGHT))
    for act in (apply_upload, discard_upload):
        with pytest.raises(RuleBroken) as broken:
            act(upload_id=upload.pk, by=desk.county.cast[who], at=desk.now)
        assert broken.value.code == "not_your_duty"
    assert Assessment.objects.count() == 0


@pytest.mark.parametrize(
    ("who", "sees"), [("liu", True), ("lei", True), ("chen", True), ("zhao", False), ("tang", False), ("sun", False)]
)
def test_seen_by_its_township_and_above(desk, who, sees):
    upload = desk.store(desk.filled(RIGHT))
    assert Upload.objects.visible_to(desk.county.cast[who]).filter(pk=upload.pk).exists() is sees


@pytest.mark.parametrize("who", ["lei", "chen"])
def test_whoever_may_not_file_here_is_told_before_the_file_is_opened(desk, who):
    content = desk.filled(RIGHT)
    desk.who = who
    with pytest.raises(RuleBroken) as broken:
        desk.store(content)
    assert broken.value.code == "nothing_open"


def test_saved_by_a_colleague_since_the_check(desk):
    upload = desk.store(desk.filled(RIGHT))
    filing = desk.county.filing()
    desk.county.save(filing, {desk.county.post("140821101203").pk: [6000, 3000, -32768]}, at=desk.at)
    with pytest.raises(RuleBroken) as broken:
        apply(desk, upload)
    assert broken.value.code == "stale_version"
    upload = recheck(desk, upload)
    assert [(one["cell"], one["code"]) for one in upload.mistakes] == [("D7", "emptied"), ("E7", "emptied")]


def test_who_may_only_look_does_not_check_anew(desk):
    """For them every cell is locked, and all that she typed would turn into mistakes."""
    upload = desk.store(desk.filled(RIGHT))
    desk.who = "chen"
    with pytest.raises(RuleBroken) as broken:
        recheck(desk, upload)
    assert broken.value.code == "nothing_open"
    assert Upload.objects.get(pk=upload.pk).mistakes == []


def test_an_upload_without_news_is_applied_quietly(desk):
    upload = desk.store(desk.form())
    assert apply(desk, upload).state == "applied"
    assert Assessment.objects.count() == 0


def opened(content):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(io.BytesIO(content))


def test_marked_copy(desk):
    upload = desk.store(desk.filled(WRONG))
    book = opened(marked_copy(upload))
    listed, january = book.worksheets[:2]
    assert january["D7"].comment.text == upload.mistakes[0]["message"]
    assert january["D7"].fill.start_color.rgb == "FFF4B6B6"
    assert january["D5"].comment is None
    assert january["D5"].value == 50
    assert [[cell.value for cell in row[:2]] for row in listed.iter_rows(min_row=2)] == [
        [january.title, "D7"],
        [january.title, "E7"],
    ]


def test_a_marked_copy_can_be_corrected_and_sent_back(desk):
    marked = marked_copy(desk.store(desk.filled(WRONG)))
    again = desk.store(changed(marked, lambda book: fill(book, {"D7": 40, "E7": "x"}, sheet=1)))
    assert [(one["cell"], one["code"]) for one in again.mistakes] == [("E7", "not_a_number")]
    january = opened(marked_copy(again)).worksheets[1]
    assert january["D7"].comment is None
    assert january["D7"].fill.start_color.rgb != "FFF4B6B6"
    assert january["E7"].comment is not None


def test_marked_copy_of_a_merger(desk):
    upload = desk.store(changed(desk.filled({"D5": 40}), lambda book: book.worksheets[0].merge_cells("D5:D7")))
    assert opened(marked_copy(upload)).worksheets[1]["D5"].comment is not None


def test_marked_copy_carries_no_formula(desk):
    def hostile(book):
        book.create_sheet("=1+1")["A1"] = "=cmd|' /C calc'!A0"

    listed = opened(marked_copy(desk.store(desk.form(hostile)))).worksheets[0]
    assert [(cell.value, cell.data_type, cell.quotePrefix) for cell in listed[2]][:2] == [("=1+1", "s", True), ("A1", "s", True)]


def test_two_confirm_at_once(fresh_db):
    """Only one writes."""
    cast = make_cast()
    desk = Desk(open_county(cast))
    upload = desk.store(desk.filled({"D5": 50, "E5": 25.5}))

    def confirm(_i):
        try:
            return apply(desk, upload).state
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(confirm, range(4))) == ["applied"] * 4
    assert AssessmentChange.objects.count() == 1
    assert found(desk.check(desk.form())) == set()
