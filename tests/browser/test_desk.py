"""The desk around the sheet: how far each village is, and the panel of the focused cell, with keys alone and on a phone."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from stars.models import CellRemark
from tests.browser.conftest import NARROW, WIDE, Open
from tests.browser.test_sheet import saved
from tests.stars.county import County

pytestmark = pytest.mark.browser
VIEWPORTS = pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["1440", "390"])


@pytest.fixture
def desk(county: County, sign_in: Open, day: Callable[[str], None]) -> Callable[[ViewportSize], Page]:
    """March, with January and February filed."""

    def opened(viewport: ViewportSize) -> Page:
        for period in (0, 1):
            county.file(county.filing(period=period), share=90 + period)
        day("2025-04-08")
        page = sign_in("liu", viewport)
        page.goto(f"/filing/{county.rating_year.pk}/140821101/1/")
        return page

    return opened


@VIEWPORTS
def test_the_panel_tells_about_the_cell_and_takes_a_remark(county: County, desk: Callable, viewport: ViewportSize) -> None:
    page = desk(viewport)
    page.locator("#sheet tbody input").first.focus()
    page.keyboard.type("55")
    page.keyboard.press("Enter")
    saved(page)
    page.keyboard.press("ArrowUp")
    panel = page.locator("#panel")
    expect(panel).to_contain_text("嵋阳甲村 · 支部建设")
    expect(panel).to_contain_text("0 至 60 分")
    expect(panel.locator("svg rect")).to_have_count(2)
    expect(panel.locator(".moves")).to_contain_text("未填报 → 55")
    page.keyboard.press("F6")
    expect(panel.locator("textarea")).to_be_focused()
    page.keyboard.type("村里已核实")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(panel.locator(".moves").last).to_contain_text("村里已核实刘嵋阳")
    assert CellRemark.objects.count() == 1
    page.keyboard.press("F6")
    expect(page.locator("#sheet tbody input").first).to_be_focused()


@VIEWPORTS
def test_villages_say_how_far_they_are(desk: Callable, viewport: ViewportSize) -> None:
    page = desk(viewport)
    badges = page.locator("#sheet tbody .badge")
    assert badges.all_inner_texts() == ["未开始"] * 3
    fields = page.locator("#sheet tbody input")
    fields.nth(0).fill("50")
    fields.nth(1).fill("20")
    fields.nth(2).fill("50")
    fields.nth(2).press("Enter")
    saved(page)
    expect(badges.nth(0)).to_have_text("可提交")
    expect(badges.nth(1)).to_have_text("未填完")
    page.click("[data-standing-count=incomplete]")
    expect(fields.nth(3)).to_be_focused()
    page.reload()
    assert badges.all_inner_texts() == ["可提交", "未填完", "未开始"]


@VIEWPORTS
def test_no_serious_fault_of_access(desk: Callable, viewport: ViewportSize) -> None:
    page = desk(viewport)
    page.locator("#sheet tbody input").first.fill("61")
    page.locator("#sheet tbody input").first.press("Enter")
    expect(page.locator("td[data-state=refused]")).to_have_count(1)
    expect(page.locator("#panel h2")).to_be_visible()
    found = [one for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]
    assert [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found] == []


@VIEWPORTS
def test_a_mark_to_follow_up_is_set_and_closed_by_keys(county: County, desk: Callable, viewport: ViewportSize) -> None:
    page = desk(viewport)
    first, panel = page.locator("#sheet tbody input").first, page.locator("#panel")
    first.focus()
    expect(panel.locator("textarea")).to_be_visible()
    for text, button, flags in (("请核对会议记录", "标为待跟进", 1), ("记录齐全", "办结跟进", 0)):
        page.keyboard.press("F6")
        page.keyboard.type(text)
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        expect(panel.get_by_role("button", name=button)).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#sheet .cell-flag")).to_have_count(flags)
        expect(panel.locator(".moves").last).to_contain_text(text)
        expect(page.get_by_role("textbox", name="待跟进")).to_have_count(flags)
        page.keyboard.press("F6")
        expect(first).to_be_focused()
    assert [one.kind for one in CellRemark.objects.order_by("pk")] == ["follow", "closed"]
