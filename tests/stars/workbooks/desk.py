"""A clerk with a form: downloads it, changes cells of the file as people do, and has it read and checked."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import openpyxl

from stars.models import Upload
from stars.selectors.grid import Grid, entry_grid
from stars.workbooks import check_upload, filing_form, read_upload, store_upload
from stars.workbooks.findings import Checked
from tests.stars.county import County, moment

FEBRUARY = "2025-02-07 10:00"
Change = Callable[[openpyxl.Workbook], object]


@dataclass
class File:
    """What a browser sends."""

    content: bytes
    name: str = "填报.xlsx"

    @property
    def size(self) -> int:
        return len(self.content)

    def read(self) -> bytes:
        return self.content


@dataclass
class Desk:
    county: County
    who: str = "liu"
    quarter: int = 0
    at: str = FEBRUARY
    path: str = "140821101"

    @property
    def now(self) -> datetime:
        return moment(self.at)

    def grid(self) -> Grid:
        place = self.county.cast.places[self.path]
        return entry_grid(
            self.county.rating_year, territory=place, quarter=self.quarter, user=self.county.cast[self.who], at=self.now
        )

    def form(self, change: Change | None = None) -> bytes:
        return changed(filing_form(self.grid()), change) if change else filing_form(self.grid())

    def filled(self, cells: Mapping[str, object], sheet: int = 0) -> bytes:
        return self.form(lambda book: fill(book, cells, sheet))

    def check(self, content: bytes) -> Checked:
        return check_upload(self.grid(), read_upload(File(content)))

    def store(self, content: bytes) -> Upload:
        return store_upload(grid=self.grid(), file=File(content), by=self.county.cast[self.who], at=self.now)


def changed(content: bytes, change: Change) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl says what it leaves out
        book = openpyxl.load_workbook(io.BytesIO(content))
    change(book)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def fill(book: openpyxl.Workbook, cells: Mapping[str, object], sheet: int = 0) -> None:
    for address, value in cells.items():
        book.worksheets[sheet][address] = value


def found(checked: Checked) -> set[tuple[str, str]]:
    return {(mistake.cell, mistake.code) for mistake in checked.mistakes}
