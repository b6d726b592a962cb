"""The docket in a browser: a matter from its raising to its strike-off with the keyboard, and every page at both widths."""

import re
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, ViewportSize, expect

from governance.coordination.meetings import Decided, record_meeting
from governance.coordination.tasks import NewTask, add_tasks, open_list
from governance.docket.acts import act_on
from governance.docket.demands import Said
from governance.models import DocketItem, TaskList, Unit, UnitMember
from tests.browser.conftest import NARROW, WIDE, WORD, Open
from tests.browser.test_pages import Stand, faults
from tests.cast import SINCE
from tests.governance.docket.office import AT, DAY, Offices, answered, found_offices, raised, verified
from tests.stars.county import County

pytestmark = pytest.mark.browser


@pytest.fixture
def offices(county: County) -> Offices:
    found = found_offices(county.cast)
    for name in ("min",):
        found.cast.people[name].set_password(WORD)
        found.cast.people[name].save()
    return found


@pytest.fixture
def task_list(offices: Offices) -> TaskList:
    body = Unit.objects.create(
        territory=offices.cast.county, kind="task_force", name="人居环境整治专班", short_name="环境专班", from_on=SINCE
    )
    for unit in (offices.agriculture, offices.finance):
        UnitMember.objects.create(unit=body, member_unit=unit, from_on=SINCE)
    made = open_list(body=body, year=2025, title="人居环境任务清单", document_no="临办〔2025〕3号", by=offices["chen"], at=AT)
    new = [
        NewTask("垃圾治理", f"清理存量垃圾（第{n}批）", "逐村排查", unit, [offices.finance], date(2025, 4, n))
        for n, unit in enumerate([offices.agriculture, offices.township] * 3, 1)
    ]
    add_tasks(task_list_id=made.pk, tasks=new, by=offices["chen"], at=AT)
    record_meeting(
        body=body, title="三月例会", held_on=date(2025, 3, 3), by=offices["chen"], at=AT, agenda="听取进展\n研判问题",
        attendances={offices.agriculture: ("present", ""), offices.finance: ("absent", "")},
        decisions=[Decided("月底前清完沟渠", offices.agriculture, date(2025, 3, 31)), Decided("再议")],
    )  # fmt: skip
    return made


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_page(offices: Offices, task_list: TaskList, sign_in: Open, day: Stand, viewport: ViewportSize) -> None:
    raised(offices), answered(offices), verified(offices)
    urged = act_on(raised(offices).pk, "urge", Said("请抓紧"), by=offices["chen"], at=AT + DAY)
    day("2025-03-20")
    body, meeting = task_list.body_id, task_list.body.meetings.get().pk
    pages = [
        "/docket/", "/docket/?show=all", f"/docket/{urged.pk}/", "/docket/new/", "/bodies/", f"/bodies/{body}/", f"/meetings/{meeting}/",
        "/tasks/", f"/tasks/{task_list.pk}/", f"/tasks/{task_list.pk}/wall/", f"/tasks/{task_list.pk}/dispatch/?month=2025-03",
    ]  # fmt: skip
    axe, found = Axe(), []
    for who in ("chen", "dai"):
        page = sign_in(who, viewport)
        for address in pages:
            if page.goto(address).status == 200:  # type: ignore[union-attr]
                found += [f"{who} {address}: {fault}" for fault in faults(page, axe)]
    assert found == []


def test_a_matter_from_its_raising_to_its_strike_off(offices: Offices, sign_in: Open, day: Stand, tmp_path: Path) -> None:
    day("2025-03-05")
    office = sign_in("chen")
    office.goto("/docket/new/")
    office.get_by_label("事项内容").fill("核查村级台账")
    office.get_by_label("责任单位").select_option(label="农业农村局")
    office.keyboard.press("Enter")
    office.wait_for_url(re.compile(r"/docket/\d+/$"))
    address = f"/docket/{DocketItem.objects.get().pk}/"
    unit = sign_in("dai")
    unit.goto("/docket/")
    expect(unit.locator(".count")).to_have_text("1")
    unit.goto(address)
    _act(unit, "签收")
    proof = tmp_path / "核查.pdf"
    proof.write_bytes(b"%PDF-1.7 proof")
    unit.locator("summary:has-text('反馈办结')").click()
    unit.locator("#answer_text").fill("已逐村核查")
    unit.locator("#answer_proof").set_input_files(proof)
    unit.locator("button[value=answer]").click()
    expect(unit.locator(".notice.success")).to_be_visible()
    office.goto(address)
    with office.expect_download() as download:
        office.click("text=核查.pdf")
    assert Path(download.value.path()).read_bytes() == proof.read_bytes()
    _act(office, "核验通过")
    _act(office, "销号")
    expect(office.locator("h1 + p")).to_contain_text("已销号")


def test_several_with_the_keyboard(offices: Offices, sign_in: Open, day: Stand) -> None:
    verified(offices), verified(offices)
    day("2025-03-06")
    page = sign_in("chen")
    page.goto("/docket/?show=all")
    page.locator("thead input[type=checkbox]").focus()
    page.keyboard.press("Space")
    page.locator("button[value=strike_off]").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".notice.success")).to_contain_text("2")
    assert set(DocketItem.objects.values_list("state", flat=True)) == {"struck_off"}


def _act(page: Page, verb: str) -> None:
    """Opened and pressed with the keyboard."""
    page.locator(f"summary:has-text('{verb}')").focus()
    page.keyboard.press("Enter")
    page.locator(f"details[open] button:has-text('{verb}')").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".notice.success")).to_be_visible()
