"""An upload as plain values. Whatever is wrong with a file ends as a sentence; nothing of it is opened in this process."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext as _

from governance.errors import RuleBroken
from governance.sandbox import package
from governance.sandbox.package import Refused
from governance.sandbox.process import reader

Value = float | str | bool | dict[str, str]  # "" is a blank; {"date": …} a date or a time


class UploadedFile(Protocol):
    @property
    def name(self) -> str | None: ...

    @property
    def size(self) -> int | None: ...

    def read(self) -> bytes: ...


@dataclass(frozen=True)
class Sheet:
    name: str
    state: str  # Visible | Hidden | VeryHidden
    rows: list[list[Value]]  # from A1 on, all of one length
    marks: dict[str, str]  # address → error | formula | percent
    merges: list[list[int]]  # 0-based row, column, row, column, both corners included


@dataclass(frozen=True)
class Workbook:
    file_name: str
    content: bytes
    sheets: list[Sheet]


def read_upload(file: UploadedFile) -> Workbook:
    """raises RuleBroken: not_a_workbook, old_format, encrypted, macros, damaged, too_large, unpacks_too_large,
    too_many_parts, too_many_sheets, too_many_rows, sheet_too_long, too_many_columns, too_many_cells, too_heavy, busy"""
    name, content = take_in(file)
    return read_content(content, name)


def take_in(file: UploadedFile) -> tuple[str, bytes]:
    """Its name and bytes, unopened.  raises RuleBroken: not_a_workbook, old_format, encrypted, too_large"""
    name = shown_name(file.name or "")
    if (file.size or 0) > package.MAX_FILE:  # before any byte of it is in memory
        raise sentence(Refused("too_large"), name)
    content = file.read()
    try:
        package.refuse_by_first_bytes(content)
    except Refused as refused:
        raise sentence(refused, name) from refused
    return name, content


def read_content(content: bytes, name: str) -> Workbook:
    """Of a file that was taken in.  raises RuleBroken: as read_upload"""
    try:
        return Workbook(name, content, [Sheet(**sheet) for sheet in json.loads(reader.ask(content))])
    except Refused as refused:
        raise sentence(refused, name) from refused


def shown_name(name: str) -> str:
    """The last part of a file's name without what a browser or a shell might take for more than letters."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if unicodedata.category(letter)[0] != "C").strip()[-120:] or "?"


def sentence(refused: Refused, name: str) -> RuleBroken:
    detail: dict[str, Any] = {"file": name, "megabytes": package.MAX_FILE // 2**20} | refused.detail
    return RuleBroken(refused.code, _sentences()[refused.code] % detail, field="file")


def _sentences() -> dict[str, str]:
    return {
        "not_a_workbook": _("“%(file)s” is not an Excel workbook (.xlsx); download the form, fill it in and upload that file."),
        "old_format": _("“%(file)s” is in an old or binary Excel format; open it, choose “Save as”, type .xlsx, and upload the new file."),
        "encrypted": _("“%(file)s” is protected by a password; open it, remove the password, save it, and upload it again."),
        "macros": _("“%(file)s” contains macros; save it as an ordinary workbook (.xlsx) and upload that."),
        "damaged": _("“%(file)s” is damaged or was not written by Excel or WPS; open it there, save it as .xlsx, and upload it again."),
        "too_large": _("“%(file)s” is larger than %(megabytes)d MB; a filled-in form is far smaller. Remove pictures and other sheets, or download the form again."),
        "unpacks_too_large": _("“%(file)s” unpacks to more than %(limit)d MB; copy the scores into a freshly downloaded form."),
        "too_many_parts": _("“%(file)s” consists of more than %(limit)d parts; copy the scores into a freshly downloaded form."),
        "too_many_sheets": _("“%(file)s” has more than %(limit)d sheets; delete those that are not part of the form."),
        "too_many_rows": _("Sheet “%(sheet)s” of “%(file)s” has %(rows)d rows, at most %(limit)d can be read; delete the rows below the table."),
        "sheet_too_long": _("A sheet of “%(file)s” has %(rows)d rows, at most %(limit)d can be read; delete the rows below the table."),
        "too_many_columns": _("Sheet “%(sheet)s” of “%(file)s” has %(columns)d columns, at most %(limit)d can be read; delete the columns beside the table."),
        "too_many_cells": _("“%(file)s” holds more than %(limit)d cells; copy the scores into a freshly downloaded form."),
        "too_heavy": _("“%(file)s” takes too much memory or time to read and was given up; copy the scores into a freshly downloaded form."),
        "busy": _("Other workbooks are being read just now; nothing of “%(file)s” was kept. Upload it again in a minute."),
    }  # fmt: skip
