from datetime import UTC, date, datetime

import pytest

from governance.errors import RuleBroken
from grids.models import Grid
from grids.services.importing import COLUMNS, import_grids
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


def listed(cast: Cast, *rows: str) -> str:
    return "\n".join([HEADER, *(row.format(village=cast.village.code) for row in rows)])


def bring(cast: Cast, text: str, *, who: str = "liu") -> int:
    return import_grids(text, under=cast.township, by=cast[who], on=DAY, at=AT)


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
