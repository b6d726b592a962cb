"""What the engine found, as rows of `Rating`: encoded, digested, written in one piece."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import numpy as np
from django.db.backends.utils import CursorWrapper
from numpy.typing import NDArray

from governance.binary_copy import Bytes, Type, copy_in, encode_with_nulls
from stars.engine.evaluate import Outcome, Result
from stars.engine.plan import Plan
from stars.engine.trace import encode_trace
from stars.engine.values import LIMIT, Ints
from stars.inputs import Reading
from stars.models import RatingYear

NOTHING = int(np.iinfo(np.int64).min)  # stands for NULL
COLUMNS: dict[str, Type] = {
    "entry_id": "i8", "rating_year_id": "i8", "outcome": "i2", "reason": "i2",
    "star": "i2", "grade": "i2", "score": "i4", "pay_cents": "i4",
}  # fmt: skip
NULLABLE = ("star", "grade", "score", "pay_cents")
FORM = b"xingheng/result/1\n"
COUNTS = """
    SELECT e.rating_year_id, count(*) FROM stars_rosterentry e JOIN stars_rating r ON r.entry_id = e.id
    WHERE e.rating_year_id = ANY(%s) GROUP BY 1
"""
MARK = """
    UPDATE stars_ratingyear y SET computed_at = %s, changed_at = NULL, inputs_digest = d.inputs, result_digest = d.result
    FROM unnest(%s::int8[], %s::text[], %s::text[]) d (id, inputs, result) WHERE y.id = d.id
"""


@dataclass(frozen=True)
class Ratings:
    """One row a subject; NOTHING where a value is absent.

    trace  (n, width of the plan) uint8
    """

    outcome: NDArray[np.int8]
    reason: NDArray[np.int16]
    star: Ints
    grade: Ints
    score: Ints
    pay_cents: Ints
    trace: NDArray[np.uint8]

    @classmethod
    def of(cls, plan: Plan, result: Result) -> Ratings:
        star = np.where(result.outcome == Outcome.RATED, _output(result, "result"), NOTHING)
        grade, score, pay = (_output(result, name) for name in ("grade", "score", "pay"))
        return cls(result.outcome, result.reason, star, grade, score, pay, encode_trace(plan, result))

    def __len__(self) -> int:
        return len(self.outcome)

    def __getitem__(self, rows: slice) -> Ratings:
        return Ratings(*(getattr(self, field.name)[rows] for field in fields(self)))

    def counts(self) -> dict[str, int]:
        """How many of each outcome, by its name in small letters."""
        found = np.bincount(self.outcome, minlength=len(Outcome))
        return {outcome.name.lower(): int(found[outcome]) for outcome in Outcome}


def _output(result: Result, name: str) -> Ints:
    column = result.output(name)
    if column is None:
        return np.full(len(result.outcome), NOTHING, np.int64)
    return np.where(column < LIMIT, NOTHING, column)


def digest(plan: Plan, person: Ints, ratings: Ratings) -> str:
    """SHA-256 of one county's result under its policy; `person` ascends, so no order of rows can change it."""
    numbers = np.stack([person, *(getattr(ratings, name).astype(np.int64) for name in ("outcome", "reason", *NULLABLE))], axis=1)
    found = hashlib.sha256(FORM + plan.digest.encode())
    found.update(np.ascontiguousarray(numbers, "<i8").data)
    found.update(np.ascontiguousarray(ratings.trace).data)
    return found.hexdigest()


def counts(cursor: CursorWrapper, rating_year_ids: Sequence[int]) -> dict[int, int]:
    """How many results of each county-year belong to its roster as it is."""
    if not rating_year_ids:
        return {}
    cursor.execute(COUNTS, [list(rating_year_ids)])
    return dict(cursor.fetchall())


def replace(cursor: CursorWrapper, reading: Reading, ratings: Ratings, rows: Mapping[int, slice]) -> None:
    """These county-years, by id, hold the results of their rows and no others."""
    if not rows:
        return
    cursor.execute("DELETE FROM stars_rating WHERE rating_year_id = ANY(%s)", [list(rows)])
    chosen = np.concatenate([np.arange(span.start, span.stop) for span in rows.values()])
    kinds = COLUMNS | {"trace": Bytes(ratings.trace.shape[1])}
    values = {field.name: getattr(ratings, field.name)[chosen] for field in fields(ratings)}
    values["entry_id"] = reading.roster.entry[chosen]
    values["rating_year_id"] = np.repeat(list(rows), [span.stop - span.start for span in rows.values()])
    present = {name: values[name] != NOTHING for name in NULLABLE}
    copy_in(cursor, "stars_rating", list(kinds), encode_with_nulls(kinds, values, present, len(chosen)))


def mark(cursor: CursorWrapper, years: Sequence[RatingYear], at: datetime) -> None:
    """What was computed, and that nothing has changed since: the caller holds the rows' locks."""
    cursor.execute(
        MARK, [at, [one.pk for one in years], [one.inputs_digest for one in years], [one.result_digest for one in years]]
    )
    for one in years:
        one.computed_at, one.changed_at = at, None
