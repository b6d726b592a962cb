"""The entry sheet under the fingers: keys, a block pasted from Excel, undo, mistakes, what is unsaved."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from stars.models import Assessment, Filing
from tests.browser.conftest import Open
from tests.stars.county import County

pytestmark = pytest.mark.browser
PASTE = """(text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


@pytest.fixture
def sheet(county: County, sign_in: Open, day: Callable[[str], None]) -> Page:
    """March of the first quarter: three villages, two items that apply to all of them."""
    day("2025-04-08")
    page = sign_in("liu")
    page.click("text=去填报")
    return page


def cells(page: Page) -> list[str]:
    return [field.input_value() for field in page.locator("#sheet tbody input").all()]


def test_keys_move_and_scores_are_kept(county: County, sheet: Page) -> None:
    first = sheet.locator("#sheet tbody input").first
    first.click()
    for text, key in (("55.5", "Enter"), ("50", "ArrowDown"), ("45", "ArrowUp"), ("", "ArrowUp"), ("", "ArrowRight")):
        if text:
            sheet.keyboard.type(text)
        sheet.keyboard.press(key)
    sheet.keyboard.type("３０")
    assert cells(sheet)[:2] == ["55.5", "３０"]
    expect(sheet.locator("#sheet-status")).to_contain_text("4 个单元格未保存")
    sheet.keyboard.press("Control+s")
    expect(sheet.locator(".notice.success")).to_contain_text("已保存")
    rows = Assessment.objects.order_by("post__territory__path")
    assert [row.scores[0] for row in rows] == [5550, 5000, 4500]
    assert rows[0].scores[1] == 3000


def test_a_block_from_excel_and_its_undo(sheet: Page) -> None:
    first = sheet.locator("#sheet tbody input").first
    first.fill("12")
    first.click()
    sheet.evaluate(PASTE, "60\t30\r\n59.5\t２９\r\n58\t28\r\n57\t27\r\n")
    status = sheet.locator("#sheet-status")
    expect(status).to_contain_text("已粘贴 6 个单元格")
    expect(status).to_contain_text("2 个数据落在不可填的单元格")
    assert cells(sheet)[:6] == ["60", "30", "59.5", "29", "58", "28"]
    sheet.keyboard.press("Control+z")
    assert cells(sheet)[:2] == ["12", ""]
    expect(status).to_contain_text("已撤销粘贴")


def test_what_is_out_of_range_is_said_at_once(sheet: Page) -> None:
    first = sheet.locator("#sheet tbody input").first
    first.fill("61")
    expect(first).to_have_attribute("aria-invalid", "true")
    expect(sheet.locator("#sheet-status")).to_contain_text("嵋阳甲村 · 2025")
    first.press("Escape")
    expect(first).to_have_value("")
    sheet.keyboard.press("Enter")
    expect(first).not_to_be_focused()


def test_leaving_with_unsaved_scores_asks_first(sheet: Page) -> None:
    sheet.locator("#sheet tbody input").first.fill("50")
    asked: list[str] = []

    def answer(dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    sheet.on("dialog", answer)
    sheet.click("text=首页")
    sheet.wait_for_url("**/")
    assert asked == ["beforeunload"]


def test_a_refused_score_keeps_the_page(sheet: Page) -> None:
    """The server's no, though the script was silenced: nothing typed is lost."""
    sheet.evaluate("document.getElementById('sheet').outerHTML = document.getElementById('sheet').outerHTML")
    sheet.locator("#sheet tbody input").nth(0).fill("61")
    sheet.locator("#sheet tbody input").nth(1).fill("20")
    sheet.evaluate("addEventListener('beforeunload', (event) => event.stopImmediatePropagation(), true)")
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
