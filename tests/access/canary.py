"""A mark that belongs to one territory: found in a reply, it says whose row got there."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass

MARK = re.compile(r"Z(1[45]\d{0,10})Z")
NAME = re.compile(r"Y(1[45]\d{0,10})Y")
PATH = [re.compile(rf'{word}":"(1[45]\d{{0,10}})"') for word in ("county", "territory", "path")]  # the API says paths
# the digit before what must not stand before it: the search then skips from digit to digit
NUMBER = re.compile(r"([5-9])(?<![\w.#-].)(?:(\d)[.]?(\d\d)|,(\d{3}))(?![0-9A-Za-z_.])")
FIRST, STEP = 5003, 271  # four digits that no year, size or count of a page has; as hundredths they read 50.03
PLACES: dict[str, int] = {}


def mark(path: str) -> str:
    """What is written into every text field of a row that hangs on `path`."""
    return f"Z{path}Z"


def name(path: str) -> str:
    """What a territory is called: its own people and everybody below it may read it."""
    return f"Y{path}Y"


def number(path: str) -> int:
    """A number that only this territory's rows carry."""
    return FIRST + PLACES.setdefault(path, len(PLACES)) * STEP


@dataclass(frozen=True)
class Found:
    """The places whose marks, numbers and names a reply shows."""

    rows: frozenset[str]
    names: frozenset[str]

    def of(self, path: str) -> bool:
        return any(one.startswith(path) for one in self.rows | self.names)

    def foreign(self, reach: tuple[str, ...]) -> set[str]:
        """What lies outside `reach`; names of places above are nobody's secret."""

        def inside(path: str) -> bool:
            return any(path.startswith(at) for at in reach)

        def above(path: str) -> bool:
            return any(at.startswith(path) for at in reach)

        return {p for p in self.rows if not inside(p)} | {p for p in self.names if not inside(p) and not above(p)}


def found_in(text: str) -> Found:
    names = frozenset(found for pattern in (NAME, *PATH) for found in pattern.findall(text))
    return Found(frozenset(MARK.findall(text)) | _numbers_in(text), names)


def _numbers_in(text: str) -> frozenset[str]:
    seen = {int("".join(digits)) for digits in NUMBER.findall(text)}
    return frozenset(path for path, place in PLACES.items() if FIRST + place * STEP in seen)


def text_of(body: bytes, content_type: str) -> str:
    """Everything readable in a reply: a workbook's members are unpacked, anything else is decoded."""
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as members:
            return "\n".join(members.read(one).decode("utf-8", "replace") for one in members.namelist())
    charset = re.search(r"charset=([\w-]+)", content_type)
    return body.decode(charset[1] if charset else "utf-8", "replace")
