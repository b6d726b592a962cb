"""Every act that the code puts on record has a name in Chinese."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from governance.act_titles import act_title
from governance.docket.acts import RULES

ACT = re.compile(
    r'"((?:account|admin|burden|calendar|docket|governance|grids|meeting|policy|post|stars|task|territory)\.[a-z_]+)"'
)
FOLDERS = ("governance", "stars/services", "stars/workbooks", "stars/offline", "grids", "burden")


def acts() -> list[str]:
    files = [file for folder in FOLDERS for file in Path(settings.BASE_DIR, folder).rglob("*.py")]
    named = {act for file in files for act in ACT.findall(file.read_text(encoding="utf-8"))}
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
