"""Minutes of a form: a sum over everybody, told from five filings on, and nobody's anywhere."""

from __future__ import annotations

import json
import logging

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from governance import clock
from governance.services import audit
from stars.models import Filing, FormMinutes
from stars.models.minutes import FEWEST, MINUTES
from stars.selectors.review import told_minutes
from stars.services import filing as filings
from stars.services.minutes import add_seconds
from tests.stars.county import County, moment

AT = "2025-02-05 10:00"
SECONDS = 7_351  # a number that nothing else here is


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment(AT))


def submit(county: County, seconds: str) -> Filing:
    """liu's January through the page."""
    january = county.filing()
    county.save(january, county.rows(january), at=AT)
    client, page = Client(), f"/filing/{county.rating_year.pk}/140821101/1/"
    client.force_login(county.cast["liu"], backend="django.contrib.auth.backends.ModelBackend")
    client.post(page, {"action": "submit 0/0", "version 0/0": "1", "seconds 0/0": seconds})
    return county.filing()


def found_in() -> set[str]:
    """Tables with a row that holds the number, as seconds, minutes or text."""
    tables = set()
    with connection.cursor() as cursor:
        known = connection.introspection.table_names(cursor)
        for table in {model._meta.db_table for model in apps.get_models()} & set(known):
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t')
            if any(str(SECONDS) in json.dumps(row) for row in cursor.fetchall()):
                tables.add(table)
    return tables


def test_no_table_and_no_log_holds_it_beside_a_person(
    county: County,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    assert submit(county, str(SECONDS)).state == "submitted"
    assert found_in() == {"stars_formminutes"}
    assert str(SECONDS) not in caplog.text
    targets = {field.related_model for field in FormMinutes._meta.get_fields() if field.is_relation}
    assert {model.__name__ for model in targets if model} == {"RatingYear"}


def test_the_twin_is_found(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """An audit line that said how long somebody took."""
    plain = audit.record
    monkeypatch.setattr(filings.audit, "record", lambda act, **more: plain(act, **more, seconds=SECONDS))
    submit(county, str(SECONDS))
    assert "governance_auditentry" in found_in()


@pytest.mark.parametrize("seconds", ["", "-5", "1.5", "x", "0", "999999", "9" * 30, "٣"])
def test_what_is_no_measure_is_left_out_and_hinders_nobody(county: County, seconds: str) -> None:
    assert submit(county, seconds).state == "submitted"
    counted = FormMinutes.objects.values_list("count", "seconds")
    assert list(counted) == ([(1, 3)] if seconds == "٣" else [])  # a digit is a digit


def given(county: County, *seconds: int, is_first: bool = True) -> FormMinutes:
    for one in seconds:
        add_seconds(county.filing(), one, is_first=is_first)
    return FormMinutes.objects.get()


def test_told_with_every_fifth(county: County) -> None:
    form = given(county, 60, 61, 600, 601)
    assert (form.count, form.seconds, form.told_minutes) == (4, 1322, None)
    assert told_minutes(county.rating_year) == {}
    form = given(county, 7200)
    assert (form.told_count, form.told_minutes) == (FEWEST, 29)  # 8522 s over five, rounded up
    assert told_minutes(county.rating_year) == {("month", 0): 29}
    assert dict(zip((*MINUTES, "more"), form.told_bars, strict=True)) | {} == {
        1: 1, 2: 1, 5: 0, 10: 1, 15: 1, 20: 0, 30: 0, 45: 0, 60: 0, 90: 0, 120: 1, "more": 0,
    }  # fmt: skip
    later = given(county, 1, 1, 1, 1)
    assert (later.count, later.told_count, later.told_minutes) == (9, 5, 29)  # a look in between learns nothing of the four
    assert given(county, 1).told_count == 10


def test_filed_anew_after_a_return_it_is_the_same_filing(county: County) -> None:
    given(county, 60)
    form = given(county, 30, is_first=False)
    assert (form.count, form.seconds, sum(form.bars)) == (1, 90, 1)


def test_pressed_twice_it_counts_once(county: County) -> None:
    january = county.filing()
    county.save(january, county.rows(january), at=AT)
    for _press in range(2):
        filings.submit_filing(filing_id=january.pk, by=county.cast["liu"], at=moment(AT), seconds=300)
    assert list(FormMinutes.objects.values_list("count", "seconds")) == [(1, 300)]


def test_shown_on_the_review_list_and_at_the_admin_from_five_on(county: County) -> None:
    client = Client()
    client.force_login(county.cast["he"], backend="django.contrib.auth.backends.ModelBackend")
    given(county, *[660] * 4)
    list_, table = "/review/?state=all", "/admin/stars/formminutes/"
    assert '<td class="num">11</td>' not in client.get(list_).content.decode()
    assert "month" not in client.get(table).content.decode().partition("result_list")[2]
    given(county, 660)
    assert '<td class="num">11</td>' in client.get(list_).content.decode()
    assert "month" in client.get(table).content.decode().partition("result_list")[2]
