"""Publishing: a number of its own, rows that nobody edits, certificates, a link of the county's chain, an anchor outside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from governance.models import User
from stars.certificates import certificate_number, serial_of
from stars.chain import link, rows_digest
from stars.models import Decision, Outcome, Publication, PublishedRating, Rating, RatingYear
from stars.services import anchors
from stars.services.locks import lock_publications

RESULT = ("outcome", "star", "grade", "score", "pay_cents")


def publish(rating_year: RatingYear, decision: Decision, *, by: User, at: datetime) -> Publication:
    """Write the decided ratings; the caller has checked that they are, and holds the county-year's lock.

    The first version has a row for everybody on the roster; a later one a row for everybody whose result or trace differs,
    each naming the row that it takes the place of.
    """
    lock_publications()
    publication = _publication(rating_year, decision, by, at)
    in_force = {row.person_id: row for row in published_in_force(rating_year)}
    serials = _serials(rating_year)
    rows = [
        _row(rating, in_force.get(rating.entry.person_id), publication, serials)
        for rating in _ratings(rating_year)
        if differs(rating, in_force.get(rating.entry.person_id))
    ]
    publication.rows_digest = rows_digest(rows)
    publication.hash = link(publication)
    publication.save(force_insert=True)
    PublishedRating.objects.bulk_create(rows)
    transaction.on_commit(anchors.write_missing, robust=True)
    return publication


def published_in_force(rating_year: RatingYear) -> list[PublishedRating]:
    """The newest row of everybody."""
    rows = PublishedRating.objects.filter(publication__rating_year=rating_year, superseded_by=None)
    return list(rows.order_by("person_id"))


def differs(rating: Rating, published: PublishedRating | None) -> bool:
    if published is None:
        return True
    same = all(getattr(rating, name) == getattr(published, name) for name in RESULT)
    return not same or bytes(rating.trace) != bytes(published.trace)


def head_of_chain(rating_year: RatingYear) -> Publication | None:
    """The county's last publication, of whatever year."""
    return Publication.objects.filter(rating_year__territory=rating_year.territory_id).order_by("-number").first()


def _publication(rating_year: RatingYear, decision: Decision, by: User, at: datetime) -> Publication:
    last, head = Publication.objects.aggregate(number=Max("number"))["number"], head_of_chain(rating_year)
    version = rating_year.publications.aggregate(version=Max("version"))["version"]
    return Publication(
        number=(last or 0) + 1, rating_year=rating_year, version=(version or 0) + 1, decision=decision,
        reason=rating_year.correction_reason, published_by=by, published_at=at, previous_hash=head.hash if head else "",
    )  # fmt: skip


def _ratings(rating_year: RatingYear) -> list[Rating]:
    """In the order of the villages: that is the order of certificate numbers."""
    ratings = Rating.objects.filter(rating_year=rating_year)
    related = ratings.select_related("entry__person", "entry__territory__parent")
    return list(related.order_by("entry__territory__path", "entry__person_id"))


def _serials(rating_year: RatingYear) -> Iterator[int]:
    """Running numbers behind those that the county's year has given out."""
    given = PublishedRating.objects.filter(publication__rating_year=rating_year).values_list("certificate_no", flat=True)
    serial = max((serial_of(number) for number in given if number), default=0)
    while True:
        serial += 1
        yield serial


def _row(rating: Rating, earlier: PublishedRating | None, publication: Publication, serials: Iterator[int]) -> PublishedRating:
    entry, village = rating.entry, rating.entry.territory
    county, year = publication.rating_year.territory.path, publication.rating_year.year
    rated = rating.outcome == Outcome.RATED
    return PublishedRating(
        publication=publication, county=int(county), year=year, person=entry.person, person_name=entry.person.name,
        post_id=entry.post_id, territory=village, village_code=village.code, village_name=village.short_name,
        township_name=village.parent.short_name if village.parent else "", trace=bytes(rating.trace), supersedes=earlier,
        certificate_no=certificate_number(county, year, next(serials)) if rated else None,
        **{name: getattr(rating, name) for name in RESULT},
    )  # fmt: skip
