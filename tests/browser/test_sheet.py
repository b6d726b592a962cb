"""The entry sheet under the fingers: keys, a block pasted from Excel, undo, mistakes, what is unsaved."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, ViewportSize, expect
from pytest_django.fixtures import Settings

from governance.models import Territory
from stars.cells import NOT_FILED
from stars.models import Assessment, CellEdit, Filing
from tests.browser.conftest import NARROW, WIDE, WORD, Open
from tests.cast import appoint, make_cast
from tests.stars.county import POLICY, County, open_county

pytestmark = pytest.mark.browser
SIGNED_IN = re.compile(r"^[^?]*/filing/")  # the sign-in page names where it leads to, too
PASTE = """(text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


BOTH = pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["1440", "390"])


@pytest.fixture
def viewport() -> ViewportSize:
    """A desk's; BOTH adds the telephone's."""
    return WIDE


@pytest.fixture
def sheet(county: County, sign_in: Open, day: Callable[[str], None], viewport: ViewportSize) -> Page:
    """March of the first quarter: three villages, two items that apply to all of them."""
    day("2025-04-08")
    page = sign_in("liu", viewport)
    page.click("text=去填报")
    page.wait_for_function("window.entrySheet")  # what is typed before is nobody's cell
    return page


def cells(page: Page) -> list[str]:
    return [field.input_value() for field in page.locator("#sheet tbody input").all()]


def saved(page: Page) -> None:
    """Everything has arrived."""
    expect(page.locator("#sheet-status")).to_contain_text("均已保存")


def test_keys_move_and_scores_are_kept(county: County, sheet: Page) -> None:
    first = sheet.locator("#sheet tbody input").first
    first.click()
    for text, key in (("55.5", "Enter"), ("50", "ArrowDown"), ("45", "ArrowUp"), ("", "ArrowUp"), ("", "ArrowRight")):
        if text:
            sheet.keyboard.type(text)
        sheet.keyboard.press(key)
    sheet.keyboard.type("３０")
    sheet.keyboard.press("Enter")
    saved(sheet)
    expect(sheet.locator("#sheet td[data-state=saved]")).to_have_count(4)
    assert cells(sheet)[:2] == ["55.5", "30"]
    rows = Assessment.objects.order_by("post__territory__path")
    assert [row.scores[0] for row in rows] == [5550, 5000, 4500]
    assert rows[0].scores[1] == 3000


@BOTH
def test_a_block_from_excel_its_undo_and_redo(sheet: Page) -> None:
    first = sheet.locator("#sheet tbody input").first
    first.fill("12")
    first.click()
    sheet.evaluate(PASTE, "60\t30\r\n59.5\t２９\r\n58\t28\r\n57\t27\r\n")
    status = sheet.locator("#sheet-status")
    expect(status).to_contain_text("已粘贴 6 个单元格")
    expect(status).to_contain_text("2 个数据落在不可填的单元格")
    assert cells(sheet)[:6] == ["60", "30", "59.5", "29", "58", "28"]
    saved(sheet)
    sheet.keyboard.press("Control+z")
    assert cells(sheet)[:2] == ["12", ""]
    saved(sheet)
    sheet.keyboard.press("Control+y")
    saved(sheet)
    assert cells(sheet)[:2] == ["60", "30"]
    assert [row.scores[:2] for row in Assessment.objects.order_by("post__territory__path")] == [
        [6000, 3000],
        [5950, 2900],
        [5800, 2800],
    ]


@BOTH
def test_a_picked_block_is_filled_down_with_keys_alone(sheet: Page) -> None:
    sheet.locator("#sheet tbody input").first.focus()
    sheet.keyboard.type("45")
    sheet.keyboard.press("Shift+ArrowDown")
    sheet.keyboard.press("Shift+ArrowDown")
    expect(sheet.locator("td.picked")).to_have_count(3)
    sheet.keyboard.press("Control+d")
    saved(sheet)
    assert [row.scores[0] for row in Assessment.objects.order_by("post__territory__path")] == [4500] * 3
    sheet.keyboard.press("Delete")
    saved(sheet)
    assert {row.scores[0] for row in Assessment.objects.all()} == {NOT_FILED}
    sheet.keyboard.press("Control+z")
    saved(sheet)
    assert {row.scores[0] for row in Assessment.objects.all()} == {4500}


