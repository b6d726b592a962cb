"""One entry page: rows are villages, columns are indicators, a quarter with its months and its own sheets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from governance.models import Post, Territory
from stars.models import Filing, FilingWindow, RatingYear

YEAR_SHEETS = 4  # the "quarter" of the sheets that are filed once a year


@dataclass(frozen=True)
class IndicatorColumn:
    key: str  # "sheet/period/indicator", ordinals as in the policy
    code: str
    title: str
    maximum: int  # hundredths
    hint: str  # what a person should know before writing: the range, to which villages it applies


@dataclass(frozen=True)
class WindowColumn:
    """One window and one filing of it, side by side with the others of the page."""

    window: FilingWindow
    filing: Filing
    sheet_code: str
    sheet_title: str
    period_title: str
    state: str  # of the filing
    is_open: bool
    columns: list[IndicatorColumn]


@dataclass(frozen=True)
class Cell:
    key: str  # "sheet/period/post/indicator"
    value: int  # hundredths, NOT_FILED or NOT_APPLICABLE
    text: str  # as stars.cells reads and writes it
    applicable: bool  # the indicator applies to this village's type
    answered: bool  # this post answers for the period
    editable: bool


@dataclass(frozen=True)
class GridRow:
    post: Post
    person_name: str
    village: Territory
    cells: list[Cell]  # window by window, in the order of their columns


@dataclass(frozen=True)
class Grid:
    rating_year: RatingYear
    territory: Territory
    quarter: int  # 0-3; YEAR_SHEETS
    windows: list[WindowColumn]
    rows: list[GridRow]
    at: datetime
