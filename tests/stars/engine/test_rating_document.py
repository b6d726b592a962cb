"""Every table of docs/rating.md, recomputed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from stars.engine.evaluate import Outcome, Result, evaluate
from stars.engine.inputs import Events, Inputs
from stars.engine.plan import Plan
from stars.engine.trace import Value, decode_trace, encode_trace
from stars.engine.values import CELL_NOT_APPLICABLE, CELL_NOT_FILED, SPECIAL_WORDS, Special
from tests.stars.engine.counties import preset

DOCUMENT = Path(__file__).parents[3] / "docs" / "rating.md"
PLAN = preset("shanxi")
FILLERS = 9  # competent neighbours, so that the quota of excellence has room for the person of a row
Row = Mapping[str, str]


def tables() -> list[tuple[str, list[dict[str, str]]]]:
    found = re.findall(r"<!-- table: (\w+) -->\n((?:\|.*\n)+)", DOCUMENT.read_text(encoding="utf-8"))
    return [(name, _rows(text)) for name, text in found]


def _rows(text: str) -> list[dict[str, str]]:
    lines = [[cell.strip() for cell in line.strip("|\n ").split("|")] for line in text.splitlines()]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]


def hundredths(text: str) -> int:
    return int(Decimal(text) * 100)


def spread(total: str, maxima: list[int], applies: list[bool]) -> list[int]:
    """Cells that give this total out of a hundred."""
    left, cells = hundredths(total), []
    for most, fits in zip(maxima, applies, strict=True):
        cells.append(min(left, most) if fits else CELL_NOT_FILED)
        left -= max(cells[-1], 0)
    assert left == 0
    return cells


class Person:
    """Inputs of one person and competent neighbours in one county."""

    def __init__(self, plan: Plan = PLAN, neighbours: int = FILLERS) -> None:
        self.inputs = Inputs.blank(plan, np.arange(1 + neighbours))
        self.plan, self.events = plan, []
        self.inputs.roster["full_months_in_post"][:] = 60
        self.inputs.roster["village_type"][:] = 0
        for name in ("full_decades_in_post", "national_awards", "province_awards", "city_awards"):
            self.inputs.roster[name][:] = 0
        for row in range(1 + neighbours):
            self.all_sheets("76", row)

    def all_sheets(self, total: str, row: int = 0) -> None:
        for sheet in self.plan.sheets.values():
            for period in range(sheet.periods):
                self.sheet(sheet.name, period, total, row)

    def sheet(self, name: str, period: int, total: str, row: int = 0) -> None:
        sheet = self.plan.sheets[name]
        if total == "out":
            self.inputs.answers[name][row, period] = False
        elif total == "-":
            self.inputs.cells[name][row, period] = CELL_NOT_FILED
        else:
            word = int(self.inputs.roster["village_type"][row])
            fits = [all(word in words for _name, words in indicator.part) for indicator in sheet.indicators]
            self.inputs.cells[name][row, period] = spread(total, [indicator.max for indicator in sheet.indicators], fits)

    def event(self, of: str, item: str, count: int, row: int = 0) -> None:
        events = self.plan.events[of]
        if count:
            self.events.append((row, events.ordinal, [one.name for one in events.items].index(item), 0, count))

    def result(self) -> Result:
        columns = np.array(self.events, dtype=np.int64).reshape(-1, 5).T
        return evaluate(self.plan, replace(self.inputs, events=Events(*(np.ascontiguousarray(one) for one in columns))))

    def trace(self, row: int = 0) -> dict[str, Value]:
        return decode_trace(self.plan, encode_trace(self.plan, self.result())[row].tobytes())


def told(name: str, value: Value) -> str:
    """A value as the tables write it."""
    if isinstance(value, Special):
        return {"not_filed": "not filed", "not_applicable": "not applicable"}.get(value.word, value.word)
    type_ = PLAN.steps[name].type if name in PLAN.steps else next(c.type for c in PLAN.columns if c.name == name)
    if type_.unit == "word":
        return PLAN.scales[type_.scale or ""].words[value]
    return str(value) if type_.unit in {"star", "count"} else f"{Decimal(value) / 100:.2f}"


GRADED = {"excellent": "95", "competent": "80", "basic": "65", "incompetent": "50"}


def month(row: Row) -> dict[str, str]:
    person = Person()
    words = PLAN.scales["village_type"].words
    person.inputs.roster["village_type"][0] = words.index(row["village type"])
    own = {"industry": 6, "farming": 7, "suburban": 8, "improving": 9, "community": 10}[row["village type"]]
    filed = [row[key] for key in ("party", "meetings", "order", "disputes", "service", "environment", "own")]
    cells = [CELL_NOT_FILED] * 11
    for place, text in zip([0, 1, 2, 3, 4, 5, own], filed, strict=True):
        cells[place] = {"-": CELL_NOT_FILED, "n/a": CELL_NOT_APPLICABLE}.get(text) or (
            hundredths(text) if text[0].isdigit() else 0
        )
    person.inputs.cells["month"][0, 0] = cells
    return {"points": told("month[1]", person.trace()["month[1]"])}


def mean(row: Row) -> dict[str, str]:
    person = Person()
    for period, total in enumerate(row["months"].split()):
        person.sheet("month", period, total)
    return {"mean": told("monthly", person.trace()["monthly"])}


def weigh(row: Row) -> dict[str, str]:
    person = Person()
    for period in range(12):
        person.sheet("month", period, row["month"])
    for period in range(4):
        person.sheet("quarter", period, row["quarter"])
    for name in ("year", "office", "masses"):
        person.sheet(name, 0, row[name])
    trace = person.trace()
    return {name: told(name, trace[name]) for name in ("quantitative", "evaluated")}


def score(row: Row) -> dict[str, str]:
    person = Person()
    person.all_sheets(row["evaluated"])
    person.event("merit", "county_praise", int(row["praise"]))
    person.event("demerit", "admonition", int(row["admonitions"]))
    trace = person.trace()
    assert told("evaluated", trace["evaluated"]) == row["evaluated"]
    return {
        "merit": told("merit", trace["merit"]),
        "score": told("score", trace["score"]),
        "grade": told("grade", trace["grade"]),
    }


def quota(rows: list[Row]) -> list[dict[str, str]]:
    county = Person(neighbours=len(rows) - 1)
    for place, row in enumerate(rows):
        county.all_sheets(row["score"], place)
        county.sheet("masses", 0, row["masses"], place)
        county.sheet(
            "office",
            0,
            f"{hundredths(row['score']) * Decimal('1.5') / 100 - hundredths(row['masses']) * Decimal('0.5') / 100:.2f}",
            place,
        )
        if "3 months" in row["person"]:
            county.inputs.roster["full_months_in_post"][place] = 3
    traces = [county.trace(place) for place in range(len(rows))]
    return [
        {
            "score": told("score", one["score"]),
            "graded by score": told("grade_raw", one["grade_raw"]),
            "grade": told("grade", one["grade"]),
        }
        for one in traces
    ]


def base(row: Row) -> dict[str, str]:
    trace = graded(row).trace()
    return {
        "grade": told("grade", trace["grade"]),
        "award stars": told("award_stars", trace["award_stars"]),
        "base star": told("first_star", trace["first_star"]),
    }


def graded(row: Row) -> Person:
    """A person with this grade, and tenure and awards if the row has them."""
    person = Person()
    person.all_sheets(GRADED[row["grade"]])
    for key, name in {
        "decades": "full_decades_in_post",
        "national": "national_awards",
        "provincial": "province_awards",
        "city": "city_awards",
    }.items():
        person.inputs.roster[name][0] = int(row.get(key, "0"))
    return person


def move(row: Row) -> dict[str, str]:
    person = graded(row)
    person.inputs.roster["full_decades_in_post"][0] = 3
    last = {"none yet": "not_applicable", "no star": "none"}.get(row["last year"], row["last year"])
    person.inputs.history["star"][0, 0] = SPECIAL_WORDS[last] if last in SPECIAL_WORDS else int(last)
    trace = person.trace()
    return {"base star": told("first_star", trace["first_star"]), "star": told("star", trace["star"])}


def outcome(row: Row) -> dict[str, str]:
    person = graded(row)
    person.inputs.roster["full_decades_in_post"][0] = 2
    person.inputs.roster["full_months_in_post"][0] = int(row["months in post"])
    person.event("discipline", "party_sanction", int(row["discipline events"]))
    if row["all filed"] == "no":
        person.sheet("year", 0, "-")
    result = person.result()
    found = Outcome(int(result.outcome[0])).name.lower()
    return {"outcome": found, "star": str(result.columns["star"][0]) if found == "rated" else "-"}


def pay(row: Row) -> dict[str, str]:
    person = graded({"grade": "competent" if row["star"] != "none" else "basic"})
    if row["star"] == "disqualified":
        person.event("discipline", "fraud", 1)
    elif row["star"] != "none":
        person.inputs.history["star"][0, 0] = int(row["star"])
    trace = person.trace()
    assert told("star", trace["star"]) == row["star"]
    return {
        "a month": told("supplement", trace["supplement"]),
        "tier": told("tier", trace["tier"]),
        "once": told("reward", trace["reward"]),
    }


ROW_BY_ROW: Mapping[str, Callable[[Row], dict[str, str]]] = {
    "month": month, "mean": mean, "weigh": weigh, "score": score, "base": base, "move": move, "outcome": outcome, "pay": pay,
}  # fmt: skip


@pytest.mark.parametrize(("name", "rows"), tables(), ids=lambda one: one if isinstance(one, str) else "")
def test_table(name, rows):
    found = quota(rows) if name == "quota" else [ROW_BY_ROW[name](row) for row in rows]
    for row, values in zip(rows, found, strict=True):
        assert {key: row[key] for key in values} == values, row


def test_every_section_has_its_table():
    assert {name for name, _rows_ in tables()} == {*ROW_BY_ROW, "quota"}
