"""A score as people write it: text to whole hundredths and back. Page, workbook and API all read cells here."""

from __future__ import annotations

import re
import unicodedata

from django.utils.translation import gettext as _

from governance.errors import RuleBroken

NOT_FILED = -32768  # nobody has said anything yet
NOT_APPLICABLE = -32767  # somebody has said that it does not apply
NOT_APPLICABLE_WORDS = frozenset({"不适用", "/"})
NUMBER = re.compile(r"(-?)([0-9]*)(?:\.([0-9]*))?")
SHOWN = 20  # letters of a wrong entry that a message repeats


def parse_score(text: str, *, maximum: int, partial: bool = False) -> int:
    """Hundredths of a point; NOT_FILED for a blank cell; NOT_APPLICABLE for 不适用 or a slash.

    maximum  hundredths
    partial  “does not apply” is an answer here, and is worth mentioning
    raises   RuleBroken: not_a_number, too_many_decimals, out_of_range
    """
    typed = unicodedata.normalize("NFKC", text).strip()
    if not typed:
        return NOT_FILED
    if typed in NOT_APPLICABLE_WORDS:
        return NOT_APPLICABLE
    number = NUMBER.fullmatch(typed)
    if not number or not (number[2] or number[3]):
        raise _refused("not_a_number", typed, maximum, partial)
    sign, whole, decimals = number[1], number[2].lstrip("0"), (number[3] or "").rstrip("0")
    if len(decimals) > 2:
        raise _refused("too_many_decimals", typed, maximum, partial)
    if (sign and (whole or decimals)) or len(whole) > 4:
        raise _refused("out_of_range", typed, maximum, partial)
    score = int(whole or "0") * 100 + int(decimals.ljust(2, "0"))
    if score > maximum:
        raise _refused("out_of_range", typed, maximum, partial)
    return score


def format_score(score: int) -> str:
    """What `parse_score` reads back: 8650 → "86.5", NOT_FILED → "", NOT_APPLICABLE → "不适用"."""
    if score == NOT_FILED:
        return ""
    if score == NOT_APPLICABLE:
        return "不适用"
    whole, rest = divmod(abs(score), 100)
    decimals = f".{rest:02}".rstrip("0") if rest else ""
    return f"{'-' if score < 0 else ''}{whole}{decimals}"


def _refused(code: str, typed: str, maximum: int, partial: bool) -> RuleBroken:
    sentences = {
        "not_a_number": _(
            "“%(typed)s” is not a number; write a score from 0 to %(maximum)s, or “/” where the item does not apply."
        )
        if partial
        else _("“%(typed)s” is not a number; write a score from 0 to %(maximum)s."),
        "too_many_decimals": _("“%(typed)s” has more than two decimals; write a score from 0 to %(maximum)s with at most two."),
        "out_of_range": _("“%(typed)s” is out of range; write a score from 0 to %(maximum)s."),
    }
    shown = typed if len(typed) <= SHOWN else typed[:SHOWN] + "…"
    return RuleBroken(code, sentences[code] % {"typed": shown, "maximum": format_score(maximum)})
