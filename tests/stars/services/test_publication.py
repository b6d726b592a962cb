"""Numbers, certificates, chains and anchors; two counties publishing at once."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from governance.duties import Duty
from governance.models import User
from governance.services import policies
from stars.certificates import is_certificate_number
from stars.models import Publication, PublishedRating, RatingYear
from stars.services import anchors, locks, publication, stages
from stars.services.rating import recompute_years
from stars.services.years import close_year, open_year
from tests.cast import appoint, make_cast
from tests.stars.county import County, moment, open_county

HUO = "140821101201"


def test_everybody_on_the_roster_is_published_and_every_star_has_its_number(closed_county):
    rows = list(closed_county.settle().ratings.order_by("territory__path"))
    assert [row.territory.path for row in rows] == [
        path for path in sorted(closed_county.cast.secretaries) if path.startswith("140821")
    ]
    assert [row.certificate_no[:16] for row in rows] == [f"140821-2025-{serial:04}" for serial in range(1, 7)]
    assert all(is_certificate_number(row.certificate_no) for row in rows)
    assert [row.pk for row in rows] == sorted(row.pk for row in rows)
    assert rows[0].village_code == "140821101201"


def test_who_has_no_star_has_no_certificate(county):
    county.file_all(shares={HUO: 50})
    appoint("新来", Duty.SECRETARY, county.cast.villages_of(county.cast.township)[2], since="2025-11-01")
    county.close()
    outcomes = {row.person_name: (row.outcome, row.star, row.certificate_no is None) for row in county.settle().ratings.all()}
    assert outcomes["霍嵋阳"] == (1, None, True)
    assert outcomes["新来"][0] == 3
    assert outcomes["新来"][2]
    assert sum(1 for _outcome, _star, none in outcomes.values() if not none) == 5


def test_an_anchor_is_written_when_the_publication_commits(closed_county, anchors, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        first = closed_county.settle()
    assert [json.loads(line) for line in anchors.read_text().splitlines()] == [
        {"number": 1, "county": "140821", "year": 2025, "version": 1, "hash": first.hash}
    ]


def test_a_writer_killed_before_its_anchor_is_made_good_by_the_next(closed_county, anchors):
    closed_county.settle()
    anchors.parent.mkdir()
    anchors.write_bytes(b'{"county":"1408')
    assert publication.anchors.write_missing() == 1
    assert publication.anchors.write_missing() == 0
    assert [line["number"] for line in publication.anchors.read_anchors()] == [1]


def test_a_full_disk_does_not_undo_a_publication(closed_county, settings, django_capture_on_commit_callbacks, caplog):
    settings.CHAIN_ANCHORS = "/dev/null/nowhere/chain.jsonl"
    with django_capture_on_commit_callbacks(execute=True):
        assert closed_county.settle().number == 1
    assert "on_commit" in caplog.text


def test_a_number_keeps_its_first_anchor(closed_county, anchors):
    publication_ = closed_county.settle()
    anchors.parent.mkdir()
    anchors.write_text('{"county":"140821","hash":"x","number":1,"version":1,"year":2025}\n')
    assert publication.anchors.write_missing() == 0
    assert publication.anchors.read_anchors()[0]["hash"] == "x" != publication_.hash


@pytest.fixture
def two_counties(fresh_db) -> list[County]:
    """Both decided and out of publicity; their staff press "publish" in the same moment."""
    cast = make_cast()
    first = open_county(cast)
    for name, duty in [("bai", Duty.COUNTY_STAFF), ("gao", Duty.COUNTY_LEADER)]:
        cast.people[name] = appoint(f"{name}万荣", duty, cast.other_county, account=name)
    policies.adopt(
        first.policy.pk, territory=cast.other_county, year_from=2025, document_no="", by=None, at=moment("2024-12-10 09:00")
    )
    for place in cast.villages_of(cast.places["140822101"]):
        cast.secretaries[place.path].delete()
    second = open_year(territory=cast.other_county, year=2025, by=cast["tang"], at=moment("2025-01-02 09:00"))
    first.file_all()
    first.close()
    close_year(rating_year_id=second.pk, by=cast["tang"], at=moment("2026-02-02 09:00"))
    recompute_years([first.rating_year.pk, second.pk], at=moment("2026-02-02 10:00"))
    for rating_year, reviewer, decider in [(first.rating_year, "he", "qin"), (second, "bai", "gao")]:
        act = {"rating_year_id": rating_year.pk}
        stages.review_year(by=cast[reviewer], at=moment("2026-02-03 09:00"), **act)
        stages.decide_year(by=cast[decider], at=moment("2026-02-04 09:00"), **act)
        stages.open_publicity(by=cast[reviewer], at=moment("2026-02-05 09:00"), **act)
    return [first, County(cast, first.policy, second)]


def publish_at_once(counties: list[County], who: list[str]) -> list[object]:
    ready = threading.Barrier(len(counties))

    def one(county: County, name: str) -> object:
        try:
            ready.wait()
            by = User.objects.get(username=name)
            return stages.publish_year(rating_year_id=county.rating_year.pk, by=by, at=moment("2026-02-13 09:00")).number
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(counties)) as pool:
        return list(pool.map(one, counties, who))


def test_two_counties_publish_at_once_without_gap_or_double(two_counties):
    assert sorted(publish_at_once(two_counties, ["he", "bai"])) == [1, 2]
    assert [one.previous_hash for one in Publication.objects.order_by("number")] == ["", ""]
    assert [anchor["number"] for anchor in anchors.read_anchors()].count(1) == 1
    assert len(anchors.read_anchors()) == 2


def test_without_the_lock_two_counties_would_take_one_number(two_counties, monkeypatch):
    meet = threading.Barrier(2)
    plain = publication._publication

    def together(*args):
        made = plain(*args)
        meet.wait(timeout=20)
        return made

    monkeypatch.setattr(publication, "lock_publications", lambda: None)
    monkeypatch.setattr(publication, "_publication", together)
    results = publish_at_once(two_counties, ["he", "bai"])
    assert sum(isinstance(one, Exception) for one in results) == 1, results


def test_eight_presses_of_the_button_publish_once(two_counties):
    first = two_counties[0]
    assert publish_at_once([first] * 8, ["he"] * 8) == [1] * 8
    assert (Publication.objects.count(), PublishedRating.objects.count()) == (1, 6)
    assert RatingYear.objects.get(pk=first.rating_year.pk).moves.filter(after="published").count() == 1


def test_the_lock_is_held_to_the_end_of_the_transaction(two_counties):
    taken = []

    def try_it() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [locks.PUBLICATIONS])
            taken.append(cursor.fetchone()[0])
        connection.close()

    with transaction.atomic():
        locks.lock_publications()
        thread = threading.Thread(target=try_it)
        thread.start()
        thread.join()
    assert taken == [False]
