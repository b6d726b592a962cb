"""A quarter with nothing new: what the page costs a person who knows it, counted in actions."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest
from playwright.sync_api import Page, ViewportSize, expect
from pytest_django.fixtures import Settings

import stars
from governance.models import Territory
from stars.models import Assessment, CellEdit, CellRemark, Filing
from tests.browser.conftest import NARROW, WIDE, WORD, Open
from tests.browser.test_sheet import saved
from tests.cast import add_place, add_secretaries, make_cast
from tests.stars.county import County, open_county

pytestmark = pytest.mark.browser
PRESET = Path(stars.__file__).parent / "policies/shanxi-secretary-2025.yaml"
VILLAGES, ITEMS = 20, 17  # of farming: seven of the month, ten of the quarter
MOST_ACTIONS, MOST_SECONDS = 20, 300
IN_SIGHT = """() => {
    const cell = document.activeElement, { left, right, top, bottom } = cell.getBoundingClientRect();
    return [[left + 3, top + 3], [right - 3, bottom - 3]].every(([x, y]) => document.elementFromPoint(x, y) === cell);
}"""


class Hands:
    """Counts what a person does: each click and each key."""

    def __init__(self, page: Page) -> None:
        self.page, self.actions = page, 0

    def click(self, selector: str) -> None:
        self.actions += 1
        expect(self.page.locator(selector)).to_be_in_viewport()  # or it would cost a scroll that nobody counts
        self.page.click(selector)

    def scroll_to_the_top(self) -> None:
        self.actions += 1
        self.page.mouse.wheel(0, -9999)

    def press(self, keys: str) -> None:
        self.actions += 1
        self.page.keyboard.press(keys)


@pytest.fixture
def county(live_site: str, settings: Settings, tmp_path: Path) -> County:
    """Twenty villages; the first quarter, April and May are filed; in the second quarter nothing happened."""
    settings.CHAIN_ANCHORS = tmp_path / "chain.jsonl"
    cast = make_cast()
    for number in range(4, VILLAGES + 1):
        add_place(cast, f"140821101{200 + number}", f"嵋阳{number}村村民委员会")
    add_secretaries(cast)
    Territory.objects.filter(level=5).update(village_type="farming")
    liu = cast.people["liu"]
    liu.set_password(WORD)
    liu.save()
    made = open_county(cast, text=PRESET.read_text("utf-8"))
    for period in range(5):
        made.file(made.filing(period=period), share=80)
    made.file(made.filing("quarter"), share=100)
    return made


@pytest.fixture
def page(county: County, sign_in: Open, day: Callable[[str], None]) -> Page:
    day("2025-07-04")
    return sign_in("liu")


def blanks(page: Page) -> int:
    return page.locator("#sheet tbody input").evaluate_all("all => all.filter((one) => !one.value).length")


def test_a_quiet_quarter_is_filed_in_few_actions(county: County, page: Page) -> None:
    hands, began = Hands(page), monotonic()
    hands.click("main a[aria-label*='第2季度']")
    page.wait_for_selector("#prefilled:has-text('预填')")
    assert blanks(page) == VILLAGES * ITEMS
    while blanks(page):
        left, offered = blanks(page), page.locator("[data-take]:visible")
        hands.click(f"[data-take={offered.first.get_attribute('data-take')}]")
        assert 0 < left - blanks(page) < VILLAGES * 10, "a press takes what is on the screen, and never all of it"
    saved(page)
    expect(page.locator("#prefilled")).to_contain_text("已确认 20 格")
    hands.scroll_to_the_top()
    for title in ("6月 月考核", "季考核评议"):
        hands.click(f".window:has-text('{title}') button")
        expect(page.locator(".notice.success")).to_contain_text("已提交")
    assert {county.filing(sheet, period).state for sheet, period in (("month", 5), ("quarter", 1))} == {Filing.State.SUBMITTED}
    assert Assessment.objects.filter(sheet=1, period=1).count() == VILLAGES
    assert {*CellEdit.objects.values_list("origin", flat=True)} == {"confirmed", "suggested"}
    assert hands.actions <= MOST_ACTIONS, hands.actions
    assert monotonic() - began < MOST_SECONDS
    print(f"a quiet quarter of {VILLAGES} villages: {hands.actions} actions")


def test_nothing_off_the_screen_is_confirmed(page: Page) -> None:
    """The twin: what the buttons count is what lies inside the frame, and scrolling changes it."""
    page.click("main a[aria-label*='第2季度']")
    page.wait_for_selector("[data-take=last]:visible")
    before = page.locator("[data-take=last]").inner_text()
    page.evaluate("document.querySelector('#sheet').parentElement.scrollTo(99999, 99999)")
    expect(page.locator("[data-take=last]")).not_to_have_text(before)
    page.set_viewport_size({"width": 1440, "height": 400})
    page.evaluate("scrollTo(0, 0)")
    expect(page.locator("[data-take=last]")).to_be_hidden()


def test_a_prefilled_cell_is_contested_with_a_reason(county: County, page: Page) -> None:
    page.click("main a[aria-label*='第2季度']")
    known = page.locator("#sheet input[data-known]").first
    expect(known).to_have_attribute("placeholder", "25")
    known.focus()
    expect(page.locator("#panel .known-box")).to_contain_text("没有已确认的“重点任务逾期”")
    page.keyboard.type("20")
    page.keyboard.press("Enter")
    saved(page)
    expect(page.locator("#findings li.must")).to_have_count(1)
    page.keyboard.press("ArrowUp")
    expect(page.locator("#panel .error-text")).to_contain_text("与系统已知的 25 不同")
    page.keyboard.press("F6")
    page.keyboard.type("一项任务验收不合格")
    page.click("#panel button[value=contest]")
    expect(page.locator("#findings li.must")).to_have_count(0)
    assert CellRemark.objects.get().score == 2500
    page.locator("#sheet input[data-known]").nth(1).focus()
    confirm = page.locator("#panel [data-confirm]")
    expect(confirm).to_have_text("确认 25")
    page.keyboard.press("Control+Enter")
    saved(page)
    expect(confirm).to_have_count(0)
    assert CellEdit.objects.filter(origin="confirmed").count() == 1


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["1440", "390"])
def test_the_focused_cell_is_never_under_what_is_frozen(page: Page, viewport: ViewportSize) -> None:
    page.set_viewport_size(viewport)
    page.click("main a[aria-label*='第2季度']")
    page.wait_for_function("window.entrySheet")
    page.locator("#sheet tbody input").last.focus()
    turns = (("ArrowUp", VILLAGES), ("ArrowLeft", ITEMS), ("ArrowDown", VILLAGES), ("ArrowRight", ITEMS), ("ArrowUp", VILLAGES))
    for key, times in turns:
        for step in range(1, times):
            page.keyboard.press(key)
            assert page.evaluate(IN_SIGHT), (key, step)
