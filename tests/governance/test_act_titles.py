"""Every act that the code puts on record has a name in Chinese."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from governance.act_titles import act_title, detail_text, subject_title
from governance.docket.acts import RULES, detail_of
from governance.docket.demands import Said
from governance.models import DocketEvent

ACT = re.compile(
    r'"((?:account|admin|burden|calendar|docket|governance|grids|meeting|policy|post|stars|task|territory)\.[a-z_]+)"'
)
FOLDERS = ("governance", "stars/services", "stars/workbooks", "stars/offline", "grids", "burden")
RECORDERS = {"audit.record", "record_change", "_noted"}
NOT_DETAIL = {"by", "at", "territory", "subject"}


def texts() -> list[str]:
    return [file.read_text(encoding="utf-8") for folder in FOLDERS for file in Path(settings.BASE_DIR, folder).rglob("*.py")]


def acts() -> list[str]:
    named = {act for text in texts() for act in ACT.findall(text)}
    on_the_docket = {f"docket.{rule.line.value}" for rule in RULES.values()}
    return sorted(named | on_the_docket | {"admin.add", "admin.change", "admin.delete"})


@pytest.mark.parametrize("act", acts())
def test_it_has_a_name(act: str) -> None:
    with translation.override("zh-hans"):
        assert act_title(act) != act
    with translation.override("en"):
        assert act_title(act) == act


def test_they_are_found() -> None:
    assert len(acts()) > 35


def details() -> Iterator[str]:
    """What the code puts on record beside the act itself, key by key."""
    for text in texts():
        for call in ast.walk(ast.parse(text)):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in RECORDERS:
                yield from (one.arg for one in call.keywords if one.arg and one.arg not in NOT_DETAIL)
    yield from detail_of(DocketEvent(number=1), Said())


@pytest.mark.parametrize("key", sorted(set(details())))
def test_a_detail_has_a_name(key: str) -> None:
    with translation.override("zh-hans"):
        assert key not in detail_text({key: 1})


def test_a_line_as_it_is_read() -> None:
    with translation.override("zh-hans"):
        assert subject_title("governance.DocketItem:111") == "督办事项 111"
        assert subject_title("tests:临猗县") == "tests:临猗县"
        assert detail_text({"rows": 3, "may_write": False, "fields": ["code", "text"], "reason": ""}) == (
            "行数：3；可写入：否；字段：code、text；理由：—"
        )
