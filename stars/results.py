"""What the engine found, as rows of `Rating`: encoded, digested, written in one piece."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import numpy as np
from django.db.backends.utils import CursorWrapper
from numpy.typing import NDArray
from psycopg.sql import SQL

from governance.binary_copy import Bytes, Type, composed, copy_in, encode_with_nulls, messages, native, packed, packed_dtype
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
NULL = int(np.iinfo(np.int32).min)  # as packed
ROW: dict[str, Type] = {
    "entry_id": "i8", "rating_year_id": "i8", "outcome": "i2", "reason": "i2",
    "star": "i4", "grade": "i4", "score": "i4", "pay_cents": "i4",
}  # fmt: skip
STORED = composed(
    SQL("""
    SELECT count(*), string_agg({row}, '') FROM (
        SELECT entry_id, rating_year_id, outcome, reason, coalesce(star::int4, {null}) AS star, coalesce(grade::int4, {null}) AS grade,
            coalesce(score, {null}) AS score, coalesce(pay_cents, {null}) AS pay_cents, trace
        FROM stars_rating WHERE rating_year_id = ANY(%s)
    ) q
""").format(row=packed(ROW | {"trace": Bytes(0)}), null=SQL(str(NULL)))
)
COUNT = struct.Struct(">hiqi")  # a count of fields; a number behind its size; the size of the bytes
DELETE = "DELETE FROM stars_rating WHERE rating_year_id = ANY(%s) AND entry_id <> ALL(%s::int8[])"
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


def replace(cursor: CursorWrapper, reading: Reading, ratings: Ratings, rows: Mapping[int, slice]) -> None:
    """These county-years, by id, hold the results of their rows and no others; a row that says the same is left alone."""
    chosen = np.concatenate([np.arange(span.start, span.stop) for span in rows.values()])
    values = {field.name: getattr(ratings, field.name)[chosen] for field in fields(ratings)}
    values["entry_id"] = reading.roster.entry[chosen]
    values["rating_year_id"] = np.repeat(list(rows), [span.stop - span.start for span in rows.values()])
    width = ratings.trace.shape[1]
    stored, count = _stored(cursor, list(rows), width)
    kept = _said_already(stored, values, width)
    if count > kept.sum():
        cursor.execute(DELETE, [list(rows), values["entry_id"][kept].tolist()])
    if not kept.all():
        _copy_in(cursor, {name: column[~kept] for name, column in values.items()}, width)


def _copy_in(cursor: CursorWrapper, values: dict[str, NDArray[Any]], width: int) -> None:
    kinds = COLUMNS | {"trace": Bytes(width)}
    present = {name: values[name] != NOTHING for name in NULLABLE}
    copy_in(cursor, "stars_rating", list(kinds), encode_with_nulls(kinds, values, present, len(values["entry_id"])))


def _stored(cursor: CursorWrapper, rating_year_ids: list[int], width: int) -> tuple[NDArray[Any], int]:
    """Rows as ROW packs them, none if a trace has another width, and how many there are."""
    kind = packed_dtype(ROW | {"trace": Bytes(width)})
    (message,) = messages(cursor, STORED, [rating_year_ids])
    _, _, count, _ = COUNT.unpack_from(message)
    raw = message[COUNT.size :]
    return np.frombuffer(raw, kind) if len(raw) == count * kind.itemsize else np.empty(0, kind), count


def _said_already(stored: NDArray[Any], values: dict[str, NDArray[Any]], width: int) -> NDArray[np.bool_]:
    """For each new row whether it lies in the table, byte for byte."""
    count = len(values["entry_id"])
    if not len(stored):
        return np.zeros(count, np.bool_)
    new = np.empty(count, stored.dtype)
    for name in new.dtype.names or ():
        new[name] = np.where(values[name] == NOTHING, NULL, values[name]) if name in NULLABLE else values[name]
    stored = stored[np.argsort(stored["entry_id"])]
    at = np.minimum(np.searchsorted(native(stored["entry_id"]), values["entry_id"]), len(stored) - 1)
    old, now = (rows.view(np.uint8).reshape(-1, stored.dtype.itemsize) for rows in (stored, new))
    return np.asarray((old[at] == now).all(axis=1))


def mark(cursor: CursorWrapper, years: Sequence[RatingYear], at: datetime) -> None:
    """What was computed, and that nothing has changed since: the caller holds the rows' locks."""
    cursor.execute(
        MARK, [at, [one.pk for one in years], [one.inputs_digest for one in years], [one.result_digest for one in years]]
    )
    for one in years:
        one.computed_at, one.changed_at = at, None
