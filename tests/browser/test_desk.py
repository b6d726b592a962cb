"""The desk around the sheet: how far each village is, and the panel of the focused cell, with keys alone and on a phone."""

from collections.abc import Callable
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from stars.models import CellRemark
from stars.services.remarks import add_remark
from tests.browser.conftest import NARROW, WIDE, Open
from tests.browser.test_pages import faults
from tests.browser.test_sheet import saved
from tests.stars.county import County, moment

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


@VIEWPORTS
def test_pages_of_a_mark_fit_and_are_accessible(county: County, desk: Callable, sign_in: Open, viewport: ViewportSize) -> None:
    page, march, huo = desk(viewport), county.filing(period=2), county.post("140821101201")
    add_remark(
        filing_id=march.pk, post_id=huo.pk, place=0, key=UUID(int=1), text="请核对会议记录", kind="follow", by=county.cast["lei"],
        at=moment("2025-04-08 09:00"),
    )  # fmt: skip
    page.reload()
    page.locator("#sheet tbody input").first.focus()
    expect(page.locator("#panel [data-followed]")).to_be_visible()
    expect(page.locator("#sheet .cell-flag .icon")).to_be_visible()
    axe = Axe()
    found = faults(page, axe)
    leader, review = sign_in("lei", viewport), f"/review/{county.rating_year.pk}/140821101/1/"
    for address in (
        "/review/?state=all&follow=yes",
        review,
        review.replace("/review/", "/filing/") + f"cell/0/2/{huo.pk}/0/?page",
    ):
        leader.goto(address)
        found += [f"{address}: {fault}" for fault in faults(leader, axe)]
    assert found == []
    leader.fill("#remark-text", "记录齐全")
    leader.click("button:has-text('办结跟进')")
    expect(leader.locator(".moves").last).to_contain_text("跟进已办结")
    leader.goto(review)
    expect(leader.locator("#follow-ups")).to_have_count(0)


def test_what_opens_above_the_sheet_counts_the_offers_on_screen_anew(desk: Callable) -> None:
    page = desk(WIDE)
    offer = page.locator("[data-take=last]")
    end = page.locator("#sheet tfoot").evaluate("(foot) => foot.getBoundingClientRect().bottom")
    bar = page.locator(".sheet-foot").evaluate("(bar) => bar.offsetHeight")
    page.set_viewport_size({"width": 1440, "height": int(end + bar + 8)})
    expect(offer).to_contain_text("6 格")
    page.click("summary:has-text('离线填报')")
    assert page.evaluate("scrollY") == 0
    expect(offer).not_to_contain_text("6 格")
    page.click("summary:has-text('离线填报')")
    expect(offer).to_contain_text("6 格")


def test_advice_has_a_mark_of_its_own_beside_the_state_of_the_cell(desk: Callable) -> None:
    page = desk(WIDE)
    cell = page.locator("#sheet tbody td:has(input)").first
    style = "(cell) => [getComputedStyle(cell).backgroundColor, getComputedStyle(cell).backgroundImage]"
    plain = cell.evaluate(style)
    cell.evaluate("(cell) => cell.classList.add('found')")
    advised = cell.evaluate(style)
    assert advised[0] == plain[0] and advised[1] != plain[1]
    expect(page.locator(".key")).to_contain_text("校验提示，请再核对")
