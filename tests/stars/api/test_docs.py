"""docs/api.md does what it says: its examples run against the whole site."""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import shlex
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from django.conf import settings

from config.settings import rest
from governance import clock
from stars.models import Assessment, Publication, PublishedRating
from stars.selectors import pull
from tests.cast import Cast, make_cast
from tests.databases import Fresh
from tests.stars.api.client import token_of
from tests.stars.county import moment, open_county

DOCUMENT = (settings.BASE_DIR / "docs" / "api.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)


CURLS = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("curl ")]


@pytest.fixture
def cast(fresh_db: Fresh) -> Cast:
    return make_cast()


@pytest.fixture
def published(cast: Cast) -> Publication:
    county = open_county(cast)
    county.file_all()
    county.close()
    return county.settle()


def curl(line: str, known: dict[str, str], folder: Path) -> tuple[int, bytes]:
    """What curl would do with these words; words that it does not know here fail the test."""
    words = argparse.ArgumentParser(prog="curl", exit_on_error=False)
    words.add_argument("-H", action="append", default=[])
    words.add_argument("-X", default="GET")
    words.add_argument("-d")
    words.add_argument("-o")
    words.add_argument("url")
    asked = words.parse_args(shlex.split(re.sub(r"\$([A-Z]+)", lambda found: known[found[1]], line))[1:])
    request = urllib.request.Request(asked.url, method=asked.X, data=asked.d.encode() if asked.d else None)
    for header in asked.H:
        request.add_header(*header.split(": ", 1))
    try:
        with urllib.request.urlopen(request) as answer:
            status, body = answer.status, answer.read()
    except HTTPError as refused:
        status, body = refused.code, refused.read()
    if asked.o:
        (folder / asked.o).write_bytes(body)
    return status, body


def test_the_pulls(live_site: str, published: Publication, cast: Cast, tmp_path: Path) -> None:
    first = str(PublishedRating.objects.earliest("pk").pk)
    known = {"HOST": live_site, "TOKEN": token_of(cast, "client"), "DIGEST": published.rating_year.policy.digest}
    pulls = [line.replace("/ratings/1/", f"/ratings/{first}/") for line in CURLS if "$TOKEN" in line]
    assert len(pulls) == 9
    answers = {line: curl(line, known, tmp_path) for line in pulls}
    assert {status for status, _body in answers.values()} == {200}, answers
    rows = json.loads(next(iter(answers.values()))[1])["results"]
    assert [json.loads(line) for line in (tmp_path / "ratings.ndjson").read_text("utf-8").splitlines()] == rows
    for name, charset in (("ratings.csv", "utf-8"), ("ratings-excel.csv", "gb18030")):
        with (tmp_path / name).open(encoding=charset, newline="") as file:
            assert [row["person_name"] for row in csv.DictReader(file)] == [row["person_name"] for row in rows]


def test_filing(live_site: str, cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment("2025-02-03 10:00"))
    county = open_county(cast)
    known = {
        "HOST": live_site, "CLERK": token_of(cast, "liu", may_write=True), "FILING": str(county.filing().pk),
        "POST": str(county.post("140821101201").pk),
    }  # fmt: skip
    writes = [line for line in CURLS if "$CLERK" in line]
    assert len(writes) == 3
    for line in [*writes, writes[-1]]:
        status, body = curl(line, known, tmp_path)
        assert status == 200, body
    assert Assessment.objects.get().scores[:2] == [5550, 2800]


def test_reviewing_and_completeness(live_site: str, cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment("2025-03-05 10:00"))
    county = open_county(cast)
    january = county.filing()
    county.save(january, county.rows(january), at="2025-02-05 10:00")
    county.submit(january, at="2025-02-05 10:00")
    known = {
        "HOST": live_site, "FILING": str(january.pk), "LEADER": token_of(cast, "lei", may_write=True), "STAFF": token_of(cast, "he"),
    }  # fmt: skip
    [passed] = [line for line in CURLS if "$LEADER" in line]
    [asked] = [line for line in CURLS if "$STAFF" in line]
    for _twice in range(2):
        status, body = curl(passed, known, tmp_path)
        assert (status, json.loads(body)["state"]) == (200, "passed")
    status, body = curl(asked, known, tmp_path)
    shown, said = json.loads(blocks("json")[1]), json.loads(body)
    assert list(shown) == list(said)
    assert shown["whole"][0] | {"name": "临猗县"} == said["whole"][0]


def test_the_mirror(live_site: str, published: Publication, cast: Cast) -> None:
    room: dict[str, Any] = {}
    exec(compile(blocks("python")[0], "docs/api.md", "exec"), room)
    token, copy = token_of(cast, "client"), {}
    rows, cursor = room["new_rows"](live_site, token, None)
    room["apply"](rows, copy)
    assert list(copy.values()) == pull.page_query(PublishedRating.objects.all(), after=0, size=100)
    assert room["new_rows"](live_site, token, cursor) == ([], cursor)


def test_the_row_shown_is_a_row(published: Publication) -> None:
    shown = json.loads(blocks("json")[0])["results"][0]
    row = pull.page_query(PublishedRating.objects.all(), after=0, size=1)[0]
    assert list(shown) == list(row)
    for name, value in shown.items():
        assert value is None or isinstance(row[name], type(value)), name


def test_the_codes_are_those_of_the_program(published: Publication) -> None:
    """Every code in the table of refusals stands in the code of the product."""
    table = DOCUMENT[DOCUMENT.index("| status |") :]
    source = "".join(
        path.read_text("utf-8")
        for folder in ("governance", "stars", "config")
        for path in Path(settings.BASE_DIR, folder).rglob("*.py")
        if os.sep + "migrations" + os.sep not in str(path)
    )
    frameworks = {"invalid", "parse_error", "not_authenticated", "authentication_failed", "method_not_allowed", "not_acceptable",
                  "unsupported_media_type", "throttled"}  # fmt: skip
    for code in re.findall(r"`([a-z]+(?:_[a-z]+)*)`", table):
        assert code in frameworks or f'"{code}"' in source, code


def test_the_limit_is_the_one_of_the_settings() -> None:
    assert f"{rest.API_REQUESTS_A_MINUTE['token']} requests a minute" in DOCUMENT
    assert f"lives {rest.API_TOKEN_DAYS} days" in DOCUMENT
    assert f"{rest.API_TOKEN_DAYS_AT_MOST} at most" in DOCUMENT


def test_the_docs_page_needs_no_other_host(live_site: str) -> None:
    with urllib.request.urlopen(f"{live_site}/api/v1/docs/") as answer:
        page = answer.read().decode()
        policy = answer.headers["Content-Security-Policy"]
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(addresses) >= 4
    assert not re.search(r"<script[^>]*>[^<\s]", page), "a script in the page, which the content security policy forbids"
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    for address in addresses:
        assert address.startswith("/"), address
        with urllib.request.urlopen(f"{live_site}{address}") as answer:
            assert answer.status == 200
    with urllib.request.urlopen(f"{live_site}/api/v1/schema/") as answer:
        described = json.load(answer)
    assert described["openapi"] == "3.1.0"
