"""An upload against the page that it fills in: every mistake at its cell, every row accepted or listed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_cell_to_rowcol

from governance.errors import RuleBroken
from governance.workbooks.reading import Sheet, Workbook
from stars.selectors.grid import YEAR_SHEETS, Grid
from stars.workbooks.findings import Checked
from stars.workbooks.headings import find_headings
from stars.workbooks.layout import HIDDEN_SHEET, LAYOUT, Fingerprint, Page, fingerprint_of, known_headings, pages
from stars.workbooks.rows import check_rows, is_blank


def check_upload(grid: Grid, workbook: Workbook, row_done: Callable[[], None] = lambda: None) -> Checked:
    """`row_done` is told of each row."""
    checked = Checked(row_done=row_done)
    try:
        form = _form_of(workbook, grid)
    except RuleBroken as refusal:
        checked.at(workbook.sheets[0].name if workbook.sheets else "", 0, 0, refusal)
        _list_all_rows(workbook, checked)
    else:
        _check_sheets(grid, workbook, form, checked)
    if checked.is_spoilt:
        checked.scores = {}
    return checked


def _check_sheets(grid: Grid, workbook: Workbook, form: Fingerprint, checked: Checked) -> None:
    by_name = {sheet.name: sheet for sheet in workbook.sheets}
    for page in pages(grid):
        name = form.sheets.get(page.key, "")
        if sheet := by_name.pop(name, None):
            _check_sheet(grid, page, sheet, form, checked)
        elif page.is_open:
            sentence = _("The sheet “%(sheet)s” is missing; download the form again and copy the scores into it.")
            title = {"sheet": name or page.window.period_title}
            checked.at(name, 0, 0, RuleBroken("missing_sheet", sentence % title))
    for name in (HIDDEN_SHEET, form.instructions, form.mistakes):
        by_name.pop(name, None)
    for sheet in by_name.values():
        _list_extra_sheet(sheet, checked)


def _check_sheet(grid: Grid, page: Page, sheet: Sheet, form: Fingerprint, checked: Checked) -> None:
    headings = find_headings(sheet, known_headings(form, page), checked)
    if headings:
        is_stale = form.versions.get(page.key) != str(page.window.filing.version)
        check_rows(grid, page, sheet, headings, checked, is_stale=is_stale)
    else:
        _list_rows(sheet, checked)


def _list_extra_sheet(sheet: Sheet, checked: Checked) -> None:
    filled = ((i, j) for i, row in enumerate(sheet.rows) for j, value in enumerate(row) if value != "")
    # very hidden ones are notes of the programs to themselves: WPS keeps its pictures there
    if sheet.state != "VeryHidden" and (cell := next(chain(filled, map(xl_cell_to_rowcol, sheet.marks)), None)):
        sentence = _(
            "Sheet “%(sheet)s” is not part of the form; copy what belongs there into the form's own sheets and delete it."
        )
        checked.at(sheet.name, cell[0], cell[1], RuleBroken("extra_sheet", sentence % {"sheet": sheet.name}))
        _list_rows(sheet, checked)


def _list_all_rows(workbook: Workbook, checked: Checked) -> None:
    for sheet in workbook.sheets:
        if sheet.state == "Visible":
            _list_rows(sheet, checked)


def _list_rows(sheet: Sheet, checked: Checked) -> None:
    filled = {(sheet.name, i) for i, row in enumerate(sheet.rows) if not is_blank(row)}
    checked.listed |= filled
    checked.rows += len(filled)


def _form_of(workbook: Workbook, grid: Grid) -> Fingerprint:
    """raises RuleBroken: no_fingerprint and those of `require_same_page`"""
    form = fingerprint_of(workbook)
    if form is None:
        sentence = _(
            "This is not a form of this page, or its hidden part is lost; download the form and copy the scores into it."
        )
        raise RuleBroken("no_fingerprint", sentence)
    require_same_page(form, grid)
    return form


def require_same_page(form: Fingerprint, grid: Grid) -> None:
    """A form of another page or policy has other columns: cell by cell there is nothing to compare.

    raises RuleBroken: older_layout, other_year, other_place, other_quarter, older_policy
    """
    year = grid.rating_year
    if form.layout != LAYOUT:
        raise RuleBroken("older_layout", _("The form has a new layout; download it again and copy the scores into it."))
    names = {
        "year": year.year, "county": year.territory, "place": grid.territory,
        "form": _page_name(form.quarter), "page": _page_name(str(grid.quarter)),
    }  # fmt: skip
    if (form.county, form.year) != (year.territory.path, str(year.year)):
        sentence = _(
            "This is a form of another year or county; this page is %(year)d of %(county)s. Download its form and copy the scores into it."
        )
        raise RuleBroken("other_year", sentence % names)
    if form.territory != grid.territory.path:
        raise RuleBroken(
            "other_place", _("This is the form of another place; this page is of %(place)s. Download its form.") % names
        )
    if form.quarter != str(grid.quarter):
        sentence = _(
            "This is the form of %(form)s; this page is of %(page)s. Upload it on its own page, or download the form of this one."
        )
        raise RuleBroken("other_quarter", sentence % names)
    if form.policy != year.policy.digest:
        sentence = _("The policy has changed since this form was downloaded; download it again and copy the scores into it.")
        raise RuleBroken("older_policy", sentence)


def _page_name(quarter: str) -> str:
    if quarter == str(YEAR_SHEETS):
        return _("the whole year")
    return _("quarter %(number)s") % {"number": int(quarter) + 1 if quarter.isdecimal() else "?"}
