"""One form of the inputs as bytes, the same whatever the order of rows and events; its SHA-256 is the digest of the inputs.

    b"rating-inputs/1\\n"
    8 bytes   length of what follows, little-endian
    JSON      UTF-8, keys sorted, no spaces: {"arrays": [[name, type, shape], …], "header": …}
    arrays    one after the other without gaps, little-endian, in the order of the list, each row by row

Types are `<i8`, `<i2` and `|b1`. Subjects stand in the order of their keys, events in the order of their numbers. Read it
with `json` and `array` or `struct`; nothing else is needed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stars.engine.inputs import Events, Inputs

MAGIC = b"rating-inputs/1\n"
CHAPTERS = ("cells", "answers", "roster", "facts", "history", "linked", "settled")
PLAIN = ("key", "county", "township")
RECORD = ("row", "list", "item", "points", "count")


def pack(inputs: Inputs, header: Mapping[str, Any]) -> bytes:
    """raises ValueError where two subjects have one key"""
    return b"".join(_pieces(inputs, header))


def digest(packed: bytes) -> str:
    return sha256(packed).hexdigest()


def digest_unpacked(inputs: Inputs, header: Mapping[str, Any]) -> str:
    """The digest that `pack` would have, without its bytes.  raises ValueError as pack does"""
    found = sha256()
    for piece in _pieces(inputs, header):
        found.update(piece)
    return found.hexdigest()


def unpack(packed: bytes) -> tuple[Inputs, dict[str, Any]]:
    """Inputs in the order of keys, and the header.  raises ValueError where the bytes are not of this form"""
    directory, at = _directory(packed)
    listed = [(name, np.dtype(kind), shape, int(np.prod(shape, dtype=np.int64))) for name, kind, shape in directory["arrays"]]
    if at + sum(count * dtype.itemsize for _name, dtype, _shape, count in listed) != len(packed):
        raise ValueError("packed inputs: longer or shorter than their directory says")
    arrays: dict[str, NDArray[Any]] = {}
    for name, dtype, shape, count in listed:
        arrays[name] = np.frombuffer(packed, dtype, count, at).reshape(shape).astype(dtype.newbyteorder("="))
        at += count * dtype.itemsize
    return _inputs(arrays), directory["header"]


def _pieces(inputs: Inputs, header: Mapping[str, Any]) -> Iterator[bytes | memoryview]:
    arrays = [(name, _little(array)) for name, array in _named(_ordered(inputs))]
    directory = {"arrays": [[name, array.dtype.str, list(array.shape)] for name, array in arrays], "header": header}
    text = json.dumps(directory, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    yield from (MAGIC, len(text).to_bytes(8, "little"), text)
    yield from (array.reshape(-1).data for _name, array in arrays)


def _directory(packed: bytes) -> tuple[dict[str, Any], int]:
    start = len(MAGIC) + 8
    if packed[: len(MAGIC)] != MAGIC:
        raise ValueError("packed inputs: not of this form")
    end = start + int.from_bytes(packed[len(MAGIC) : start], "little")
    directory: dict[str, Any] = json.loads(packed[start:end])
    return directory, end


def _inputs(arrays: Mapping[str, NDArray[Any]]) -> Inputs:
    chapters: dict[str, dict[str, NDArray[Any]]] = {chapter: {} for chapter in CHAPTERS}
    for name, array in arrays.items():
        chapter, _, own = name.partition("/")
        if chapter in chapters:
            chapters[chapter][own] = array
    events = Events(*(arrays[f"events/{name}"] for name in RECORD))
    return Inputs(arrays["key"], arrays["county"], arrays["township"], events=events, **chapters)


def _ordered(inputs: Inputs) -> Inputs:
    if np.all(inputs.key[1:] > inputs.key[:-1]):
        return inputs
    order = np.argsort(inputs.key, kind="stable")
    if np.any(inputs.key[order][1:] == inputs.key[order][:-1]):
        raise ValueError("two subjects have one key")
    return inputs.take(order)


def _named(inputs: Inputs) -> Iterator[tuple[str, NDArray[Any]]]:
    for name in PLAIN:
        yield name, getattr(inputs, name)
    for chapter in CHAPTERS:
        arrays: Mapping[str, NDArray[Any]] = getattr(inputs, chapter)
        for name in sorted(arrays):
            yield f"{chapter}/{name}", arrays[name]
    columns = [getattr(inputs.events, name) for name in RECORD]
    order = np.lexsort(columns[::-1])
    for name, column in zip(RECORD, columns, strict=True):
        yield f"events/{name}", column[order]


def _little(array: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
