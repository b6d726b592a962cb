"""Published ratings on their way out: pages by key, and streams that PostgreSQL writes itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import Case, CharField, F, Func, Max, Min, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast

from governance.models import User
from stars.models import Outcome, Publication, PublishedRating

OUTCOMES = {Outcome(value).name.lower(): value for value in Outcome.values}
LINES = 400  # handed on at a time, some 64 KiB


class Instant(Func):
    """ISO 8601 at Asia/Shanghai, whatever the session's time zone."""

    template = """to_char(%(expressions)s AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD"T"HH24:MI:SS.US"+08:00"')"""
    output_field = CharField()


class NoFormula(Func):
    """A spreadsheet that opens the file must read text as text: what would begin a formula gets an apostrophe.
    The first comparison settles nearly every Chinese name without a regular expression."""

    template = r"""CASE WHEN ascii(%(expressions)s) BETWEEN 19968 AND 65279 THEN %(expressions)s
        WHEN %(expressions)s ~ '^[=+@\t\r\n＝＋－＠-]' THEN chr(39) || %(expressions)s ELSE %(expressions)s END"""
    output_field = CharField()


COLUMNS: dict[str, Any] = {
    "id": F("pk"),
    "publication": F("publication__number"),
    "version": F("publication__version"),
    "published_at": Instant(F("publication__published_at")),
    "year": F("year"),
    "county": Cast("county", CharField()),
    "township_name": F("township_name"),
    "village_code": F("village_code"),
    "village_name": F("village_name"),
    "person": F("person_id"),
    "person_name": F("person_name"),
    "outcome": Case(*(When(outcome=value, then=Value(word)) for word, value in OUTCOMES.items()), output_field=CharField()),
    "star": F("star"),
    "grade": F("grade"),
    "score_hundredths": F("score"),
    "pay_cents": F("pay_cents"),
    "certificate_no": F("certificate_no"),
    "supersedes": F("supersedes_id"),
}

CSV_COLUMNS = COLUMNS | {name: NoFormula(name) for name in ("township_name", "village_name", "person_name")}


def first_of(publication_number: int) -> int | None:
    """The first row of this publication or a later one; every later row has a greater id."""
    rows = PublishedRating.objects.filter(publication=OuterRef("pk")).values("publication")
    first = rows.annotate(first=Min("pk")).values("first")
    found = Publication.objects.filter(number__gte=publication_number).annotate(first=Subquery(first)).exclude(first=None)
    return found.order_by("number").values_list("first", flat=True).first()


def first_since(moment: datetime) -> int | None:
    """As `first_of`, for the earliest number that was published then or later: moments may stand in another order than
    numbers, and of two publications at once the slower must not be left out."""
    earliest = Publication.objects.filter(published_at__gte=moment).aggregate(number=Min("number"))["number"]
    return None if earliest is None else first_of(earliest)


def state_tag(user: User, *asked: str) -> str:
    """An ETag: changes when the account's reach changes, or a publication in one of its counties."""
    reach = user.reach(PublishedRating.seen_by)
    near = Q(pk__in=[])
    for path in reach:
        near |= Q(rating_year__territory__path__prefix=path[:6])
    last = Publication.objects.filter(near).aggregate(number=Max("number"))["number"]
    return hashlib.sha256(repr((reach, last, tuple(COLUMNS), asked)).encode()).hexdigest()[:32]


def page_query(ratings: QuerySet[PublishedRating], *, after: int, size: int) -> list[dict[str, Any]]:
    """The next `size` rows behind the row `after`, as COLUMNS. Ids are taken under the publications' lock, so nothing
    is ever published behind a row that somebody has seen."""
    rows = ratings.filter(pk__gt=after).order_by("pk").values_list(*COLUMNS.values())[:size]
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def csv_stream(ratings: QuerySet[PublishedRating], *, charset: str = "utf-8") -> Iterator[bytes]:
    """The same rows as CSV with a header, quoted by PostgreSQL, in blocks of whole lines."""
    for block in _copied(ratings, CSV_COLUMNS, "SELECT *", "FORMAT csv, HEADER"):
        yield block if charset == "utf-8" else block.decode().encode(charset)


def ndjson_stream(ratings: QuerySet[PublishedRating]) -> Iterator[bytes]:
    """The same rows as one JSON object a line, in blocks of whole lines."""
    # JSON escapes control characters, so none of these two occurs in it and COPY adds nothing of its own
    raw = r"FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02'"
    return _copied(ratings, COLUMNS, "SELECT row_to_json(rating)", raw)


def _copied(ratings: QuerySet[PublishedRating], columns: dict[str, Any], what: str, options: str) -> Iterator[bytes]:
    """The queryset's own SQL, scope and filters in it, with its parameters quoted by the driver."""
    query = ratings.order_by("pk").values_list(*columns.values()).query
    sql, params = query.get_compiler(connection=connection, elide_empty=False).as_sql()
    copy_out = f"COPY ({what} FROM ({sql}) AS rating ({','.join(columns)})) TO STDOUT ({options})"
    with connection.cursor() as cursor, cursor.copy(copy_out, params) as copy:
        lines = iter(copy)
        while block := b"".join(islice(lines, LINES)):
            yield block
