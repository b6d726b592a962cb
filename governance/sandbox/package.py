"""The package around a workbook: a ZIP file whose promises are checked before and while it is unpacked."""

from __future__ import annotations

import io
import re
import zipfile

MAX_FILE = 20 * 2**20
MAX_UNPACKED = 50 * 2**20
MAX_RATIO = 100
RATIO_COUNTS_FROM = 2**20  # a small part of equal bytes packs well and harms nobody
MAX_MEMBERS = 200
MAX_ROWS = 60_000

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
DECLARES_A_TYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
ENCODING = re.compile(rb"""<\?xml[^>]*\bencoding\s*=\s*["']([\w.-]+)["']""")
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
BEFORE_ITS_ROWS = 4_096  # bytes of a sheet in which its dimension stands, if it says one
DIMENSION = re.compile(rb"""<(?:\w+:)?dimension\s+ref\s*=\s*["'][A-Z]*[0-9]*:[A-Z]+([0-9]+)["']""")
PLAIN_ENCODINGS = {b"utf-8", b"us-ascii", b"ascii"}


class Refused(Exception):
    """This file won't be read. `detail` fills the sentence that governance.workbooks.reading has for the code."""

    def __init__(self, code: str, **detail: str | int) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def refuse_by_first_bytes(data: bytes) -> None:
    """Cheap enough for the process that got the upload; everything deeper is a child's."""
    if len(data) > MAX_FILE:
        raise Refused("too_large")
    if data.startswith(OLE_MAGIC):
        raise Refused("encrypted" if ENCRYPTED_STREAM in data else "old_format")
    if not data.startswith(ZIP_MAGIC):
        raise Refused("not_a_workbook")


def unpack(data: bytes) -> dict[str, bytes]:
    """Every member by name, in no more memory than MAX_UNPACKED. A member longer than promised fails its checksum.

    raises  Refused, zipfile.BadZipFile, zlib.error and what else a damaged file brings about
    """
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        infos = package.infolist()
        _refuse_by_promises(infos)
        _refuse_by_dimensions(package, infos)
        members = {info.filename: package.read(info) for info in infos}
    for name, content in members.items():
        if name.endswith((".xml", ".rels")):
            _refuse_strange_xml(content)
    return members


def _refuse_by_promises(infos: list[zipfile.ZipInfo]) -> None:
    if len(infos) > MAX_MEMBERS:
        raise Refused("too_many_parts", limit=MAX_MEMBERS)
    if any(info.flag_bits & 1 for info in infos):
        raise Refused("encrypted")
    if sum(info.file_size for info in infos) > MAX_UNPACKED:
        raise Refused("unpacks_too_large", limit=MAX_UNPACKED // 2**20)
    if any(_packs_too_well(info) for info in infos):
        raise Refused("unpacks_too_large", limit=MAX_UNPACKED // 2**20)
    names = [info.filename for info in infos]
    if len({name.lower() for name in names}) < len(names) or any(map(_leads_outside, names)):
        raise Refused("damaged")
    if any(info.compress_type not in METHODS for info in infos):
        raise Refused("damaged")
    if any(name.lower().endswith("vbaproject.bin") or "macrosheets/" in name.lower() for name in names):
        raise Refused("macros")
    if "xl/workbook.xml" not in names:
        raise Refused("old_format" if "xl/workbook.bin" in names else "not_a_workbook")


def _refuse_by_dimensions(package: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> None:
    """What a sheet says of its own size is believed where it is too much; where it says too little, its rows are counted later."""
    for info in infos:
        if SHEET.fullmatch(info.filename):
            with package.open(info) as sheet:
                said = DIMENSION.search(sheet.read(BEFORE_ITS_ROWS))
            if said and int(said[1]) > MAX_ROWS:
                raise Refused("sheet_too_long", rows=int(said[1]), limit=MAX_ROWS)


def _packs_too_well(info: zipfile.ZipInfo) -> bool:
    return info.file_size > RATIO_COUNTS_FROM and info.file_size > MAX_RATIO * max(info.compress_size, 1)


def _leads_outside(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ":" in name or "\0" in name or ".." in name.split("/")


def _refuse_strange_xml(content: bytes) -> None:
    """Excel and WPS write UTF-8 without a document type; anything else is read differently by different readers."""
    head = content[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    declared = ENCODING.match(head)
    if head[:1] not in (b"<", b"") or b"\0" in head or (declared and declared[1].lower() not in PLAIN_ENCODINGS):
        raise Refused("damaged")
    if b"!" in content and DECLARES_A_TYPE.search(content):
        raise Refused("damaged")
