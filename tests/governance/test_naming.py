"""Short names, on names as the state's list really writes them."""

import pytest

from governance.naming import kind_of, short_name
from governance.territory_files import PACKED, read_places

NAMES = [
    ("霍村村委会", "霍村"),
    ("霍村村民委员会", "霍村"),
    ("霍村", "霍村"),
    ("堡里村委会", "堡里村"),
    ("水南村村委会", "水南村"),
    ("石家庄村委会", "石家庄村"),
    ("王村村民委会", "王村"),
    ("东南村村委", "东南村"),
    ("庄子村村民委会会", "庄子村"),
    ("西里街村村民委会员", "西里街村"),
    ("郇阳社区居委会", "郇阳社区"),
    ("崇相西社区居民委员会", "崇相西社区"),
    ("新立居委会", "新立社区"),
    ("四道口居民委员会", "四道口社区"),
    ("邮电新村社区居民委员", "邮电新村社区"),
    ("芍药居五社区居民居委会", "芍药居五社区"),
    ("赵岗社区村民委员会", "赵岗社区"),
    ("东沟社区村委会", "东沟社区"),
    ("茂力格尔嘎查委会", "茂力格尔嘎查"),
    ("巴音哈拉嘎查村", "巴音哈拉嘎查村"),
    ("万达社区委员会", "万达社区"),
    ("庙港村委会（新）", "庙港村（新）"),
    ("红光村委会（三叉河）", "红光村（三叉河）"),
    ("巴音牧委会", "巴音牧委会"),
    ("辛庄生活区", "辛庄生活区"),
    ("第一管理区", "第一管理区"),
    ("村委会", "村委会"),
]
KINDS = [
    ("霍村村委会", "140821108244", "village"), ("霍村", "140821108244", "village"), ("郇阳社区", "140821100021", "community"),
    ("新立居委会", "140821100021", "community"), ("赵岗社区村民委员会", "340122100035", "village"),
    ("前表山村居民委员会", "130523100246", "community"), ("航天城虚拟区", "120116402402", "community"),
    ("一连生活区", "659001100225", "village"), ("二队", "120116402199", "community"), ("二队", "120116402500", "village"),
    ("庙港村委会（新）", "320681102231", "village"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "short"), NAMES)
def test_short_name(name: str, short: str) -> None:
    assert short_name(name) == short


@pytest.mark.parametrize(("name", "code", "kind"), KINDS)
def test_kind(name: str, code: str, kind: str) -> None:
    assert kind_of(name, code) == kind


def test_on_the_whole_country() -> None:
    """Short names stay apart: of 620,573 villages only these few share one with a neighbour."""
    called: dict[tuple[str, str], list[str]] = {}
    for path, name in read_places(PACKED):
        if len(path) == 12:
            called.setdefault((path[:9], short_name(name)), []).append(name)
    shared = {key: names for key, names in called.items() if len(names) > 1}
    assert sum(map(len, called.values())) == 620_573
    assert sum(map(len, shared.values())) == 58
    assert called["140821108", "霍村"] == ["霍村村委会"]
    assert all(len(short) > 1 for _township, short in called)
