"""The API door of filings: the same rules as the page, and a retry that does nothing twice."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.http import HttpResponse

from governance import clock
from governance.models import ApiReply
from stars.cells import NOT_APPLICABLE, NOT_FILED
from stars.models import Assessment, AssessmentChange, Filing
from tests.cast import Cast, make_cast
from tests.databases import Fresh
from tests.stars.api.client import Api, token_of
from tests.stars.county import County, moment, open_county

NOW = "2025-02-03 10:00"


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """January's window is open."""
    monkeypatch.setattr(clock, "now", lambda: moment(NOW))


@pytest.fixture
def liu(cast: Cast, county: County) -> Api:
    return Api(token_of(cast, "liu", may_write=True))


@pytest.fixture
def january(county: County) -> Filing:
    return county.filing()


def put(api: Api, filing: Filing, rows: Any, *, version: int | None = None, key: str = "") -> HttpResponse:
    sent = {"rows": rows} | ({} if version is None else {"version": version})
    headers = {"Idempotency-Key": key} if key else {}
    return api.ask("PUT", f"filings/{filing.pk}/scores/", data=json.dumps(sent), content_type="application/json", headers=headers)


def row(county: County, *scores: str, path: str = "140821101201") -> dict[str, Any]:
    return {"post": county.post(path).pk, "scores": list(scores)}


def state() -> Any:
    return (
        list(Assessment.objects.order_by("pk").values_list("post", "scores")),
        list(Filing.objects.order_by("pk").values_list("state", "version")),
        AssessmentChange.objects.count(),
    )


def refused(response: HttpResponse, status: int, code: str, field: str | None = None) -> None:
    said = response.json()
    assert (response.status_code, said["code"]) == (status, code), said
    if field is not None:
        assert [error["field"] for error in said["errors"]] == [field]


def test_read_and_write(liu: Api, january: Filing, county: County) -> None:
    listed = next(one for one in liu.rows("filings/?year=2025") if one["id"] == january.pk)
    assert (listed["territory"], listed["sheet"], listed["period"], listed["state"], listed["version"]) == (
        "140821101",
        "month",
        0,
        "draft",
        0,
    )
    sheet = liu.get(f"filings/{january.pk}/scores/").json()
    assert [one["name"] for one in sheet["indicators"]] == ["party", "order", "industry"]
    assert [one["maximum"] for one in sheet["indicators"]] == ["60", "30", "10"]
    assert [one["village_name"] for one in sheet["rows"]] == ["嵋阳甲村", "嵋阳乙村", "嵋阳丙村"]
    rows = [row(county, "55.5", " ２８ ", ""), row(county, "50", "", "不适用", path="140821101202")]
    saved = put(liu, january, rows, version=0)
    assert (saved.status_code, saved.json()) == (200, listed | {"version": 1})
    stored = dict(Assessment.objects.values_list("post__territory__path", "scores"))
    assert stored == {"140821101201": [5550, 2800, NOT_FILED], "140821101202": [5000, NOT_FILED, NOT_APPLICABLE]}
    assert set(AssessmentChange.objects.values_list("door", flat=True)) == {"api"}
    again = liu.get(f"filings/{january.pk}/scores/").json()
    assert [one["scores"] for one in again["rows"]] == [["55.5", "28", ""], ["50", "", "不适用"], ["", "", ""]]
    assert put(liu, january, [{"post": one["post"], "scores": one["scores"]} for one in again["rows"]]).json()["version"] == 1


@pytest.mark.parametrize(
    ("scores", "code", "field"),
    [
        (["优", "1", ""], "not_a_number", "rows.0.scores.0"),
        (["1", "1.005", ""], "too_many_decimals", "rows.0.scores.1"),
        (["60.01", "1", ""], "out_of_range", "rows.0.scores.0"),
        (["-1", "1", ""], "out_of_range", "rows.0.scores.0"),
        (["1", "1"], "wrong_columns", "rows.0.scores"),
        (["1", "1", "", ""], "wrong_columns", "rows.0.scores"),
        (["/", "1", ""], "not_applicable_refused", None),
        (["1", "1", "5"], "other_village_type", None),
    ],
)
def test_wrong_scores(scores: list[str], code: str, field: str | None, liu: Api, january: Filing, county: County) -> None:
    before = state()
    refused(put(liu, january, [row(county, *scores)]), 422, code, field)
    assert state() == before


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ([], "rows"), ("x", "rows"), ([{}], "rows.0.post"), ([{"post": 1}], "rows.0.scores"), ([{"post": "x", "scores": []}], "rows.0.post"),
        ([{"post": 2**63, "scores": []}], "rows.0.post"), ([{"post": 1, "scores": [None]}], "rows.0.scores.0"),
        ([{"post": 1, "scores": [{}]}], "rows.0.scores.0"), ([{"post": 1, "scores": ["1" * 41]}], "rows.0.scores.0"),
        ([{"post": 1, "scores": ["\x00"]}], "rows.0.scores.0"), ([{"post": 1, "scores": ["1"] * 201}], "rows.0.scores"),
    ],
)  # fmt: skip
def test_wrong_shapes(rows: Any, field: str, liu: Api, january: Filing) -> None:
    before = state()
    said = put(liu, january, rows).json()
    assert (said["code"], said["status"]) == ("invalid", 400)
    assert field in [error["field"] for error in said["errors"]]
    assert state() == before


def test_a_post_twice(liu: Api, january: Filing, county: County) -> None:
    refused(put(liu, january, [row(county, "1", "1", ""), row(county, "2", "2", "")]), 422, "repeated_post", "rows.1.post")


