"""Bodies, meetings, lists: decisions and tasks become matters of the docket; workbooks go in whole or not at all."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from governance.coordination.dispatch import dispatch, tasks_of
from governance.coordination.meetings import Decided, charge_decision, record_meeting
from governance.coordination.tasks import NewTask, add_tasks, open_list
from governance.coordination.uploads import apply_tasks, store_tasks
from governance.coordination.workbook import Asked, list_workbook
from governance.docket.acts import act_on
from governance.docket.demands import Said
from governance.docket.ledger import Shown, light_of
from governance.errors import RuleBroken
from governance.models import DocketItem, Task, TaskList, TaskUpload, Unit, UnitMember
from governance.sandbox import values
from governance.workdays import local_day
from tests.cast import SINCE
from tests.governance.docket.office import AT, DAY, HOUR, PDF, Offices

DUE = date(2025, 6, 30)


@pytest.fixture
def body(offices: Offices) -> Unit:
    made = Unit.objects.create(
        territory=offices.cast.county, kind="task_force", name="人居环境整治专班", short_name="环境专班", from_on=SINCE
    )
    for unit in (offices.agriculture, offices.finance):
        UnitMember.objects.create(unit=made, member_unit=unit, from_on=SINCE)
    return made


@pytest.fixture
def task_list(offices: Offices, body: Unit) -> TaskList:
    made = open_list(body=body, year=2025, title="人居环境任务清单", document_no="临办〔2025〕3号", by=offices["chen"], at=AT)
    new = [
        NewTask("垃圾治理", "清理存量垃圾", "逐村排查", offices.agriculture, [offices.finance], DUE),
        NewTask("垃圾治理", "配齐保洁员", "按户数配", offices.township, [], DUE),
        NewTask("资金保障", "拨付专项资金", "按季拨付", offices.finance, [], date(2025, 3, 31)),
    ]
    add_tasks(task_list_id=made.pk, tasks=new, by=offices["chen"], at=AT)
    return made


@pytest.fixture
def page(offices: Offices, client: Client):
    def sign_in(who: str) -> Client:
        client.force_login(offices[who], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


# ---- meetings ------------------------------------------------------------------------------------


def test_a_decision_becomes_a_matter_once(offices: Offices, body: Unit) -> None:
    decided = [Decided("月底前清完沟渠", offices.agriculture, DUE), Decided("再议")]
    present = {offices.agriculture: ("present", "戴临猗"), offices.finance: ("absent", "")}
    meeting = record_meeting(
        body=body, title="三月例会", held_on=date(2025, 3, 3), by=offices["chen"], at=AT, attendances=present, decisions=decided
    )
    decision = meeting.decisions.get(number=1)
    for _time in range(2):
        decision = charge_decision(decision_id=decision.pk, by=offices["chen"], at=AT)
    item = DocketItem.objects.get()
    assert (decision.item, item.kind, item.unit, item.checker) == (item, "decision", offices.agriculture, body)
    with pytest.raises(RuleBroken) as broken:
        charge_decision(decision_id=meeting.decisions.get(number=2).pk, by=offices["chen"], at=AT)
    assert broken.value.code == "unit_missing"


@pytest.mark.parametrize("who", ["dai", "tang", "liu", "an", "sun"])
def test_no_stranger_keeps_a_body(offices: Offices, body: Unit, who: str) -> None:
    with pytest.raises(RuleBroken) as broken:
        record_meeting(body=body, title="三月例会", held_on=date(2025, 3, 3), by=offices[who], at=AT)
    assert broken.value.code == "not_your_duty"
    with pytest.raises(RuleBroken) as broken:
        open_list(body=body, year=2025, title="x", document_no="", by=offices[who], at=AT)
    assert broken.value.code == "not_your_duty"


def test_a_meeting_from_its_page_to_the_docket(offices: Offices, body: Unit, page) -> None:
    client = page("chen")
    given = {"title": "三月例会", "held_on": "2025-03-03", "absent": [offices.finance.pk], "decisions": "清沟渠\n清院落"}
    answer = client.post(reverse("governance:body", args=[body.pk]), given)
    assert answer.status_code == 302
    text = client.get(answer.url).content.decode()
    charge = re.search(r'name="charge" value="(\d+)"', text)
    assert charge
    client.post(answer.url, {"charge": charge[1], "unit": f"u{offices.agriculture.pk}", "until": "2099-06-30"})
    assert DocketItem.objects.get().unit == offices.agriculture


# ---- lists ---------------------------------------------------------------------------------------


def test_each_task_is_on_the_docket(offices: Offices, task_list: TaskList, body: Unit) -> None:
    tasks = list(tasks_of(task_list, offices["chen"]))
    assert [(task.number, task.item.unit, task.item.checker) for task in tasks] == [
        (1, offices.agriculture, body), (2, offices.township, body), (3, offices.finance, body),
    ]  # fmt: skip
    assert all(task.item.due_at is not None for task in tasks)


@pytest.mark.parametrize(
    ("who", "titles"),
    [("chen", 3), ("an", 3), ("dai", 1), ("min", 2), ("liu", 1), ("zhao", None), ("tang", None), ("huo", None)],
)  # fmt: skip
def test_whose_tasks_are_shown(offices: Offices, task_list: TaskList, page, who: str, titles: int | None) -> None:
    """At every door: the page, the wall, the workbook, the dispatch as page, workbook and PDF."""
    names = ["清理存量垃圾", "配齐保洁员", "拨付专项资金"]
    for route in ("task_list", "task_wall", "task_list_download", "dispatch", "dispatch_xlsx", "dispatch_pdf"):
        answer = page(who).get(reverse(f"governance:{route}", args=[task_list.pk]) + "?month=2025-03")
        if titles is None:
            assert answer.status_code == 404
            continue
        assert answer.status_code == 200
        if route != "dispatch_pdf":
            text = answer.content.decode() if "html" in answer["Content-Type"] else _cells(answer.content)
            assert sum(name in text for name in names) == titles, route


def _cells(content: bytes) -> str:
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    return "\n".join(str(cell.value) for sheet in workbook for row in sheet.iter_rows() for cell in row)


# ---- workbooks -----------------------------------------------------------------------------------


def workbook_of(rows: list[list[object]]) -> SimpleUploadedFile:
    made = openpyxl.Workbook()
    made.active.append([str(one.label) for one in Asked])
    for row in rows:
        made.active.append(row)
    buffer = io.BytesIO()
    made.save(buffer)
    return SimpleUploadedFile("任务.xlsx", buffer.getvalue())


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child that reads is tested by itself."""
    monkeypatch.setattr("governance.workbooks.reading.reader.ask", values.read)


