"""Workbooks made by hand to hurt a reader: two hundred, thirty of them bombs. Each is a name, its bytes, and the refusal that it
deserves, or none where it is odd and harms nobody."""

from __future__ import annotations

import base64
import gzip
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


Case = tuple[str, bytes, str]  # name, content, code; an empty code: read, and found to be no form

BOMBS = {
    "unpacks to a hundred megabytes", "sixty megabytes in six parts", "a part that packs too well", "lies about its size",
    "three hundred parts", "a hundred thousand parts", "laughs", "a cell in the last row", "a cell in the last column",
    "the first and the last cell", "beyond the last cell", "one long text in every row", "sixty thousand rows of a hundred columns",
    "a nested ZIP", "a million styled blanks", "merged over everything",
    "laughs in the list of sheets", "laughs in a sheet", "one entity a hundred thousand times", "entities of parameters",
    "a million shared strings", "ZIP in ZIP, ten deep", "one part under a hundred names", "a part of a terabyte, it says",
    "a hundred thousand levels", "an attribute of twenty megabytes", "three hundred thousand mergers", "says that it has a million rows",
    "sixty thousand and one rows", "a hundred thousand formats",
}  # fmt: skip


def made_by_hand() -> list[Case]:
    """All of them."""
    families = (refused(), heads(), packages(), names(), declarations(), bombs(), cells())
    return [*(case for family in families for case in family), *((name, content, "") for name, content in harmless())]


def heads() -> Iterator[Case]:
    """What else people have under the name of a workbook."""
    plain = ordinary()
    for name, head in HEADS.items():
        yield f"{name} under the name of a workbook", head + bytes(300), "not_a_workbook"
    yield "a workbook behind a space", b" " + plain, "not_a_workbook"
    yield "a workbook behind a byte order mark", b"\xef\xbb\xbf" + plain, "not_a_workbook"
    yield "a workbook packed once more", gzip.compress(plain, mtime=0), "not_a_workbook"
    yield "a workbook in base64", base64.b64encode(plain), "not_a_workbook"
    yield "an old .xls behind a workbook's name, one stream", OLE + b"W\0o\0r\0k\0b\0o\0o\0k\0" + bytes(500), "old_format"


OLE = bytes.fromhex("d0cf11e0a1b11ae1")
HEADS = {
    "a gzip file": b"\x1f\x8b\x08", "a 7z file": b"7z\xbc\xaf\x27\x1c", "a RAR file": b"Rar!\x1a\x07", "a bzip2 file": b"BZh9", "an xz file": b"\xfd7zXZ\0",
    "a program of Windows": b"MZ\x90\0", "a program of Linux": b"\x7fELF", "a class of Java": b"\xca\xfe\xba\xbe", "a JPEG": b"\xff\xd8\xff\xe0", "a GIF": b"GIF89a",
    "a WebP": b"RIFF\0\0\0\0WEBP", "a TIFF": b"II*\0", "an SVG": b"<svg onload='alert(1)'/>", "a film": b"\0\0\0\x18ftypmp42", "a SQLite database": b"SQLite format 3\0",
    "JSON": b'{"a": 1}', "a mail": b"MIME-Version: 1.0\n", "RTF": b"{\\rtf1", "SYLK": b"ID;PWXL;N;E\n", "a dBase table": b"\x03\x5f\x07\x1a",
    "XML of Excel 2003": b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', "text in UTF-16": b"\xff\xfe\x01\x02", "an empty ZIP": b"PK\x05\x06",
    "a ZIP in several volumes": b"PK\x07\x08", "zeros": bytes(8), "a shortcut": b"L\0\0\0\x01\x14\x02\0", "a formula": b"=cmd|' /C calc'!A0",
}  # fmt: skip


