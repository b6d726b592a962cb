"""The national list into the tree: whole or not at all, dated, and the second time nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from governance import clock
from governance.errors import RuleBroken
from governance.models import AuditEntry, Territory
from governance.services.territories import ImportReport, import_territories
from governance.territory_files import PACKED, Place, read_places, write_packed

FIRST, LATER = date(2023, 6, 30), date(2024, 6, 30)
FILES = {
    "provinces.csv": 'code,name\n14,"山西省"\n44,"广东省"\n',
    "cities.csv": 'code,name,provinceCode\n1408,"运城市",14\n4419,"东莞市",44\n',
    "areas.csv": 'code,name,cityCode,provinceCode\n140821,"临猗县",1408,14\n441900,"东莞市",4419,44\n',
    "streets.csv": "code,name,areaCode,provinceCode,cityCode\n"
    '140821108,"耽子镇",140821,14,1408\n140821200,"楚侯乡",140821,14,1408\n441900003,"东城街道",441900,44,4419\n',
    "villages.csv": "code,name,streetCode,provinceCode,cityCode,areaCode\n"
    '140821108243,"寺后村委会",140821108,14,1408,140821\n140821108244,"霍村村委会",140821108,14,1408,140821\n'
    '140821200001,"楚兴园社区居委会",140821200,14,1408,140821\n140821200200,"楚侯村委会",140821200,14,1408,140821\n'
    '441900003001,"岗贝社区居委会",441900003,44,4419,441900\n',
}
ADDED = {1: 2, 2: 2, 3: 2, 4: 3, 5: 5}
Change = Callable[[str, str, str], Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    where = tmp_path / "dist"
    where.mkdir()
    for name, text in FILES.items():
        (where / name).write_text(text, encoding="utf-8")
    return where


@pytest.fixture
def change(folder: Path) -> Change:
    def write(file: str, was: str, becomes: str) -> Path:
        text = (folder / file).read_text(encoding="utf-8")
        assert was in text
        (folder / file).write_text(text.replace(was, becomes, 1), encoding="utf-8")
        return folder

    return write


def bring_in(source: Path, on: date = FIRST, under: tuple[str, ...] = ()) -> ImportReport:
    return import_territories(source, on=on, under=under, at=clock.now())


def tree() -> list[tuple[object, ...]]:
    return list(
        Territory.objects.order_by("path", "valid_from").values_list(
            "path", "name", "short_name", "kind", "valid_from", "valid_to"
        )
    )


def test_the_first_time(db: None, folder: Path) -> None:
    assert bring_in(folder) == ImportReport(added=ADDED, renamed=[], closed=[])
    huo = Territory.objects.get(path="140821108244")
    assert (huo.short_name, huo.kind, huo.level, huo.code, huo.parent.name) == ("霍村", "village", 5, "140821108244", "耽子镇")
    assert (huo.valid_from, huo.valid_to) == (FIRST, None)
    assert Territory.objects.get(name="楚兴园社区居委会").kind == "community"


def test_a_code_that_stands_for_two_places(db: None, folder: Path) -> None:
    bring_in(folder)
    both = Territory.objects.filter(code="441900000000").order_by("level").values_list("path", "level", "parent__path")
    assert list(both) == [("4419", 2, "44"), ("441900", 3, "4419")]


def test_the_second_time_nothing(db: None, folder: Path) -> None:
    bring_in(folder)
    before = tree()
    assert bring_in(folder, LATER).is_empty
    assert tree() == before
    assert AuditEntry.objects.filter(act="territory.import").count() == 1


def test_added_renamed_closed(db: None, folder: Path, change: Change) -> None:
    bring_in(folder)
    change("villages.csv", "寺后村委会", "寺后新村村委会")
    change("villages.csv", '140821200200,"楚侯村委会"', '140821200201,"楚东村委会"')
    report = bring_in(folder, LATER)
    assert report == ImportReport(
        added={5: 1}, renamed=[("140821108243", "寺后村委会", "寺后新村村委会")], closed=[("140821200200", "楚侯村委会")]
    )
    renamed = Territory.objects.get(path="140821108243")
    assert (renamed.short_name, renamed.valid_from) == ("寺后新村", FIRST)
    assert Territory.objects.get(path="140821200200").valid_to == LATER
    assert Territory.objects.get(path="140821200201").valid_from == LATER
    assert [(event.name, event.pgh_context.metadata["act"]) for event in renamed.history.order_by("pgh_id")] == [
        ("寺后村委会", "territory.import"), ("寺后新村村委会", "territory.import"),
    ]  # fmt: skip


def test_a_place_that_comes_back_is_a_new_row(db: None, folder: Path, change: Change) -> None:
    bring_in(folder)
    change("villages.csv", '140821200200,"楚侯村委会",140821200,14,1408,140821\n', "")
    bring_in(folder, date(2024, 1, 1))
    (folder / "villages.csv").write_text(FILES["villages.csv"], encoding="utf-8")
    bring_in(folder, date(2025, 1, 1))
    spans = Territory.objects.filter(path="140821200200").order_by("valid_from").values_list("valid_from", "valid_to")
    assert list(spans) == [(FIRST, date(2024, 1, 1)), (date(2025, 1, 1), None)]


def test_a_subtree_leaves_the_rest_alone(db: None, folder: Path, change: Change) -> None:
    assert bring_in(folder, under=("140821108",)).added == {1: 1, 2: 1, 3: 1, 4: 1, 5: 2}
    assert bring_in(folder, under=("140821200", "4419")).added == {1: 1, 2: 1, 3: 1, 4: 2, 5: 3}
    change("villages.csv", '140821108243,"寺后村委会",140821108,14,1408,140821\n', "")
    assert bring_in(folder, LATER, under=("4419",)).is_empty
    assert bring_in(folder, LATER, under=("140821108",)).closed == [("140821108243", "寺后村委会")]


def test_the_folder_and_the_packed_file_say_the_same(db: None, folder: Path, tmp_path: Path) -> None:
    packed, again = tmp_path / "list.csv.xz", tmp_path / "again.csv.xz"
    write_packed(read_places(folder), packed)
    write_packed(reversed(list(read_places(folder))), again)
    assert packed.read_bytes() == again.read_bytes()
    bring_in(packed)
    assert bring_in(folder, LATER).is_empty


def test_neighbours_that_would_share_a_short_name_keep_their_full_ones(db: None, folder: Path, change: Change) -> None:
    change("villages.csv", "寺后村委会", "霍村村民委员会")
    bring_in(folder)
    names = Territory.objects.filter(path__prefix="140821108", level=5).order_by("path").values_list("short_name", flat=True)
    assert list(names) == ["霍村村民委员会", "霍村村委会"]


BAD = [
    ("a missing file", "cities.csv", "", "", r"cities\.csv"),
    ("another header", "areas.csv", "cityCode", "city", r"areas\.csv.*line 1|areas\.csv.*1"),
    ("a missing column", "streets.csv", ",14,1408\n140821200", ",14\n140821200", r"streets\.csv.*2"),
    ("a code of the wrong length", "villages.csv", "140821108244", "14082110824", r"villages\.csv.*3.*14082110824"),
    ("a code that is no number", "villages.csv", "140821108244", "14082110824X", r"villages\.csv.*3.*14082110824X"),
    ("full-width digits", "provinces.csv", "44", "４４", r"provinces\.csv.*3"),
    ("a parent that the code denies", "villages.csv", "140821108,14,1408,140821\n1408212", "140821200,14,1408,140821\n1408212",
     r"villages\.csv.*3.*streetCode"),
    ("a place in no place", "streets.csv", '140821200,"楚侯乡",140821,14,1408\n', "", r"villages\.csv.*4.*140821200"),
    ("a place twice", "villages.csv", "140821108244", "140821108243", r"villages\.csv.*3.*140821108243"),
    ("no name", "villages.csv", "霍村村委会", "", r"villages\.csv.*3"),
    ("a space behind the name", "villages.csv", "霍村村委会", "霍村村委会 ", r"villages\.csv.*3"),
    ("an unseen character in the name", "villages.csv", "霍村村委会", "霍村\u200b村委会", r"villages\.csv.*3"),
    ("a name too long", "villages.csv", "霍村村委会", "霍" * 61, r"villages\.csv.*3"),
    ("an open quotation mark", "villages.csv", '"霍村村委会"', '"霍村村委会', r"villages\.csv"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "was", "becomes", "why"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_bad_list_is_refused_whole(db: None, folder: Path, change: Change, file: str, was: str, becomes: str, why: str) -> None:
    if was:
        change(file, was, becomes)
    else:
        (folder / file).unlink()
    with pytest.raises(RuleBroken, match=why) as broken:
        bring_in(folder)
    assert broken.value.code == "bad_territory_list"
    assert not Territory.objects.exists()


def test_text_that_is_not_utf8(db: None, folder: Path) -> None:
    (folder / "villages.csv").write_bytes(FILES["villages.csv"].encode("gb18030"))
    with pytest.raises(RuleBroken, match=r"villages\.csv.*UTF-8"):
        bring_in(folder)


@pytest.mark.parametrize("damage", ["cut", "not packed", "empty", "absent"])
def test_a_damaged_packed_file(db: None, folder: Path, tmp_path: Path, damage: str) -> None:
    packed = tmp_path / "list.csv.xz"
    write_packed(read_places(folder), packed)
    if damage == "cut":
        packed.write_bytes(packed.read_bytes()[:-30])
    if damage == "not packed":
        packed.write_text("path,name\n14,山西省\n", encoding="utf-8")
    if damage == "empty":
        write_packed([], packed)
    if damage == "absent":
        packed.unlink()
    with pytest.raises(RuleBroken, match=r"list\.csv\.xz"):
        bring_in(packed)
    assert not Territory.objects.exists()


def test_a_mistake_outside_the_subtree_refuses_too(db: None, folder: Path, change: Change) -> None:
    change("villages.csv", "441900003001", "441900003")
    with pytest.raises(RuleBroken, match="441900003"):
        bring_in(folder, under=("140821",))


def test_an_unknown_subtree(db: None, folder: Path) -> None:
    with pytest.raises(RuleBroken) as broken:
        bring_in(folder, under=("999999",))
    assert broken.value.code == "unknown_territory"


@pytest.mark.parametrize(
    ("was", "becomes", "on"),
    [('140821200200,"楚侯村委会",140821200,14,1408,140821\n', "", FIRST), ("寺后村委会", "寺前村委会", date(2022, 6, 30))],
    ids=["closes what begins that day", "renames what begins later"],
)
def test_a_list_that_is_not_later(db: None, folder: Path, change: Change, was: str, becomes: str, on: date) -> None:
    bring_in(folder)
    before = tree()
    change("villages.csv", was, becomes)
    with pytest.raises(RuleBroken) as broken:
        bring_in(folder, on)
    assert (broken.value.code, tree()) == ("list_not_later", before)


def test_the_command_tells(db: None, folder: Path, change: Change) -> None:
    call_command("import_territories", str(folder), "--on", "2023-06-30", stdout=StringIO())
    change("villages.csv", "寺后村委会", "寺后新村村委会")
    out = StringIO()
    call_command("import_territories", str(folder), "--on", "2024-06-30", stdout=out)
    assert "140821108243 寺后村委会 寺后新村村委会" in out.getvalue()
    shutil.rmtree(folder)
    with pytest.raises(CommandError):
        call_command("import_territories", str(folder))


def test_the_demo_places_come_from_the_release(db: None) -> None:
    report = bring_in(PACKED, under=("140821", "320812", "4102", "4301"))
    counts = {
        path: tuple(Territory.objects.filter(path__prefix=path, level=level).count() for level in (4, 5))
        for path in ("140821", "320812", "4102", "4301")
    }
    assert counts["140821"] == (14, 284)
    assert counts["320812"] == (17, 124)
    assert sum(report.added.values()) == Territory.objects.count()
    assert Territory.objects.get(path="140821108").name == "耽子镇"
    assert Territory.objects.get(path="140821108244").short_name == "霍村"
    linyi = Territory.objects.filter(path__prefix="140821", level=5)
    assert linyi.values("parent", "short_name").distinct().count() == 284


def test_the_packed_list_is_the_bureau_s() -> None:
    levels: dict[int, int] = {}
    for path, _name in read_places(PACKED):
        levels[len(path)] = levels.get(len(path), 0) + 1
    assert levels == {2: 31, 4: 342, 6: 2978, 9: 41352, 12: 620573}


def test_places_above_come_first(folder: Path) -> None:
    assert next(iter(read_places(folder))) == Place("14", "山西省")
