"""What a client that mirrors the ratings sees: every published version once, in one order, in three shapes."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from stars.models import Outcome, Publication, PublishedRating, RatingYear
from stars.selectors import pull
from tests.cast import Cast
from tests.stars.api.client import Api, body, token_of
from tests.stars.api.rows import publish_rows, row_of
from tests.stars.county import County, moment


def as_csv(response: Any, charset: str = "utf-8") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body(response).decode(charset), newline="")))


def worded(row: dict[str, Any]) -> dict[str, str]:
    """As CSV writes it: nothing is an empty text."""
    return {name: "" if value is None else str(value) for name, value in row.items()}


def test_a_page_shows_what_was_published(client_api: Api, published: Publication) -> None:
    response = client_api.get("ratings/")
    assert response.status_code == 200
    rows = response.json()["results"]
    assert [row["village_name"] for row in rows] == ["嵋阳甲村", "嵋阳乙村", "嵋阳丙村", "临晋甲村", "临晋乙村", "临晋丙村"]
    first = rows[0]
    stored = PublishedRating.objects.get(pk=first["id"])
    assert first == {
        "id": stored.pk, "publication": published.number, "version": 1, "published_at": "2026-02-13T00:00:00.000000+08:00",
        "year": 2025, "county": "140821", "township_name": "嵋阳镇", "village_code": "140821101201", "village_name": "嵋阳甲村",
        "person": stored.person_id, "person_name": "霍嵋阳", "outcome": "rated", "star": stored.star, "grade": stored.grade,
        "score_hundredths": stored.score, "pay_cents": stored.pay_cents, "certificate_no": stored.certificate_no, "supersedes": None,
    }  # fmt: skip


def test_pages_follow_one_another_and_the_last_cursor_waits(client_api: Api, published: Publication, county: County) -> None:
    whole = client_api.get("ratings/").json()
    assert whole["next"] is None
    first = client_api.get("ratings/?limit=4").json()
    second = client_api.get(first["next"].partition("/api/v1/")[2]).json()
    assert first["results"] + second["results"] == whole["results"]
    assert second["next"] is None
    assert second["cursor"] == whole["cursor"]
    nothing_new = client_api.get(f"ratings/?cursor={whole['cursor']}").json()
    assert nothing_new == {"results": [], "next": None, "cursor": whole["cursor"]}
    posts = list(county.cast.secretaries.values())[:1]
    late = publish_rows(
        county.rating_year, posts, by=county.cast["he"], at=moment("2026-03-01 00:00"), number=published.number + 1
    )
    assert [row["id"] for row in client_api.rows(f"ratings/?cursor={whole['cursor']}")] == [late[0].pk]


def test_nothing_published_is_an_empty_page(client_api: Api, county: County) -> None:
    assert client_api.get("ratings/").json() == {"results": [], "next": None, "cursor": None}
    assert body(client_api.get("ratings.csv")).decode() == ",".join(pull.COLUMNS) + "\n"
    assert body(client_api.get("ratings.ndjson")) == b""


def test_what_is_not_published_stays_inside(client_api: Api, county: County) -> None:
    """At every stage before publication, through every address."""
    county.file_all()

    def outside() -> str:
        lists = [f"{name}/" for name in ("ratings", "publications", "territories")]
        texts = [
            body(client_api.get(address)).decode()
            for address in [*lists, "ratings.csv", "ratings.ndjson", f"policies/{county.policy.digest}/"]
        ]
        return "".join(texts)

    for act in (county.close, county.compute, county.review, county.decide, county.publicise):
        act()
        found = outside()
        assert client_api.rows("ratings/") == []
        assert "霍嵋阳" not in found
        assert "嵋阳甲村书记" not in found
    assert county.now().result_digest not in found
    county.publish()
    assert len(client_api.rows("ratings/")) == 6


def test_every_shape_says_the_same(client_api: Api, published: Publication, other: list[PublishedRating]) -> None:
    rows = client_api.rows("ratings/?limit=2")
    assert [json.loads(line) for line in body(client_api.get("ratings.ndjson")).splitlines()] == rows
    assert as_csv(client_api.get("ratings.csv")) == [worded(row) for row in rows]
    assert as_csv(client_api.get("ratings.csv?charset=gb18030"), "gb18030") == [worded(row) for row in rows]


HARD = ['引"号', "逗,号", "换\n行", "反\\斜\\杠\\.", "\\N", "\\.", "𠅤𪚥", "·买买提·", "'单'", "\x01\x02\x1f", "末尾空格 ", "…ḿ€"]


def test_hard_letters_survive_every_shape(client_api: Api, published: Publication, cast: Cast) -> None:
    publication = Publication.objects.get(pk=published.pk)
    post = cast.secretaries["140821101201"]
    year = RatingYear.objects.create(
        territory=cast.county,
        year=2024,
        policy=publication.rating_year.policy,
        roster_frozen_at=publication.published_at,
        stage="published",
    )
    for place, name in enumerate(HARD):
        publish_rows(
            year, [post], by=cast["he"], at=publication.published_at, number=publication.number + 1 + place, person_name=name
        )
    rows = client_api.rows("ratings/?year=2024")
    assert [row["person_name"] for row in rows] == HARD
    assert [json.loads(line) for line in body(client_api.get("ratings.ndjson?year=2024")).splitlines()] == rows
    for charset in ("utf-8", "gb18030"):
        assert as_csv(client_api.get(f"ratings.csv?year=2024&charset={charset}"), charset) == [worded(row) for row in rows]


@pytest.mark.parametrize("begin", list("=+-@\t\r＝＋－＠"))
def test_a_spreadsheet_finds_no_formula(begin: str, client_api: Api, published: Publication, cast: Cast) -> None:
    text = f"{begin}1+1"
    posts = [cast.secretaries["140821101201"]]
    names = {"person_name": text, "village_name": text, "township_name": text}
    publish_rows(published.rating_year, posts, by=cast["he"], at=published.published_at, number=published.number + 1, **names)
    last = as_csv(client_api.get("ratings.csv"))[-1]
    assert {last[name] for name in names} == {f"'{text}"}
    assert {client_api.rows("ratings/")[-1][name] for name in names} == {text}


def test_filters(client_api: Api, published: Publication, other: list[PublishedRating]) -> None:
    def found(asked: str) -> list[str]:
        streamed = [json.loads(line) for line in body(client_api.get(f"ratings.ndjson?{asked}")).splitlines()]
        rows = client_api.rows(f"ratings/?{asked}")
        assert streamed == rows
        return [row["village_code"] for row in rows]

    every = found("")
    assert len(every) == 6
    assert found("year=2025") == every
    assert found("year=2024") == []
    assert found("territory=140821102") == every[3:]
    assert found("territory=140821101203") == every[2:3]
    stars = {row.village_code: row.star for row in PublishedRating.objects.filter(county=140821)}
    for star in range(6):
        assert found(f"star={star}") == [code for code in every if stars[code] == star]
    none = [row.village_code for row in PublishedRating.objects.filter(county=140821, outcome=Outcome.NONE).order_by("pk")]
    assert none
    assert found("outcome=none") == none
    assert found("outcome=disqualified") == []


def corrected(county: County, published: Publication, path: str = "140821101202") -> PublishedRating:
    """A second version that replaces one row of the first."""
    old = PublishedRating.objects.get(publication=published, territory__path=path)
    new = publish_rows(
        published.rating_year, [county.cast.secretaries[path]], by=county.cast["he"], at=moment("2026-03-01 00:00"),
        number=published.number + 1, supersedes=old, star=4,
    )  # fmt: skip
    return new[0]


def test_a_correction_names_what_it_corrects(client_api: Api, published: Publication, county: County) -> None:
    new = corrected(county, published)
    rows = client_api.rows("ratings/")
    assert len(rows) == 7
    assert rows[-1] | {"id": new.pk, "version": 2, "supersedes": new.supersedes_id, "star": 4} == rows[-1]
    current = client_api.rows("ratings/?current=true")
    assert [row["id"] for row in current] == [row["id"] for row in rows if row["id"] != new.supersedes_id]
    assert client_api.rows("ratings/?current=false") == rows
    mirror: dict[int, dict[str, Any]] = {}
    for row in rows:
        mirror.pop(row["supersedes"], None)
        mirror[row["id"]] = row
    assert list(mirror.values()) == current


def test_updated_since(client_api: Api, published: Publication, county: County) -> None:
    first = [row["id"] for row in client_api.rows("ratings/")]
    new = corrected(county, published)

    def since(what: Any) -> list[int]:
        return [row["id"] for row in client_api.rows(f"ratings/?updated_since={what}")]

    assert since(0) == since(published.number) == [*first, new.pk]
    assert since(published.number + 1) == [new.pk]
    assert since(published.number + 2) == []
    assert since("2026-02-13T00:00:00%2B08:00") == [*first, new.pk]
    assert since("2026-02-13T00:00:01+08:00") == [new.pk]
    assert since("2026-02-28T16:00:00Z") == [new.pk]
    assert since("2026-02-28T16:00:00.000001Z") == []


def test_updated_since_passes_a_publication_without_rows(client_api: Api, published: Publication, county: County) -> None:
    """A year with nobody on its roster takes a number as well."""
    publish_rows(published.rating_year, [], by=county.cast["he"], at=moment("2026-02-20 00:00"), number=published.number + 1)
    posts = [county.cast.secretaries["140821101202"]]
    late = publish_rows(
        published.rating_year, posts, by=county.cast["he"], at=moment("2026-02-21 00:00"), number=published.number + 2
    )
    assert [row["id"] for row in client_api.rows(f"ratings/?updated_since={published.number + 1}")] == [late[0].pk]


def test_updated_since_a_moment_goes_by_numbers(client_api: Api, published: Publication, county: County) -> None:
    """The later number carries the earlier moment: two people published at once, and the slower had looked at the clock first."""
    by, posts = county.cast["he"], list(county.cast.secretaries.values())
    publish_rows(published.rating_year, posts[:1], by=by, at=moment("2026-03-01 00:00:05"), number=published.number + 1)
    publish_rows(published.rating_year, posts[1:2], by=by, at=moment("2026-03-01 00:00:01"), number=published.number + 2)
    assert len(client_api.rows("ratings/?updated_since=2026-03-01T00:00:05%2B08:00")) == 2


@pytest.mark.parametrize("offset", ["%2B08:00", "%2B23:59", "-22:25"])
def test_updated_since_takes_any_offset(client_api: Api, published: Publication, offset: str) -> None:
    assert client_api.rows(f"ratings/?updated_since=1822-04-23T18:57:37{offset}") == client_api.rows("ratings/")


def test_one_rating_with_its_arithmetic(client_api: Api, published: Publication, county: County) -> None:
    new = corrected(county, published, "140821101202")
    row = client_api.rows("ratings/")[0]
    one = client_api.get(f"ratings/{row['id']}/").json()
    trace = {step.pop("name"): step for step in one["trace"]}
    assert one == row | {"superseded_by": None, "policy": county.policy.digest, "trace": one["trace"]}
    assert trace["month[1]"]["unit"] == "points"
    assert trace["eligible"]["value"] == 1
    assert trace["star"]["value"] == row["star"]
    assert trace["score"]["value"] == row["score_hundredths"]
    assert trace["grade"] == {
        "title": "等次", "unit": "word", "value": row["grade"], "special": None, "text": "好", "sentence": trace["grade"]["sentence"],
    }  # fmt: skip
    assert "90" in trace["grade"]["sentence"]
    assert len(trace) == len(county.plan.columns)
    old = client_api.get(f"ratings/{new.supersedes_id}/").json()
    assert old["superseded_by"] == new.pk


def test_an_answer_that_is_held_already_is_not_sent_again(client_api: Api, published: Publication, county: County) -> None:
    for address in ("ratings/", "ratings/?current=true&limit=3", "ratings.csv", "ratings.ndjson?year=2025"):
        held = client_api.get(address)
        body(held)
        tag = held.headers["ETag"]
        again = client_api.get(address, headers={"If-None-Match": tag})
        assert (again.status_code, body(again)) == (304, b"")
        assert again.headers["ETag"] == tag
        assert client_api.get(address, headers={"If-None-Match": '"other"'}).status_code == 200
    corrected(county, published)
    changed = client_api.get("ratings.csv", headers={"If-None-Match": client_api.get("ratings/").headers["ETag"]})
    assert changed.status_code == 200
    for address in ("ratings/", "ratings.csv"):
        assert "private" in client_api.get(address).headers["Cache-Control"]


def test_a_neighbours_publication_does_not_show_in_the_tag(
    client_api: Api, published: Publication, cast: Cast, request: pytest.FixtureRequest
) -> None:
    before = client_api.get("ratings/").headers["ETag"]
    request.getfixturevalue("other")
    assert client_api.get("ratings/").headers["ETag"] == before
    assert Api(token_of(cast, "client", territory=cast.sibling)).get("ratings/").headers["ETag"] != before


def test_a_head_reads_no_row(client_api: Api, published: Publication) -> None:
    for address, content_type in (
        ("ratings.csv", "text/csv; charset=utf-8; header=present"),
        ("ratings.ndjson", "application/x-ndjson"),
    ):
        response = client_api.ask("HEAD", address)
        assert (response.status_code, body(response)) == (200, b"")
        assert response.headers["Content-Type"] == content_type


def test_publications(client_api: Api, published: Publication, other: list[PublishedRating], county: County) -> None:
    rows = client_api.rows("publications/")
    assert [row["number"] for row in rows] == [published.number]
    assert rows[0]["hash"] == published.hash
    assert rows[0]["policy"] == county.policy.digest
    assert rows[0]["result_digest"] == published.decision.result_digest
    assert client_api.rows("publications/?year=2024") == []


def test_a_policy_by_its_digest(client_api: Api, county: County) -> None:
    policy = client_api.get(f"policies/{county.policy.digest}/").json()
    assert policy["text"] == county.policy.text
    assert client_api.get(f"policies/{'0' * 64}/").status_code == 404


def test_territories_in_reach(client_api: Api, cast: Cast) -> None:
    rows = client_api.rows("territories/?limit=3")
    assert sorted(row["path"] for row in rows) == sorted(path for path in cast.places if path.startswith("140821"))
    assert {row["path"] for row in client_api.rows("territories/?level=4")} == {"140821101", "140821102"}
    assert len(client_api.rows("territories/?territory=140821101")) == 4


def test_few_queries_whatever_the_size(client_api: Api, published: Publication, django_assert_max_num_queries: Any) -> None:
    client_api.get("ratings/")  # the token's last use is noted once a minute
    for address, most in (("ratings/", 4), ("publications/", 3), ("territories/", 3)):
        with django_assert_max_num_queries(most):
            client_api.get(address)


def test_rows_written_by_hand_are_whole(published: Publication, cast: Cast) -> None:
    """The rows that these tests write by hand have every column that the services write."""
    real = PublishedRating.objects.filter(publication=published).first()
    made = row_of(published, cast.secretaries["140821101201"])
    unset = {
        f.name
        for f in PublishedRating._meta.concrete_fields
        if getattr(made, f.attname) is None and getattr(real, f.attname) is not None
    }
    assert unset == {"id"}