GOOD = ["道路养护", "修补村道", "逐段修补", "农业农村局", "财政局、嵋阳镇", "2025年9月30日"]


@pytest.mark.usefixtures("in_this_process")
def test_a_workbook_is_applied_as_a_whole_once(offices: Offices, task_list: TaskList) -> None:
    upload = store_tasks(task_list=task_list, file=workbook_of([GOOD]), by=offices["chen"], at=AT)
    assert upload.mistakes == [] and Task.objects.count() == 3
    for _time in range(2):
        apply_tasks(upload_id=upload.pk, by=offices["chen"], at=AT)
    task = Task.objects.get(number=4)
    assert (task.aspect.title, task.item.title, task.item.unit) == ("道路养护", "修补村道", offices.agriculture)
    assert {helper.unit for helper in task.item.helpers.all()} == {offices.finance, offices.township}
    assert task.item.due_at == datetime(2025, 9, 30, 16, tzinfo=UTC)


@pytest.mark.usefixtures("in_this_process")
def test_what_goes_out_comes_back_and_adds_nothing(offices: Offices, task_list: TaskList) -> None:
    content = list_workbook(task_list, list(tasks_of(task_list, offices["chen"])), AT)
    upload = store_tasks(task_list=task_list, file=SimpleUploadedFile("a.xlsx", content), by=offices["chen"], at=AT)
    assert upload.mistakes == [] and [row["is_new"] for row in upload.rows] == [False] * 3
    apply_tasks(upload_id=upload.pk, by=offices["chen"], at=AT)
    assert Task.objects.count() == 3


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize(
    ("column", "value", "cell"),
    [(0, None, "A3"), (1, "", "B3"), (1, "=1+1", "B3"), (1, "x" * 201, "B3"), (3, "县公安局", "D3"), (3, "解店镇", "D3"), (4, "财政局、无此局", "E3"),
     (5, "明年", "F3"), (5, "2024-01-01", "F3"), (5, "2120-01-01", "F3"), (5, None, "F3"), (1, "修补村道", "B3")],
)  # fmt: skip
def test_a_mistake_stands_at_its_cell_and_nothing_is_applied(
    offices: Offices, task_list: TaskList, column: int, value: object, cell: str
) -> None:
    wrong = ["道路养护", "硬化巷道", "逐巷硬化", "农业农村局", "", "2025-09-30"]
    wrong[column] = value  # type: ignore[assignment]
    upload = store_tasks(task_list=task_list, file=workbook_of([GOOD, wrong]), by=offices["chen"], at=AT)
    assert cell in {one["cell"] for one in upload.mistakes}
    with pytest.raises(RuleBroken) as broken:
        apply_tasks(upload_id=upload.pk, by=offices["chen"], at=AT)
    assert broken.value.code == "mistakes_left" and Task.objects.count() == 3


