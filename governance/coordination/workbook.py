"""A task list as a workbook, and a workbook of tasks checked cell by cell: what is new, what is there already, what is wrong."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_rowcol_to_cell

from governance.docket.ledger import light_of
from governance.models import Task, TaskList, Unit
from governance.workbooks.reading import Sheet, Value, Workbook
from governance.workbooks.text import harmless, plain
from governance.workdays import LAST, MILLISECOND, local_day

ASPECT, TITLE, MEASURE, UNIT, HELPERS, DUE = "方面", "任务", "具体举措", "牵头单位", "配合单位", "完成时限"
ASKED = (ASPECT, TITLE, MEASURE, UNIT, HELPERS, DUE)
TOLD = ("状态", "灯", "进度（%）", "督办次数", "办结日期")
WIDTHS = (14, 34, 48, 16, 24, 12, 10, 6, 9, 9, 12)
SHEET = "任务清单"
LIGHTS = {"red": "红", "amber": "黄", "green": "绿", "none": ""}
MOST_ROWS = 2_000
MOST = {ASPECT: 80, TITLE: 200, MEASURE: 4000}
SEPARATORS = str.maketrans(dict.fromkeys(",，;；/\n", "、"))


@dataclass(frozen=True)
class TaskRow:
    """`units` are ids; `is_new` False: the list has exactly this task already."""

    row: int  # of the workbook, from 1
    aspect: str
    title: str
    measure: str
    unit: int
    helpers: list[int]
    due_on: str  # ISO
    is_new: bool


@dataclass
class Checked:
    rows: list[TaskRow] = field(default_factory=list)
    mistakes: list[dict[str, str]] = field(default_factory=list)  # sheet, cell, where, message

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(row) for row in self.rows]


# ---- out -----------------------------------------------------------------------------------------


def list_workbook(task_list: TaskList, tasks: Sequence[Task], now: datetime) -> bytes:
    """The columns that an import asks for, and beside them how each task stands."""
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = workbook.add_worksheet(SHEET)
    box = {"border": 1, "border_color": "#A6A6A6", "valign": "vcenter", "text_wrap": True}
    head, plain_cell = workbook.add_format(box | {"bold": True, "bg_color": "#F2F2F2"}), workbook.add_format(box)
    for j, (heading, width) in enumerate(zip((*ASKED, *TOLD), WIDTHS, strict=True)):
        sheet.set_column(j, j, width)
        sheet.write_string(0, j, heading, head)
    for i, task in enumerate(tasks, 1):
        for j, value in enumerate(_values(task, now)):
            sheet.write_string(i, j, harmless(value), plain_cell) if value else sheet.write_blank(i, j, None, plain_cell)
    sheet.freeze_panes(1, 2)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_header(f"&L{task_list.title.replace('&', '&&')}")
    sheet.set_footer("&L&F&R&P / &N")
    workbook.close()
    return buffer.getvalue()


def _values(task: Task, now: datetime) -> list[str]:
    item = task.item
    helpers = "、".join(helper.unit.short_name for helper in item.helpers.all())
    due = local_day(item.due_at - MILLISECOND).isoformat() if item.due_at else ""
    ended = local_day(item.ended_at).isoformat() if item.ended_at and item.state == item.State.STRUCK_OFF else ""
    asked = [task.aspect.title, item.title, task.measure, str(item.unit), helpers, due]
    told = [item.get_state_display(), LIGHTS[light_of(item, now)], "" if item.percent is None else str(item.percent)]
    return [*asked, *told, str(item.urgings or ""), ended]


# ---- in ------------------------------------------------------------------------------------------


def check_workbook(task_list: TaskList, workbook: Workbook, units: Sequence[Unit], held: Sequence[Task], today: date) -> Checked:
    """`units`: those that tasks of this list may be given to; `held`: what the list has already."""
    checked = Checked()
    sheet = next((one for one in workbook.sheets if one.state == "Visible" and _heading_row(one) is not None), None)
    if sheet is None:
        name = workbook.sheets[0].name if workbook.sheets else SHEET
        _wrong(checked, name, 0, 0, "", _("No row has the headings %(headings)s; download the list and add rows to it.") % {"headings": "、".join(ASKED)})  # fmt: skip
        return checked
    _Checker(checked, sheet, _named(units), _held(held), today).check()
    return checked


def _heading_row(sheet: Sheet) -> int | None:
    wanted = set(map(plain, ASKED))
    return next((i for i, row in enumerate(sheet.rows[:20]) if wanted <= set(map(plain, row))), None)


def _named(units: Sequence[Unit]) -> dict[str, list[Unit]]:
    named: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        for name in {plain(unit.name), plain(unit.short_name)}:
            named[name].append(unit)
    return named


def _held(held: Sequence[Task]) -> dict[tuple[str, str], Task]:
    return {(plain(task.aspect.title), plain(task.item.title)): task for task in held}


@dataclass
class _Checker:
    checked: Checked
    sheet: Sheet
    named: dict[str, list[Unit]]
    held: dict[tuple[str, str], Task]
    today: date

    def check(self) -> None:
        first = _heading_row(self.sheet) or 0
        headings = [plain(value) for value in self.sheet.rows[first]]
        self.at = {name: headings.index(plain(name)) for name in ASKED}
        seen: dict[tuple[str, str], int] = {}
        filled = [i for i, row in enumerate(self.sheet.rows) if i > first and any(plain(row[at]) for at in self.at.values())]
        if not filled:
            self.wrong(first, ASPECT, "", _("There is no row below the headings."))
        if len(filled) > MOST_ROWS:
            self.wrong(first, ASPECT, "", _("At most %(most)d rows are read; split the list.") % {"most": MOST_ROWS})
            return
        for i in filled:
            if row := self.row(i):
                key = (plain(row.aspect), plain(row.title))
                if key in seen:
                    self.wrong(i, TITLE, row.title, _("This task stands in row %(row)d already.") % {"row": seen[key]})
                    continue
                seen[key] = row.row
                self.checked.rows.append(row)

    def row(self, i: int) -> TaskRow | None:
        """None where something in it is wrong."""
        before = len(self.checked.mistakes)
        aspect, title, measure = (self.text(i, name) for name in (ASPECT, TITLE, MEASURE))
        for name, value in ((ASPECT, aspect), (TITLE, title)):
            if not value:
                self.wrong(i, name, title, _("This cell is empty."))
        unit, due_on = self.unit(i, UNIT, self.text(i, UNIT), title), self.day(i, title)
        helpers = [self.unit(i, HELPERS, name, title) for name in _split(self.text(i, HELPERS))]
        if len(self.checked.mistakes) > before or unit is None or due_on is None:
            return None
        row = TaskRow(
            i + 1, aspect, title, measure, unit.pk, [one.pk for one in helpers if one and one != unit], due_on.isoformat(), True
        )
        return self.against_held(i, row, due_on)

    def against_held(self, i: int, row: TaskRow, due_on: date) -> TaskRow | None:
        task = self.held.get((plain(row.aspect), plain(row.title)))
        if task is None:
            if due_on < self.today:
                self.wrong(i, DUE, row.title, _("That day is over; give a day that is still to come."))
                return None
            return row
        item = task.item
        last_day = local_day(item.due_at - MILLISECOND) if item.due_at else due_on
        same = (task.measure, item.unit_id, sorted(helper.unit_id for helper in item.helpers.all()), last_day)
        if same != (row.measure, row.unit, sorted(row.helpers), due_on):
            self.wrong(
                i,
                TITLE,
                row.title,
                _("This task is on the docket with other words, units or days; change it there, or take the row out."),
            )
            return None
        return TaskRow(**(asdict(row) | {"is_new": False}))

    def text(self, i: int, name: str) -> str:
        value = self.sheet.rows[i][self.at[name]]
        mark = self.sheet.marks.get(xl_rowcol_to_cell(i, self.at[name]), "")
        if mark in ("error", "formula"):
            self.wrong(i, name, "", _("This cell holds a formula or an error; write the text itself."))
            return ""
        text = _text(value).strip().removeprefix("'")
        if len(text) > MOST.get(name, 4000):
            self.wrong(i, name, "", _("At most %(most)d characters.") % {"most": MOST.get(name, 4000)})
        return text

    def unit(self, i: int, name: str, text: str, title: str) -> Unit | None:
        if not text:
            self.wrong(i, name, title, _("This cell is empty."))
            return None
        found = self.named.get(plain(text), [])
        if len(found) == 1:
            return found[0]
        says = _("There is no unit “%(unit)s” here; write it as it is called, or have it added first.")
        if found:
            says = _("Several units are called “%(unit)s”; write the full name.")
        self.wrong(i, name, title, says % {"unit": text[:40]})
        return None

    def day(self, i: int, title: str) -> date | None:
        value = self.sheet.rows[i][self.at[DUE]]
        try:
            day = date.fromisoformat(str(value["date"])[:10] if isinstance(value, dict) else _iso(_text(value)))
        except ValueError:
            self.wrong(i, DUE, title, _("Write the last day as 2026-09-30."))
            return None
        if day > LAST:
            self.wrong(i, DUE, title, _("The calendar doesn't reach so far; give a day before 2120."))
            return None
        return day

    def wrong(self, i: int, name: str, where: str, message: str) -> None:
        _wrong(self.checked, self.sheet.name, i, self.at[name], where, message)


def _wrong(checked: Checked, sheet: str, row: int, column: int, where: str, message: str) -> None:
    checked.mistakes.append({"sheet": sheet, "cell": xl_rowcol_to_cell(row, column), "where": where[:80], "message": message})


def _split(text: str) -> list[str]:
    return [name for part in text.translate(SEPARATORS).split("、") if (name := part.strip())]


def _text(value: Value) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value["date"]) if isinstance(value, dict) else str(value)


def _iso(text: str) -> str:
    """2026年9月30日, 2026.9.30 and 2026/9/30 are 2026-09-30."""
    for sign in "年月./":
        text = text.replace(sign, "-")
    year, month, day = text.replace("日", "").strip().split("-")
    return f"{int(year):04}-{int(month):02}-{int(day):02}"
