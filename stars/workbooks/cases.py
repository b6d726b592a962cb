"""Worked cases as a workbook: one row a case, inputs and results as lines; a second sheet lists the names that may stand there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from governance.policy import PolicyErrors, Problem
from governance.workbooks.reading import UploadedFile, Value, read_upload
from governance.workbooks.tables import Book, Column
from governance.workbooks.text import plain
from stars.cases.document import Case, from_written, written
from stars.cases.running import Ran
from stars.cases.words import input_names, result_names
from stars.engine.plan import Plan


def cases_workbook(title: str, plan: Plan, ran: Sequence[Ran]) -> bytes:
    with Book() as book:
        head = [title, _("One row a case. Several people of one case stand below lines such as [A].")]
        book.add(_("Worked cases"), head, _columns(), ran)
        names = [
            *((_("Inputs"), *one) for one in input_names(plan)),
            *((_("Should be"), *one) for one in result_names(plan)),
        ]
        book.add(_("Names"), [_("Names that may stand in a case")], _name_columns(), names)
    return book.content


def _headings() -> list[str]:
    return [_("Case"), _("Inputs"), _("Should be")]


def _columns() -> list[Column]:
    case, inputs, expected = _headings()
    return [
        Column(case, 30, lambda ran: ran.case.title, wraps=True),
        Column(inputs, 48, lambda ran: written(ran.case.subjects, "given"), wraps=True),
        Column(expected, 36, lambda ran: written(ran.case.subjects, "expect"), wraps=True),
        Column(_("Comes out as expected"), 12, lambda ran: _("holds") if ran.holds else _("fails")),
    ]


def _name_columns() -> list[Column]:
    return [
        Column(_("Place of use"), 12, lambda row: row[0]),
        Column(_("Name in a case"), 32, lambda row: row[1]),
        Column(_("Meaning"), 60, lambda row: row[2]),
    ]


def read_cases(file: UploadedFile) -> list[Case]:
    """raises RuleBroken: as read_upload; PolicyErrors: no_headings, or no_line with the row of each line that is none"""
    rows = read_upload(file).sheets[0].rows
    wanted = [plain(one) for one in _headings()]
    start = next((place for place, row in enumerate(rows) if [plain(one) for one in row[:3]] == wanted), None)
    if start is None:
        raise PolicyErrors([Problem("no_headings", "", {"headings": "、".join(_headings())})])
    problems: list[Problem] = []
    cases = list(_read(enumerate(rows[start + 1 :], start + 2), problems))
    if problems:
        raise PolicyErrors(problems)
    return cases


def _read(rows: Iterable[tuple[int, list[Value]]], problems: list[Problem]) -> Iterable[Case]:
    for number, row in rows:
        title, given, expect = (_text(one) for one in [*row, "", "", ""][:3])
        if not (title or given or expect):
            continue
        try:
            yield Case(title, from_written(given, expect))
        except ValueError as error:
            problems.append(Problem("no_line", str(number), {"line": str(error)}))


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).strip().removeprefix("'")
