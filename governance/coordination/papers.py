"""The monthly dispatch on paper: the same report as a workbook and as a PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from governance import pdf
from governance.coordination.dispatch import Dispatch, Line, Sums
from governance.workbooks.tables import Book, Column


@dataclass(frozen=True)
class Part:
    """A table of the report. `widths`: shares of the page."""

    heading: str
    columns: Sequence[str]
    widths: Sequence[int]
    rows: Sequence[Sequence[Any]]  # text, a number, or {"key": a light, "word": …}


def title_of(report: Dispatch) -> str:
    return _("%(list)s: %(month)s") % {"list": report.task_list, "month": _month(report)}


def _month(report: Dispatch) -> str:
    return _("dispatch of %(year)d-%(month)02d") % {"year": report.month.year, "month": report.month.month}


def summary(report: Dispatch) -> list[str]:
    whole = report.whole
    told = [
        _("As of %(when)s: %(tasks)d tasks, %(done)d struck off, %(month)d of them this month; open: %(green)d green, %(amber)d amber, %(red)d red.")
        % {
            "when": date_format(localtime(report.until), "Y-m-d H:i"), "tasks": whole.tasks, "done": whole.done,
            "month": whole.done_in_month, "green": whole.green, "amber": whole.amber, "red": whole.red,
        },
    ]  # fmt: skip
    if report.is_partial:
        told.append(_("Only the tasks that concern your units are counted and listed here; the list has more."))
    return told


def parts(report: Dispatch) -> list[Part]:
    counted = [_("tasks"), _("struck off"), _("this month"), _("green"), _("amber"), _("red")]
    return [
        Part(_("By aspect"), [_("Aspect"), *counted], (4, 1, 1, 1, 1, 1, 1), [_sums(one) for one in report.aspects]),
        Part(_("By responsible unit"), [_("Unit"), *counted], (4, 1, 1, 1, 1, 1, 1), [_sums(one) for one in report.units]),
        Part(
            _("Past the last day"), [_("Task"), _("Unit"), _("Last day"), _("Days over"), _("Progress")], (6, 3, 2, 1, 4),
            [[one.item.title, str(one.item.unit), _day(one.last_day), one.overdue_days, one.news] for one in report.overdue],
        ),
        Part(
            _("Struck off this month"), [_("Task"), _("Unit"), _("Struck off on")], (6, 3, 2),
            [[one.item.title, str(one.item.unit), _day(one.struck_off_on)] for one in report.done_in_month],
        ),
        Part(
            _("Urged this month"), [_("Task"), _("Unit"), _("Times")], (6, 3, 2),
            [[one.item.title, str(one.item.unit), one.urgings] for one in report.urged],
        ),
        Part(
            _("All tasks"), [_("Task"), _("Unit"), _("State"), _("Traffic light"), _("Last day"), _("Progress of the month")],
            (6, 3, 2, 1, 2, 4), [_task(one) for one in report.lines],
        ),
    ]  # fmt: skip


def dispatch_pdf(report: Dispatch) -> bytes:
    return pdf.render("dispatch.typ", {
        "title": report.task_list.title, "subtitle": _month(report),
        "body": str(report.task_list.body), "day": date_format(localtime(report.until), "DATE_FORMAT"), "nothing": _("None."),
        "summary": summary(report),
        "parts": [{"heading": one.heading, "columns": one.columns, "widths": one.widths, "rows": [[_printed(cell) for cell in row] for row in one.rows]} for one in parts(report)],
    })  # fmt: skip


def dispatch_workbook(report: Dispatch) -> bytes:
    """A sheet for each table of the report."""
    with Book() as book:
        for part in parts(report):
            columns = [
                Column(name, 8 * share + 2, _cell(j))
                for j, (name, share) in enumerate(zip(part.columns, part.widths, strict=True))
            ]
            book.add(part.heading, [title_of(report), *summary(report)], columns, part.rows)
    return book.content


def _printed(cell: Any) -> Any:
    """The printer sets text alone."""
    return str(cell) if isinstance(cell, int) else cell


def _cell(place: int) -> Any:
    def value(row: Sequence[Any]) -> Any:
        cell = row[place]
        return cell["word"] if isinstance(cell, dict) else cell

    return value


def _sums(one: Sums) -> list[str | int]:
    return [one.title, one.tasks, one.done, one.done_in_month, one.green, one.amber, one.red]


def _task(one: Line) -> list[Any]:
    light = {"key": one.light.value, "word": str(one.light.label)}
    return [one.item.title, str(one.item.unit), str(one.state.label), light, _day(one.last_day), one.news]


def _day(day: Any) -> str:
    return day.isoformat() if day else "—"