def test_who_may_not_write(january: Filing, county: County, cast: Cast) -> None:
    before = state()
    rows = [row(county, "1", "1", "")]
    refused(put(Api(token_of(cast, "lei", may_write=True)), january, rows), 403, "not_your_duty")
    refused(put(Api(token_of(cast, "chen", may_write=True)), january, rows), 403, "not_your_duty")
    for stranger in ("zhao", "tang"):
        refused(put(Api(token_of(cast, stranger, may_write=True)), january, rows), 404, "not_found")
    refused(put(Api(token_of(cast, "client", may_write=True)), january, rows), 403, "permission_denied")
    refused(put(Api(token_of(cast, "liu")), january, rows), 403, "read_only")
    assert state() == before


def test_a_strangers_village(liu: Api, january: Filing, county: County) -> None:
    before = state()
    for path in ("140821102201", "140822101201"):
        refused(put(liu, january, [row(county, "1", "1", "", path=path)]), 403, "not_your_village")
    refused(put(liu, january, [{"post": 999_999, "scores": ["1", "1", ""]}]), 403, "not_your_village")
    assert state() == before


def test_outside_of_the_window(liu: Api, county: County, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    december = county.filing(period=11)
    refused(put(liu, december, [row(county, "1", "1", "")]), 422, "window_not_open")
    january = county.filing()
    monkeypatch.setattr(clock, "now", lambda: january.window.locks_at)
    refused(put(liu, january, [row(county, "1", "1", "")]), 422, "window_locked")
    monkeypatch.setattr(clock, "now", lambda: january.window.locks_at - timedelta(microseconds=1))
    assert put(liu, january, [row(county, "1", "1", "")]).status_code == 200


def test_a_stale_version(liu: Api, january: Filing, county: County) -> None:
    assert put(liu, january, [row(county, "1", "1", "")], version=0).status_code == 200
    before = state()
    refused(put(liu, january, [row(county, "2", "2", "")], version=0), 422, "stale_version")
    assert state() == before
    assert put(liu, january, [row(county, "2", "2", "")], version=1).json()["version"] == 2


# Idempotency-Key


def test_a_retry_hears_the_first_answer(liu: Api, january: Filing, county: County) -> None:
    first = put(liu, january, [row(county, "1", "1", "")], version=0, key="one")
    changed = put(liu, january, [row(county, "2", "2", "")], version=1, key="two")
    before = state()
    again = put(liu, january, [row(county, "1", "1", "")], version=0, key="one")
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.json()["version"] == 1
    assert changed.json()["version"] == 2
    assert state() == before


def test_without_its_key_the_retry_would_be_refused(liu: Api, january: Filing, county: County) -> None:
    """The twin."""
    put(liu, january, [row(county, "1", "1", "")], version=0)
    put(liu, january, [row(county, "2", "2", "")], version=1)
    refused(put(liu, january, [row(county, "1", "1", "")], version=0), 422, "stale_version")


def test_a_key_goes_with_one_request(liu: Api, county: County, january: Filing) -> None:
    assert put(liu, january, [row(county, "1", "1", "")], key="one").status_code == 200
    before = state()
    refused(put(liu, january, [row(county, "2", "1", "")], key="one"), 422, "key_reused")
    refused(put(liu, county.filing(period=1), [row(county, "1", "1", "")], key="one"), 422, "key_reused")
    assert state() == before


def test_a_key_belongs_to_its_account(liu: Api, county: County, cast: Cast, january: Filing) -> None:
    zhao = Api(token_of(cast, "zhao", may_write=True))
    put(liu, january, [row(county, "1", "1", "")], key="one")
    theirs = put(zhao, county.filing(path="140821102"), [row(county, "9", "9", "", path="140821102201")], key="one")
    assert (theirs.status_code, theirs.json()["territory"]) == (200, "140821102")


def test_a_refused_request_leaves_its_key_free(liu: Api, county: County, january: Filing) -> None:
    refused(put(liu, january, [row(county, "61", "1", "")], key="one"), 422, "out_of_range")
    assert not ApiReply.objects.exists()
    assert put(liu, january, [row(county, "6", "1", "")], key="one").status_code == 200


@pytest.mark.parametrize("key", ["a b", "é", "x" * 201])
def test_a_wrong_key(key: str, liu: Api, county: County, january: Filing) -> None:
    refused(put(liu, january, [row(county, "1", "1", "")], key=key), 400, "invalid", "Idempotency-Key")


def test_old_keys_are_forgotten(liu: Api, county: County, january: Filing) -> None:
    put(liu, january, [row(county, "1", "1", "")], key="one")
    ApiReply.objects.update(at=moment(NOW) - timedelta(days=3))
    assert put(liu, january, [row(county, "2", "1", "")], key="one").status_code == 200
    assert ApiReply.objects.count() == 1


def at_once(api: Api, filing: Filing, rows: list[Any], key: str, times: int) -> list[HttpResponse]:
    found: list[HttpResponse] = []
    start = threading.Barrier(times)

    def send() -> None:
        start.wait()
        found.append(put(api, filing, rows, version=0, key=key))
        connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_the_same_request_eight_times_at_once(fresh_db: Fresh) -> None:
    cast = make_cast()
    county = open_county(cast)
    liu, january = Api(token_of(cast, "liu", may_write=True)), county.filing()
    answers = at_once(liu, january, [row(county, "1", "1", "")], "one", 8)
    assert len(answers) == 8
    assert all((answer.status_code, answer.json()) == (200, answers[0].json()) for answer in answers)
    assert Filing.objects.get(pk=january.pk).version == 1
    assert AssessmentChange.objects.count() == 1
