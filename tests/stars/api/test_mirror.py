"""A mirror that polls while counties publish and correct has every version once: none missed, none doubled."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from governance.models import PolicyVersion
from governance.services import policies
from stars.models import Decision, Publication, PublishedRating, Rating, RatingYear, RosterEntry
from stars.selectors import pull
from stars.services import publication as publishing
from tests.cast import Cast, make_cast
from tests.databases import Fresh
from tests.stars.api.client import Api, token_of
from tests.stars.county import POLICY, moment

AT = moment("2026-02-13 00:00")
COUNTIES = ["140821", "140822"]


@pytest.fixture
def cast(fresh_db: Fresh) -> Cast:
    return make_cast()


@pytest.fixture
def policy(cast: Cast) -> PolicyVersion:
    return policies.store_policy(POLICY, by=None, at=AT)


def decided_year(cast: Cast, policy: PolicyVersion, path: str, year: int) -> RatingYear:
    """Everybody in the county has a star; what comes before a publication is tested elsewhere."""
    rating_year = RatingYear.objects.create(
        territory=cast.places[path], year=year, policy=policy, stage="published", roster_frozen_at=AT, correction_reason=""
    )
    for post in (post for at, post in cast.secretaries.items() if at.startswith(path)):
        entry = RosterEntry.objects.create(
            rating_year=rating_year, county=int(path), township=int(post.territory.path[:9]), person=post.person, post=post,
            territory=post.territory, months=4095, facts=[],
        )  # fmt: skip
        Rating.objects.create(entry=entry, rating_year=rating_year, outcome=0, star=1, grade=1, score=1, pay_cents=0, trace=b"1")
    return rating_year


def publish(
    rating_year: RatingYear, cast: Cast, *, star: int, at: datetime, before_commit: Callable[[], Any] = lambda: None
) -> None:
    """Decide on `star` stars for everybody and publish them by the product's own hand."""
    with transaction.atomic():
        rating_year.ratings.update(star=star, trace=str(star).encode())
        decision = Decision.objects.create(
            rating_year=rating_year, version=rating_year.decisions.count() + 1, policy_id=rating_year.policy_id, policy_digest="", block=b"",
            inputs_digest="", result_digest="", decided_by=cast.people["qin"], decided_at=at,
        )  # fmt: skip
        publishing.publish(rating_year, decision, by=cast.people["he"], at=at)
        before_commit()


class Mirror:
    """Keeps the cursor of the last answer, the one thing that a client has to remember."""

    def __init__(self, api: Api, limit: int = 100) -> None:
        self.api, self.limit, self.cursor = api, limit, None
        self.rows: list[dict[str, Any]] = []

    def poll(self) -> None:
        while True:
            asked = f"ratings/?limit={self.limit}" + (f"&cursor={self.cursor}" if self.cursor else "")
            page = self.api.get(asked).json()
            self.rows += page["results"]
            self.cursor = page["cursor"]
            if not page["next"]:
                return

    @property
    def ids(self) -> list[int]:
        return [row["id"] for row in self.rows]


class MirrorByMoment(Mirror):
    """The twin: remembers the newest `published_at` and asks for what is newer."""

    def poll(self) -> None:
        newest = max((datetime.fromisoformat(row["published_at"]) for row in self.rows), default=moment("1970-01-01 00:00"))
        rows = PublishedRating.objects.filter(publication__published_at__gt=newest, county=140821)
        self.rows += pull.page_query(rows, after=0, size=1000)


def stored(path: str) -> list[int]:
    return list(PublishedRating.objects.filter(county=int(path)).order_by("pk").values_list("pk", flat=True))


def in_thread(act: Callable[[], Any]) -> Any:
    """As another process would: on a connection of its own."""
    try:
        return act()
    finally:
        connections.close_all()


def union_while_publishing(cast: Cast, policy: PolicyVersion, years: range) -> int:
    """Eight publishers, three mirrors with small pages; half of the publications are corrections. How often was polled."""
    of_county = [decided_year(cast, policy, path, year) for year in years for path in COUNTIES]
    mirrors = [Mirror(Api(token_of(cast, name)), limit) for name, limit in (("client", 3), ("client", 7), ("tang", 2))]
    done = threading.Event()

    def publish_both(number: int) -> None:
        chance = random.Random(number)
        for star in (1, 2):
            time.sleep(chance.random() / 50)
            at = AT + timedelta(seconds=chance.randrange(1000))
            publish(of_county[number], cast, star=star, at=at, before_commit=lambda: time.sleep(chance.random() / 100))

    def follow(mirror: Mirror) -> int:
        polls = 1
        while not done.wait(0.02):
            mirror.poll()
            polls += 1
        mirror.poll()
        return polls

    with ThreadPoolExecutor(8) as publishers, ThreadPoolExecutor(3) as followers:
        following = [followers.submit(in_thread, lambda m=mirror: follow(m)) for mirror in mirrors]
        for one in [publishers.submit(in_thread, lambda n=number: publish_both(n)) for number in range(len(of_county))]:
            one.result()
        done.set()
        polls = sum(one.result() for one in following)
    assert Publication.objects.count() == 2 * len(of_county)
    assert mirrors[0].ids == mirrors[1].ids == stored("140821")
    assert mirrors[2].ids == stored("140822")
    assert len(stored("140821")) == 2 * len(years) * 6
    numbers = list(PublishedRating.objects.order_by("pk").values_list("publication__number", flat=True))
    assert numbers == sorted(numbers)
    return polls