@pytest.mark.usefixtures("in_this_process")
def test_a_list_that_changed_since_is_checked_again(offices: Offices, task_list: TaskList) -> None:
    upload = store_tasks(task_list=task_list, file=workbook_of([GOOD]), by=offices["chen"], at=AT)
    twin = store_tasks(task_list=task_list, file=workbook_of([GOOD]), by=offices["chen"], at=AT)
    apply_tasks(upload_id=twin.pk, by=offices["chen"], at=AT)
    with pytest.raises(RuleBroken) as broken:
        apply_tasks(upload_id=upload.pk, by=offices["chen"], at=AT)
    assert broken.value.code in ("stale_upload", "mistakes_left") and Task.objects.count() == 4


def test_through_the_page_with_a_marked_copy(offices: Offices, task_list: TaskList, page) -> None:
    client = page("chen")
    bad = [*GOOD[:3], "县公安局", *GOOD[4:]]
    answer = client.post(reverse("governance:task_upload", args=[task_list.pk]), {"workbook": workbook_of([bad])})
    assert answer.status_code == 302 and "D2" in client.get(answer.url).content.decode()
    assert "县公安局" in _cells(client.get(answer.url + "marked.xlsx").content)
    assert client.post(answer.url, {"act": "apply"}).status_code == 422
    assert client.post(answer.url, {"act": "discard"}).status_code == 302
    assert TaskUpload.objects.get().state == "discarded"
    ahead = [*GOOD[:5], "2099年9月30日"]
    clean = client.post(reverse("governance:task_upload", args=[task_list.pk]), {"workbook": workbook_of([ahead])})
    assert "检查无误，待保存" in client.get(clean.url).content.decode()
    for who in ("dai", "tang", "zhao"):
        assert page(who).get(answer.url).status_code == 404


def test_without_a_file_the_address_leads_back_to_the_list(offices: Offices, task_list: TaskList, page) -> None:
    answer = page("chen").get(reverse("governance:task_upload", args=[task_list.pk]))
    home = reverse("governance:task_list", args=[task_list.pk])
    assert (answer.status_code, answer.headers["Location"]) == (302, home)
    assert "没有提交任何内容" in page("chen").get(home).content.decode()


# ---- the dispatch --------------------------------------------------------------------------------


