"""A county's workbook of one sheet, some three hundred rows by fifteen items: read in the sandbox, checked, filed."""

from __future__ import annotations

import io
import warnings
from datetime import date
from functools import partial
from typing import Any

import openpyxl
from django.db.models import Count

from governance.models import Person, Post, User
from governance.sandbox.process import reader
from governance.workbooks.reading import read_content
from stars.engine.plan import Plan
from stars.models import Filing, RatingYear
from stars.periods import start_of
from stars.selectors.grid import YEAR_SHEETS, Grid, entry_grid
from stars.services.filing import save_scores
from stars.workbooks import check_upload, filing_form
from tests.bench.report import paired, say, seconds
from tests.bench.world import YEAR

WANTED = 300  # rows
ROUNDS = 40
OPEN = start_of(date(YEAR, 12, 30))


def measure(database: str, plan: Plan) -> dict[str, Any]:
    rating_year, clerk = _reopened()
    grid = _grid(rating_year, clerk)
    form = filing_form(grid)
    contents = [_filled(form, more) for more in (0, 1)]  # in turn, so that every round has something new to write
    reader.warm_up()
    for content in contents:
        _take_in(content, _grid(rating_year, clerk), clerk)
    taken: dict[str, list[float]] = {"openpyxl, read-only: read alone": [], "read in the sandbox, checked, written": []}
    alone, whole = taken.values()
    for turn in range(ROUNDS):
        content, grid = contents[turn % 2], _grid(rating_year, clerk)
        alone.append(seconds(partial(_read_alone, content)))
        whole.append(seconds(partial(_take_in, content, grid, clerk)))
    reader.stop()
    print(f"A workbook of {len(grid.rows)} rows and {len(grid.windows[0].columns)} items, {ROUNDS} rounds")
    for name, samples in taken.items():
        say(name, samples, "ms", 1000)
    return {"workbook_ratio": round(paired(whole, alone), 3)}


def _reopened() -> tuple[RatingYear, User]:
    """The county nearest to three hundred, its year's sheet not filed yet, and somebody who may."""
    sized = RatingYear.objects.filter(year=YEAR).annotate(size=Count("roster")).values_list("pk", "size")
    chosen = min(sized, key=lambda one: abs(one[1] - WANTED))[0]
    RatingYear.objects.filter(pk=chosen).update(stage=RatingYear.Stage.OPEN)
    rating_year = RatingYear.objects.select_related("territory", "policy").get(pk=chosen)
    Filing.objects.filter(window__rating_year=rating_year, window__sheet_code="year").update(state=Filing.State.DRAFT)
    person = Person.objects.create(name="填表", territory=rating_year.territory)
    Post.objects.create(person=person, territory=rating_year.territory, duty="county_staff", from_on=date(YEAR, 1, 1))
    return rating_year, User.objects.create(username=f"bench-{person.pk}", person=person)


def _grid(rating_year: RatingYear, clerk: User) -> Grid:
    return entry_grid(rating_year, territory=rating_year.territory, quarter=YEAR_SHEETS, user=clerk, at=OPEN)


def _filled(form: bytes, more: int) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl says what it leaves out
        book = openpyxl.load_workbook(io.BytesIO(form))
    sheet = book.worksheets[0]
    for row in sheet.iter_rows(min_row=5, min_col=4, max_col=18):
        for cell in row:
            cell.value = (cell.row + cell.column) % 5 + more
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def _read_alone(content: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    for sheet in book.worksheets:  # all of them, as the sandbox reads all of them
        for row in sheet.iter_rows(values_only=True):
            list(row)


def _take_in(content: bytes, grid: Grid, clerk: User) -> None:
    checked = check_upload(grid, read_content(content, "bench.xlsx"))
    if checked.mistakes:
        raise SystemExit(f"the bench's workbook is wrong: {checked.mistakes[0]}")
    for filing_id, rows in checked.scores.items():
        save_scores(filing_id=filing_id, rows=rows, version=checked.versions[filing_id], by=clerk, at=OPEN, door="excel")
