"""The lock of a window gives the same verdict through every door, in whatever zone the server and the database think they are.

4 quarter ends × 5 moments around the lock × 5 doors × 3 server zones × 3 database zones = 900 cases, each a real request that is
taken back; a third of them in each run, all of them in the soak. The judge is the server's moment of receipt: 23:59:59.999 in Shanghai is in, 00:00:00.000 is out.
"""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections, transaction
from django.test import Client

from governance import clock
from governance.calendar import calendar_for
from governance.deadlines import Started, Until, verdict
from governance.errors import RuleBroken
from governance.workdays import local_day
from stars.models import Assessment, AssessmentChange, Filing, OfflineUpload, Upload
from stars.offline import store_offline
from stars.offline.form import FORMAT, KIND, page_of
from stars.selectors.grid import entry_grid
from stars.selectors.overview import progress_by_township
from stars.services.filing import save_scores
from stars.workbooks.form import filing_form
from stars.workbooks.uploads import store_upload
from tests.cast import make_cast
from tests.databases import Fresh
from tests.stars.api.client import Api, token_of
from tests.stars.county import County, open_county

QUARTER_ENDS = (2, 5, 8, 11)  # months, 0-based
MS = timedelta(milliseconds=1)
MOMENTS = {"an hour before": timedelta(hours=-1), "the last millisecond": -MS, "the first too late": 0 * MS, "a millisecond later": MS,
           "an hour later": timedelta(hours=1)}  # fmt: skip
IN_TIME = ("an hour before", "the last millisecond")
ZONES = ("Asia/Shanghai", "UTC", "America/New_York")
DOORS = ("page", "api", "excel", "offline", "command")
SCORE = 5000


@dataclass
class Desk:
    """liu's, with everything that is sent prepared: what it takes to prepare it is not what is judged."""

    county: County
    filings: dict[int, Filing]
    uploads: dict[int, Upload]
    offline: dict[int, OfflineUpload]
    clerk: Client
    api: Api

    def send(self, door: str, period: int) -> bool:
        """Whether it was taken in."""
        filing = self.filings[period]
        post = self.county.post("140821101201").pk
        if door == "page":
            page = f"/filing/{self.county.rating_year.pk}/140821101/{period // 3 + 1}/"
            sent = {"action": "save", f"version 0/{period}": "0", f"0/{period}/{post}/0": "50"}
            return self.clerk.post(page, sent).status_code == 302 and _is_saved(filing)
        if door == "api":
            body = json.dumps({"rows": [{"post": post, "scores": ["50", "", ""]}], "version": 0})
            return (
                self.api.ask("PUT", f"filings/{filing.pk}/scores/", data=body, content_type="application/json").status_code == 200
            )
        if door == "excel":
            return self.clerk.post(f"/uploads/{self.uploads[period].pk}/", {"act": "apply"}).status_code == 302
        if door == "offline":
            return self.clerk.post(f"/offline/{self.offline[period].pk}/", {"act": "apply"}).status_code == 302
        return self._command(filing, post)

    def _command(self, filing: Filing, post: int) -> bool:
        """As a management command files: the service, with the clock of its own door."""
        try:
            save_scores(
                filing_id=filing.pk, rows={post: [SCORE, -32768, -32768]}, version=0, by=self.county.cast["liu"], at=clock.now(),
                door=AssessmentChange.Door.COMMAND,
            )  # fmt: skip
        except RuleBroken as broken:
            assert broken.code == "window_locked"
            return False
        return True


def _is_saved(filing: Filing) -> bool:
    """A page that refuses one window and keeps another redirects, too."""
    return Assessment.objects.filter(period=filing.window.period).exists()


@pytest.fixture
def desk(fresh_db: Fresh) -> Desk:
    county = open_county(make_cast())
    filings = {period: county.filing(period=period) for period in QUARTER_ENDS}
    clerk = Client()
    clerk.force_login(county.cast["liu"], backend="django.contrib.auth.backends.ModelBackend")
    api = Api(token_of(county.cast, "liu", may_write=True))
    uploads = {period: _upload(county, filing) for period, filing in filings.items()}
    offline = {period: _offline(county, filing) for period, filing in filings.items()}
    return Desk(county, filings, uploads, offline, clerk, api)


def _upload(county: County, filing: Filing) -> Upload:
    """A workbook with one score for the quarter's last month, looked at while the window was open."""
    liu, at = county.cast["liu"], filing.window.locks_at - timedelta(days=1)
    quarter = filing.window.period // 3
    grid = entry_grid(county.rating_year, territory=county.cast.township, quarter=quarter, user=liu, at=at)
    book = openpyxl.load_workbook(io.BytesIO(filing_form(grid)))
    sheet = book.worksheets[2]
    heading = next(row for row in range(1, 10) if "支部建设" in str(sheet.cell(row, 4).value))
    sheet.cell(heading + 1, 4).value = 50
    kept = io.BytesIO()
    book.save(kept)
    return store_upload(grid=grid, file=SimpleUploadedFile("季度.xlsx", kept.getvalue()), by=liu, at=at)


