"""The chain of a county's publications: what each link is the SHA-256 of. docs/rating.md tells it for strangers.

Everything digested is canonical JSON: UTF-8, keys sorted, no spaces, no escapes of letters; bytes in hex, moments in UTC.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from stars.models import PayLine, Publication, PublishedRating

ROW = (
    "person_id", "person_name", "post_id", "territory_id", "village_code", "village_name", "township_name", "outcome", "star",
    "grade", "score", "pay_cents", "trace", "certificate_no", "supersedes_id",
)  # fmt: skip


def canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def rows_digest(ratings: Iterable[PublishedRating]) -> str:
    """Of the rows of one publication: of their digests, so that one row can be proven and the others stay unread."""
    return digest(row_digests(ratings))


def row_digests(ratings: Iterable[PublishedRating]) -> list[str]:
    """In the order of persons."""
    return [digest(row_of(rating)) for rating in sorted(ratings, key=lambda rating: rating.person_id)]


def link(publication: Publication) -> str:
    """The hash of a publication over everything it says and the link before it."""
    return digest(said_by(publication))


def said_by(publication: Publication) -> dict[str, Any]:
    decision, rating_year = publication.decision, publication.rating_year
    return {
        "number": publication.number,
        "county": rating_year.territory.path,
        "year": rating_year.year,
        "version": publication.version,
        "policy": decision.policy_digest,
        "inputs": decision.inputs_digest,
        "result": decision.result_digest,
        "decided_by": decision.decided_by_id,
        "decided_at": _utc(decision.decided_at),
        "rows": publication.rows_digest,
        "reason": digest(publication.reason),  # by its digest: it may name one of those whom the correction is about
        "published_by": publication.published_by_id,
        "published_at": _utc(publication.published_at),
        "previous": publication.previous_hash,
    }


def pay_digest(publication: Publication, lines: Iterable[PayLine]) -> str:
    """Of a pay list: the publication's link and the lines in the order of their ratings."""
    ordered = sorted(lines, key=lambda line: line.rating_id)
    found = [[x.rating_id, x.tier, x.monthly_cents, x.months, x.reward_cents, x.amount_cents] for x in ordered]
    return digest({"publication": publication.hash, "lines": found})


def row_of(rating: PublishedRating) -> list[Any]:
    """The fields in ROW."""
    values = (getattr(rating, name) for name in ROW)
    return [bytes(value).hex() if isinstance(value, bytes | memoryview) else value for value in values]


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
