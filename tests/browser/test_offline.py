"""The offline form: opened from the disk with no network, filled in, brought back, and decided where a colleague was faster."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from governance.policy import load
from stars.cells import NOT_APPLICABLE, NOT_FILED, format_score, parse_score
from stars.engine.compile import compile_policy
from stars.engine.plan import Plan
from stars.models import Assessment, AssessmentChange
from stars.offline.form import rule_words, window_checks
from stars.selectors.answering import Holder
from stars.selectors.checks import Desk, rules
from stars.selectors.past import Past
from stars.selectors.prefill import Known
from tests.browser.conftest import NARROW, WIDE, Open
from tests.browser.test_sheet import PASTE, cells
from tests.cast import appoint
from tests.stars.county import County

pytestmark = pytest.mark.browser
VIEWPORTS = pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["1440", "390"])
ROOT = Path(__file__).resolve().parents[2]
CHECKS = (ROOT / "static/js/offline-checks.js").read_text("utf-8")
NO_STORE = "Storage.prototype.setItem = () => { throw new DOMException('no', 'SecurityError'); };"


@dataclass
class Village:
    """A machine without a network. Whatever its pages log as an error, or ask of any network, fails the test."""

    browser: Browser
    wrong: list[str]
    contexts: list[Any]

    def opens(self, form: Path, viewport: ViewportSize, *, script: str = "") -> Page:
        context = self.browser.new_context(viewport=viewport, locale="zh-CN", offline=True)
        context.set_default_timeout(15_000)
        if script:
            context.add_init_script(script)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: self.wrong.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on(
            "request", lambda asked: None if asked.url.startswith(("file:", "blob:", "data:")) else self.wrong.append(asked.url)
        )
        page.goto(form.as_uri())
        return page


@pytest.fixture
def village(browser: Browser) -> Iterator[Village]:
    made = Village(browser, [], [])
    yield made
    for context in made.contexts:
        context.close()
    assert made.wrong == []


@pytest.fixture
def form(
    county: County, sign_in: Open, day: Callable[[str], None], tmp_path: Path
) -> Callable[[ViewportSize], tuple[Page, Path]]:
    """The clerk's page of the first quarter in April, and the form that she downloaded there; January and February are filed."""

    def downloaded(viewport: ViewportSize) -> tuple[Page, Path]:
        for period in (0, 1):
            county.file(county.filing(period=period), share=90 + period)
        day("2025-04-08")
        page = sign_in("liu", viewport)
        page.goto(f"/filing/{county.rating_year.pk}/140821101/1/")
        page.click("summary:has-text('离线填报')")
        return page, download_form(page, tmp_path)

    return downloaded


def download_form(page: Page, folder: Path, name: str = "") -> Path:
    with page.expect_download() as download:
        page.click("text=下载离线表")
    kept = folder / (name or download.value.suggested_filename)
    download.value.save_as(kept)
    return kept


def saved_file(page: Page, to: Path) -> dict[str, Any]:
    with page.expect_download() as download:
        page.click("text=保存到文件 >> nth=-1")
    download.value.save_as(to)
    return json.loads(to.read_text("utf-8"))


@VIEWPORTS
def test_there_and_back(county: County, form: Callable, village: Village, tmp_path: Path, viewport: ViewportSize) -> None:
    office, kept = form(viewport)
    assert kept.name.endswith("离线表.html")
    page = village.opens(kept, viewport)
    expect(page.locator("main")).to_contain_text("尚未上报")
    fields = page.locator("#sheet tbody input")
    expect(fields).to_have_count(6)  # March, two items of three villages; what was accepted is locked
    fields.first.focus()
    for text, key in (("50", "Enter"), ("45", "ArrowDown"), ("0", "ArrowRight"), ("0", "ArrowUp")):
        page.keyboard.type(text)
        page.keyboard.press(key)
    expect(page.locator("#findings")).to_contain_text("嵋阳丙村 · 支部建设 该村本表各项均为 0 分")
    fields.nth(1).focus()
    page.evaluate(PASTE, "30\n２８.5\n")
    assert cells(page) == ["50", "30", "45", "28.5", "0", "0"]
    page.keyboard.press("Control+z")
    assert cells(page) == ["50", "", "45", "", "0", "0"]
    page.keyboard.press("Control+y")
    fields.nth(1).fill("31")
    expect(page.locator("#sheet-status")).to_contain_text("请填 0 至 30")
    fields.nth(1).fill("30")
    status = page.locator("#sheet-status")
    expect(status).to_contain_text("已填写 6 格，尚未上报。已暂存在本浏览器")
    page.reload()
    assert cells(page) == ["50", "30", "45", "28.5", "0", "0"]
    data = saved_file(page, tmp_path / "三月.json")
    expect(status).to_contain_text("已填写 6 格并存入文件")
    assert sorted(one["typed"] for one in data["cells"]) == ["0", "0", "28.5", "30", "45", "50"]
    assert {one["base"] for one in data["cells"]} == {""}

    county.cast.people["ma"] = appoint("马嵋阳", "township_clerk", county.cast.township, account="ma")
    first = county.post("140821101201").pk
    county.save(county.filing(period=2), {first: [4000, NOT_FILED, NOT_FILED]}, at="2025-04-08 08:00", by="ma")
    office.reload()
    office.click("summary:has-text('离线填报')")
    office.set_input_files("#workbook", tmp_path / "三月.json")
    office.click("text=上传并检查")
    office.wait_for_url("**/offline/*/")
    expect(office.locator("fieldset")).to_have_count(1)
    expect(office.locator("fieldset")).to_contain_text("马嵋阳")
    office.click("button[value=apply]")
    expect(office.locator("[role=alert]")).to_contain_text("1 格在系统中已有改动")
    office.check("[data-side=mine]")
    office.click("button[value=apply]")
    office.wait_for_url("**/filing/**")
    assert cells(office) == ["50", "30", "45", "28.5", "0", "0"]
    rows = Assessment.objects.filter(period=2).order_by("post__territory__path")
    assert [row.scores[:2] for row in rows] == [[5000, 3000], [4500, 2850], [0, 0]]
    assert AssessmentChange.objects.filter(door="offline").count() == 3


