"""A mark that belongs to one territory: found in a reply, it says whose row got there."""

from __future__ import annotations

import io
import re
import zipfile

MARK = re.compile(r"Z(\d{2,12})Z")
NAME = re.compile(r"Y(\d{2,12})Y")


def mark(path: str) -> str:
    """What is written into every text field of a row that hangs on `path`."""
    return f"Z{path}Z"


def name(path: str) -> str:
    """What a territory is called: its own people and everybody below it may read it."""
    return f"Y{path}Y"


def number(path: str, size: int) -> int:
    """A number that only this territory's rows carry, from 1000 to `size`."""
    return 1000 + PLACES.setdefault(path, len(PLACES)) * 37 % (size - 1000)


PLACES: dict[str, int] = {}


def text_of(body: bytes, content_type: str) -> str:
    """Everything readable in a reply: a workbook's members are unpacked, anything else is decoded."""
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as members:
            return "\n".join(members.read(one).decode("utf-8", "replace") for one in members.namelist())
    charset = re.search(r"charset=([\w-]+)", content_type)
    return body.decode(charset[1] if charset else "utf-8", "replace")


def marks_in(text: str) -> set[str]:
    return set(MARK.findall(text))


def names_in(text: str) -> set[str]:
    return set(NAME.findall(text))


def foreign(text: str, reach: tuple[str, ...]) -> set[str]:
    """Paths whose rows show in `text` though they lie outside `reach`; names of places above are nobody's secret."""

    def inside(path: str) -> bool:
        return any(path.startswith(at) for at in reach)

    def above(path: str) -> bool:
        return any(at.startswith(path) for at in reach)

    return {p for p in marks_in(text) if not inside(p)} | {p for p in names_in(text) if not inside(p) and not above(p)}
