"""An upload against the page that it fills in: every mistake at its cell, every row accepted or listed."""

from __future__ import annotations

from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_rowcol_to_cell

from governance.errors import RuleBroken
from stars.selectors.grid import YEAR_SHEETS, Grid
from stars.workbooks.findings import Checked, Mistake
from stars.workbooks.headings import find_headings, heading_row
from stars.workbooks.layout import HIDDEN_SHEET, LAYOUT, Fingerprint, fingerprint_of, known_headings
from stars.workbooks.reading import Sheet, Workbook
from stars.workbooks.rows import check_rows, is_blank


def check_upload(grid: Grid, workbook: Workbook) -> Checked:
    form = fingerprint_of(workbook)
    sheet = _main_sheet(workbook, form, grid)
    checked = Checked(sheet=sheet.name)
    _list_extra_sheets(workbook, form, checked)
    refusal = _wrong_form(form, grid)
    if refusal:
        checked.at_head(0, 0, refusal)
    # a form of another page or policy has other columns: cell by cell there is nothing to compare
    headings = find_headings(sheet, known_headings(form, grid), checked) if form is None or not refusal else None
    if headings:
        check_rows(grid, sheet, headings, form, checked)
    else:
        _list_all_rows(sheet, checked)
    if checked.mistakes:
        checked.scores = {}
    return checked


def _main_sheet(workbook: Workbook, form: Fingerprint | None, grid: Grid) -> Sheet:
    """By its name; under another name, the first sheet with the headings."""
    named = [sheet for sheet in workbook.sheets if form and sheet.name == form.sheet]
    known = known_headings(form, grid)
    likely = [sheet for sheet in workbook.sheets if sheet.state == "Visible" and heading_row(sheet, known) is not None]
    visible = [sheet for sheet in workbook.sheets if sheet.state == "Visible"]
    return next(iter(named + likely + visible), Sheet("", "Visible", [], {}, []))


def _list_extra_sheets(workbook: Workbook, form: Fingerprint | None, checked: Checked) -> None:
    own = {checked.sheet, HIDDEN_SHEET} | ({form.instructions, form.mistakes} if form else set())
    for sheet in workbook.sheets:
        # very hidden ones are notes of the programs to themselves: WPS keeps its pictures there
        if sheet.name not in own and sheet.state != "VeryHidden" and (cell := _first_filled(sheet)):
            sentence = _("Sheet “%(sheet)s” is not part of the form; move what belongs there into “%(main)s” and delete the sheet.")
            checked.add(Mistake(sheet.name, cell, "extra_sheet", sentence % {"sheet": sheet.name, "main": checked.sheet}))


def _first_filled(sheet: Sheet) -> str:
    cells = (xl_rowcol_to_cell(i, j) for i, row in enumerate(sheet.rows) for j, value in enumerate(row) if value != "")
    return next(cells, "")


def _list_all_rows(sheet: Sheet, checked: Checked) -> None:
    checked.listed = {i for i, row in enumerate(sheet.rows) if not is_blank(row)}
    checked.rows = len(checked.listed)


def _wrong_form(form: Fingerprint | None, grid: Grid) -> RuleBroken | None:
    year = grid.rating_year
    if form is None:
        return RuleBroken("no_fingerprint", _("This is not a form of this page, or its hidden part is lost; download the form and copy the scores into it."))
    if form.layout != LAYOUT:
        return RuleBroken("older_layout", _("The form has a new layout; download it again and copy the scores into it."))
    if (form.county, form.year) != (year.territory.path, str(year.year)):
        return RuleBroken(
            "other_year",
            _("This is a form of another rating year or county; this page is %(year)d of %(county)s. Download its form and copy the scores into it.")
            % {"year": year.year, "county": year.territory},
        )
    if form.territory != grid.territory.path:
        return RuleBroken("other_township", _("This is the form of another township; this page is of %(place)s. Download its form.") % {"place": grid.territory})
    if form.quarter != str(grid.quarter):
        return RuleBroken(
            "other_quarter",
            _("This is the form of %(form)s; this page is of %(page)s. Upload it on its own page, or download the form of this one.")
            % {"form": _page_name(form.quarter), "page": _page_name(str(grid.quarter))},
        )
    if form.policy != year.policy.digest:
        return RuleBroken("older_policy", _("The policy has changed since this form was downloaded; download it again and copy the scores into it."))
    return None


def _page_name(quarter: str) -> str:
    if quarter == str(YEAR_SHEETS):
        return _("the whole year")
    return _("quarter %(number)s") % {"number": int(quarter) + 1 if quarter.isdecimal() else "?"}
