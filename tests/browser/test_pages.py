"""Every page at both widths: it fits, it is accessible, it logs no error; long work shows its progress."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, ViewportSize, expect

from governance import clock
from governance.jobs import run_job
from governance.models import Job
from stars.models import PayList, PublishedRating, RosterEntry
from tests.browser.conftest import NARROW, WIDE, Open
from tests.stars.county import County

pytestmark = pytest.mark.browser
Stand = Callable[[str], None]


@pytest.fixture
def in_publicity(county: County) -> County:
    """Its year 2025 shown to everybody from 5 to 12 February 2026."""
    county.file_all(share=93)
    county.close()
    county.compute()
    county.review()
    county.decide()
    county.publicise()
    return county


def addresses(county: County) -> dict[str, list[str]]:
    year = county.rating_year.pk
    entry = RosterEntry.objects.get(rating_year=year, territory=county.cast.village)
    office = ["/", "/filing/", f"/filing/{year}/140821101/1/", "/years/", f"/years/{year}/", f"/years/{year}/ratings/",
              f"/years/{year}/roster/", f"/years/{year}/windows/", f"/years/{year}/ratings/{entry.pk}/", "/events/", "/pay/",
              "/policies/", f"/policies/{county.policy.pk}/", "/password/"]  # fmt: skip
    return {
        "": ["/sign-in/", "/publicity/", f"/publicity/{year}/", "/nowhere/"],
        "liu": office,
        "he": [
            *office,
            "/review/?state=all",
            f"/review/{year}/140821101/1/",
            "/admin/",
            "/admin/stars/filing/",
            "/admin/governance/post/add/",
            f"/admin/governance/policyversion/{county.policy.pk}/change/",
        ],
        "huo": ["/", "/my-star/"],
    }


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_page(in_publicity: County, sign_in: Open, day: Stand, viewport: ViewportSize) -> None:
    day("2026-02-06")
    axe = Axe()
    found = []
    for who, pages in addresses(in_publicity).items():
        page = sign_in(who, viewport)
        for address in pages:
            page.goto(address)
            found += [f"{address}: {fault}" for fault in faults(page, axe)]
    assert found == []


def faults(page: Page, axe: Axe) -> list[str]:
    page.wait_for_load_state("networkidle")
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    serious = [one for one in axe.run(page).response["violations"] if one["impact"] in ("serious", "critical")]
    said = [f"{one['id']} at {one['nodes'][0]['target']}" for one in serious]
    return said + ([f"{wide} px too wide"] if wide > 1 else [])


def test_published_pages(in_publicity: County, sign_in: Open, day: Stand, tmp_path: Path) -> None:
    publication = in_publicity.publish()
    day("2026-03-02")
    own, axe = PublishedRating.objects.get(person=in_publicity.cast.people["huo"].person), Axe()
    secretary = sign_in("huo", NARROW)
    secretary.click("text=看依据")
    expect(secretary.locator(".star-face")).to_contain_text(own.certificate_no or "")
    office = sign_in("chen")
    pay_list = PayList.objects.get(publication=publication)
    found = []
    for page, address in ((secretary, "/my-star/"), (office, f"/ratings/{own.pk}/"), (office, f"/pay/{pay_list.pk}/")):
        page.goto(address)
        found += faults(page, axe)
    with office.expect_download() as download:
        office.click("text=下载 Excel")
    download.value.save_as(tmp_path / "list.xlsx")
    assert (tmp_path / "list.xlsx").read_bytes()[:2] == b"PK"
    assert found == []


def test_progress_survives_closing_the_page(county: County, sign_in: Open, day: Stand) -> None:
    day("2025-04-08")
    address = f"/years/{county.rating_year.pk}/"
    office = sign_in("chen")
    office.goto(address)
    office.click("summary:has-text('重新计算')")
    office.click("button:has-text('确认：重新计算')")
    expect(office.locator("progress")).to_be_visible()
    Job.objects.update(requested_at=clock.now() - timedelta(seconds=45))
    expect(office.locator("#progress")).to_contain_text("没有收到计算程序的消息")
    office.close()
    again = sign_in("chen")
    again.goto(address)
    expect(again.locator("progress")).to_be_visible()
    run_job(Job.objects.get().pk, worker="test", clock=clock.now)
    expect(again.locator("#progress")).to_contain_text("上次计算")
    expect(again.locator("progress")).to_have_count(0)


def test_the_keyboard_alone(county: County, sign_in: Open, day: Stand) -> None:
    day("2025-04-08")
    page = sign_in("liu")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("main a.button").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/filing/**")


def test_the_menu_on_a_phone(county: County, sign_in: Open, day: Stand) -> None:
    day("2025-04-08")
    page = sign_in("liu", NARROW)
    expect(page.locator(".menu-links")).to_be_hidden()
    page.click(".menu-toggle")
    page.click(".menu-links a:has-text('填报')")
    page.wait_for_url("**/filing/")
