"""The page of an upload: two plain choices where rows are wrong; a bar while a worker reads, which outlives the page."""

import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, ViewportSize, expect

from governance import clock, jobs
from governance.models import Job
from stars.models import Assessment, Upload
from stars.workbooks import uploads
from tests.browser.conftest import NARROW, WIDE, Open
from tests.browser.test_pages import faults
from tests.stars.county import County

pytestmark = pytest.mark.browser
Stand = Callable[[str], None]


def filled(page: Page, address: str, score: object, tmp_path: Path) -> dict[str, object]:
    """The page's form with `score` for the second village of January, 50 for the first."""
    with page.expect_download() as download:
        page.goto(address)
        page.click("summary:has-text('Excel')")
        page.click("a[href$='form.xlsx']")
    download.value.save_as(tmp_path / "form.xlsx")
    book = openpyxl.load_workbook(tmp_path / "form.xlsx")
    book.worksheets[0]["D5"], book.worksheets[0]["D6"] = 50, score
    kept = io.BytesIO()
    book.save(kept)
    return {"name": "嵋阳镇一季度.xlsx", "mimeType": "application/octet-stream", "buffer": kept.getvalue()}


def send(page: Page, file: dict[str, object]) -> None:
    page.set_input_files("#workbook", file)
    page.click("button:has-text('上传')")
    page.wait_for_url("**/uploads/*/")


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_two_choices(county: County, sign_in: Open, day: Stand, tmp_path: Path, viewport: ViewportSize) -> None:
    day("2025-02-07")
    page, axe = sign_in("liu", viewport), Axe()
    send(page, filled(page, f"/filing/{county.rating_year.pk}/140821101/1/", "八十", tmp_path))
    expect(page.locator(".choice")).to_have_count(2)
    assert faults(page, axe) == []
    assert Assessment.objects.count() == 0
    page.click(".choice button")
    expect(page.locator(".notice.success")).to_contain_text("1 行已存为草稿")
    assert faults(page, axe) == []
    assert Assessment.objects.count() == 1


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_bar_outlives_its_page(
    county: County, sign_in: Open, day: Stand, tmp_path: Path, viewport: ViewportSize, monkeypatch: pytest.MonkeyPatch
) -> None:
    day("2025-02-07")
    monkeypatch.setattr(uploads, "IN_REQUEST", 100)
    page, axe = sign_in("liu", viewport), Axe()
    address = f"/filing/{county.rating_year.pk}/140821101/1/"
    send(page, filled(page, address, 60, tmp_path))
    expect(page.locator("#upload-label")).to_have_text("正在排队等候读取…")
    Job.objects.update(state="running", done=8_000, total=50_013, heartbeat_at=clock.now())
    expect(page.locator("#upload-progress")).to_contain_text("8000 / 50013 行")
    assert page.locator("progress").get_attribute("value") == "8000"
    assert faults(page, axe) == []
    page.goto(address)
    page.click("summary:has-text('Excel')")
    page.click(".waiting a")
    Job.objects.update(state="queued", done=0, total=0)
    assert jobs.run_job(Upload.objects.get().job_id, worker="here", clock=clock.now) == "done"
    expect(page.locator("button[value=apply]")).to_be_visible()