def test_a_saved_file_goes_on_at_another_machine(form: Callable, village: Village, tmp_path: Path) -> None:
    _office, kept = form(WIDE)
    page = village.opens(kept, WIDE)
    page.locator("#sheet tbody input").first.fill("33")
    page.keyboard.press("Control+s")
    saved_file(page, tmp_path / "a.json")
    other = village.opens(kept, WIDE)
    assert cells(other)[0] == ""
    other.set_input_files("#offline-open", tmp_path / "a.json")
    expect(other.locator("#sheet-status")).to_contain_text("已打开：1 格")
    assert cells(other)[0] == "33"
    other.keyboard.press("Control+z")
    (tmp_path / "b.json").write_text((tmp_path / "a.json").read_text("utf-8").replace('"quarter":"0"', '"quarter":"1"'), "utf-8")
    for foreign in ("b.json", kept.name):
        other.set_input_files("#offline-open", tmp_path / foreign)
        expect(other.locator("#sheet-status")).to_contain_text("这不是本表的文件")
    assert cells(other)[0] == "33"


def test_a_newer_form_takes_what_was_typed_into_an_older_one(
    county: County, form: Callable, village: Village, tmp_path: Path
) -> None:
    """With the score that it was based on: what a colleague wrote in between is seen as such. What is filed by now is done with."""
    office, kept = form(WIDE)
    page = village.opens(kept, WIDE)
    page.locator("#sheet tbody input").nth(0).fill("33")
    page.locator("#sheet tbody input").nth(2).fill("22")
    saved_file(page, tmp_path / "a.json")
    scores = {
        county.post("140821101201").pk: [4000, NOT_FILED, NOT_FILED],
        county.post("140821101202").pk: [2200, NOT_FILED, NOT_FILED],
    }
    county.save(county.filing(period=2), scores, at="2025-04-08 08:00")
    newer = download_form(office, tmp_path, "newer.html")
    other = village.opens(newer, WIDE)
    assert cells(other)[0] == "40"
    other.set_input_files("#offline-open", tmp_path / "a.json")
    assert cells(other)[0] == "33"
    brought = saved_file(other, tmp_path / "b.json")["cells"]
    assert sorted((one["base"], one["typed"]) for one in brought) == [("", "22"), ("", "33")]
    page.goto(newer.as_uri())  # at the machine that keeps them
    assert [cells(page)[0], cells(page)[2]] == ["33", "22"]
    expect(page.locator("#sheet-status")).to_contain_text("已填写 1 格")
    (again,) = saved_file(page, tmp_path / "c.json")["cells"]
    assert (again["base"], again["typed"]) == ("", "33")


def test_a_browser_that_keeps_nothing_says_so_and_asks_before_it_closes(form: Callable, village: Village, tmp_path: Path) -> None:
    _office, kept = form(WIDE)
    page = village.opens(kept, WIDE, script=NO_STORE)
    page.locator("#sheet tbody input").first.fill("33")
    expect(page.locator("#sheet-status")).to_contain_text("本浏览器不能暂存")
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.close(run_before_unload=True)
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    saved_file(page, tmp_path / "a.json")
    page.reload()
    assert asked == ["beforeunload"]


