"""Accepted assessments as the engine reads them: kept beside the rows, dropped by the database when one of them changes.

Reading a country's rows one by one takes many times longer than computing on them; packed once, most counties are read
without touching their rows. A pack that is not there is made from the rows by whoever reads; a recompute keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from django.db.backends.utils import CursorWrapper
from numpy.typing import NDArray

from governance.binary_copy import Array, Type, elements, packed_dtype
from stars.models import Assessment, AssessmentPack

KEEP = "COPY stars_assessmentpack (county, year, sheet, period, indicators, rows) FROM STDIN (FORMAT binary)"
COUNTY_DIGITS = 6
TYPES = ("int4", "int2", "int2", "int2", "int2", "bytea")


class Pack(NamedTuple):
    """Of one county, or of several behind one another (county 0).

    rows  fields post, scores
    """

    county: int
    sheet: int
    period: int
    rows: NDArray[Any]


def assessment(indicators: int) -> dict[str, Type]:
    """A row of the table, as PostgreSQL packs it."""
    return {"post_id": "i8", "scores": Array("i2", indicators)}


def from_rows(raw: memoryview, indicators: int) -> NDArray[Any]:
    """Of rows packed by `assessment`.  raises ValueError where they have not so many scores"""
    given = np.frombuffer(raw, packed_dtype(assessment(indicators)))
    rows = np.empty(len(given), _row(indicators))
    rows["post"], rows["scores"] = given["post_id"], elements(given["scores"], indicators)
    return rows


def from_packs(raw: memoryview, found: int, indicators: int) -> NDArray[Any]:
    """Of stored packs with `found` scores a row.  raises ValueError where that is not how many there are"""
    if found != indicators:
        raise ValueError(f"packed assessments have {found} elements, not {indicators}")
    return np.frombuffer(raw, _row(indicators))


def _row(indicators: int) -> np.dtype[Any]:
    return np.dtype([("post", "<i8"), ("scores", "<i2", (indicators,))])


def keep(cursor: CursorWrapper, year: int, packs: Iterable[Pack]) -> None:
    """The caller holds the locks of the county-years since before the rows were read."""
    with cursor.copy(KEEP) as copy:
        copy.set_types(TYPES)
        for pack in packs:
            copy.write_row((pack.county, year, pack.sheet, pack.period, pack.rows["scores"].shape[1], pack.rows.tobytes()))


def stale(path: str, year: int | None = None) -> Iterator[AssessmentPack]:
    """Packs of the counties below `path` that do not hold what the rows say: there are none, unless a trigger was put aside."""
    low, high = (int(path[:COUNTY_DIGITS].ljust(COUNTY_DIGITS, digit)) for digit in "09")
    for pack in AssessmentPack.objects.filter(county__range=(low, high), **({"year": year} if year else {})).order_by("pk"):
        of_window = Assessment.objects.filter(county=pack.county, year=pack.year, sheet=pack.sheet, period=pack.period)
        rows = dict(of_window.filter(status=Assessment.Status.ACCEPTED).values_list("post_id", "scores"))
        kept = np.frombuffer(pack.rows, _row(pack.indicators))
        if dict(zip(kept["post"].tolist(), kept["scores"].tolist(), strict=True)) != rows:
            yield pack
