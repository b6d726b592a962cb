"""Real forms, spoilt: one seed, one file. Bytes of the package, its members, their XML, and words that readers have fallen over."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from random import Random

from tests.stars.workbooks import hostile

Members = dict[str, bytes]

ATTRIBUTE = re.compile(rb"""\s([\w:]+)=["']([^"']*)["']""")
VALUE = re.compile(rb"<v>([^<]*)</v>")
WORDS = [
    b"XFD1048576", b"A0", b"AAAA1", b"A1:XFD1048576", b"1e309", b"-1e309", b"1e-320", b"NaN", b"Infinity", b"-1", b"0", b"",
    b"2147483648", b"-2147483649", b"18446744073709551616", b"9" * 400, b"&#0;", b"&#x0;", b"&lol;", b"%00", b"\0", b"\xff\xfe",
    b"\xed\xa0\x80", b"../../etc/passwd", b"file:///etc/passwd", b"http://127.0.0.1/", b"x" * 70_000, b"true", b"e", b"s", b"inlineStr",
    b"=1+1", b"=cmd|' /C calc'!A0", "１２".encode(), "\u202e".encode(), b"2025-02-30", b"100%", b"#REF!",
]  # fmt: skip
DECLARED = [
    b"<!DOCTYPE x>", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/">%p;]>',
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>', b"<!doctype x>", b'<?xml version="1.0" encoding="UTF-7"?>',
    b'<?xml version="1.1"?>', b'<?xml-stylesheet href="x"?>', b"<![CDATA[", b"<!--",
]  # fmt: skip
STRANGERS = [
    "xl/vbaProject.bin", "xl/macrosheets/sheet1.xml", "../x", "/x", "C:/x", "xl\\x", "EncryptedPackage", "xl/worksheets/sheet99.xml",
    "XL/WORKBOOK.XML", "xl/a.zip", "x\0y", "．．/x",
]  # fmt: skip


def mutated(form: bytes, seed: int) -> bytes:
    """The same bytes for the same seed."""
    chance = Random(seed)
    return chance.choice(KINDS)(form, chance)


def _bytes(form: bytes, chance: Random) -> bytes:
    content = bytearray(form)
    for _time in range(chance.randint(1, 20)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    return bytes(content)


def _cut_or_joined(form: bytes, chance: Random) -> bytes:
    at, length = chance.randrange(len(form)), chance.randrange(1, 2_000)
    return chance.choice(
        [
            form[:at],
            form[at:],
            form[:at] + form[at + length :],
            form[:at] + chance.randbytes(length) + form[at:],
            form + form[:at],
        ]
    )


def _something_else(form: bytes, chance: Random) -> bytes:
    ole = bytes.fromhex("d0cf11e0a1b11ae1")
    heads = [
        ole,
        ole + "EncryptedPackage".encode("utf-16-le"),
        b"PK\x05\x06",
        b"PK\x07\x08",
        b"<html>",
        b"%PDF-1.7",
        b"\x09\x08\x10\0",
        b"",
    ]
    return chance.choice(heads) + (form if chance.random() < 0.5 else chance.randbytes(chance.randrange(3_000)))


def _in_members(change: Callable[[Members, Random], None]) -> Callable[[bytes, Random], bytes]:
    def mutate(form: bytes, chance: Random) -> bytes:
        members = members_of(form)
        for _time in range(chance.choice((1, 1, 1, 2, 4))):
            change(members, chance)
        method = chance.choice((zipfile.ZIP_DEFLATED,) * 8 + (zipfile.ZIP_STORED, zipfile.ZIP_BZIP2))
        return hostile.packed(members.items(), method=method)

    return mutate


def members_of(form: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(form)) as package:
        return {name: package.read(name) for name in package.namelist()}


def _xml(members: Members, chance: Random) -> str:
    """Mostly of the sheets: there the scores are."""
    sheets = [name for name in members if "worksheets/" in name]
    return chance.choice(sheets) if sheets and chance.random() < 0.6 else chance.choice([*members] or ["x"])


def _attribute(members: Members, chance: Random) -> None:
    _replace_one(ATTRIBUTE, 2, members, chance)


def _value(members: Members, chance: Random) -> None:
    _replace_one(VALUE, 1, members, chance)


def _replace_one(pattern: re.Pattern[bytes], group: int, members: Members, chance: Random) -> None:
    name = _xml(members, chance)
    if found := list(pattern.finditer(members.get(name, b""))):
        start, end = chance.choice(found).span(group)
        members[name] = members[name][:start] + chance.choice(WORDS) + members[name][end:]


def _piece(members: Members, chance: Random) -> None:
    name = _xml(members, chance)
    content = members.get(name, b"")
    at = chance.randrange(len(content) + 1)
    put = chance.choice([b"<", b">", b'"', b"&", b"\xff", b"9", b"", b"<c/>", b"<row/>", b"</sheetData>", b"\0", *WORDS])
    members[name] = content[:at] + put + content[at + chance.choice((0, 1, 4, 300)) :]


def _declaration(members: Members, chance: Random) -> None:
    name = _xml(members, chance)
    content = members.get(name, b"")
    head = content.find(b"?>") + 2 if content.startswith(b"<?xml") else 0
    members[name] = content[: chance.choice((0, head))] + chance.choice(DECLARED) + content[head:]


def _membership(members: Members, chance: Random) -> None:
    name, other = chance.choice([*members] or ["x"]), chance.choice([*members] or ["x"])
    content = members.pop(name, b"")
    act = chance.randrange(5)
    if act == 0:
        members[chance.choice(STRANGERS)] = content
    elif act == 1 and other in members:
        members[name], members[other] = members[other], content
    elif act == 2:
        members[name] = b""
    elif act == 3:
        members[name] = content.decode("utf-8", "replace").encode("utf-16")


def _twice(form: bytes, chance: Random) -> bytes:
    members = list(members_of(form).items())
    name, content = chance.choice(members)
    return hostile.packed([*members, (chance.choice([name, name.upper()]), content)])


KINDS: list[Callable[[bytes, Random], bytes]] = [
    _bytes, _bytes, _cut_or_joined, _something_else, _twice, *map(_in_members, (_attribute, _value, _piece, _declaration, _membership)),
    *map(_in_members, (_attribute, _attribute, _value, _value, _value)),
]  # fmt: skip