@VIEWPORTS
def test_no_serious_fault_of_access(form: Callable, village: Village, viewport: ViewportSize) -> None:
    page = village.opens(form(viewport)[1], viewport)
    page.locator("#sheet tbody input").first.fill("61")
    found = [one for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]
    assert [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# ---- the checks, here and at the server


@pytest.fixture(scope="module")
def plan() -> Plan:
    return compile_policy(load((ROOT / "stars/policies/shanxi-secretary-2025.yaml").read_text("utf-8")))


def drawn_desk(plan: Plan, random: Random) -> Desk:
    """A sheet of the policy with drawn rows, pasts, knowledge, contests and remarks."""
    sheet = random.choice(list(plan.sheets.values()))
    posts = range(1, 6)
    full = [one.max for one in sheet.indicators]

    def score(place: int) -> int:
        odd = (NOT_FILED, NOT_APPLICABLE, 0, full[place], full[place] + 100, -5, random.randint(0, full[place]))
        return random.choice(odd) if random.random() < 0.4 else random.randint(0, full[place])

    def row(kind: str) -> list[int]:
        return {"full": full, "zero": [0] * len(full)}.get(kind) or [score(place) for place in range(len(full))]

    cells_ = [(post, place) for post in posts for place in range(len(full))]
    rows = {post: list(row(random.choice(("full", "zero", "", "", "")))) for post in posts}
    for post, scores in rows.items():
        if random.random() < 0.5:
            scores[random.randrange(len(scores))] = random.choice((0, NOT_APPLICABLE, NOT_FILED, post * 100))
    known = {
        cell: Known(random.choice((NOT_FILED, full[cell[1]], 0)), "s", "", random.choice((0, 0, 2)))
        for cell in random.sample(cells_, 4)
    }
    widths = [random.choice((3, one // 8, one // 2)) for one in full]  # of what was usual in the periods before

    def earlier(place: int) -> int:
        return (
            random.choice((NOT_FILED, NOT_APPLICABLE))
            if random.random() < 0.1
            else random.randint(0, widths[place]) + full[place] // 4
        )

    past = [[earlier(place) for place in range(len(full))] for _period in range(8)]
    desk = Desk(SimpleNamespace(), rows, SimpleNamespace())
    desk.__dict__ |= {
        "plan": plan, "sheet": sheet, "known": known, "past": Past([], {post: past for post in posts if random.random() < 0.8}),
        "holders": {post: Holder(0, [0] * len(plan.roster), None) for post in posts if random.random() < 0.9},
        "contested": {cell: SimpleNamespace(subject="s", score=random.choice((one.score, 1))) for cell, one in known.items() if random.random() < 0.5},
        "answers": set(random.sample(cells_, 6)),
    }  # fmt: skip
    return desk


def said_by_server(desk: Desk) -> list[list[Any]]:
    found = [[f"0/0/{one.post_id}/{one.place}", one.text, one.rule.blocking, one.answered] for one in desk.findings()]
    return sorted(found)


def said_by_form(page: Page, desk: Desk) -> list[list[Any]]:
    given = rule_words() | {"windows": {"0/0": window_checks(desk, {post: f"村{post}" for post in desk.rows})}}
    found = page.evaluate(
        "([given, rows]) => offlineChecks.findings(given, rows)", [given, [f"0/0/{post}" for post in desk.rows]]
    )
    return sorted([one["cell"], one["text"], one["blocking"], one["answered"]] for one in found)


def page_with(browser: Browser, script: str) -> Page:
    page = browser.new_page()
    page.set_content("<!DOCTYPE html><title>checks</title>")
    page.evaluate(script)
    return page


def test_both_sides_find_the_same(browser: Browser, plan: Plan) -> None:
    page, kinds = page_with(browser, CHECKS), set()
    for seed in range(400):
        desk = drawn_desk(plan, Random(seed))
        assert said_by_form(page, desk) == said_by_server(desk), f"seed {seed}"
        kinds |= {one.rule.name for one in desk.findings()}
    page.close()
    assert kinds == {one.name for one in rules()}


@pytest.mark.parametrize(
    "was, becomes",
    [
        ("0.6745", "1"),
        ("low % 2 ? 1 : 0", "1"),
        (" || known.contested", ""),
        ("total * 100 >= full * low", "total * 100 > full * low"),
        ("earlier.length < values", "earlier.length <= values"),
        ("(no && part)", "no"),
        ("row.answered.includes(place)", "false"),
        ("if (!row.holds) return [];", ""),
        ("known.found && ", ""),
        ("!== given.not_applicable);\n      if (filed", "!== given.not_filed);\n      if (filed"),
    ],
)
def test_a_kind_that_differs_is_found(browser: Browser, plan: Plan, was: str, becomes: str) -> None:
    """The twin: any of these slips in the form's script shows."""
    assert CHECKS.count(was) == 1
    page = page_with(browser, CHECKS.replace(was, becomes))
    desks = [drawn_desk(plan, Random(seed)) for seed in range(400)]
    assert any(said_by_form(page, desk) != said_by_server(desk) for desk in desks)
    page.close()


def test_both_sides_read_a_score_alike(browser: Browser) -> None:
    page, random = page_with(browser, CHECKS), Random(5)
    texts = [
        "",
        "/",
        "不适用",
        "0",
        "00",
        "5.",
        ".5",
        "5.50",
        "007.10",
        "60.000",
        *(format_score(random.randint(0, 10_000)) for _i in range(300)),
    ]
    read = page.evaluate("([texts, given]) => texts.map((text) => offlineChecks.scoreOf(text, given))", [texts, rule_words()])
    page.close()
    assert read == [parse_score(text, maximum=10_000) for text in texts]
