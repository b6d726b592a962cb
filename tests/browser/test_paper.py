"""The form on paper, as the browser prints it: twenty-five villages by fifteen items on one sheet of A4."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, ViewportSize
from pytest_django.fixtures import Settings

from tests.browser.conftest import NARROW, WIDE, WORD, Open
from tests.browser.test_pages import faults
from tests.cast import add_place, add_secretaries, make_cast
from tests.stars.county import POLICY, County, open_county

pytestmark = pytest.mark.browser
VILLAGES, ITEMS = 25, 15
PARTY = "      party: {title: 支部建设, max: 60}\n"
MORE = "".join(f"      item{n}: {{title: 第{n}项重点工作落实, max: 10}}\n" for n in range(4, ITEMS + 1))
A4_ACROSS = (842, 595)  # points


@pytest.fixture
def county(live_site: str, settings: Settings, tmp_path: Path) -> County:
    settings.CHAIN_ANCHORS = tmp_path / "chain.jsonl"
    cast = make_cast()
    for number in range(4, VILLAGES + 1):
        add_place(cast, f"140821101{200 + number}", f"嵋阳{number}村村民委员会")
    add_secretaries(cast)
    for name in ("liu", "lei"):
        cast.people[name].set_password(WORD)
        cast.people[name].save()
    made = open_county(cast, text=POLICY.replace(PARTY, PARTY + MORE))
    for period in range(3):
        made.file(made.filing(period=period), share=85)
    return made


@pytest.fixture
def paper(county: County, sign_in: Open, day: Callable[[str], None]) -> Callable[..., Page]:
    def opened(viewport: ViewportSize = WIDE, asked: str = "?form=0/2") -> Page:
        day("2025-04-20")
        page = sign_in("liu", viewport)
        page.goto(f"/filing/{county.rating_year.pk}/140821101/1/paper/{asked}")
        return page

    return opened


def printed(page: Page, file: Path) -> list[tuple[int, int]]:
    """Width and height of its pages, in points."""
    pdf = page.pdf(path=str(file), prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    return [(round(float(width)), round(float(height))) for width, height in boxes]


def test_a_large_form_fits_one_sheet(paper: Callable[..., Page], tmp_path: Path) -> None:
    page = paper()
    assert (page.locator(".paper tbody tr").count(), page.locator(".paper thead th").count()) == (VILLAGES, ITEMS + 2)
    assert printed(page, tmp_path / "one.pdf") == [A4_ACROSS]


def test_each_form_begins_a_sheet(paper: Callable[..., Page], tmp_path: Path) -> None:
    assert printed(paper(asked=""), tmp_path / "all.pdf") == [A4_ACROSS] * 3


def test_without_its_own_page_it_would_not_fit(paper: Callable[..., Page], tmp_path: Path) -> None:
    """The twin."""
    page = paper()
    page.eval_on_selector(".paper", "paper => paper.style.page = 'auto'")
    assert printed(page, tmp_path / "upright.pdf") != [A4_ACROSS]


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["1440", "390"])
def test_the_way_there_and_its_access(paper: Callable[..., Page], viewport: ViewportSize) -> None:
    page = paper(viewport)
    assert faults(page, Axe()) == []
    page.click(".crumbs a")
    page.click("a[href$='paper/?form=0/1']:has-text('打印')")
    page.wait_for_url(re.compile(r"/paper/\?form=0/1$"))