def packages() -> Iterator[Case]:
    """ZIP files that disagree with themselves."""
    plain = ordinary()
    end = plain.rindex(b"PK\x05\x06")
    central = plain.index(b"PK\x01\x02")
    for method in (1, 6, 9, 10, 12, 14, 93, 95, 97, 98, 99):
        yield f"packed by method {method}", _with_method(plain, method), "damaged"
    yield "says that a part is encrypted", _patched(plain, central + 8, b"\x01\0"), "encrypted"
    yield "its directory is elsewhere", _patched(plain, end + 16, struct.pack("<I", 7)), "damaged"
    yield "its directory is far beyond the end", _patched(plain, end + 16, struct.pack("<I", 2**31)), "damaged"
    yield "no directory", plain[:central], "damaged"
    yield "a directory and nothing else", b"PK\x03\x04" + plain[central:], "damaged"
    yield "a checksum that is wrong", _patched(plain, central + 16, b"\0\0\0\0"), "damaged"
    yield "a part that begins elsewhere", _patched(plain, central + 42, struct.pack("<I", 11)), "damaged"
    yield "a part under another name inside", _patched(plain, 30, b"X"), "damaged"
    yield "a remark at its end", _patched(plain, end + 20, struct.pack("<H", 4)) + b"PK\x05\x06", "damaged"
    yield "a remark that is longer than it says", plain + b"=1+1", ""
    yield "the same workbook twice, one behind the other", plain + plain, ""
    yield "a part less", packed(_members(plain)[1:]), ""
    yield "parts in another order", packed(reversed(_members(plain))), ""
    yield "no parts", packed([]) + bytes(30), "not_a_workbook"
    yield "an empty list of parts", with_member("[Content_Types].xml", b""), ""
    yield "an empty list of sheets", with_member("xl/workbook.xml", b""), "damaged"
    yield "a list of sheets without sheets", with_member("xl/workbook.xml", b"<workbook " + MAIN + b"><sheets/></workbook>"), ""
    yield "styles that are no styles", with_member("xl/styles.xml", b"<html/>"), "damaged"
    yield "two macro parts", packed([*_members(plain), ("xl/VBAPROJECT.BIN", b"\0"), ("xl/vbaData.xml", b"<x/>")]), "macros"


def _with_method(content: bytes, method: int) -> bytes:
    """Of the first part, in both of its headers."""
    return _patched(_patched(content, 8, struct.pack("<H", method)), content.index(b"PK\x01\x02") + 10, struct.pack("<H", method))


def _patched(content: bytes, at: int, piece: bytes) -> bytes:
    return content[:at] + piece + content[at + len(piece) :]


def names() -> Iterator[Case]:
    """Names of parts that lead out of a folder, were anything ever unpacked into one."""
    for name in (
        "..",
        "a/../../x",
        "xl/../../../x",
        "xl/worksheets/../../../../tmp/x",
        "\\\\server\\share\\x",
        "xl\\..\\x",
        "file:x",
        "//server/x",
    ):
        yield f"a part called {name}", with_member(name, b"x"), "damaged"
    for name in ("．．/x", "%2e%2e/x", "CON", "~root/x", "x" * 300, "\u202excod", "x\n", " ", "._x", "xl/ws/./x"):
        yield f"a part called {name[:20]!r}", with_member(name, b"x"), ""


def declarations() -> Iterator[Case]:
    """Document types, entities and other alphabets, wherever XML is read."""
    parts = {
        "the list of parts": "[Content_Types].xml", "the list of sheets": "xl/workbook.xml", "the targets": "xl/_rels/workbook.xml.rels",
        "the styles": "xl/styles.xml", "a sheet": SHEET, "the properties": "docProps/core.xml",
    }  # fmt: skip
    for where, part in parts.items():
        for name, change in DECLARATIONS.items():
            yield f"{name} in {where}", _changed(part, change), "damaged"


def _changed(part: str, change: Callable[[bytes], bytes]) -> bytes:
    return repacked(lambda members: members.update({part: change(members[part])}))


def _declared(what: bytes) -> Callable[[bytes], bytes]:
    def change(xml: bytes) -> bytes:
        head, end, rest = xml.partition(b"?>") if xml.startswith(b"<?xml") else (b"", b"", xml)
        return head + end + what + rest

    return change


