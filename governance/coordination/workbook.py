"""A task list as a workbook, and a workbook of tasks checked cell by cell: what is new, what is there already, what is wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import TextChoices
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy
from xlsxwriter.utility import xl_rowcol_to_cell

from governance.docket.ledger import light_of
from governance.models import DocketItem, Task, TaskList, Unit
from governance.workbooks.reading import Sheet, Value, Workbook
from governance.workbooks.tables import Column, table
from governance.workbooks.text import plain
from governance.workdays import LAST, last_day_before, local_day


class Asked(TextChoices):
    """The columns that an import reads."""

    ASPECT = "aspect", pgettext_lazy("heading", "Aspect")
    TITLE = "title", pgettext_lazy("heading", "Task")
    MEASURE = "measure", pgettext_lazy("heading", "Measure")
    UNIT = "unit", pgettext_lazy("heading", "Lead unit")
    HELPERS = "helpers", pgettext_lazy("heading", "Helping units")
    DUE = "due", pgettext_lazy("heading", "To be done by")

    @property
    def spellings(self) -> set[str]:
        """As it is headed in each language of the screens: a list may come back to somebody who reads another."""
        found = set()
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                found.add(plain(str(self.label)))
        return found


MOST_ROWS = 2_000
MOST = {Asked.ASPECT: 80, Asked.TITLE: 200, Asked.MEASURE: 4000}
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

    def ended(item: DocketItem) -> str | None:
        return local_day(item.ended_at).isoformat() if item.ended_at and item.state == item.State.STRUCK_OFF else None

    columns = [
        Column(str(Asked.ASPECT.label), 14, lambda task: task.aspect.title, wraps=True),
        Column(str(Asked.TITLE.label), 34, lambda task: task.item.title, wraps=True),
        Column(str(Asked.MEASURE.label), 48, lambda task: task.measure, wraps=True),
        Column(str(Asked.UNIT.label), 16, lambda task: str(task.item.unit), wraps=True),
        Column(str(Asked.HELPERS.label), 24, lambda task: "、".join(one.unit.short_name for one in task.item.helpers.all()), wraps=True),
        Column(str(Asked.DUE.label), 12, lambda task: last_day_before(task.item.due_at).isoformat() if task.item.due_at else None),
        Column(_("State"), 10, lambda task: task.item.get_state_display()),
        Column(pgettext("heading", "Light"), 6, lambda task: str(light_of(task.item, now).label)),
        Column(_("Progress (%)"), 9, lambda task: task.item.percent),
        Column(_("Urged (times)"), 9, lambda task: task.item.urgings or None),
        Column(_("Struck off on"), 12, lambda task: ended(task.item)),
    ]  # fmt: skip
    return table(_sheet_name(), [task_list.title], columns, tasks)


def _sheet_name() -> str:
    return _("Task list")


# ---- in ------------------------------------------------------------------------------------------


def check_workbook(task_list: TaskList, workbook: Workbook, units: Sequence[Unit], held: Sequence[Task], today: date) -> Checked:
    """`units`: those that tasks of this list may be given to; `held`: what the list has already."""
    checked = Checked()
    sheet = next((one for one in workbook.sheets if one.state == "Visible" and _heading_row(one) is not None), None)
    if sheet is None:
        name = workbook.sheets[0].name if workbook.sheets else _sheet_name()
        headings = "、".join(str(one.label) for one in Asked)
        _wrong(checked, name, 0, 0, "", _("No row has the headings %(headings)s; download the list and add rows to it.") % {"headings": headings})  # fmt: skip
        return checked
    _Checker(checked, sheet, _named(units), _held(held), today).check()
    return checked


def _heading_row(sheet: Sheet) -> int | None:
    wanted = [one.spellings for one in Asked]
    return next((i for i, row in enumerate(sheet.rows[:20]) if all(one & set(map(plain, row)) for one in wanted)), None)


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
        self.at = {one: next(j for j, heading in enumerate(headings) if heading in one.spellings) for one in Asked}
        seen: dict[tuple[str, str], int] = {}
        filled = [i for i, row in enumerate(self.sheet.rows) if i > first and any(plain(row[at]) for at in self.at.values())]
        if not filled:
            self.wrong(first, Asked.ASPECT, "", _("There is no row below the headings."))
        if len(filled) > MOST_ROWS:
            self.wrong(first, Asked.ASPECT, "", _("At most %(most)d rows are read; split the list.") % {"most": MOST_ROWS})
            return
        for i in filled:
            if row := self.row(i):
                key = (plain(row.aspect), plain(row.title))
                if key in seen:
                    self.wrong(i, Asked.TITLE, row.title, _("This task stands in row %(row)d already.") % {"row": seen[key]})
                    continue
                seen[key] = row.row
                self.checked.rows.append(row)

    def row(self, i: int) -> TaskRow | None:
        """None where something in it is wrong."""
        before = len(self.checked.mistakes)
        aspect, title, measure = (self.text(i, name) for name in (Asked.ASPECT, Asked.TITLE, Asked.MEASURE))
        for name, value in ((Asked.ASPECT, aspect), (Asked.TITLE, title)):
            if not value:
                self.wrong(i, name, title, _("This cell is empty."))
        unit, due_on = self.unit(i, Asked.UNIT, self.text(i, Asked.UNIT), title), self.day(i, title)
        helpers = [self.unit(i, Asked.HELPERS, name, title) for name in _split(self.text(i, Asked.HELPERS))]
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
                self.wrong(i, Asked.DUE, row.title, _("That day is over; give a day that is still to come."))
                return None
            return row
        item = task.item
        last_day = last_day_before(item.due_at) if item.due_at else due_on
        same = (task.measure, item.unit_id, sorted(helper.unit_id for helper in item.helpers.all()), last_day)
        if same != (row.measure, row.unit, sorted(row.helpers), due_on):
            self.wrong(
                i,
                Asked.TITLE,
                row.title,
                _("This task is on the docket with other words, units or days; change it there, or take the row out."),
            )
            return None
        return TaskRow(**(asdict(row) | {"is_new": False}))

    def text(self, i: int, name: Asked) -> str:
        value = self.sheet.rows[i][self.at[name]]
        mark = self.sheet.marks.get(xl_rowcol_to_cell(i, self.at[name]), "")
        if mark in ("error", "formula"):
            self.wrong(i, name, "", _("This cell holds a formula or an error; write the text itself."))
            return ""
        text = _text(value).strip().removeprefix("'")
        if len(text) > MOST.get(name, 4000):
            self.wrong(i, name, "", _("At most %(most)d characters.") % {"most": MOST.get(name, 4000)})
        return text

    def unit(self, i: int, name: Asked, text: str, title: str) -> Unit | None:
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
        value = self.sheet.rows[i][self.at[Asked.DUE]]
        try:
            day = date.fromisoformat(str(value["date"])[:10] if isinstance(value, dict) else _iso(_text(value)))
        except ValueError:
            self.wrong(i, Asked.DUE, title, _("Write the last day as 2026-09-30."))
            return None
        if day > LAST:
            self.wrong(i, Asked.DUE, title, _("The calendar doesn't reach so far; give a day before 2120."))
            return None
        return day

    def wrong(self, i: int, name: Asked, where: str, message: str) -> None:
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
