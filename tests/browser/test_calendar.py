"""The working calendar in a browser: the year's page at both widths, recording days and correcting them."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.core.management import call_command
from playwright.sync_api import ViewportSize, expect

from governance.models import CalendarNotice
from tests.browser.conftest import NARROW, WIDE, Open
from tests.browser.test_pages import faults
from tests.days import say
from tests.stars.county import County

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_year_of_the_calendar(county: County, sign_in: Open, viewport: ViewportSize) -> None:
    call_command("import_holidays", verbosity=0)
    say({"2026-04-13": "holiday", "2026-04-18": "workday"}, county=county.cast.county, by=county.cast["chen"], name="庙会")
    page, axe = sign_in("chen", viewport), Axe()
    found = []
    for address in (
        "/calendar/2026/",
        "/calendar/2027/",
        "/admin/governance/calendarnotice/",
        "/admin/governance/calendarnotice/add/",
    ):
        page.goto(address)
        found += [f"{address}: {fault}" for fault in faults(page, axe)]
    assert found == []
    page.goto("/admin/governance/calendarnotice/")
    page.click("text=查看全年工作日历")
    page.goto("/calendar/2026/")
    expect(page.locator(".month")).to_have_count(12)
    february = page.locator(".month").nth(1)
    expect(february.locator("caption")).to_contain_text("16 个工作日")
    expect(february.locator(".free")).to_have_count(9)
    expect(february.locator(".made-up")).to_have_text(["14班", "28班"])
    expect(page.locator(".month").nth(3).locator(".own")).to_have_count(2)
    expect(page.locator("tr", has_text="02-15 – 02-23")).to_contain_text("国办发明电〔2025〕7号")


def test_days_are_recorded_and_corrected(county: County, sign_in: Open) -> None:
    page = sign_in("chen")
    page.goto("/admin/governance/calendarnotice/add/")
    page.fill("#id_title", "关于庙会放假的通知")
    page.fill("#id_document_no", "临政办〔2026〕3号")
    page.fill("#id_published_on", "2026-03-02")
    page.fill("#id_reason", "县城庙会")
    page.fill("#id_lines", "2026-04-31 放假 庙会")
    page.click("[name=_save]")
    expect(page.locator("#content-main")).to_contain_text("第 1 行")
    page.fill("#id_lines", "2026-04-13 放假 庙会")
    page.click("[name=_save]")
    page.click("#result_list a:has-text('关于庙会放假的通知')")
    page.click("text=用新通知更正")
    expect(page.locator("#id_lines")).to_have_value("2026-04-13 放假 庙会")
    page.fill("#id_lines", "2026-04-14 放假 庙会")
    page.fill("#id_reason", "改期")
    page.click("[name=_save]")
    page.wait_for_url("**/calendarnotice/")
    page.goto("/calendar/2026/")
    expect(page.locator(".month .own")).to_have_text("14休")
    assert CalendarNotice.objects.count() == 2
