"""A data file of the offline form, as it came in. Nothing in it is believed before it is looked at; whatever is wrong ends as a sentence."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from governance.errors import RuleBroken
from governance.models import Post
from governance.workbooks.reading import UploadedFile, shown_name
from stars.cells import parse_score
from stars.engine.document import MOST_CELL
from stars.models import CellEdit
from stars.offline.form import FORMAT, KIND, PAGE
from stars.selectors.grid import Grid
from stars.workbooks.checking import require_same_page
from stars.workbooks.layout import LAYOUT, Fingerprint

MAX_FILE = 2**20  # bytes
MOST_WORD = 80  # letters of a value that says which page it is
MOST_POST = 2**63
LONGEST = CellEdit._meta.get_field("text").max_length or 0
CELL = re.compile(r"(0|[1-9][0-9]{0,3})/(0|[1-9][0-9]{0,3})/([1-9][0-9]{0,18})/(0|[1-9][0-9]{0,3})")
VERSION = re.compile(r"[0-9]{1,12}")
YEARS = range(2000, 2101)  # of a clock that is worth showing
T = TypeVar("T", str, int, list[Any], dict[str, Any])


@dataclass(frozen=True)
class OfflineEdit:
    """A cell as it was typed without a network."""

    cell: str  # "sheet/period/post/indicator"
    post_id: int
    place: int
    base: int  # hundredths or special: what the form showed when it was downloaded
    text: str
    at: datetime  # by the clerk's clock: shown, and nothing follows from it

    @property
    def window(self) -> str:
        """ "sheet/period" """
        return self.cell.rsplit("/", 2)[0]


@dataclass(frozen=True)
class OfflineFile:
    form: Fingerprint
    saved_at: datetime
    edits: list[OfflineEdit]


class Altered(ValueError):
    """Not what the form writes; says where."""


def read_offline(file: UploadedFile) -> tuple[str, bytes]:
    """Its name as it is shown, and its bytes.  raises RuleBroken: too_large"""
    name = shown_name(file.name or "")
    if (file.size or 0) > MAX_FILE:  # before any byte of it is in memory
        raise _refused("too_large", _sentence("too_large") % {"file": name, "megabytes": MAX_FILE // 2**20})
    return name, file.read()


def read_content(content: bytes, name: str) -> OfflineFile:
    """raises RuleBroken: form_itself, not_a_data_file, other_format, altered, no_cells"""
    if content.lstrip()[:1] == b"<":
        raise _refused("form_itself", _sentence("form_itself") % {"file": name})
    try:
        said = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number)
    except Altered as altered:
        raise _altered(name, altered) from altered
    except (ValueError, RecursionError) as error:  # not UTF-8, cut short, a number of thousands of digits, nested too deep
        raise _refused("not_a_data_file", _sentence("not_a_data_file") % {"file": name}) from error
    if not isinstance(said, dict) or said.get("kind") != KIND:
        raise _refused("not_a_data_file", _sentence("not_a_data_file") % {"file": name})
    if type(said.get("format")) is int and said["format"] != FORMAT:
        raise _refused("other_format", _sentence("other_format") % {"file": name})
    try:
        read = _read(said)
    except Altered as altered:
        raise _altered(name, altered) from altered
    if not read.edits:
        raise _refused("no_cells", _sentence("no_cells") % {"file": name})
    return read


def require_page(file: OfflineFile, grid: Grid) -> None:
    """raises RuleBroken: unknown_cell, not_your_village and those of stars.workbooks.checking.require_same_page"""
    require_same_page(file.form, grid)
    widths = {f"{one.window.sheet}/{one.window.period}": len(one.columns) for one in grid.windows}
    for edit in file.edits:
        if edit.place >= widths.get(edit.window, 0):
            raise _refused("unknown_cell", _sentence("unknown_cell") % {"cell": edit.cell})
    posts = {edit.post_id for edit in file.edits} - {row.post.pk for row in grid.rows}
    here = Post.objects.filter(pk__in=posts, territory__path__prefix=grid.territory.path).values_list("pk", flat=True)
    if posts - set(here):
        raise _refused("not_your_village", _sentence("not_your_village") % {"where": grid.territory})


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Altered(key)
        found[key] = value
    return found


def _no_number(word: str) -> None:
    raise Altered(word)


def _read(said: dict[str, Any]) -> OfflineFile:
    """raises Altered"""
    _exactly(said, {"kind", "format", "page", "saved_at", "cells"}, "")
    _of(said["format"], int, "format")
    page = _of(said["page"], dict, "page")
    _exactly(page, set(PAGE), "page")
    versions = _of(page["versions"], dict, "page.versions")
    for key, version in versions.items():
        if not VERSION.fullmatch(_text(version, "page.versions", MOST_WORD)):
            raise Altered(f"page.versions.{key}")
        _text(key, "page.versions", MOST_WORD)
    single = {name: _text(page[name], f"page.{name}", MOST_WORD) for name in PAGE if name != "versions"}
    form = Fingerprint(layout=LAYOUT, instructions="", mistakes="", sheets={}, headings={}, versions=versions, **single)
    edits = [_edit(one, f"cells[{i}]") for i, one in enumerate(_of(said["cells"], list, "cells"))]
    _each_once(edits)
    return OfflineFile(form, _moment(said["saved_at"], "saved_at"), edits)


def _each_once(edits: list[OfflineEdit]) -> None:
    seen: set[str] = set()
    for i, edit in enumerate(edits):
        if edit.cell in seen:
            raise Altered(f"cells[{i}].cell")
        seen.add(edit.cell)


def _edit(said: object, where: str) -> OfflineEdit:
    one = _of(said, dict, where)
    _exactly(one, {"cell", "base", "typed", "at"}, where)
    cell = CELL.fullmatch(_text(one["cell"], f"{where}.cell", MOST_WORD))
    if cell is None or int(cell[3]) >= MOST_POST:
        raise Altered(f"{where}.cell")
    try:
        base = parse_score(_text(one["base"], f"{where}.base", MOST_WORD), maximum=MOST_CELL)
    except RuleBroken as broken:
        raise Altered(f"{where}.base") from broken
    typed = _text(one["typed"], f"{where}.typed", LONGEST)
    return OfflineEdit(one["cell"], int(cell[3]), int(cell[4]), base, typed, _moment(one["at"], f"{where}.at"))


def _exactly(said: dict[str, Any], keys: set[str], where: str) -> None:
    if said.keys() != keys:
        odd = sorted(said.keys() ^ keys)[0]
        raise Altered(f"{where}.{odd}".removeprefix("."))


def _of(value: object, kind: type[T], where: str) -> T:
    """The very kind: true is no number."""
    if type(value) is not kind:
        raise Altered(where)
    return value


def _text(value: object, where: str, most: int) -> str:
    """Without letters that no keyboard writes and no column of the database takes."""
    text = _of(value, str, where)
    if len(text) > most or any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
        raise Altered(where)
    return text


def _moment(value: object, where: str) -> datetime:
    try:
        at = datetime.fromisoformat(_text(value, where, 40))
    except ValueError as error:
        raise Altered(where) from error
    if at.tzinfo is None or at.year not in YEARS:
        raise Altered(where)
    return at


def _altered(name: str, altered: Altered) -> RuleBroken:
    where = "".join(letter for letter in str(altered) if unicodedata.category(letter)[0] != "C")[:MOST_WORD]
    return _refused("altered", _sentence("altered") % {"file": name, "where": where or "?"})


def _refused(code: str, sentence: str) -> RuleBroken:
    return RuleBroken(code, sentence, field="file")


def _sentence(code: str) -> str:
    return {
        "too_large": _("“%(file)s” is larger than %(megabytes)d MB; what the offline form saves is far smaller. Open the form, save to a file again, and upload that file."),
        "form_itself": _("“%(file)s” is the offline form itself. Open it in a browser, fill it in, press “Save to a file”, and upload the file that it saves."),
        "not_a_data_file": _("“%(file)s” is not what the offline form saves, or it was cut short. Open the form, save to a file again, and upload that file."),
        "other_format": _("“%(file)s” was saved by another edition of the offline form. Download the form of this page again, type the scores into it, and upload what it saves."),
        "altered": _("“%(file)s” is not as the offline form saved it (at %(where)s); nothing of it was taken. Open the form, save to a file again, and upload that file."),
        "no_cells": _("“%(file)s” holds no score: nothing had been typed when it was saved. Fill in the offline form, save to a file again, and upload that file."),
        "unknown_cell": _("The file names a cell that this page does not have (%(cell)s); nothing of it was taken. Open the form of this page, save to a file again, and upload that file."),
        "not_your_village": _("The file names a village for which %(where)s does not file; nothing of it was taken. Upload it on the page of that village."),
    }[code]  # fmt: skip
