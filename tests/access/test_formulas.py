"""T-X4: text that begins like a formula, in every text field of every row, through every route that gives out a workbook or CSV.

The routes are found, not listed: a new export is walked the day it is there. Reopened by openpyxl in each run, by LibreOffice in the soak.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

import openpyxl
import pytest

from governance.workbooks import text as guard
from governance.workbooks.tables import Column, table
from stars.selectors import pull
from tests.access import world as worlds
from tests.access.doors import doors
from tests.access.guards import Watch
from tests.access.walk import WITNESSES, Walk

POLICY = Path(__file__).parents[2] / "stars/policies/shanxi-secretary-2025.yaml"
SIGNS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]  # and \0, which the database takes in no text
EXPORTS = (".xlsx", ".csv")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
MARKED = {"uploads/<int:upload_id>/marked.xlsx", "task-uploads/<int:task_upload_id>/marked.xlsx"}  # the uploader's own file
OFFICE = shutil.which("soffice")


def walk_in_a_world_of(signs: Sequence[str], patch: pytest.MonkeyPatch) -> Walk:
    """Every text field of every row begins with one of the signs, in turn; but for certificate numbers, which no person writes."""
    turn, published = cycle(signs), worlds.SPECIAL["PublishedRating"]
    patch.setitem(worlds.SPECIAL, "PublishedRating", lambda seeder: published(seeder) | {"certificate_no": f"Z{seeder.path}Z"})
    patch.setattr(worlds, "mark", lambda path: f"{next(turn)}1+Z{path}Z")
    patch.setattr(worlds, "name", lambda path: f"{next(turn)}1+Y{path}Y")
    walk = Walk(worlds.make_world(POLICY.read_text("utf-8")), Watch())
    walk.stand()
    return walk


def exports(walk: Walk) -> Iterator[tuple[str, bytes]]:
    """Route and what it gives to the first who gets it, for every address that there is."""
    given: dict[str, int] = {}
    for door in doors(walk.world):
        if door.route.pattern.endswith(EXPORTS):
            given.setdefault(door.route.pattern, 0)
            replies = (walk.reply(who, "GET", door.url, moment=door.moment) for who in WITNESSES)
            if reply := next((one for one in replies if one.sent.status_code == 200), None):
                given[door.route.pattern] += 1
                yield door.route.pattern, reply.content
    assert len(given) >= 8, "exports of the product that are known to be there"
    assert all(given.values()), f"nobody got {[pattern for pattern, count in given.items() if not count]}"


def formulas(pattern: str, content: bytes) -> list[str]:
    """Cells that a spreadsheet would compute, or that would begin like a formula after a detour through CSV."""
    if pattern.endswith(".csv"):
        return list(_of_csv(content))
    return [*_of_workbook(content, own=pattern in MARKED), *_ways_out(content)]


def _of_csv(content: bytes) -> Iterator[str]:
    for row in csv.DictReader(io.StringIO(content.decode(), newline="")):
        yield from (text for text in row.values() if _begins_one(text))


def _of_workbook(content: bytes, *, own: bool) -> Iterator[str]:
    """own: text stays as she typed it, and stays text"""
    for sheet in openpyxl.load_workbook(io.BytesIO(content)).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                begins_one = isinstance(cell.value, str) and not own and not cell.quotePrefix and _begins_one(cell.value)
                if cell.data_type == "f" or begins_one:
                    yield f"{sheet.title}!{cell.coordinate}: {cell.value!r}"


def _ways_out(content: bytes) -> Iterator[str]:
    """Parts that make a spreadsheet fetch something from elsewhere."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name in package.namelist():
            if name.startswith(("xl/externalLinks/", "xl/connections")) or b'TargetMode="External"' in package.read(name):
                yield name


def _begins_one(text: str) -> bool:
    first = unicodedata.normalize("NFKC", text[:1])
    return bool(first) and first in "=+-@\t\r\n\0" and not NUMBER.fullmatch(text)


@pytest.mark.parametrize("signs", [SIGNS, *(pytest.param([one], marks=pytest.mark.soak) for one in SIGNS)], ids=repr)
def test_no_cell_of_any_export_is_a_formula(db: None, monkeypatch: pytest.MonkeyPatch, signs: list[str]) -> None:
    found = {pattern: formulas(pattern, content) for pattern, content in exports(walk_in_a_world_of(signs, monkeypatch))}
    assert {pattern: cells[:5] for pattern, cells in found.items() if cells} == {}


def test_without_the_guard_every_export_would_hold_some(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin."""
    plain = guard.harmless
    for module in list(sys.modules.values()):
        if getattr(module, "harmless", None) is plain:
            monkeypatch.setattr(module, "harmless", lambda text: text)
    monkeypatch.setattr(pull, "CSV_COLUMNS", pull.COLUMNS)
    red: dict[str, bool] = {}
    for pattern, content in exports(walk_in_a_world_of(SIGNS, monkeypatch)):
        red[pattern] = red.get(pattern, False) or bool(formulas(pattern, content))
    assert {pattern for pattern, is_red in red.items() if not is_red} == MARKED


def test_a_way_out_of_a_workbook_is_noticed() -> None:
    book, kept = openpyxl.Workbook(), io.BytesIO()
    book.worksheets[0]["A1"].hyperlink = "https://elsewhere.example/"
    book.save(kept)
    assert formulas("a.xlsx", kept.getvalue()) == ["xl/worksheets/_rels/sheet1.xml.rels"]


def test_real_negative_numbers_stay_numbers() -> None:
    columns = [Column("金额", 10, lambda cents: cents, hundredths=True), Column("名称", 10, lambda _cents: "-5")]
    sheet = openpyxl.load_workbook(io.BytesIO(table("表", ["表"], columns, [-500]))).worksheets[0]
    assert [(cell.data_type, cell.value) for cell in sheet[3]] == [("n", -5), ("s", "'-5")]


if OFFICE:

    @pytest.mark.soak
    def test_no_office_computes_a_cell(db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """CSV is read with all that the import has: a cell is what it looks like."""
        for number, (pattern, content) in enumerate(exports(walk_in_a_world_of(SIGNS, monkeypatch))):
            name = tmp_path / f"{number}{Path(pattern).suffix}"
            name.write_bytes(content)
        subprocess.run(
            [str(OFFICE), f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--infilter=Text - txt - csv (StarCalc):44,34,76,1",
             "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "out"), *map(str, tmp_path.glob("*.csv"))],
            check=True, timeout=300, capture_output=True,
        )  # fmt: skip
        subprocess.run(
            [str(OFFICE), f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML",
             "--outdir", str(tmp_path / "out"), *map(str, tmp_path.glob("*.xlsx"))],
            check=True, timeout=300, capture_output=True,
        )  # fmt: skip
        reopened = sorted((tmp_path / "out").glob("*.xlsx"))
        assert len(reopened) == len([*tmp_path.glob("*.csv"), *tmp_path.glob("*.xlsx")])
        for one in reopened:
            book = openpyxl.load_workbook(one)
            assert [c.coordinate for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"] == [], (
                one.name
            )
