from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook

from governance.errors import RuleBroken
from grids.models import Grid
from grids.services.importing import COLUMNS, import_grids
from grids.services.tables import Line, read_table
from tests.cast import Cast

DAY = date(2025, 3, 3)
AT = datetime(2025, 3, 3, 2, tzinfo=UTC)
HEADER = ",".join(COLUMNS)
TREE = [
    "{village},01,第一网格,网格,,180",
    "{village},01-01,辅助网格甲,辅助网格,01,50",
    "{village},01-01-01,微网格甲,微网格,01-01,18",
    "{village},01-09,微网格乙,微网格,01,",
]


def listed(cast: Cast, *rows: str) -> list[Line]:
    """Rows without their last column: the organization, which most tests leave empty."""
    lines = [HEADER, *(row.format(village=cast.village.code) + ("," if row.count(",") == 5 else "") for row in rows)]
    return [(number, line.split(",")) for number, line in enumerate(lines, start=1)]


def bring(cast: Cast, lines: list[Line], *, who: str = "liu") -> int:
    return import_grids(lines, under=cast.township, by=cast[who], on=DAY, at=AT)


def test_a_tree_of_three_levels(cast: Cast) -> None:
    assert bring(cast, listed(cast, *TREE)) == 4
    micro = Grid.objects.get(code="01-01-01")
    assert (micro.parent.code, micro.parent.parent.code, micro.households) == ("01-01", "01", 18)


def test_twice_is_once_and_a_new_name_is_a_change(cast: Cast) -> None:
    bring(cast, listed(cast, *TREE))
    assert bring(cast, listed(cast, *TREE)) == 0
    assert bring(cast, listed(cast, TREE[0].replace("第一", "东街"), *TREE[1:])) == 1
    assert Grid.objects.get(code="01").name == "东街网格"


@pytest.mark.parametrize(
    "row, says",
    [
        ("140822101201,01,甲,网格,,1", "140822101201"),
        ("{village},01,甲,大网格,,1", "微网格"),
        ("{village},01,,网格,,1", "code and name"),
        ("{village},01,甲,网格,01,1", "lies in"),
        ("{village},01,甲,微网格,,1", "lies in"),
        ("{village},01,甲,微网格,77,1", "77"),
        ("{village},01,甲,网格,,很多", "很多"),
        ("{village},01,甲,网格,,１２", "１２"),
        ("{village},01,甲,网格,,12,不存在支部", "不存在支部"),
        ("{village},90,甲,网格,,12", "twice"),
        ("{village}," + "9" * 25 + ",甲,网格,,12", "24"),
        ("{village},01,甲,网格,", "5"),
    ],
)
def test_a_wrong_line_refuses_the_whole(cast: Cast, row: str, says: str, settings: object) -> None:
    settings.LANGUAGE_CODE = "en"  # type: ignore[attr-defined]
    with pytest.raises(RuleBroken) as broken:
        bring(cast, listed(cast, "{village},90,好,网格,,1", row))
    assert broken.value.code == "bad_grid_list"
    assert " 3" in broken.value.message and says in broken.value.message
    assert not Grid.objects.exists()


@pytest.mark.parametrize("who", ["zhao", "huo", "sun", "tang"])
def test_only_whoever_serves_there(cast: Cast, who: str) -> None:
    with pytest.raises(RuleBroken) as broken:
        bring(cast, listed(cast, *TREE), who=who)
    assert broken.value.code == "not_your_duty"


def test_a_neighbour_does_not_see_them(cast: Cast) -> None:
    bring(cast, listed(cast, *TREE))
    assert Grid.objects.visible_to(cast["liu"]).count() == 4
    assert not Grid.objects.visible_to(cast["zhao"]).exists()


def test_the_party_organization_of_a_grid(cast: Cast) -> None:
    branch = cast.organizations[cast.village.path]
    bring(cast, listed(cast, f"{TREE[0]},{branch.name}"))
    assert Grid.objects.get().organization == branch


@pytest.mark.parametrize("form", ["utf-8-sig", "gb18030", "xlsx"])
def test_files_as_people_keep_them(cast: Cast, tmp_path: Path, form: str) -> None:
    lines = [cells for _number, cells in listed(cast, *TREE)]
    file = tmp_path / ("grids.xlsx" if form == "xlsx" else "grids.csv")
    if form == "xlsx":
        book = Workbook()
        for cells in lines:
            book.active.append([int(cell) if cell.isdecimal() and len(cell) > 9 else cell for cell in cells])
        book.save(file)
    else:
        file.write_text("\n".join(",".join(cells) for cells in lines), encoding=form)
    out = StringIO()
    for _time in range(2):
        call_command("import_grids", str(file), under=cast.township.path, by="liu", stdout=out)
    assert [line.split()[0] for line in out.getvalue().splitlines()] == ["4", "0"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("grids.xlsx", b"no workbook"), ("grids.csv", b'a,"b'), ("grids.csv", None), ("grids.csv", b"x" * 6_000_000)],
)
def test_a_file_that_is_no_list(cast: Cast, tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(RuleBroken, match=name) as broken:
        read_table(tmp_path / name)
    assert broken.value.code == "bad_grid_file"
    with pytest.raises(CommandError):
        call_command("import_grids", str(tmp_path / name), under=cast.township.path, by="liu")


def test_the_admin_shows_the_county_s_and_refuses_a_wrong_parent(cast: Cast, client: Client) -> None:
    bring(cast, listed(cast, *TREE))
    other = cast.villages_of(cast.sibling)[0]
    client.force_login(cast["chen"])
    form = {"territory": other.pk, "kind": "micro", "code": "01", "name": "微网格", "parent": Grid.objects.get(code="01").pk,
            "organization": "", "households": "", "valid_from": "2025-01-01", "valid_to": ""}  # fmt: skip
    response = client.post(reverse("admin:grids_grid_add"), form)
    assert "parent" in response.context["adminform"].form.errors
    client.force_login(cast["tang"])
    assert "嵋阳" not in client.get(reverse("admin:grids_grid_changelist")).content.decode()
