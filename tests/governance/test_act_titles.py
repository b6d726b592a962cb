"""Every act that the code puts on record has a name in Chinese."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from governance.act_titles import act_title

ACT = re.compile(r'"((?:account|admin|burden|calendar|governance|grids|policy|post|stars|territory)\.[a-z_]+)"')
FOLDERS = ("governance", "stars/services", "stars/workbooks", "grids", "burden")


def acts() -> list[str]:
    files = [file for folder in FOLDERS for file in Path(settings.BASE_DIR, folder).rglob("*.py")]
    named = {act for file in files for act in ACT.findall(file.read_text(encoding="utf-8"))}
    return sorted(named | {"admin.add", "admin.change", "admin.delete"})


@pytest.mark.parametrize("act", acts())
def test_it_has_a_name(act: str) -> None:
    with translation.override("zh-hans"):
        assert act_title(act) != act
    with translation.override("en"):
        assert act_title(act) == act


def test_they_are_found() -> None:
    assert len(acts()) > 35
