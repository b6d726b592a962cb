"""A policy written from a one-page paper by visible controls only, with its cases, up to its coming into force."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Locator, Page, ViewportSize, expect

from governance.models import PolicyVersion
from governance.services.policies import redraft_policy, store_policy
from stars.models import PolicyCase
from stars.services.cases import save_case
from tests.browser.conftest import NARROW, WIDE, Open
from tests.browser.test_pages import faults
from tests.stars.county import NEWCOMER, POLICY, County
from tests.stars.services.test_policy_cases import AT

pytestmark = pytest.mark.browser
PAPER = (Path(__file__).with_name("papers") / "street-secretaries.txt").read_text("utf-8")
MOST_ACTIONS = 60


def settled(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_function("!document.querySelector('#studio[aria-busy]')")


class Hand:
    """Does what a person does, and counts it: each field filled in, each choice, each press."""

    def __init__(self, page: Page) -> None:
        self.page, self.actions = page, 0

    def _done(self) -> None:
        self.actions += 1
        settled(self.page)

    def press(self, what: Locator) -> None:
        what.click()
        self._done()

    def fill(self, where: Locator, text: str) -> None:
        where.fill(text)
        where.press("Tab")
        self._done()

    def choose(self, where: Locator, label: str) -> None:
        where.select_option(label=label)
        self._done()

    def at(self, path: str, op: str = "") -> Locator:
        return self.page.locator(f'#studio [data-path="{path}"]' + (f'[data-op="{op}"]' if op else "")).first

    def add(self, chapter: str, kind: str = "") -> None:
        chapter_of = self.page.locator(f'details[data-open="{chapter}"]')
        if not chapter_of.evaluate("one => one.open"):
            self.press(chapter_of.locator("> summary"))
        if kind:
            self.choose(chapter_of.locator(".studio-choice").last, kind)
        self.press(self.page.locator(f'button[data-op="new"][data-path="{chapter}"]'))


def test_from_a_paper_into_force(county: County, sign_in: Open) -> None:
    hand = Hand(page := sign_in("chen"))
    page.goto("/policies/")
    hand.press(page.get_by_role("link", name="新建办法"))
    hand.press(page.get_by_role("link", name="新建空白办法"))
    hand.fill(hand.at("title"), "街道社区党组织书记年度星级评定办法")

    hand.add("scales")
    for number, word in enumerate(("不合格", "合格", "优秀"), 1):
        hand.fill(hand.at(f"scales/scale_1/words/scale_1_word_{number}"), word)

    hand.add("sheets")
    hand.fill(hand.at("sheets/sheet_1/title"), "年度考核表")
    hand.press(hand.at("sheets/sheet_1/indicators", "row"))
    hand.press(hand.at("sheets/sheet_1/indicators", "row"))
    for number, (title, points) in enumerate(re.findall(r"(支部建设|为民服务|平安稳定)(\d+)分", PAPER), 1):
        hand.fill(hand.at(f"sheets/sheet_1/indicators/item_{number}/title"), title)
        hand.fill(hand.at(f"sheets/sheet_1/indicators/item_{number}/max"), points)

    hand.add("steps", "分段取值")
    hand.fill(hand.at("steps/step_1/title"), "年度等次")
    hand.fill(hand.at("steps/step_1/rows/0/from"), "90")
    hand.fill(hand.at("steps/step_1/rows/1/from"), "60")
    hand.add("steps", "查表")
    hand.fill(hand.at("steps/step_2/title"), "星级")
    for word, stars in (("1", "none"), ("2", "1"), ("3", "3")):
        hand.fill(hand.at(f"steps/step_2/rows/scale_1_word_{word}"), stars)

    hand.press(page.locator('details[data-open="outputs"] > summary'))
    hand.choose(hand.at("outputs/result"), "星级")
    hand.choose(hand.at("outputs/grade"), "年度等次")
    expect(page.get_by_text("没有错误")).to_be_visible()
    hand.press(page.get_by_role("button", name="保存草稿"))
    page.wait_for_url("**/edit/")

    hand.press(page.get_by_role("link", name="样例"))
    for title, points, star in (
        ("九十分三星", "90", "3"),
        ("六十分一星", "60", "1"),
        ("五十九点九九分不定星级", "59.99", "none"),
    ):
        hand.press(page.get_by_role("link", name="新建样例"))
        hand.fill(page.get_by_label("这个样例验证什么"), title)
        hand.fill(page.get_by_label("输入项名称").first, "sheet_1")
        hand.fill(page.locator('[name="given-0-value"]').first, points)
        hand.fill(page.get_by_label("结果项名称").first, "star")
        hand.fill(page.locator('[name="expect-0-value"]').first, star)
        hand.press(page.get_by_role("button", name="保存样例"))
        page.wait_for_url("**/cases/")
    hand.press(page.get_by_role("button", name="生效"))
    expect(page.get_by_text("现行有效").first).to_be_visible()

    written = PolicyVersion.objects.get(title="街道社区党组织书记年度星级评定办法")
    assert (written.state, PolicyCase.objects.filter(policy=written).count()) == ("in_force", 3)
    assert hand.actions <= MOST_ACTIONS
    print(f"\nstudio: {hand.actions} actions from the paper into force")


@pytest.fixture
def draft(county: County) -> PolicyVersion:
    text = "# 本县的说明，改动后仍在\n" + POLICY.lstrip().replace("small-county", "own").replace("max: 60}", "max: 60}  # 重点")
    made = store_policy(text, by=county.cast["chen"], at=AT)
    save_case(made.pk, NEWCOMER, by=county.cast["chen"], at=AT)
    return made


def opened(page: Page, draft: PolicyVersion, *details: str) -> Page:
    page.goto(f"/policies/{draft.pk}/edit/")
    for one in details:
        page.locator(f'details[data-open="{one}"] > summary').click()
    return page


def text_of(page: Page) -> str:
    settled(page)
    return page.locator("#studio-text").input_value()


def test_the_form_changes_the_document_and_the_document_the_form(draft: PolicyVersion, sign_in: Open) -> None:
    page = opened(sign_in("chen"), draft, "sheets", "sheets/month")
    hand = Hand(page)
    hand.fill(hand.at("sheets/month/indicators/party/title"), "组织建设")
    assert "party: {title: 组织建设, max: 60}  # 重点" in text_of(page)
    assert text_of(page).startswith("# 本县的说明")
    hand.press(hand.at("sheets/month/indicators/order", "up"))
    assert text_of(page).index("order: {title") < text_of(page).index("party: {title")
    expect(page.locator('details[data-open="sheets/month"]')).to_have_attribute("open", "")
    page.locator("#studio-text").fill(text_of(page).replace("title: 组织建设", "title: 党建引领"))
    page.locator("#studio-text").press("Tab")
    expect(hand.at("sheets/month/indicators/party/title")).to_have_value("党建引领")


def test_a_mistake_stands_at_its_control_and_at_its_line(draft: PolicyVersion, sign_in: Open) -> None:
    page = opened(sign_in("chen"), draft, "steps", "steps/evaluated")
    hand = Hand(page)
    hand.fill(page.locator('input[data-path="steps/evaluated/weigh/monthly"]'), "50")
    expect(page.locator('details[data-open="steps/evaluated"] .error-text').first).to_contain_text("90")
    line = page.locator(".studio-mistakes button").first
    number = int(re.sub(r"\D", "", line.inner_text()))
    assert "evaluated:" in text_of(page).splitlines()[number - 1]
    line.click()
    assert "evaluated:" in page.evaluate(
        "(() => { const t = document.getElementById('studio-text'); return t.value.slice(t.selectionStart, t.selectionEnd) })()"
    )
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_role("alert")).to_contain_text("先改正错误")
    draft.refresh_from_db()
    assert "monthly: 60" in draft.text


def test_several_quick_changes_are_all_kept(draft: PolicyVersion, sign_in: Open) -> None:
    page = opened(sign_in("chen"), draft, "sheets", "sheets/month")
    for name, title in (("party", "甲"), ("order", "乙"), ("industry", "丙")):
        field = page.locator(f'input[data-path="sheets/month/indicators/{name}/title"]')
        field.fill(title)
        field.press("Tab")
    expect(page.locator("#studio-text")).to_have_value(re.compile("title: 甲.*title: 乙.*title: 丙", re.DOTALL))


def test_a_conflict_shows_both(county: County, draft: PolicyVersion, sign_in: Open) -> None:
    page = opened(sign_in("chen"), draft)
    Hand(page).fill(page.locator('#studio [data-path="title"]').first, "陈的办法")
    redraft_policy(draft.pk, draft.text.replace("cap: 105", "cap: 104"), by=county.cast["he"], at=AT)
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_role("alert")).to_contain_text("别人已保存过")
    expect(page.locator(".studio-doc table")).to_contain_text("陈的办法")
    expect(page.locator(".studio-doc table")).to_contain_text("104")
    page.get_by_role("button", name="以我的替换").click()
    page.wait_for_url("**/edit/")
    draft.refresh_from_db()
    assert draft.title == "陈的办法"


def test_a_file_is_taken_over_and_given_out(draft: PolicyVersion, sign_in: Open, tmp_path: Path) -> None:
    page = opened(sign_in("chen"), draft)
    with page.expect_download() as given:
        page.get_by_role("link", name="文本", exact=True).click()
    text = Path(given.value.path()).read_text("utf-8")
    assert text == draft.text
    file = tmp_path / "changed.yaml"
    file.write_text(text.replace("cap: 105", "cap: 104"), "utf-8")
    page.get_by_text("从文件导入文本").click()
    page.locator("#document").set_input_files(file)
    page.get_by_role("button", name="采用").click()
    assert "cap: 104" in text_of(page)
    page.get_by_role("button", name="保存草稿").click()
    page.wait_for_url("**/edit/")
    draft.refresh_from_db()
    assert "cap: 104" in draft.text


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_page(draft: PolicyVersion, sign_in: Open, viewport: ViewportSize) -> None:
    page = sign_in("chen", viewport)
    case = PolicyCase.objects.get(policy=draft).pk
    for url in (
        "new/",
        "new/empty/",
        f"{draft.pk}/",
        f"{draft.pk}/edit/",
        f"{draft.pk}/cases/",
        f"{draft.pk}/cases/{case}/",
        f"{draft.pk}/exceptions/",
    ):
        page.goto(f"/policies/{url}")
        page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), url
        assert faults(page, Axe()) == [], url
