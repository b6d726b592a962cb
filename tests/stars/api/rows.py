"""Published rows of other places, written past the services: what must not be seen needs no life of its own."""

from __future__ import annotations

from datetime import datetime
from itertools import count

from governance.models import Post, User
from stars.models import Decision, Outcome, Publication, PublishedRating, RatingYear

numbers = count(1)


def publication_of(rating_year: RatingYear, *, by: User, at: datetime, number: int) -> Publication:
    version = rating_year.publications.count() + 1
    decision = Decision.objects.create(
        rating_year=rating_year, version=version, policy_id=rating_year.policy_id, policy_digest=rating_year.policy.digest, block=b"",
        inputs_digest="", result_digest="", decided_by=by, decided_at=at,
    )  # fmt: skip
    return Publication.objects.create(
        number=number, rating_year=rating_year, version=version, decision=decision, published_by=by, published_at=at, rows_digest="",
        hash=f"{next(numbers):064}",
    )  # fmt: skip


def row_of(publication: Publication, post: Post, *, star: int | None = 3, **fields: object) -> PublishedRating:
    village = post.territory
    rated = star is not None
    values = {
        "publication": publication, "county": int(village.path[:6]), "year": publication.rating_year.year, "person": post.person,
        "person_name": post.person.name, "post": post, "territory": village, "village_code": village.code,
        "village_name": village.short_name, "township_name": village.parent.short_name, "star": star,
        "outcome": Outcome.RATED if rated else Outcome.NONE, "score": 8750, "pay_cents": 30000, "grade": 1, "trace": b"",
        "certificate_no": f"T{next(numbers):08}" if rated else None,
    }  # fmt: skip
    return PublishedRating(**values | fields)


def publish_rows(
    rating_year: RatingYear, posts: list[Post], *, by: User, at: datetime, number: int, **fields: object
) -> list[PublishedRating]:
    publication = publication_of(rating_year, by=by, at=at, number=number)
    return PublishedRating.objects.bulk_create([row_of(publication, post, **fields) for post in posts])
