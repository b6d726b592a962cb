"""The leader's and the county's desk in a browser: filters without a button, differences, requests, inbox, minutes."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import ViewportSize, expect

from governance.tasks import send_digests
from stars.models import Filing, FormMinutes
from stars.services import filing as filings
from tests.browser.conftest import NARROW, WIDE, Open
from tests.stars.county import County, moment

pytestmark = pytest.mark.browser
Stand = Callable[[str], None]


@pytest.fixture
def returned(county: County) -> County:
    """January came back with one score changed; 临晋 has filed nothing."""
    january = county.filing()
    county.save(january, county.rows(january), at="2025-02-05 10:00")
    county.submit(january, at="2025-02-05 10:00")
    filings.return_filing(filing_id=january.pk, reason="甲村支部建设偏高", by=county.cast["lei"], at=moment("2025-02-05 11:00"))
    rows = county.rows(january)
    rows[county.post("140821101201").pk][0] = 4100
    county.save(january, rows, at="2025-02-05 12:00")
    county.submit(january, at="2025-02-05 12:01")
    return county


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_leader_s_journey(returned: County, sign_in: Open, day: Stand, viewport: ViewportSize) -> None:
    day("2025-02-06")
    page = sign_in("lei", viewport)
    page.goto("/review/")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.select_option("#id_state", "all")
    page.wait_for_url("**state=all**")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.select_option("#id_changed", "yes")
    page.wait_for_url("**changed=yes**")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("tbody a.button").first.click()
    differences = page.locator("section", has=page.locator("#differences")).locator("tbody tr")
    expect(differences).to_have_count(1)
    expect(differences.first).to_contain_text("41")
    page.click("button[value=pass]")
    page.wait_for_load_state()
    assert Filing.objects.get(pk=returned.filing().pk).state == "passed"


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_new_page_fits_and_is_accessible(returned: County, sign_in: Open, day: Stand, viewport: ViewportSize) -> None:
    day("2025-02-12")
    send_digests()
    county, found = returned, []
    request = f"/requests/ask/{county.filing(path='140821102').pk}/"
    for who, addresses in (
        ("he", ["/review/?state=all", "/completeness/", "/completeness/?by=month", "/requests/", "/inbox/"]),
        ("zhao", [request, "/requests/", "/inbox/", "/completeness/"]),
    ):
        page = sign_in(who, viewport)
        for address in addresses:
            page.goto(address)
            if page.evaluate("document.documentElement.scrollWidth") > viewport["width"]:
                found.append(f"{address} is wider than its window")
            serious = [one for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]
            found += [f"{address}: {one['id']} {one['nodes'][0]['html'][:150]}" for one in serious]
    assert found == []


def test_minutes_go_along_when_a_form_is_submitted(county: County, sign_in: Open, day: Stand) -> None:
    day("2025-02-05")
    page = sign_in("liu")
    january = county.filing()
    county.save(january, county.rows(january), at="2025-02-05 07:00")
    page.goto(f"/filing/{county.rating_year.pk}/140821101/1/")
    cell = page.locator(f'input[name="0/0/{county.post("140821101201").pk}/0"]')
    for score in ("50", "51", "52"):
        cell.fill(score)
        page.wait_for_timeout(700)
    with page.expect_navigation():  # the last cell is saved first
        page.click("button[value='submit 0/0']")
    assert county.filing().state == "submitted"
    form = FormMinutes.objects.get()
    assert form.count == 1 and 1 <= form.seconds <= 10
    assert page.evaluate("localStorage.getItem('active-time ' + location.pathname)") == "{}"
