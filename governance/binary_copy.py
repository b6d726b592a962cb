"""PostgreSQL's binary COPY as NumPy structured arrays. Rows go in one behind another; out they come packed into few big
values, since a driver takes as long over a small message as over a large one.

A column's type is a NumPy integer type ("i2", "i4", "i8"), `Bytes(n)` or `Array(type, n)` without missing elements.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.backends.utils import CursorWrapper
from numpy.typing import NDArray
from psycopg import Copy
from psycopg.sql import SQL, Composable, Identifier

SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
OIDS = {"i2": 21, "i4": 23, "i8": 20}
SENDS = {"i2": "int2send", "i4": "int4send", "i8": "int8send"}
PIECE = 1 << 20  # bytes; one call for each piece, and no copy of the whole


@dataclass(frozen=True)
class Bytes:
    length: int


@dataclass(frozen=True)
class Array:
    element: str
    length: int

    def dtype(self) -> np.dtype[Any]:
        """As array_send writes it; an empty array has no dimension."""
        element = [("size", ">i4"), ("value", f">{self.element}")]
        head = [("dimensions", ">i4"), ("has_nulls", ">i4"), ("oid", ">i4")]
        dimension = [("length", ">i4"), ("from", ">i4"), ("elements", element, (self.length,))]
        return np.dtype([*head, *dimension] if self.length else head)


Type = str | Bytes | Array
Params = Sequence[Any] | Mapping[str, Any]


def dtype_of(kind: Type) -> np.dtype[Any]:
    if isinstance(kind, Bytes):
        return np.dtype(("u1", (kind.length,)))
    return kind.dtype() if isinstance(kind, Array) else np.dtype(f">{kind}")


def row_dtype(columns: Mapping[str, Type], missing: Iterable[str] = ()) -> np.dtype[Any]:
    """One row of COPY; the columns in `missing` are NULL in every row and have a size only."""
    fields: list[Any] = [("fields", ">i2")]
    for name, kind in columns.items():
        fields.append((f"{name}:size", ">i4"))
        if name not in missing:
            fields.append((name, dtype_of(kind)))
    return np.dtype(fields)


def encode(
    columns: Mapping[str, Type], values: Mapping[str, Any], count: int, missing: frozenset[str] = frozenset()
) -> NDArray[Any]:
    """`count` rows ready for COPY; `values` are arrays of that length (or one number for all of them)."""
    rows = np.empty(count, row_dtype(columns, missing))
    rows["fields"] = len(columns)
    for name, kind in columns.items():
        if name in missing:
            rows[f"{name}:size"] = -1
            continue
        rows[f"{name}:size"] = dtype_of(kind).itemsize
        _fill(rows, name, kind, values[name])
    return rows


def encode_with_nulls(
    columns: Mapping[str, Type], values: Mapping[str, Any], present: Mapping[str, NDArray[np.bool_]], count: int
) -> Iterator[NDArray[Any]]:
    """The same where some columns have NULLs: rows of one pattern of NULLs together, so their order changes."""
    pattern = np.zeros(count, np.int64)
    for bit, mask in enumerate(present.values()):
        pattern |= (~mask).astype(np.int64) << bit
    for one in np.unique(pattern):
        chosen = np.flatnonzero(pattern == one)
        missing = frozenset(name for bit, name in enumerate(present) if one >> bit & 1)
        picked = {name: v[chosen] if np.ndim(v) else v for name, v in values.items() if name not in missing}
        yield encode(columns, picked, len(chosen), missing)


def copy_in(cursor: CursorWrapper, table: str, columns: Sequence[str], batches: Iterable[NDArray[Any]]) -> None:
    names = SQL(", ").join(Identifier(name) for name in columns)
    with cursor.copy(SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(Identifier(table), names)) as copy:
        copy.write(SIGNATURE)
        for rows in batches:
            write(copy, rows)
        copy.write(TRAILER)


def write(copy: Copy, rows: NDArray[Any]) -> None:
    raw = np.ascontiguousarray(rows).view(np.uint8).reshape(-1).data
    for start in range(0, len(raw), PIECE):
        copy.write(raw[start : start + PIECE])


def messages(cursor: CursorWrapper, query: Composable, params: Params = ()) -> Iterator[memoryview]:
    """One row after another, without signature and trailer: a count of fields, then size and value of each."""
    with cursor.copy(SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(query), params) as copy:
        at = len(SIGNATURE)
        for message in copy:
            if len(message) - at > len(TRAILER):
                yield memoryview(message)[at:]
            at = 0


def composed(query: Composable) -> SQL:
    """Put together once, for a statement that runs often."""
    return SQL(query.as_string())


def packed(columns: Mapping[str, Type]) -> Composable:
    """An expression that puts the columns of a row behind one another; none may be NULL."""
    return SQL(" || ").join([_send(kind).format(Identifier(name)) for name, kind in columns.items()])


def packed_dtype(columns: Mapping[str, Type]) -> np.dtype[Any]:
    """What `packed` makes of a row."""
    return np.dtype([(name, dtype_of(kind)) for name, kind in columns.items()])


def _send(kind: Type) -> SQL:
    if isinstance(kind, Bytes):
        return SQL("{}")
    return SQL("array_send({})" if isinstance(kind, Array) else SENDS[kind] + "({})")


def native(values: NDArray[Any]) -> NDArray[Any]:
    """A column in the machine's byte order and in one piece."""
    return np.ascontiguousarray(values, values.dtype.newbyteorder("="))


def elements(column: NDArray[Any], length: int) -> NDArray[Any]:
    """(rows, length) of a column of arrays."""
    if not length:
        return np.empty((len(column), 0), np.int32)
    if not (column["length"] == length).all():
        raise ValueError(f"an array of the table has not {length} elements")
    return native(column["elements"]["value"])


def _fill(rows: NDArray[Any], name: str, kind: Type, values: Any) -> None:
    if not isinstance(kind, Array):
        rows[name] = values
        return
    column = rows[name]
    column["dimensions"], column["has_nulls"], column["oid"] = bool(kind.length), 0, OIDS[kind.element]
    if not kind.length:
        return
    column["length"], column["from"] = kind.length, 1
    column["elements"]["size"] = np.dtype(kind.element).itemsize
    column["elements"]["value"] = values
