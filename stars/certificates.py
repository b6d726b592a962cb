"""Certificate numbers: county, year, running number and a check character that finds a mistyped or swapped digit.

140821-2025-0001-9: the last is ISO 7064 MOD 11-2 over the fourteen digits before it, X for ten, as on identity cards.
"""

from __future__ import annotations

import re
import unicodedata

FORM = re.compile(r"([0-9]{6})-([0-9]{4})-([0-9]{4})-([0-9X])")
MOST = 9999


def certificate_number(county: str, year: int, serial: int) -> str:
    """raises ValueError, if the parts do not fit"""
    number = f"{county}-{year:04}-{serial:04}"
    whole = f"{number}-{check_character(number.replace('-', ''))}"
    if not 1 <= serial <= MOST or not FORM.fullmatch(whole):
        raise ValueError(f"no certificate number has county {county}, year {year}, serial {serial}")
    return whole


def is_certificate_number(text: str) -> bool:
    parts = FORM.fullmatch(text)
    return parts is not None and check_character("".join(parts.groups()[:3])) == parts[4]


def as_typed(text: str) -> str:
    """What somebody reads off a paper and types: full-width digits, other dashes, small x, spaces."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return re.sub(r"[‐-―−﹣]", "-", re.sub(r"\s", "", plain))


def serial_of(number: str) -> int:
    return int(number.split("-")[2])


def check_character(digits: str) -> str:
    product = 0
    for digit in digits:
        product = (product + int(digit)) * 2 % 11
    return "0123456789X"[(12 - product) % 11]