DECLARATIONS: dict[str, Callable[[bytes], bytes]] = {
    "a file from outside": _declared(b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'),
    "an address outside": _declared(b'<!DOCTYPE x PUBLIC "x" "http://127.0.0.1/x.dtd">'),
    "an alphabet of two bytes": lambda xml: xml.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    "an alphabet of seven bits": lambda xml: b'<?xml version="1.0" encoding="utf-7"?>' + xml[xml.find(b"?>") + 2 if xml.startswith(b"<?xml") else 0 :],
    "a byte of zero at the beginning": lambda xml: b"\0" + xml,
}  # fmt: skip


def bombs() -> Iterator[Case]:
    """Small on the way in."""
    plain = ordinary()
    yield "laughs in the list of sheets", with_member("xl/workbook.xml", LAUGHS), "damaged"
    yield "laughs in a sheet", with_member(SHEET, LAUGHS), "damaged"
    yield (
        "one entity a hundred thousand times",
        with_member(SHEET, b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 100_000 + b'">]><x>' + b"&a;" * 100_000 + b"</x>"),
        "damaged",
    )
    yield (
        "entities of parameters",
        with_member(SHEET, b'<!DOCTYPE x [<!ENTITY % a "%b;%b;%b;"><!ENTITY % b "%c;%c;%c;"><!ENTITY % c "x">%a;]><x/>'),
        "damaged",
    )
    chance = random.Random(5)
    strings = b"".join(b"<si><t>%08x</t></si>" % chance.getrandbits(32) for _i in range(1_000_000))
    yield "a million shared strings", with_member(STRINGS, b"<sst " + MAIN + b">" + strings + b"</sst>"), ""
    nested = plain
    for _level in range(10):
        nested = packed([*_members(plain), ("xl/embedded.xlsx", nested)])
    yield "ZIP in ZIP, ten deep", nested, ""
    yield "one part under a hundred names", _under_many_names(100), "unpacks_too_large"
    yield "a part of a terabyte, it says", _of_a_terabyte(), "unpacks_too_large"
    levels = b"<workbook " + MAIN + b">" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</workbook>"
    yield "a hundred thousand levels", with_member("xl/workbook.xml", levels), ""
    wide = chance.randbytes(10 * 2**20).hex().encode()
    yield "an attribute of twenty megabytes", with_sheet(b'<row r="1" x="' + wide + b'"><c r="A1"><v>1</v></c></row>'), ""
    mergers = b"".join(b'<mergeCell ref="A%d:B%d"/>' % (i, i + chance.randrange(9)) for i in range(1, 300_001))
    yield (
        "three hundred thousand mergers",
        with_member(SHEET, b"<worksheet " + MAIN + b"><sheetData/><mergeCells>" + mergers + b"</mergeCells></worksheet>"),
        "",
    )
    said = b"<worksheet " + MAIN + b'><dimension ref="A1:B1048576"/><sheetData/></worksheet>'
    yield "says that it has a million rows", with_member(SHEET, said), "sheet_too_long"
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>%d</v></c></row>' % (i, i, chance.randrange(100)) for i in range(1, 60_002))
    yield "sixty thousand and one rows", with_sheet(rows), "too_many_rows"
    formats = b"".join(b'<numFmt numFmtId="%d" formatCode="0.%d%%"/>' % (i, chance.randrange(10**6)) for i in range(200, 100_200))
    yield (
        "a hundred thousand formats",
        with_member("xl/styles.xml", b"<styleSheet " + MAIN + b"><numFmts>" + formats + b"</numFmts></styleSheet>"),
        "",
    )


def _under_many_names(count: int) -> bytes:
    """A directory whose every line leads to the same megabyte."""
    one = packed([("xl/workbook.xml", b"<x/>"), ("xl/0000.bin", random.Random(6).randbytes(2**20))])
    central, end = one.index(b"PK\x01\x02"), one.rindex(b"PK\x05\x06")
    line = one[one.index(b"PK\x01\x02", central + 4) : end]
    lines = one[central:end] + b"".join(line.replace(b"0000", b"%04d" % number) for number in range(1, count))
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count + 1, count + 1, len(lines), central, 0)
    return one[:central] + lines + tail


