"""Nobody approves what is partly their own, whatever door they come through; each door's twin shows what the guard holds back.

liu files and is acting leader as well; chen files the county's own form and is one of those who accept.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pgtrigger
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import BaseCommand, call_command
from django.db import IntegrityError, transaction
from django.test import Client

from governance import clock
from governance.duties import Duty
from governance.errors import RuleBroken
from governance.models import Post
from stars.models import AssessmentChange, Filing
from stars.services import filing as services
from tests.cast import Cast
from tests.stars.api.client import Api, token_of
from tests.stars.county import County, moment

FEBRUARY = "2025-02-05 10:00"
Try = Callable[[], str]


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment(FEBRUARY))


@pytest.fixture
def january(cast: Cast, county: County) -> Filing:
    """Filed by liu, who may pass as well."""
    Post.objects.create(person=cast["liu"].person, territory=cast.township, duty=Duty.TOWNSHIP_LEADER, from_on="2020-01-01")
    filing = county.filing()
    county.save(filing, county.rows(filing), at=FEBRUARY)
    return county.submit(filing, at=FEBRUARY)


def signed_in(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast[name], backend="django.contrib.auth.backends.ModelBackend")
    return client


def by_list(cast: Cast, filing: Filing) -> str:
    return signed_in(cast, "liu").post("/review/", {"act": "pass", "filing": [filing.pk]}).content.decode()


def by_page(cast: Cast, filing: Filing) -> str:
    page = f"/review/{filing.window.rating_year_id}/{filing.territory.path}/1/"
    return signed_in(cast, "liu").post(page, {"act": "pass", "filing": [filing.pk]}).content.decode()


def by_api(cast: Cast, filing: Filing) -> str:
    sent = json.dumps({"act": "pass"})
    api = Api(token_of(cast, "liu", may_write=True))
    return api.ask("POST", f"filings/{filing.pk}/review/", data=sent, content_type="application/json").content.decode()


def by_command(cast: Cast, filing: Filing) -> str:
    """There is no command that reviews; whoever writes one calls the service."""

    class Command(BaseCommand):
        def handle(self, *args: Any, **options: Any) -> None:
            services.pass_filing(filing_id=filing.pk, by=cast["liu"], at=moment(FEBRUARY))

    try:
        call_command(Command())
    except RuleBroken as broken:
        return broken.message
    return ""


DOORS = {"list": by_list, "page": by_page, "API": by_api, "command": by_command}


def state(filing: Filing) -> str:
    return Filing.objects.get(pk=filing.pk).state


@pytest.mark.parametrize("door", DOORS)
def test_refused(cast: Cast, january: Filing, door: str) -> None:
    assert "刘嵋阳" in DOORS[door](cast, january)
    assert state(january) == "submitted"


@pytest.mark.parametrize("door", DOORS)
def test_without_the_guard_it_would_pass(cast: Cast, january: Filing, door: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "require_other_person", lambda *_people: None)
    with pgtrigger.ignore("stars.Filing:another_person"):
        DOORS[door](cast, january)
    assert state(january) == "passed"


def test_what_came_by_excel_is_filed_by_who_applied_it(cast: Cast, county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if somebody else pressed submit."""
    Post.objects.create(person=cast["liu"].person, territory=cast.township, duty=Duty.TOWNSHIP_LEADER, from_on="2020-01-01")
    Post.objects.create(person=cast["lei"].person, territory=cast.township, duty=Duty.TOWNSHIP_CLERK, from_on="2020-01-01")
    january, liu, page = county.filing(), signed_in(cast, "liu"), f"/filing/{county.rating_year.pk}/140821101/1/"
    county.save(january, county.rows(january, 80), at=FEBRUARY, by="lei")
    form = liu.get(f"{page}form.xlsx").content
    changed = _with_a_higher_score(form)
    sent = liu.post(f"{page}upload/", {"workbook": SimpleUploadedFile("form.xlsx", changed)})
    liu.post(sent.headers["Location"], {"act": "apply"})
    assert AssessmentChange.objects.latest("pk").door == "excel"
    county.submit(january, at=FEBRUARY, by="lei")
    assert "刘嵋阳" in by_list(cast, january)
    assert state(january) == "submitted"
    monkeypatch.setattr(services, "require_other_person", lambda *_people: None)
    with pgtrigger.ignore("stars.Filing:another_person"):
        by_list(cast, january)
    assert state(january) == "passed"


def _with_a_higher_score(form: bytes) -> bytes:
    import io

    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(form))
    sheet = book.worksheets[0]
    cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == 48)
    cell.value = 50
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_the_admin_changes_no_filing(cast: Cast, county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    year = county.filing("year")
    at = "2026-01-08 10:00"
    county.save(year, county.rows(year), at=at)
    county.submit(year, at=at)
    address, sent = f"/admin/stars/filing/{year.pk}/change/", {"state": "accepted", "accepted_by": cast["chen"].pk}
    assert signed_in(cast, "chen").post(address, sent).status_code == 403
    assert state(year) == "submitted"
    from stars.admin import FilingAdmin  # the twin: a table that may be edited

    monkeypatch.setattr(FilingAdmin, "editors", (Duty.COUNTY_STAFF,), raising=False)
    monkeypatch.setattr(FilingAdmin, "has_change_permission", lambda *_any: True)
    assert signed_in(cast, "chen").post(address, sent).status_code != 403


@pytest.mark.parametrize("field", ["passed_by", "accepted_by"])
def test_the_database_refuses_whoever_writes_past_the_services(cast: Cast, january: Filing, field: str) -> None:
    mine = Filing.objects.filter(pk=january.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        mine.update(**{field: cast["liu"]})
    with pgtrigger.ignore("stars.Filing:another_person"):
        assert mine.update(**{field: cast["liu"]}) == 1


def test_the_database_knows_the_ledger(cast: Cast, county: County) -> None:
    """lei typed a row, liu submitted."""
    Post.objects.create(person=cast["lei"].person, territory=cast.township, duty=Duty.TOWNSHIP_CLERK, from_on="2020-01-01")
    january = county.filing()
    county.save(january, county.rows(january), at=FEBRUARY, by="lei")
    county.submit(january, at=FEBRUARY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Filing.objects.filter(pk=january.pk).update(passed_by=cast["lei"])
    assert Filing.objects.filter(pk=january.pk).update(passed_by=cast["he"]) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Filing.objects.filter(pk=january.pk).update(accepted_by=cast["he"])  # two yeses are two people's
