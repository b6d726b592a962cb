"""One cell of an upload: what was typed, and the score it means."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from functools import lru_cache

from django.utils.translation import gettext as _

from governance.errors import RuleBroken
from governance.workbooks.reading import Value
from stars.cells import NOT_APPLICABLE, NOT_FILED, format_score, parse_score
from stars.selectors.grid import Cell, IndicatorColumn


def typed(value: Value) -> str:
    """As its author saw it. A number in the 15 digits that a spreadsheet shows: 30.000000000000004 reads 30."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        text = f"{value:.15g}"
        return text if "e" not in text else f"{Decimal(text):f}"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return value["date"]


@lru_cache(maxsize=10_001)
def shown(score: int) -> str:
    """What `typed` gives for the number of this score; a sheet repeats few."""
    return format_score(score)


@lru_cache(maxsize=10_001)
def exact(value: float, maximum: int) -> int:
    """The hundredths of an ordinary number; -1 where it takes a longer look. The quotient is the nearest double, so equality is exact."""
    if not 0 <= value <= 10_000:
        return -1
    score = int(value * 100 + 0.5)
    return score if score / 100 == value and score <= maximum else -1


def score_of(value: Value, mark: str, column: IndicatorColumn, cell: Cell) -> int:
    """raises RuleBroken: error_value, formula_without_value, date, yes_or_no, percent, not_editable, other_village_type,
    not_in_post, not_applicable_refused, and those of stars.cells.parse_score"""
    if not cell.editable:
        return _unchanged(value, mark, column, cell)
    score = _plain_score(value, mark, column)
    if score == NOT_APPLICABLE and not column.partial:
        raise RuleBroken(
            "not_applicable_refused",
            _("This item applies to every village; write a score from 0 to %(maximum)s.")
            % {"maximum": format_score(column.maximum)},
        )
    return score


def _plain_score(value: Value, mark: str, column: IndicatorColumn) -> int:
    maximum = {"maximum": format_score(column.maximum)}
    if mark == "error":
        raise RuleBroken(
            "error_value", _("The formula in this cell gives an error; write a score from 0 to %(maximum)s instead.") % maximum
        )
    if mark == "formula" and value == "":
        raise RuleBroken(
            "formula_without_value",
            _("The formula in this cell has no result; write a score from 0 to %(maximum)s instead.") % maximum,
        )
    if isinstance(value, dict):
        raise RuleBroken(
            "date",
            _("This cell holds a date (%(date)s); set its format to “General” and write a score from 0 to %(maximum)s.")
            % (maximum | {"date": value["date"]}),
        )
    if isinstance(value, bool):
        raise RuleBroken("yes_or_no", _("This cell holds TRUE or FALSE; write a score from 0 to %(maximum)s.") % maximum)
    if (mark == "percent" and isinstance(value, float)) or _ends_in_percent(value):
        raise RuleBroken(
            "percent",
            _("This cell is a percentage; set its format to “General” and write the points themselves, from 0 to %(maximum)s.")
            % maximum,
        )
    return parse_score(typed(value), maximum=column.maximum, partial=column.partial)


def _ends_in_percent(value: Value) -> bool:
    return isinstance(value, str) and unicodedata.normalize("NFKC", value).strip().endswith(("%", "‰"))


def _unchanged(value: Value, mark: str, column: IndicatorColumn, cell: Cell) -> int:
    """A cell that isn't open keeps its score; only something new in it is a mistake."""
    try:
        score = _plain_score(value, mark, column)
    except RuleBroken:
        score = None
    if score in (cell.value, NOT_FILED) or (score == NOT_APPLICABLE and not cell.applicable):
        return cell.value
    if not cell.applicable:
        raise RuleBroken("other_village_type", _("This item is not for villages of this type; leave the cell empty."))
    if not cell.answered:
        raise RuleBroken(
            "not_in_post", _("This secretary did not hold the post at the end of that period; leave the cell empty.")
        )
    if not cell.text:
        raise RuleBroken(
            "not_editable",
            _("This cell is not open for filing and is empty in the system; empty it here, or ask for the return of the filing."),
        )
    sentence = _(
        "This cell is not open for filing and is “%(score)s” in the system; put that back, or ask for the return of the filing."
    )
    raise RuleBroken("not_editable", sentence % {"score": cell.text})
