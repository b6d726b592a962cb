"""Whatever is sent, the answer is a workbook's values or a sentence; nothing is kept and the reader lives on."""

import json
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from governance.errors import RuleBroken
from governance.sandbox import package, values
from governance.sandbox.package import Refused
from governance.sandbox.process import reader
from governance.workbooks.reading import _sentences, sentence, shown_name
from stars.models import Upload
from stars.workbooks import read_upload
from tests.stars.workbooks import hostile
from tests.stars.workbooks.desk import File, found
from tests.stars.workbooks.memory import held_by_the_reader

BY_HAND = hostile.made_by_hand()
REFUSED = [case for case in BY_HAND if case[2]]
HARMLESS = [case for case in BY_HAND if not case[2]]
MEGABYTES = 256


def test_two_hundred_by_hand_and_thirty_bombs():
    names = {name for name, _content, _code in BY_HAND}
    assert len(names) == len(BY_HAND) == 200
    assert len(names & hostile.BOMBS) == len(hostile.BOMBS) == 30
    assert len({content for _name, content, _code in BY_HAND}) == 200


def code_of(act) -> str:
    try:
        act()
    except RuleBroken as broken:
        return broken.code
    return ""


@pytest.mark.parametrize(("content", "code"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused(content, code):
    began = time.monotonic()
    with pytest.raises(RuleBroken) as broken:
        read_upload(File(content, "坏表.xlsx"))
    assert broken.value.code == code
    assert broken.value.field == "file"
    assert "坏表.xlsx" in broken.value.message
    assert time.monotonic() - began < 10
    assert held_by_the_reader() < MEGABYTES
    assert read_upload(File(hostile.ordinary())).sheets[0].rows == [["text", 1.0, 2.5]]


@pytest.mark.parametrize("content", [case[1] for case in HARMLESS], ids=[case[0] for case in HARMLESS])
def test_odd_but_no_form(desk, content):
    assert {code for _cell, code in found(desk.check(content))} == {"no_fingerprint"}
    assert held_by_the_reader() < MEGABYTES


def test_a_file_of_100_mb_is_never_in_memory():
    class Big(File):
        size = 100 * 2**20

        def read(self):
            raise AssertionError("read")

    with pytest.raises(RuleBroken) as broken:
        read_upload(Big(b""))
    assert broken.value.code == "too_large"


def test_a_size_that_is_not_told_is_measured():
    with pytest.raises(RuleBroken) as broken:
        read_upload(SimpleUploadedFile("a.xlsx", package.ZIP_MAGIC + bytes(package.MAX_FILE)))
    assert broken.value.code == "too_large"


def test_nothing_of_a_refused_file_is_kept(desk):
    for _name, content, _code in REFUSED[:12]:
        with pytest.raises(RuleBroken):
            desk.store(content)
    assert Upload.objects.count() == 0


def test_without_its_limit_a_bomb_would_be_unpacked(monkeypatch):
    bomb = next(content for name, content, _code in REFUSED if name == "unpacks to a hundred megabytes")
    with pytest.raises(Refused):
        package.unpack(bomb)
    monkeypatch.setattr(package, "_refuse_by_promises", lambda infos: None)
    assert len(package.unpack(bomb)["xl/media/image1.png"]) == 100 * 2**20


def test_without_its_limit_a_million_rows_would_be_read(monkeypatch):
    sparse = hostile.with_sheet(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="400000"><c r="A400000"><v>1</v></c></row>')
    with pytest.raises(Refused):
        values.read(sparse)
    monkeypatch.setattr(values, "MAX_ROWS", 2_000_000)
    assert len(json.loads(values.read(sparse))[0]["rows"]) == 400_000


def test_without_the_search_for_types_a_laugh_would_reach_the_parser(monkeypatch):
    laughs = next(content for name, content, _code in REFUSED if name == "laughs")
    with pytest.raises(Refused):
        package.unpack(laughs)
    monkeypatch.setattr(package, "_refuse_strange_xml", lambda content: None)
    assert b"<!ENTITY" in package.unpack(laughs)[hostile.STRINGS]


def test_utf_16_would_be_read_as_an_empty_sheet(monkeypatch):
    """calamine sees no cell in it: 300 villages would be filed as blank."""
    wide = hostile.repacked(lambda members: members.update({hostile.SHEET: members[hostile.SHEET].decode().encode("utf-16")}))
    monkeypatch.setattr(package, "_refuse_strange_xml", lambda content: None)
    assert json.loads(values.read(wide))[0]["rows"] == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("填报.xlsx", "填报.xlsx"), ("../../etc/passwd", "passwd"), ("C:\\Users\\a\\表.xlsx", "表.xlsx"), ("a\0b\r\n.xlsx", "ab.xlsx"),
        ("", "?"), ("表" * 300 + ".xlsx", "表" * 115 + ".xlsx"), ("\u202exslx.exe", "xslx.exe"),
    ],
)  # fmt: skip
def test_names_of_files(name, shown):
    assert shown_name(name) == shown


def test_every_refusal_has_its_sentence():
    detail: dict[str, str | int] = {"limit": 1, "sheet": "a", "rows": 1, "columns": 1}
    for code in _sentences():
        assert "%(" not in sentence(Refused(code, **detail), "a.xlsx").message


def test_the_reader_is_one_process_that_stays():
    read_upload(File(hostile.ordinary()))
    before = reader._child
    read_upload(File(hostile.ordinary()))
    assert reader._child is before is not None


@pytest.mark.parametrize(
    ("cell", "mark"),
    [
        (b'<c r="A1" t="e"><v>#N/A</v></c>', "error"), (b"<c r='A1' t='e'><v>#N/A</v></c>", "error"),
        (b'<c r="A1"><f>1+1</f></c>', "formula"), (b'<x:c r="A1"><x:f>1+1</x:f></x:c>', "formula"),
        (b'<c r="A1"><f/><v>1</v></c>', "formula"), (b'<c r="A1"><f\tt="shared" si="0"/></c>', "formula"),
        (b'<sheetFormatPr/><c r="A1" t="inlineStr"><is><t>of fee</t></is></c>', ""), (b'<c r="A1"><v>5</v></c>', ""),
    ],
)  # fmt: skip
def test_no_spelling_of_an_error_or_a_formula_is_passed_over(cell, mark):
    assert values._marks(cell, set()) == ({"A1": mark} if mark else {})


@pytest.mark.parametrize("attribute", ['numFmtId="9"', "numFmtId='10'", 'numFmtId = "9"', 'numFmtId="170"', 'numFmtId="0"'])
def test_no_spelling_of_a_percentage_is_passed_over(attribute):
    own = '<numFmts><numFmt numFmtId="170" formatCode="0.0%"/></numFmts>' if "170" in attribute else ""
    styles = f'<styleSheet xmlns="{values.MAIN[1:-1]}">{own}<cellXfs><xf numFmtId="0"/><xf {attribute} fontId="9"/></cellXfs></styleSheet>'
    assert values._percent_styles({"xl/styles.xml": styles.encode()}) == ({b"1"} if '"0"' not in attribute else set())
