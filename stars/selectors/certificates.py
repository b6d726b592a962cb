"""What a certificate's number says about the paper that carries it."""

from __future__ import annotations

from dataclasses import dataclass

from stars.certificates import is_certificate_number
from stars.models import PublishedRating


@dataclass(frozen=True)
class Looked:
    """mistyped  no number of ours is written so
    found     the row that gave it out; None: the number is not given out
    in_force  where a correction took the place of `found`: the newest one, whatever it says
    """

    mistyped: bool = False
    found: PublishedRating | None = None
    in_force: PublishedRating | None = None


def look_up(number: str) -> Looked:
    """`number` as certificates.as_typed leaves it."""
    if not is_certificate_number(number):
        return Looked(mistyped=True)
    rows = PublishedRating.objects.select_related("publication__rating_year__territory")
    found = rows.filter(certificate_no=number).first()
    newest, corrected = found, None
    while newest is not None and (corrected := rows.filter(supersedes=newest).first()) is not None:
        newest = corrected
    return Looked(found=found, in_force=newest if newest != found else None)


def has_certificate(rating: PublishedRating) -> bool:
    """A star that no correction has taken the place of."""
    return bool(rating.certificate_no) and not PublishedRating.objects.filter(supersedes=rating).exists()
