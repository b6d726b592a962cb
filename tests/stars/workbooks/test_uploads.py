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
from stars.workbooks import apply_upload, discard_upload, marked_copy, recheck_upload, uploads
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
    upload = recheck_upload(upload_id=upload.pk, grid=desk.grid())
    assert [(one["cell"], one["code"]) for one in upload.mistakes] == [("D7", "emptied"), ("E7", "emptied")]


def test_who_may_only_look_does_not_check_anew(desk):
    """For them every cell is locked, and all that she typed would turn into mistakes."""
    upload = desk.store(desk.filled(RIGHT))
    desk.who = "chen"
    with pytest.raises(RuleBroken) as broken:
        recheck_upload(upload_id=upload.pk, grid=desk.grid())
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
