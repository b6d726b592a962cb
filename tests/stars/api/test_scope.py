"""Who reaches which rows through the API. Every village, township and person carries its place in its name."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from governance import clock
from governance.models import ApiToken, Post, Territory
from governance.scope import ScopedQuerySet
from governance.services.tokens import issue_token, revoke_token
from stars.models import Publication, PublishedRating
from tests.cast import Cast
from tests.stars.api.client import Api, body, token_of
from tests.stars.county import County

LISTS = ["ratings/", "ratings.csv", "ratings.ndjson", "publications/", "territories/", "rating-years/", "filings/"]
MINE, SIBLING, OTHER = "嵋阳", "临晋", "解店"


def seen(api: Api) -> str:
    """Everything that the lists say, and each row that they link to."""
    texts = []
    for address in LISTS:
        response = api.get(address)
        if response.status_code == 200:
            texts.append(body(response).decode())
    return "".join(texts)


def codes(api: Api) -> set[str]:
    return {row["village_code"] for row in api.rows("ratings/")}


@pytest.fixture
def everything(published: Publication, other: list[PublishedRating]) -> None:
    assert PublishedRating.objects.count() == 9


def test_a_clients_token_reaches_its_county(client_api: Api, everything: None) -> None:
    text = seen(client_api)
    assert MINE in text
    assert SIBLING in text
    assert OTHER not in text
    assert "万荣" not in text
    assert {code[:6] for code in codes(client_api)} == {"140821"}


def test_a_token_may_be_narrower_than_its_account(cast: Cast, everything: None) -> None:
    api = Api(token_of(cast, "client", territory=cast.township))
    assert {code[:9] for code in codes(api)} == {"140821101"}
    assert SIBLING not in seen(api)
    assert api.get("ratings/?territory=140821").json()["code"] == "outside_reach"


@pytest.mark.parametrize(
    ("who", "reach"),
    [
        ("chen", "140821"),
        ("an", "140821"),
        ("liu", "140821101"),
        ("lei", "140821101"),
        ("zhao", "140821102"),
        ("huo", "140821101201"),
        ("tang", "140822"),
    ],
)
def test_people_reach_what_their_posts_reach(who: str, reach: str, cast: Cast, everything: None) -> None:
    """By token and by session alike."""
    api = Api(token_of(cast, who))
    found = codes(api)
    assert found == {code for code in PublishedRating.objects.values_list("village_code", flat=True) if code.startswith(reach)}
    browser = Client()
    browser.force_login(cast[who], backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get("/api/v1/ratings/").json()["results"] == api.rows("ratings/")
    for place, sign in (("140821101", MINE), ("140821102", SIBLING), ("140822101", OTHER)):
        assert (sign in seen(api)) == (place.startswith(reach) or reach.startswith(place)), sign


@pytest.mark.parametrize("who", ["dai", "xi", "bao", "shen", "sun", "wei"])
def test_others_hold_no_duty_here(who: str, cast: Cast, everything: None) -> None:
    browser = Client()
    browser.force_login(cast[who], backend="django.contrib.auth.backends.ModelBackend")
    for address in LISTS:
        response = browser.get(f"/api/v1/{address}")
        assert (response.status_code, response.json()["code"]) == (403, "permission_denied")


@pytest.mark.parametrize(
    ("what", "code"),
    [("territory=140822", "outside_reach"), ("territory=14", "outside_reach"), ("territory=99", "outside_reach")],
)
def test_a_filter_reaches_no_further(what: str, code: str, client_api: Api, everything: None) -> None:
    """A place that exists and one that does not are refused alike."""
    for address in ("ratings/", "ratings.csv", "ratings.ndjson", "publications/", "territories/"):
        response = client_api.get(f"{address}?{what}")
        assert (response.status_code, response.json()["code"]) == (403, code)


def test_a_strangers_row_does_not_exist(client_api: Api, other: list[PublishedRating]) -> None:
    stranger = client_api.get(f"ratings/{other[0].pk}/")
    nobody = client_api.get("ratings/999999/")
    assert stranger.status_code == nobody.status_code == 404
    assert stranger.content == nobody.content


def test_a_foreign_cursor_shows_nothing_foreign(cast: Cast, client_api: Api, everything: None) -> None:
    mine = client_api.get("ratings/?limit=1").json()["cursor"]
    theirs = Api(token_of(cast, "tang")).get(f"ratings/?cursor={mine}").json()["results"]
    assert {row["county"] for row in theirs} == {"140822"}


def test_without_the_scope_filter_strangers_show(client_api: Api, everything: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: these tests would notice."""
    monkeypatch.setattr(ScopedQuerySet, "visible_to", lambda rows, user: rows.all())
    assert OTHER in seen(client_api)
    assert {code[:6] for code in codes(client_api)} == {"140821", "140822"}
    for address in ("ratings.csv", "ratings.ndjson"):
        assert OTHER in body(client_api.get(address)).decode()


