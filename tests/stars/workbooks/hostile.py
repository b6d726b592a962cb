"""Workbooks made by hand to hurt a reader. Each is a name, its bytes, and the refusal that it deserves."""

from __future__ import annotations

import io
import random
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator

import openpyxl

MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(8))
    + b"]><sst " + MAIN + b"><si><t>&i;</t></si></sst>"
)  # fmt: skip


def ordinary() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["text", 1, 2.5])
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def repacked(change: Callable[[dict[str, bytes]], object], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    with zipfile.ZipFile(io.BytesIO(ordinary())) as package:
        members = {name: package.read(name) for name in package.namelist()}
    change(members)
    return packed(members.items(), method=method)


def packed(members, *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as package:
        warnings.simplefilter("ignore")  # of a name that comes twice
        for name, content in members:
            package.writestr(name, content)
    return out.getvalue()


def with_sheet(rows: bytes) -> bytes:
    return repacked(
        lambda members: members.update({SHEET: b"<worksheet " + MAIN + b"><sheetData>" + rows + b"</sheetData></worksheet>"})
    )


def with_member(name: str, content: bytes) -> bytes:
    return repacked(lambda members: members.update({name: content}))


def lying_about_sizes() -> bytes:
    """Both directories say a few bytes, the sheet unpacks to sixty megabytes."""
    honest = with_member(SHEET, b" " * (60 * 2**20))
    return honest.replace(struct.pack("<I", 60 * 2**20), struct.pack("<I", 1000))


def long_text(letters: int, cells: int) -> bytes:
    strings = b"<sst " + MAIN + b"><si><t>" + random.Random(3).randbytes(letters // 2).hex().encode() + b"</t></si></sst>"
    rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (i, i) for i in range(1, cells + 1))

    def change(members: dict[str, bytes]) -> None:
        members[STRINGS] = strings
        members[SHEET] = b"<worksheet " + MAIN + b"><sheetData>" + rows + b"</sheetData></worksheet>"
        types = members["[Content_Types].xml"]
        kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
        members["[Content_Types].xml"] = types.replace(
            b"</Types>", b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + kind + b'"/></Types>'
        )
        rels = members["xl/_rels/workbook.xml.rels"]
        type_ = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
        members["xl/_rels/workbook.xml.rels"] = rels.replace(
            b"</Relationships>", b'<Relationship Id="rIdS" Type="' + type_ + b'" Target="sharedStrings.xml"/></Relationships>'
        )

    return repacked(change)


def refused() -> Iterator[tuple[str, bytes, str]]:
    plain = ordinary()
    ole = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 2000
    yield "nothing", b"", "not_a_workbook"
    yield "text", "村,得分\n霍村,86".encode(), "not_a_workbook"
    yield "HTML under the name of a workbook", b"<html><table><tr><td>86</td></tr></table></html>", "not_a_workbook"
    yield "a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "not_a_workbook"
    yield "a PDF", b"%PDF-1.7\n", "not_a_workbook"
    yield "an old .xls", ole, "old_format"
    yield "protected by a password", ole + "EncryptedPackage".encode("utf-16-le"), "encrypted"
    yield "a Word document", packed([("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<x/>")]), "not_a_workbook"
    yield (
        "an OpenDocument table",
        packed([("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", b"<x/>")]),
        "not_a_workbook",
    )
    yield "a binary workbook", packed([("xl/workbook.bin", b"\0")]), "old_format"
    yield "macros", with_member("xl/vbaProject.bin", b"\0"), "macros"
    yield "old macros", with_member("xl/macrosheets/sheet1.xml", b"<x/>"), "macros"
    yield "cut off", plain[: len(plain) // 2], "damaged"
    yield "cut off at the end", plain[:-10], "damaged"
    yield "a flipped byte", plain[:100] + bytes([plain[100] ^ 255]) + plain[101:], "damaged"
    yield "only the first bytes", b"PK\x03\x04", "damaged"
    yield "a way out upwards", with_member("../../etc/passwd", b"x"), "damaged"
    yield "an absolute way out", with_member("/etc/passwd", b"x"), "damaged"
    yield "a way out with backslashes", with_member("..\\..\\x", b"x"), "damaged"
    yield "a drive", with_member("C:/x", b"x"), "damaged"
    yield "a name twice", packed([*_members(plain), (SHEET, b"<worksheet/>")]), "damaged"
    yield "a name twice but for case", packed([*_members(plain), (SHEET.upper(), b"<worksheet/>")]), "damaged"
    yield "laughs", with_member(STRINGS, LAUGHS), "damaged"
    yield (
        "an outside entity",
        with_member(
            SHEET,
            b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet '
            + MAIN
            + b"><sheetData>&e;</sheetData></worksheet>",
        ),
        "damaged",
    )
    yield "a document type in lower case", with_member(SHEET, b"<!doctype x><worksheet/>"), "damaged"
    yield "UTF-16", with_member(SHEET, ('<?xml version="1.0" encoding="UTF-16"?><worksheet/>').encode("utf-16")), "damaged"
    yield "UTF-7", with_member(SHEET, b'<?xml version="1.0" encoding="utf-7"?><worksheet/>'), "damaged"
    yield "no XML", with_member(SHEET, b"\0\1\2"), "damaged"
    yield "no list of sheets", repacked(lambda members: members.pop("xl/_rels/workbook.xml.rels")), "damaged"
    yield "a list that leads nowhere", repacked(lambda members: members.pop(SHEET)), "damaged"
    yield "sheets without addresses and with errors", with_sheet(b'<row><c t="e"><v>#N/A</v></c></row>'), "damaged"
    yield "a method of packing that nobody uses", repacked(lambda members: None, method=zipfile.ZIP_LZMA), "damaged"
    yield "unpacks to a hundred megabytes", with_member("xl/media/image1.png", b"\0" * (100 * 2**20)), "unpacks_too_large"
    yield (
        "sixty megabytes in six parts",
        packed([*_members(plain), *((f"xl/{i}.bin", bytes(10 * 2**20)) for i in range(6))]),
        "unpacks_too_large",
    )
    yield "a part that packs too well", with_member("xl/a.bin", b"\0" * (20 * 2**20)), "unpacks_too_large"
    yield "lies about its size", lying_about_sizes(), "damaged"
    yield "three hundred parts", packed([*_members(plain), *((f"xl/{i}.bin", b"") for i in range(300))]), "too_many_parts"
    yield (
        "a hundred thousand parts",
        packed([*_members(plain), *((f"{i}", b"") for i in range(100_000))], method=zipfile.ZIP_STORED),
        "too_many_parts",
    )
    yield "a cell in the last row", with_sheet(b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>'), "too_many_rows"
    yield "a cell in the last column", with_sheet(b'<row r="1"><c r="XFD1"><v>1</v></c></row>'), "too_many_columns"
    yield (
        "the first and the last cell",
        with_sheet(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        "too_heavy",
    )
    yield "beyond the last cell", with_sheet(b'<row r="9999999"><c r="ZZZ9999999"><v>1</v></c></row>'), "too_many_rows"
    yield "one long text in every row", long_text(2_000_000, 3_000), "too_heavy"
    yield (
        "sixty thousand rows of a hundred columns",
        with_sheet(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="60000"><c r="CV60000"><v>1</v></c></row>'),
        "too_many_cells",
    )


def harmless() -> Iterator[tuple[str, bytes]]:
    """Odd, but nothing to refuse: read, and then found not to be a form."""
    yield "ordinary", ordinary()
    yield "an infinite number", with_sheet(b'<row r="1"><c r="A1"><v>1e309</v></c></row>')
    yield "no number", with_sheet(b'<row r="1"><c r="A1"><v>NaN</v></c></row>')
    yield "a nested ZIP", with_member("xl/a.zip", ordinary())
    yield "an empty sheet", with_sheet(b"")
    yield "a byte order mark", repacked(lambda members: members.update({SHEET: b"\xef\xbb\xbf" + members[SHEET]}))
    yield "stored, not packed", repacked(lambda members: None, method=zipfile.ZIP_STORED)
    yield (
        "merged over everything",
        repacked(
            lambda members: members.update(
                {
                    SHEET: members[SHEET].replace(
                        b"</sheetData>", b'</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
                    )
                }
            )
        ),
    )
    yield "a million styled blanks", with_sheet(b"".join(b'<row r="%d" s="1"/>' % i for i in range(1, 100_000)))


def _members(content: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return [(name, package.read(name)) for name in package.namelist()]
