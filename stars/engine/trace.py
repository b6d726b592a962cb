"""The trace: one row of bytes a subject, in the plan's layout. docs/grammar.md, section 8."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from stars.engine.evaluate import Result
from stars.engine.plan import Column, Plan
from stars.engine.values import LEAST, LIMIT, Ints, Special, any_special

Value = int | Special


def encode_trace(plan: Plan, result: Result) -> NDArray[np.uint8]:
    """(n, plan.width) uint8, each row the trace of a subject."""
    rows = np.empty(len(result.outcome), dtype=_record(plan))
    for column in plan.columns:
        values = result.columns[column.name]
        least = int(np.iinfo(np.dtype(column.dtype)).min)
        rows[column.name] = np.where(values < LIMIT, values - LEAST + least, values) if any_special(values) else values
    return rows.view(np.uint8).reshape(len(rows), plan.width)


def decode_trace(plan: Plan, trace: bytes) -> dict[str, Value]:
    """raises ValueError where the bytes are not of this plan's length"""
    if len(trace) != plan.width:
        raise ValueError(f"trace of {len(trace)} bytes, {plan.width} wanted")
    return {column.name: _value(column, trace) for column in plan.columns}


def decode_traces(plan: Plan, traces: NDArray[np.uint8]) -> Mapping[str, Ints]:
    """The columns of many traces, (n, plan.width) uint8, as the engine had them."""
    rows = np.ascontiguousarray(traces).view(_record(plan)).reshape(len(traces))
    columns = {}
    for column in plan.columns:
        values = rows[column.name].astype(np.int64)
        least = int(np.iinfo(np.dtype(column.dtype)).min)
        columns[column.name] = np.where(values < least + len(Special), values - least + LEAST, values)
    return columns


def _value(column: Column, trace: bytes) -> Value:
    size = int(column.dtype[2:])
    value = int.from_bytes(trace[column.offset : column.offset + size], "little", signed=True)
    code = value + (1 << (8 * size - 1))
    return Special(code) if code < len(Special) else value


@lru_cache(maxsize=64)
def _record_of(columns: tuple[tuple[str, str], ...]) -> np.dtype[np.void]:
    return np.dtype(list(columns))


def _record(plan: Plan) -> np.dtype[np.void]:
    return _record_of(tuple((column.name, column.dtype) for column in plan.columns))