@pytest.fixture
def token(cast: Cast, county: County) -> ApiToken:
    token_of(cast, "client")
    return ApiToken.objects.get()


def refused(api: Api) -> tuple[int, str]:
    """The same at every address."""
    answers = {(r.status_code, r.json()["code"], r.headers["WWW-Authenticate"]) for r in (api.get(address) for address in LISTS)}
    assert len(answers) == 1, answers
    status, code, header = answers.pop()
    assert header == "Bearer"
    return status, code


def test_no_token(db: None) -> None:
    assert refused(Api()) == (401, "not_authenticated")


@pytest.mark.parametrize("text", ["x", "xh_" + "0" * 64, "\xe9\xff", "a" * 5000])
def test_unknown_tokens(text: str, db: None) -> None:
    assert refused(Api(text)) == (401, "token_unknown")


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b"])
def test_broken_headers(header: str, db: None) -> None:
    assert Api().get("ratings/", headers={"Authorization": header}).json()["code"] == "authentication_failed"


def test_an_expired_token(cast: Cast, county: County) -> None:
    at = clock.now() - timedelta(days=2)
    _token, text = issue_token(
        account_id=cast["client"].pk, territory=cast.county, name="x", by=cast["bao"], at=at, expires_at=at + timedelta(days=1)
    )
    assert refused(Api(text)) == (401, "token_expired")
    ApiToken.objects.update(expiry=clock.now() + timedelta(days=1))  # the twin
    assert Api(text).get("ratings/").status_code == 200


def test_a_revoked_token(cast: Cast, client_api: Api) -> None:
    assert client_api.get("ratings/").status_code == 200
    revoke_token(token_id=ApiToken.objects.get().pk, by=cast["bao"], at=clock.now())
    assert refused(client_api) == (401, "token_revoked")


def test_the_token_of_a_closed_account(cast: Cast, client_api: Api) -> None:
    client = cast["client"]
    client.is_active = False
    client.save()
    assert refused(client_api) == (401, "account_closed")


def test_a_token_whose_post_ended(cast: Cast, published: Publication) -> None:
    api = Api(token_of(cast, "liu"))
    assert len(api.rows("ratings/")) == 3
    cast["liu"].person.posts.update(until_on=timezone.localdate() - timedelta(days=1), ending="moved")
    assert api.get("ratings/").status_code == 403


def test_a_token_does_not_follow_its_account_to_a_new_post(cast: Cast, published: Publication) -> None:
    """Liu moves to the sibling township; the token was issued for the old one."""
    api = Api(token_of(cast, "liu"))
    cast["liu"].person.posts.update(until_on=timezone.localdate() - timedelta(days=1), ending="moved")
    Post.objects.create(person=cast["liu"].person, territory=cast.sibling, duty="township_clerk", from_on=timezone.localdate())
    assert api.get("ratings/").status_code == 403


def test_a_token_bound_to_a_network(cast: Cast, county: County) -> None:
    text = token_of(cast, "client", networks=["10.1.0.0/16", "192.168.7.7"])
    for address, status in (
        ("10.1.2.3", 200),
        ("192.168.7.7", 200),
        ("10.2.0.1", 401),
        ("127.0.0.1", 401),
        ("", 401),
        ("::1", 401),
    ):
        assert Api(text).get("ratings/", REMOTE_ADDR=address).status_code == status, address


def test_a_token_opens_no_session(client_api: Api, published: Publication) -> None:
    for address in LISTS[:5]:
        response = client_api.get(address)
        body(response)
        assert not response.cookies


def test_a_token_reaches_nothing_outside_the_api(cast: Cast, published: Publication) -> None:
    """Not even the token of somebody who may open the admin."""
    bearer = {"Authorization": f"Bearer {token_of(cast, 'chen')}"}
    for address in ("/admin/", "/admin/stars/filing/", "/", "/password/"):
        with_token, without = Client().get(address, headers=bearer), Client().get(address)
        assert with_token.status_code == without.status_code
        assert with_token.headers.get("Location") == without.headers.get("Location")
        assert not with_token.wsgi_request.user.is_authenticated


def test_the_last_use_is_noted(client_api: Api, county: County) -> None:
    assert ApiToken.objects.get().last_used_at is None
    client_api.get("ratings/")
    first = ApiToken.objects.get().last_used_at
    assert clock.now() - first < timedelta(minutes=1)
    client_api.get("ratings/")
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    client_api.get("ratings/")
    assert ApiToken.objects.get().last_used_at >= first


def test_the_token_is_kept_as_a_digest(cast: Cast, county: County) -> None:
    text = token_of(cast, "client")
    stored = json.dumps(list(ApiToken.objects.values()), default=str)
    assert text not in stored
    assert text[15:] not in stored


def test_the_cast_has_what_these_tests_lean_on(cast: Cast) -> None:
    assert Territory.objects.filter(path__startswith="140822").exists()
    for path, place in cast.places.items():
        if len(path) == 12:
            assert any(sign in place.short_name for sign in (MINE, SIBLING, OTHER))