def _of_a_terabyte() -> bytes:
    one = packed([("xl/workbook.xml", b"<x/>"), ("xl/a.bin", b"x" * 999)], method=zipfile.ZIP_STORED)
    promise = struct.pack("<II", 999, 999)
    at = one.rindex(promise)  # of the directory's last line; the extra field says the rest
    extra = struct.pack("<HHQ", 1, 8, 2**40)
    name_at = at + 8
    line = (
        one[:at]
        + struct.pack("<II", 999, 0xFFFFFFFF)
        + one[name_at : name_at + 2]
        + struct.pack("<H", len(extra))
        + one[name_at + 4 :]
    )
    at_end = line.rindex(b"PK\x05\x06")
    size = struct.unpack("<I", line[at_end + 12 : at_end + 16])[0] + len(extra)
    return line[:at_end] + extra + _patched(line[at_end:], 12, struct.pack("<I", size))


def cells() -> Iterator[Case]:
    """Cells as no spreadsheet writes them."""
    for name, rows, code in CELLS:
        yield f"a cell: {name}", with_sheet(rows), code


CELLS = [
    ("infinite downwards", b'<row r="1"><c r="A1"><v>-1e309</v></c></row>', ""),
    ("four hundred digits", b'<row r="1"><c r="A1"><v>' + b"9" * 400 + b"</v></c></row>", ""),
    ("next to nothing", b'<row r="1"><c r="A1"><v>1e-320</v></c></row>', ""),
    ("words where a number is due", b'<row r="1"><c r="A1"><v>eighty</v></c></row>', ""),
    ("neither true nor false", b'<row r="1"><c r="A1" t="b"><v>2</v></c></row>', "damaged"),
    ("an error that nobody knows", b'<row r="1"><c r="A1" t="e"><v>#BOOM!</v></c></row>', "damaged"),
    ("of a kind that nobody knows", b'<row r="1"><c r="A1" t="boom"><v>1</v></c></row>', "damaged"),
    ("a shared string that is not there", b'<row r="1"><c r="A1" t="s"><v>99</v></c></row>', "damaged"),
    ("a shared string below zero", b'<row r="1"><c r="A1" t="s"><v>-1</v></c></row>', "damaged"),
    ("a style that is not there", b'<row r="1"><c r="A1" s="4294967295"><v>1</v></c></row>', ""),
    ("a style below zero", b'<row r="1"><c r="A1" s="-1"><v>1</v></c></row>', ""),
    ("an address in small letters", b'<row r="1"><c r="a1"><v>1</v></c></row>', ""),
    ("a day that no month has", b'<row r="1"><c r="A1" t="d"><v>2025-02-30</v></c></row>', ""),
    ("in row zero", b'<row r="0"><c r="A0"><v>1</v></c></row>', "damaged"),
    ("in no column", b'<row r="1"><c r="1"><v>1</v></c></row>', "damaged"),
    ("without an address", b"<row><c><v>1</v></c></row>", ""),
    ("twice", b'<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>', ""),
    ("rows from below", b'<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>2</v></c></row>', ""),
    ("a day before all days", b'<row r="1"><c r="A1" s="1"><v>-5</v></c></row>', ""),
    ("a formula that starts a program", b'<row r="1"><c r="A1"><f>cmd|\' /C calc\'!A0</f><v>1</v></c></row>', ""),
    ("text that has no end", b'<row r="1"><c r="A1" t="inlineStr"><is><t>x', "damaged"),
    ("a forbidden character", b'<row r="1"><c r="A1" t="inlineStr"><is><t>&#0;</t></is></c></row>', "damaged"),
    ("bytes that are no text", b'<row r="1"><c r="A1" t="inlineStr"><is><t>\xff\xfe</t></is></c></row>', "damaged"),
]


def refused() -> Iterator[Case]:
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