@BOTH
def test_what_is_out_of_range_is_said_at_once_and_kept_as_typed(sheet: Page) -> None:
    first = sheet.locator("#sheet tbody input").first
    first.fill("61")
    expect(first).to_have_attribute("aria-invalid", "true")
    expect(sheet.locator("#sheet-status")).to_contain_text("嵋阳甲村 · 2025")
    first.press("Enter")
    expect(sheet.locator("td[data-state=refused] .cell-note")).to_contain_text("61")
    sheet.reload()
    first = sheet.locator("#sheet tbody input").first
    expect(first).to_have_value("61")
    expect(first).to_have_attribute("aria-invalid", "true")
    first.focus()
    first.press("Escape")
    expect(first).to_have_value("")
    saved(sheet)
    sheet.reload()
    expect(first).to_have_value("")


@BOTH
def test_what_is_not_saved_is_counted_and_led_to(sheet: Page) -> None:
    fields, status, lead = sheet.locator("#sheet tbody input"), sheet.locator("#sheet-status"), sheet.locator("#sheet-unsaved")
    fields.first.fill("50")
    fields.first.press("Enter")
    saved(sheet)
    expect(lead).to_be_hidden()
    for place in (1, 3):
        fields.nth(place).fill("abc")
        fields.nth(place).press("Enter")
    expect(sheet.locator("td[data-state=refused]")).to_have_count(2)
    expect(status).to_contain_text("2 个单元格未保存")
    expect(status).not_to_contain_text("均已保存")
    lead.click()
    expect(fields.nth(1)).to_be_focused()
    sheet.locator(".window", has_text="3月").locator("button").click()
    expect(sheet.locator(".window .error-text")).to_contain_text("2 个单元格")
    expect(status).to_contain_text("2 个单元格未保存")
    expect(status).not_to_contain_text("均已保存")
    expect(fields.nth(1)).to_be_focused()
    for place in (1, 3):
        fields.nth(place).fill("20")
        fields.nth(place).press("Enter")
    saved(sheet)
    expect(lead).to_be_hidden()


@BOTH
def test_a_cut_connection_loses_nothing_and_says_so(county: County, sheet: Page) -> None:
    sheet.context.set_offline(True)
    first = sheet.locator("#sheet tbody input").first
    first.click()
    sheet.evaluate(PASTE, "60\n59\n58")
    status = sheet.locator("#sheet-status")
    expect(status).to_contain_text("网络中断：3 个单元格已暂存在本机")
    assert not Assessment.objects.exists()
    sheet.context.set_offline(False)
    saved(sheet)
    assert [row.scores[0] for row in Assessment.objects.order_by("post__territory__path")] == [6000, 5900, 5800]


def test_what_waited_when_the_page_died_is_sent_by_the_next(county: County, sheet: Page) -> None:
    sheet.route("**/cells/", lambda route: route.abort())
    sheet.locator("#sheet tbody input").first.fill("33")
    sheet.keyboard.press("Enter")
    expect(sheet.locator("#sheet-status")).to_contain_text("网络中断")
    again = sheet.context.new_page()
    again.goto(sheet.url)
    saved(again)
    expect(again.locator("#sheet tbody input").first).to_have_value("33")
    assert Assessment.objects.get().scores[0] == 3300
    assert sheet.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('xingheng:'))") == []