def test_union_while_publishing(cast: Cast, policy: PolicyVersion) -> None:
    union_while_publishing(cast, policy, range(2015, 2025))


@pytest.mark.soak
def test_union_of_two_hundred_publications(cast: Cast, policy: PolicyVersion) -> None:
    polls = union_while_publishing(cast, policy, range(1975, 2025))
    print(f"{polls} polls")


@pytest.fixture
def two(cast: Cast, policy: PolicyVersion) -> list[RatingYear]:
    return [decided_year(cast, policy, "140821", year) for year in (2023, 2024)]


def slow_and_quick(cast: Cast, two: list[RatingYear], mirror: Mirror) -> None:
    """The slow one looked at the clock first and commits last; the mirror polls as soon as the quick one has had its chance."""
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        publish(two[0], cast, star=1, at=AT, before_commit=lambda: (written.set(), go_on.wait(10)))

    def quick() -> None:
        publish(two[1], cast, star=1, at=AT + timedelta(seconds=1))

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(in_thread, slow)
        assert written.wait(10)
        second = pool.submit(in_thread, quick)
        wait_until(lambda: second.done() or is_waiting())
        mirror.poll()
        go_on.set()
        first.result()
        second.result()
    mirror.poll()


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_waiting() -> bool:
    """A second publication queues for the lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database WHERE NOT granted AND locktype = 'advisory' AND datname = current_database()"
        )
        return cursor.fetchone()[0] > 0


def test_a_slow_publication_is_not_passed(cast: Cast, two: list[RatingYear]) -> None:
    mirror = Mirror(Api(token_of(cast, "client")))
    slow_and_quick(cast, two, mirror)
    assert mirror.ids == stored("140821")
    assert len(mirror.ids) == 12


def test_without_the_lock_it_would_be(cast: Cast, two: list[RatingYear], monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: ids are taken early and committed late, and the cursor stands behind them by then."""
    monkeypatch.setattr(publishing, "lock_publications", lambda: None)
    numbers = iter((1, 2))
    lock = threading.Lock()

    def numbered(rating_year: RatingYear, decision: Decision, by: Any, at: datetime) -> Publication:
        with lock:
            number = next(numbers)  # without the lock, two would take the same
        return Publication(
            number=number,
            rating_year=rating_year,
            version=1,
            decision=decision,
            published_by=by,
            published_at=at,
            previous_hash="",
        )

    monkeypatch.setattr(publishing, "_publication", numbered)
    mirror = Mirror(Api(token_of(cast, "client")))
    slow_and_quick(cast, two, mirror)
    assert len(stored("140821")) == 12
    assert len(mirror.ids) == 6


def test_by_moments_it_would_be_lost(cast: Cast, two: list[RatingYear]) -> None:
    """The twin: with every guard in place, a later number can still carry an earlier moment."""
    mirror, by_moment = Mirror(Api(token_of(cast, "client"))), MirrorByMoment(Api())
    for rating_year, at in ((two[1], AT + timedelta(seconds=1)), (two[0], AT)):
        publish(rating_year, cast, star=1, at=at)
        mirror.poll()
        by_moment.poll()
    assert mirror.ids == stored("140821")
    assert len(by_moment.ids) == 6


def test_a_stream_is_one_moment(cast: Cast, two: list[RatingYear], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is published while a stream runs comes wholly or not at all."""
    publish(two[0], cast, star=1, at=AT)
    monkeypatch.setattr(pull, "LINES", 1)
    stream = pull.ndjson_stream(PublishedRating.objects.filter(county=140821))
    first = next(stream)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(in_thread, lambda: publish(two[1], cast, star=1, at=AT)).result()
    assert len([first, *stream]) == 6
    assert len(list(pull.ndjson_stream(PublishedRating.objects.filter(county=140821)))) == 12


def test_a_reader_who_leaves_early_frees_the_connection(
    cast: Cast, two: list[RatingYear], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(two[0], cast, star=1, at=AT)
    monkeypatch.setattr(pull, "LINES", 1)
    stream = pull.csv_stream(PublishedRating.objects.all())
    next(stream)
    stream.close()
    assert PublishedRating.objects.count() == 6
