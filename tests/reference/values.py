"""Values of docs/grammar.md section 2: whole numbers in the unit of their type, or one of four specials."""

from enum import Enum
from fractions import Fraction

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12, "two_years": 24}
HUNDREDFOLD = {"points", "percent", "money"}


class Special(Enum):
    NOT_FILED = "not_filed"
    NOT_APPLICABLE = "not_applicable"
    NONE = "none"
    DISQUALIFIED = "disqualified"

    def __repr__(self) -> str:
        return self.value


NOT_FILED, NOT_APPLICABLE, NONE, DISQUALIFIED = Special
SPECIALS = {special.value: special for special in Special}
Value = int | Special


def is_special(value: Value) -> bool:
    return isinstance(value, Special)


def contagion(values: list[Value]) -> Special | None:
    for special in (DISQUALIFIED, NOT_FILED, NONE, NOT_APPLICABLE):
        if special in values:
            return special
    return None


def rounded(exact: Fraction, how: str = "half_up") -> int:
    """Rounds the magnitude and gives the sign back."""
    magnitude = abs(exact)
    whole = magnitude.numerator // magnitude.denominator
    rest = magnitude - whole
    if (how == "half_up" and rest >= Fraction(1, 2)) or (how == "up" and rest > 0):
        whole += 1
    return whole if exact >= 0 else -whole


def in_unit(number: int | Fraction, unit: str) -> int:
    """A number of the document in whole units of its type."""
    whole = Fraction(number) * (100 if unit in HUNDREDFOLD else 1)
    assert whole.denominator == 1, (number, unit)
    return int(whole)