def _offline(county: County, filing: Filing) -> OfflineUpload:
    """What the offline form saved of the same score, by a clock that says it was in time, whatever comes."""
    liu, at, period = county.cast["liu"], filing.window.locks_at - timedelta(days=1), filing.window.period
    grid = entry_grid(county.rating_year, territory=county.cast.township, quarter=period // 3, user=liu, at=at)
    typed_at = filing.window.opens_at.isoformat()
    edit = {"cell": f"0/{period}/{county.post('140821101201').pk}/0", "base": "", "typed": "50", "at": typed_at}
    data = {"kind": KIND, "format": FORMAT, "page": page_of(grid), "saved_at": typed_at, "cells": [edit]}
    return store_offline(grid=grid, file=SimpleUploadedFile("季度.json", json.dumps(data).encode()), by=liu, at=at)


def wrong_verdicts(desk: Desk, server: str, database: str) -> list[str]:
    """100 cases in one zone of the server and one of the database."""
    wrong = []
    with server_zone(server), database_zone(database):
        for period, (name, offset), door in product(QUARTER_ENDS, MOMENTS.items(), DOORS):
            at = desk.filings[period].window.locks_at + offset
            with time_machine.travel(at, tick=False), transaction.atomic():
                taken = desk.send(door, period)
                assert taken == (Assessment.objects.count() == 1), "said and done differ"
                transaction.set_rollback(True)
            if taken != (name in IN_TIME):
                wrong.append(f"{period} {name} {door} {server} {database}: {'in' if taken else 'out'}")
    return wrong


@contextmanager
def server_zone(zone: str) -> Iterator[None]:
    before = os.environ["TZ"]
    os.environ["TZ"] = zone
    time.tzset()
    try:
        yield
    finally:
        os.environ["TZ"] = before
        time.tzset()


@contextmanager
def database_zone(zone: str) -> Iterator[None]:
    """What PostgreSQL takes for its own; a new connection of ours then says which zone it speaks in."""
    name = connection.settings_dict["NAME"]
    with connections["owner"].cursor() as owner:
        owner.execute(f"ALTER DATABASE {connection.ops.quote_name(name)} SET timezone TO '{zone}'")
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT reset_val, setting FROM pg_settings WHERE name = 'TimeZone'")
        assert cursor.fetchone() == (zone, "UTC")
    yield


SAMPLE = list(zip(ZONES, ZONES[1:] + ZONES[:1], strict=True))  # each zone of either once, never the same of both
WHOLE = list(product(ZONES, ZONES))


@pytest.mark.parametrize(
    ("zones", "cases"), [(SAMPLE, 300), pytest.param(WHOLE, 900, marks=pytest.mark.soak)], ids=["sample", "whole"]
)
def test_the_same_verdict_in_all_cases(desk: Desk, zones: list[tuple[str, str]], cases: int) -> None:
    assert len(QUARTER_ENDS) * len(MOMENTS) * len(DOORS) * len(zones) == cases
    assert [one for server, database in zones for one in wrong_verdicts(desk, server, database)] == []


def _by_the_server_s_own_day(filing: Filing, at: datetime) -> bool:
    """The naive way: the wall clock of the server against the end of the last day."""
    last = local_day(filing.locks_at - MS)
    return at.astimezone().replace(tzinfo=None) > datetime(last.year, last.month, last.day, 23, 59, 59)  # noqa: DTZ001


NAIVE: dict[str, Callable[[Filing, datetime], bool]] = {
    "judged by the server's own day": _by_the_server_s_own_day,
    "the first moment that is too late is in": lambda filing, at: at > filing.locks_at,
    "the last millisecond is out": lambda filing, at: at >= filing.locks_at - MS,
}


@pytest.mark.parametrize("way", NAIVE)
def test_a_naive_way_is_noticed(desk: Desk, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twins."""
    monkeypatch.setattr(Filing, "is_locked", NAIVE[way])
    assert wrong_verdicts(desk, "America/New_York", "UTC")


def test_a_clock_up_to_the_last_day_says_the_same(desk: Desk) -> None:
    calendar = calendar_for(desk.county.cast.county)
    for server, period, (name, offset) in product(ZONES, QUARTER_ENDS, MOMENTS.items()):
        window = desk.filings[period].window
        events = [Started(window.opens_at, Until(local_day(window.locks_at - MS)))]
        with server_zone(server):
            said: Any = verdict(events, calendar, window.locks_at + offset).current
        assert (said.due_at, said.late) == (window.locks_at, name not in IN_TIME)


@pytest.mark.parametrize(("before", "late"), [(MS, False), (0 * MS, True)])
def test_handed_in_at_the_deadline_is_late_wherever_it_is_shown(county: County, before: timedelta, late: bool) -> None:
    """Due and locked are judged alike: 23:59:59.999 is in time."""
    filing = county.filing()
    at = filing.window.due_at - before
    Filing.objects.filter(pk=filing.pk).update(state=Filing.State.SUBMITTED, submitted_by=county.cast["liu"], submitted_at=at)
    assert filing.is_late(at) is late
    township = next(
        one for one in progress_by_township(county.rating_year, county.cast["chen"], at) if one.territory_path == "140821101"
    )
    assert township.late == late
    leader = Client()
    leader.force_login(county.cast["lei"], backend="django.contrib.auth.backends.ModelBackend")
    with time_machine.travel(at, tick=False):
        (line,) = [one for one in leader.get("/review/?show=all").context["lines"] if one.filing.pk == filing.pk]
    assert line.late is late