def test_leaving_while_cut_off_asks_first(sheet: Page) -> None:
    sheet.route("**/cells/", lambda route: route.abort())
    sheet.locator("#sheet tbody input").first.fill("50")
    sheet.keyboard.press("Enter")
    expect(sheet.locator("#sheet-status")).to_contain_text("网络中断")
    asked: list[str] = []

    def answer(dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    sheet.on("dialog", answer)
    sheet.click("text=首页")
    sheet.wait_for_url("**/")
    assert asked == ["beforeunload"]


@BOTH
def test_an_expired_session_resumes_after_sign_in(county: County, sheet: Page) -> None:
    Session.objects.all().delete()
    sheet.locator("#sheet tbody input").first.fill("44")
    sheet.keyboard.press("Enter")
    expect(sheet.locator("#signed-out")).to_contain_text("登录已失效")
    with sheet.context.expect_page() as opened:
        sheet.click("#signed-out a")
    other = opened.value
    other.fill("#id_username", "liu")
    other.fill("#id_password", WORD)
    other.click("main button[type=submit]:has-text('登录')")
    other.wait_for_url(SIGNED_IN)
    other.close()
    saved(sheet)
    expect(sheet.locator("#signed-out")).to_be_hidden()
    assert Assessment.objects.get().scores[0] == 4400
    assert CellEdit.objects.count() == 1


@BOTH
def test_a_quarter_by_keys_alone(county: County, sheet: Page) -> None:
    """From the first Tab of the page: a block pasted, undone, done again, filled down, a cut, an expired session; no pointer."""
    sheet.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sheet.evaluate("navigator.clipboard.writeText('60\\t30\\n59.5\\t29')")
    fields, keys = sheet.locator("#sheet tbody input"), sheet.keyboard
    for _press in range(80):
        keys.press("Tab")
        if sheet.evaluate("document.activeElement.matches('#sheet tbody input')"):
            break
    expect(fields.first).to_be_focused()
    keys.press("Control+v")
    expect(sheet.locator("#sheet-status")).to_contain_text("已粘贴 4 个单元格")
    keys.press("Control+z")
    assert cells(sheet)[:2] == ["", ""]
    keys.press("Control+y")
    saved(sheet)
    keys.press("ArrowDown")
    keys.press("Shift+ArrowDown")
    keys.press("Control+d")
    saved(sheet)
    assert [row.scores[0] for row in Assessment.objects.order_by("post__territory__path")] == [6000, 5950, 5950]
    keys.type("58")  # in place of what was filled in, not behind it
    assert cells(sheet)[4] == "58"
    keys.press("ArrowUp")
    expect(fields.nth(2)).to_be_focused()
    saved(sheet)
    sheet.context.set_offline(True)
    keys.type("41")
    keys.press("Enter")
    expect(sheet.locator("#sheet-status")).to_contain_text("网络中断：1 个单元格已暂存在本机")
    sheet.context.set_offline(False)
    saved(sheet)
    Session.objects.all().delete()
    keys.type("42")
    keys.press("Enter")
    expect(sheet.locator("#signed-out a")).to_be_focused()
    with sheet.context.expect_page() as opened:
        keys.press("Enter")
    other = opened.value
    other.locator("#id_username").focus()
    other.keyboard.type("liu")
    other.keyboard.press("Tab")
    other.keyboard.type(WORD)
    other.keyboard.press("Enter")
    other.wait_for_url(SIGNED_IN)
    other.close()
    saved(sheet)
    assert [row.scores[0] for row in Assessment.objects.order_by("post__territory__path")] == [6000, 4100, 4200]


def test_somebody_elses_session_sends_nothing_of_mine(county: County, sheet: Page) -> None:
    Session.objects.all().delete()
    sheet.locator("#sheet tbody input").first.fill("44")
    sheet.keyboard.press("Enter")
    with sheet.context.expect_page() as opened:
        sheet.click("#signed-out a")
    other = opened.value
    other.fill("#id_username", "lei")
    other.fill("#id_password", WORD)
    other.click("main button[type=submit]:has-text('登录')")
    expect(sheet.locator("#signed-out")).to_contain_text("已有他人在本机登录")
    assert not CellEdit.objects.exists()


def test_two_clerks_on_one_cell_see_each_others_score(county: County, sheet: Page, sign_in: Open) -> None:
    ma = appoint("马嵋阳", "township_clerk", county.cast.township, account="ma")
    ma.set_password(WORD)
    ma.save()
    other = sign_in("ma")
    other.goto(sheet.url)
    first, theirs = sheet.locator("#sheet tbody input").first, other.locator("#sheet tbody input").first
    first.fill("50")
    first.press("Enter")
    saved(sheet)
    theirs.fill("40")
    theirs.press("Enter")
    expect(other.locator("#conflicts")).to_contain_text("嵋阳甲村 · 2025年3月 月考核 · 支部建设：您填 40，刘嵋阳已填 50")
    assert Assessment.objects.get().scores[0] == 5000
    expect(other.locator("#sheet-status")).to_contain_text("1 个单元格未保存")
    other.reload()
    expect(other.locator("#conflicts")).to_contain_text("您填 40，刘嵋阳已填 50")
    expect(other.locator("#sheet-status")).not_to_contain_text("均已保存")
    other.click("#conflicts button:has-text('用我的')")
    saved(other)
    expect(other.locator("#conflicts")).to_be_hidden()
    assert Assessment.objects.get().scores[0] == 4000
    second = sheet.locator("#sheet tbody input").nth(1)
    second.fill("20")
    second.press("Enter")
    saved(sheet)
    expect(first).to_have_value("40")
    expect(sheet.locator("td[data-state=news]")).to_contain_text("马嵋阳已修改")


def test_a_refused_score_keeps_the_page(sheet: Page) -> None:
    """The server's no, though the script was silenced: nothing typed is lost."""
    sheet.evaluate("document.getElementById('sheet').outerHTML = document.getElementById('sheet').outerHTML")
    sheet.locator("#sheet tbody input").nth(0).fill("61")
    sheet.locator("#sheet tbody input").nth(1).fill("20")
    silence = "for (const name of ['beforeunload', 'submit', 'formdata']) addEventListener(name, (event) => event.stopImmediatePropagation(), true)"
    sheet.evaluate(silence)
    sheet.click(".sheet-foot button.primary")
    bad = sheet.locator("td.bad input")
    expect(bad).to_have_count(1)
    expect(bad).to_have_value("61")
    expect(bad).to_be_focused()
    assert cells(sheet)[1] == "20"


def test_filled_submitted_reviewed(county: County, sheet: Page, sign_in: Open) -> None:
    sheet.locator("#sheet tbody input").first.click()
    sheet.evaluate(PASTE, "60\t30\n59\t29\n58\t28")
    sheet.locator(".window", has_text="3月").locator("button").click()
    expect(sheet.locator(".notice.success", has_text="已提交")).to_have_count(1)
    leader = sign_in("lei")
    leader.click("main a:has-text('审核')")
    leader.click("button[value=pass]")
    expect(leader.locator(".notice.success")).to_be_visible()
    office = sign_in("he")
    office.goto("/review/")
    office.check("input[name=filing]")
    office.click("button[value=accept]")
    expect(office.locator(".notice.success")).to_be_visible()
    assert county.filing(period=2).state == Filing.State.ACCEPTED


def test_the_chosen_file_is_named(sheet: Page) -> None:
    sheet.click("summary:has-text('用 Excel 填报')")
    sheet.set_input_files("#workbook", {"name": "三月.xlsx", "mimeType": "application/octet-stream", "buffer": b"PK"})
    expect(sheet.locator("[data-file-of=workbook]")).to_have_text("三月.xlsx")
    sheet.click("button:has-text('上传并检查')")
    expect(sheet.locator("details[open] .error-text")).to_contain_text("三月.xlsx")


def test_the_sheet_starts_at_its_first_open_column(live_site: str, settings: Settings, tmp_path: Path, sign_in: Open, day: Callable[[str], None]) -> None:  # fmt: skip
    """Though the first village takes no score there."""
    settings.CHAIN_ANCHORS = tmp_path / "chain.jsonl"
    cast = make_cast()
    Territory.objects.filter(path="140821101202").update(village_type="industry")
    liu = cast["liu"]
    liu.set_password(WORD)
    liu.save()
    first = "{title: 支部建设, max: 60"
    assert POLICY.count(first) == 1
    open_county(cast, text=POLICY.replace(first, f"{first}, part: {{village_type: [industry]}}"))
    day("2025-02-07")
    page = sign_in("liu", NARROW)
    page.click("text=去填报")
    page.reload()
    page.wait_for_function("window.entrySheet")
    column = page.get_by_role("textbox", name="支部建设").first
    corner, cell = page.locator("#sheet thead th.who").bounding_box(), column.bounding_box()
    assert corner and cell
    assert 0 <= cell["x"] - corner["x"] - corner["width"] < 3


@BOTH
def test_what_was_typed_is_undone_step_by_step_among_the_rest(sheet: Page) -> None:
    first = sheet.locator("#sheet tbody input").first
    first.focus()
    sheet.keyboard.type("15")
    sheet.keyboard.press("Enter")
    expect(sheet.locator("#sheet-undo")).to_be_visible()
    first.focus()
    sheet.evaluate(PASTE, "8\t\n9\t\n10\t")
    first.focus()
    sheet.keyboard.type("7")
    sheet.keyboard.press("Enter")
    column = slice(0, None, 2)
    steps = [["7", "9", "10"], ["8", "9", "10"], ["15", "", ""], ["", "", ""]]
    assert cells(sheet)[column] == steps[0]
    for expected in steps[1:]:
        sheet.keyboard.press("Control+z")
        assert cells(sheet)[column] == expected
    expect(sheet.locator("#sheet-undo")).to_be_hidden()
    for expected in reversed(steps[:-1]):
        sheet.keyboard.press("Control+y")
        assert cells(sheet)[column] == expected
    saved(sheet)
    assert [row.scores[0] for row in Assessment.objects.order_by("post__territory__path")] == [700, 900, 1000]


def test_the_foot_counts_no_refused_cell(sheet: Page) -> None:
    fields = sheet.locator("#sheet tbody input")
    for place, text in ((0, "/"), (2, "-3"), (4, "50")):
        fields.nth(place).fill(text)
        fields.nth(place).press("Enter")
    expect(sheet.locator("td[data-state=refused]")).to_have_count(2)
    at = fields.first.evaluate("(input) => input.closest('td').cellIndex - 1")
    expect(sheet.locator("#sheet tfoot td").nth(at)).to_have_text("1/3")