def test_a_month_is_told_as_it_stood_then(offices: Offices, task_list: TaskList) -> None:
    task = Task.objects.get(number=1)
    act_on(task.item_id, "accept", Said(), by=offices["dai"], at=AT + HOUR)
    act_on(task.item_id, "report", Said("已清 30 处", percent=60), by=offices["dai"], at=AT + DAY)
    act_on(task.item_id, "urge", Said("加快"), by=offices["chen"], at=AT + 2 * DAY)
    act_on(task.item_id, "answer_urge", Said("月底前清完"), by=offices["dai"], at=AT + 3 * DAY)
    act_on(task.item_id, "answer", Said("清完", evidence=[PDF]), by=offices["dai"], at=AT + 30 * DAY)
    for act in ("verify", "strike_off"):
        act_on(task.item_id, act, Said(), by=offices["chen"], at=AT + 31 * DAY)
    late = AT + 90 * DAY
    march, april = (dispatch(task_list, offices["chen"], date(2025, month, 1), late) for month in (3, 4))
    assert (march.whole.tasks, march.whole.done, april.whole.done, april.whole.done_in_month) == (3, 0, 1, 1)
    assert [(line.urgings, line.news, line.percent) for line in march.urged] == [(1, "已清 30 处", 60)]
    assert [(str(line.item.unit), line.overdue_days) for line in april.overdue] == [("财政局", 30)]
    assert [sums.title for sums in march.aspects] == ["垃圾治理", "资金保障"]


@pytest.mark.parametrize(("days", "shown"), [(110, Shown.GREEN), (125, Shown.RED)])
def test_what_is_answered_has_the_light_of_the_docket(offices: Offices, task_list: TaskList, days: int, shown: Shown) -> None:
    """The clock ends on day 119 and is amber from day 95 on."""
    task = Task.objects.get(number=1)
    act_on(task.item_id, "accept", Said(), by=offices["dai"], at=AT + HOUR)
    item = act_on(task.item_id, "answer", Said("清完", evidence=[PDF]), by=offices["dai"], at=AT + days * DAY)
    now = AT + (days + 1) * DAY
    line = next(one for one in dispatch(task_list, offices["chen"], local_day(now).replace(day=1), now).lines if one.item == item)
    assert line.light == light_of(item, now) == shown


@pytest.mark.parametrize("route", ["dispatch", "dispatch_xlsx", "dispatch_pdf"])
@pytest.mark.parametrize(
    ("month", "says"), [("2125-01", "尚未开始"), ("1999-01", "请选择该月或以后"), ("2030-99", "月份请写作"), ("x", "月份请写作")]
)
def test_a_month_that_cannot_be_told_of_is_refused(
    offices: Offices, task_list: TaskList, page, route: str, month: str, says: str
) -> None:
    response = page("chen").get(reverse(f"governance:{route}", args=[task_list.pk]), {"month": month})
    assert response.status_code == 422 and says in response.content.decode()


def test_a_department_is_told_that_it_sees_a_part(offices: Offices, task_list: TaskList, page) -> None:
    url = reverse("governance:dispatch", args=[task_list.pk])
    assert "不是清单的全部任务" in page("dai").get(url).content.decode()
    assert "不是清单的全部任务" not in page("chen").get(url).content.decode()


def test_its_workbook_counts_in_numbers(offices: Offices, task_list: TaskList, page) -> None:
    url = reverse("governance:dispatch_xlsx", args=[task_list.pk])
    book = openpyxl.load_workbook(io.BytesIO(page("chen").get(url).content))
    cells = [cell.value for row in book.worksheets[0].iter_rows(min_row=4, min_col=2) for cell in row]
    assert sum(cells[::6]) == 3 and all(isinstance(cell, int) for cell in cells)


def test_its_pdf_is_chinese_and_the_same_each_time(offices: Offices, task_list: TaskList, page) -> None:
    url = reverse("governance:dispatch_pdf", args=[task_list.pk]) + "?month=2025-03"
    first, second = (page("chen").get(url).content for _time in range(2))
    assert first.startswith(b"%PDF-") and b"NotoSansSC" in first and first == second


def test_pages_open(offices: Offices, task_list: TaskList, body: Unit, page) -> None:
    for url in ("/bodies/", f"/bodies/{body.pk}/", "/tasks/"):
        assert "专班" in page("chen").get(url).content.decode()
        assert "专班" in page("dai").get(url).content.decode()
        assert page("tang").get(url).status_code in (200, 404) and "专班" not in page("tang").get(url).content.decode()
