"""Text on its way into and out of cells."""

from __future__ import annotations

import unicodedata

STARTS_A_FORMULA = frozenset("=+-@\t\r\n\0")
LONGEST_FIRST = ("社区居民委员会", "村民委员会", "居民委员会", "社区居委会", "村委会", "居委会")


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula, not even after a detour through CSV; full-width signs included."""
    first = unicodedata.normalize("NFKC", text.lstrip(" 　")[:1])
    return f"'{text}" if text[:1] in STARTS_A_FORMULA or first[:1] in STARTS_A_FORMULA else text


def plain(text: object) -> str:
    """For comparing headings and names: one width, no spaces, no mark of `harmless`."""
    return "".join(unicodedata.normalize("NFKC", str(text)).split()).removeprefix("'")


def same_place(typed: str, *, name: str, short_name: str) -> bool:
    """霍村 and 霍村村委会 are one village."""
    return typed in (plain(name), plain(short_name)) or without_suffix(typed) in (without_suffix(plain(name)), plain(short_name))


def without_suffix(name: str) -> str:
    for suffix in LONGEST_FIRST:
        if name.endswith(suffix) and len(name) > len(suffix):
            return name.removesuffix(suffix)
    return name
