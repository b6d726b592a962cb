"""Every refusal under /api/ is a problem document with a stable code and a sentence in the reader's language."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings
from django.core.cache.backends.locmem import LocMemCache
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from stars.models import Publication
from stars.selectors import pull
from tests.cast import Cast
from tests.stars.api.client import Api, token_of
from tests.stars.county import County


def problem(response: HttpResponse, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    assert "no-store" in response.headers["Cache-Control"]
    said = response.json()
    assert (said["status"], said["code"], said["type"]) == (status, code, "about:blank")
    assert said["title"]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in said["detail"]), said["detail"]
    return said


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ("year=x", "year", "invalid"),
        ("year=20250", "year", "out_of_range"),
        ("year=２０２５", "year", "invalid"),
        ("year=2_025", "year", "invalid"),
        ("year=2025.0", "year", "invalid"),
        ("star=0.5", "star", "invalid"),
        ("star=-1", "star", "invalid"),
        ("star=101", "star", "out_of_range"),
        ("star=" + "9" * 400, "star", "invalid"),
        ("outcome=best", "outcome", "invalid_choice"),
        ("current=yes", "current", "invalid_choice"),
        ("territory=1408%00", "territory", "invalid"),
        ("territory=14082x", "territory", "invalid"),
        ("updated_since=yesterday", "updated_since", "invalid"),
        ("updated_since=2026-02-30T00:00:00Z", "updated_since", "invalid"),
        ("updated_since=2026-02-03T00:00:00", "updated_since", "invalid"),
        ("updated_since=0001-01-01T00:00:00%2B01:00", "updated_since", "invalid"),
        ("cursor=x", "cursor", "bad_cursor"),
        ("cursor=%00", "cursor", "bad_cursor"),
        ("cursor=YWZ0ZXIgMDE", "cursor", "bad_cursor"),
        ("limit=0", "limit", "invalid"),
        ("limit=1001", "limit", "invalid"),
        ("limit=٣", "limit", "invalid"),
        ("yaer=2025", "yaer", "unknown_parameter"),
        ("format=xml", "format", "unknown_parameter"),
        ("year=2025&year=2024", "year", "repeated_parameter"),
        ("year=", "year", "empty_parameter"),
    ],
)
def test_a_mistake_in_the_question(asked: str, field: str, code: str, client_api: Api) -> None:
    said = problem(client_api.get(f"ratings/?{asked}"), 400, "invalid")
    assert [(error["field"], error["code"]) for error in said["errors"]] == [(field, code)]


def test_all_mistakes_at_once(client_api: Api) -> None:
    said = problem(client_api.get("ratings/?star=x&year=y&outcome=z"), 400, "invalid")
    assert [error["field"] for error in said["errors"]] == ["year", "star", "outcome"]


@pytest.mark.parametrize(
    "address", ["ratings.csv?limit=3", "ratings.csv?charset=latin-1", "ratings.ndjson?charset=utf-8", "territories/?star=3"]
)
def test_mistakes_elsewhere(address: str, client_api: Api) -> None:
    problem(client_api.get(address), 400, "invalid")


@pytest.mark.parametrize(
    "address", ["nothing/", "ratings/x/", "ratings/1.5/", "ratings/" + "9" * 18 + "/", "ratings/" + "9" * 30 + "/", "%00/", ""]
)
def test_an_unknown_address(address: str, client_api: Api) -> None:
    problem(client_api.get(address), 404, "not_found")


@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("address", ["ratings/", "ratings.csv", "territories/", "publications/"])
def test_an_unknown_verb(verb: str, address: str, cast: Cast, county: County) -> None:
    api = Api(token_of(cast, "client", may_write=True))
    response = api.ask(verb, address)
    problem(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD"


def test_a_format_that_is_not_there(client_api: Api) -> None:
    problem(client_api.get("ratings/", headers={"Accept": "text/html"}), 406, "not_acceptable")
    problem(client_api.get("ratings.csv", headers={"Accept": "application/xml"}), 406, "not_acceptable")


def writer(cast: Cast) -> Api:
    return Api(token_of(cast, "liu", may_write=True))


def test_bodies_that_are_no_json(cast: Cast, county: County) -> None:
    api, address = writer(cast), f"filings/{county.filing().pk}/scores/"
    problem(api.ask("PUT", address, data="a=1", content_type="application/x-www-form-urlencoded"), 415, "unsupported_media_type")
    for text in ("{", '{"rows": NaN}', b"\xff\xfe", "[" * 100_000):
        problem(api.ask("PUT", address, data=text, content_type="application/json"), 400, "parse_error")
    for text in ("[]", "null", '"x"', "1"):
        problem(api.ask("PUT", address, data=text, content_type="application/json"), 400, "invalid")


def test_a_body_that_is_too_large(cast: Cast, county: County) -> None:
    text = b" " * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    problem(
        writer(cast).ask("PUT", f"filings/{county.filing().pk}/scores/", data=text, content_type="application/json"),
        413,
        "too_large",
    )


def test_a_read_only_token_does_not_write(cast: Cast, county: County) -> None:
    api = Api(token_of(cast, "liu"))
    said = problem(
        api.ask("PUT", f"filings/{county.filing().pk}/scores/", data="{}", content_type="application/json"), 403, "read_only"
    )
    assert "安全管理员" in said["detail"]


def test_a_session_without_the_csrf_token_does_not_write(cast: Cast, county: County) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast["liu"], backend="django.contrib.auth.backends.ModelBackend")
    address = f"/api/v1/filings/{county.filing().pk}/scores/"
    problem(browser.put(address, "{}", content_type="application/json"), 403, "csrf_failed")


def test_what_nobody_foresaw(client_api: Api, published: Publication, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_more: Any) -> None:
        raise RuntimeError("SELECT secret FROM /etc/passwd")

    monkeypatch.setattr(pull, "page_query", broken)
    response = client_api.get("ratings/")
    problem(response, 500, "error")
    assert b"secret" not in response.content


def test_a_database_that_does_not_answer(client_api: Api, published: Publication, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_args: Any, **_more: Any) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(pull, "page_query", gone)
    response = client_api.get("ratings/")
    problem(response, 503, "unavailable")
    assert int(response.headers["Retry-After"]) > 0


def test_english_for_those_who_chose_it(client_api: Api, settings: Settings) -> None:
    chosen = Client(headers={"Authorization": f"Bearer {client_api.token}"})
    chosen.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    said = chosen.get("/api/v1/ratings/?year=x").json()
    assert (said["code"], said["detail"]) == ("invalid", "year: Write a whole number from 1949 to 2999.")


# limits


@pytest.fixture
def counting(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Few requests a minute, counted from zero."""
    cache = LocMemCache("limits", {})
    cache.clear()
    monkeypatch.setattr("governance.rates.caches", {"shared": cache})
    settings.API_REQUESTS_A_MINUTE = {"token": 3, "account": 2, "anonymous": 2}
    return settings


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands ten seconds after a full minute, until it is moved."""
    now = [600.0 * 60 + 10]
    monkeypatch.setattr("governance.rates.time.time", lambda: now[0])
    return now


def test_too_many_requests(client_api: Api, county: County, counting: Settings, still: list[float], cast: Cast) -> None:
    assert [client_api.get("ratings/").status_code for _ in range(4)] == [200, 200, 200, 429]
    response = client_api.get("ratings/")
    problem(response, 429, "throttled")
    assert response.headers["Retry-After"] == "50"
    assert Api(token_of(cast, "liu")).get("ratings/").status_code == 200  # each token has a count of its own
    still[0] += 50
    assert client_api.get("ratings/").status_code == 200


def test_a_stream_counts_more(client_api: Api, published: Publication, counting: Settings, still: list[float]) -> None:
    counting.API_REQUESTS_A_MINUTE["token"] = 15
    assert [client_api.get("ratings.csv").status_code for _ in range(2)] == [200, 429]


def test_a_signed_in_person_is_counted(cast: Cast, county: County, counting: Settings, still: list[float]) -> None:
    browser = Client()
    browser.force_login(cast["chen"], backend="django.contrib.auth.backends.ModelBackend")
    assert [browser.get("/api/v1/ratings/").status_code for _ in range(3)] == [200, 200, 429]


def test_strangers_and_guessers_are_counted_by_address(db: None, counting: Settings, still: list[float]) -> None:
    assert [Api().get("ratings/").status_code for _ in range(3)] == [401, 401, 429]
    assert [Api(f"guess{i}").get("ratings/", REMOTE_ADDR="10.0.0.9").status_code for i in range(3)] == [401, 401, 429]
    assert [Api().get("docs/", REMOTE_ADDR="10.0.0.8").status_code for _ in range(3)] == [200, 200, 429]


def test_those_without_a_duty_are_counted(cast: Cast, counting: Settings, still: list[float]) -> None:
    browser = Client()
    browser.force_login(cast["dai"], backend="django.contrib.auth.backends.ModelBackend")
    assert [browser.get("/api/v1/ratings/").status_code for _ in range(3)] == [403, 403, 429]


def test_a_cache_that_is_down_lets_nobody_past(client_api: Api, county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    class Down:
        def add(self, *_args: Any) -> None:
            raise ConnectionError("no route to the cache")

    monkeypatch.setattr("governance.rates.caches", {"shared": Down()})
    response = client_api.get("ratings/")
    problem(response, 503, "unavailable")
    assert int(response.headers["Retry-After"]) > 0


def test_problems_are_utf8_json(db: None) -> None:
    response = Api().get("ratings/")
    assert json.loads(response.content.decode("utf-8"))["title"] == "Unauthorized"
