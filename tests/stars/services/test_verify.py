"""Whoever owns the database can rewrite it. Each kind of rewriting is found; the clean database raises no alarm."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections, transaction
from django.test import override_settings

from stars.chain import link, pay_digest, rows_digest
from stars.models import Decision, PayLine, PayList, Publication, PublishedRating
from stars.services import stages
from stars.services.anchors import write_missing
from stars.services.verify import verify_all
from tests import databases
from tests.cast import make_cast
from tests.stars.county import County, moment, open_county

HUO = "140821101201"
TABLES = (
    "stars_publishedrating",
    "stars_publication",
    "stars_decision",
    "stars_paylist",
    "stars_payline",
    "governance_policyversion",
)


@dataclass
class Published:
    """A database with two publications of one county-year, the second a correction of one star."""

    anchors: Path

    def tamper(self, *statements: str) -> None:
        """As the owner, past every trigger."""
        with connections["owner"].cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for statement in statements:
                cursor.execute(statement)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no pending checks stand in the way of ALTER
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    def first_difference(self, **scope: object) -> str:
        found = verify_all(**scope).differences
        return str(found[0]) if found else ""


@pytest.fixture(scope="module")
def original(template_database, django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[tuple[str, Path]]:
    anchors = tmp_path_factory.mktemp("anchors") / "chain.jsonl"
    with databases.copy(template_database, "published") as name:
        with django_db_blocker.unblock(), databases.pointed_to(name), override_settings(CHAIN_ANCHORS=anchors):
            publish_twice(open_county(make_cast()))
        yield name, anchors


def publish_twice(county: County) -> None:
    county.file_all(shares={HUO: 95, "140821102201": 50})
    county.close()
    county.settle()
    act = {"by": county.cast["chen"], "at": moment("2026-03-02 09:00")}
    stages.open_correction(rating_year_id=county.rating_year.pk, reason="录入有误", **act)
    rows = {county.post("140821101202").pk: [2000]}
    county.unlock(county.filing("year"), at="2026-03-02 09:00")
    stages.amend_scores(filing_id=county.filing("year").pk, rows=rows, reason="录入有误", **act)
    county.compute("2026-03-02 11:00")
    county.review("2026-03-03 09:00")
    county.decide("2026-03-04 09:00")
    county.publicise("2026-03-05 09:00")
    county.publish("2026-03-13 09:00")


@pytest.fixture
def anchors(original, settings, tmp_path) -> Path:
    settings.CHAIN_ANCHORS = tmp_path / "chain.jsonl"
    return shutil.copy(original[1], settings.CHAIN_ANCHORS)


@pytest.fixture
def published(original, anchors, django_db_blocker) -> Iterator[Published]:
    """A copy to keep; the code under test is the application's role."""
    with databases.copy(original[0], "tampered") as own, django_db_blocker.unblock(), databases.pointed_to(own):
        yield Published(anchors)


@pytest.fixture
def owned(original, anchors, django_db_blocker) -> Iterator[Published]:
    """The original itself, read and written by the owner in a transaction that comes to nothing: no copy to wait for."""
    with django_db_blocker.unblock(), databases.pointed_to(original[0]):
        application, connections["default"] = connections["default"], connections["owner"]
        try:
            with transaction.atomic(using="owner"):
                yield Published(anchors)
                transaction.set_rollback(True, using="owner")
        finally:
            connections["default"] = application


def test_what_was_published_is_verified(owned):
    found = verify_all()
    assert (found.differences, found.publications, found.ratings) == ([], 2, 7)
    out = StringIO()
    call_command("verify_ratings", stdout=out)
    assert "2 publications, 7 published ratings" in out.getvalue()
    assert verify_all(county="140822").publications == 0
    assert verify_all(county="140821", year=2025).publications == 2
    assert verify_all(year=2024).publications == 0


EDITS = {
    "a star": ("UPDATE stars_publishedrating SET star = star + 1 WHERE village_code = '140821101201'", "霍嵋阳", "star is 4, recomputed 3"),
    "a score": ("UPDATE stars_publishedrating SET score = score + 1 WHERE village_code = '140821101201'", "霍嵋阳", "score"),
    "pay": ("UPDATE stars_publishedrating SET pay_cents = 99999 WHERE village_code = '140821101201'", "霍嵋阳", "pay_cents"),
    "a trace": (
        "UPDATE stars_publishedrating SET trace = set_byte(trace, 2, get_byte(trace, 2) # 1) WHERE village_code = '140821101201'",
        "霍嵋阳", "trace",
    ),
    "a name": ("UPDATE stars_publishedrating SET person_name = '某某' WHERE village_code = '140821101201'", "publication 1", "rows"),
    "a village": ("UPDATE stars_publishedrating SET village_name = '某村' WHERE village_code = '140821101201'", "publication 1", "rows"),
    "a certificate": (
        "UPDATE stars_publishedrating SET certificate_no = '140821-2025-0099-0' WHERE village_code = '140821101201'", "publication 1", "rows",
    ),
    "who is superseded": ("UPDATE stars_publishedrating SET supersedes_id = NULL WHERE supersedes_id IS NOT NULL", "publication 2", "rows"),
    "a row removed": ("DELETE FROM stars_payline; DELETE FROM stars_publishedrating WHERE village_code = '140821102203'", "publication 1", "rows"),
    "a row added": (
        """INSERT INTO stars_publishedrating (publication_id, county, year, person_id, person_name, post_id, territory_id, village_code,
             village_name, township_name, outcome, star, grade, score, pay_cents, trace, certificate_no)
           SELECT publication_id, county, year, (SELECT id FROM governance_person WHERE name = '孙嵋阳'), '孙嵋阳', post_id, territory_id,
             village_code, village_name, township_name, outcome, star, grade, score, pay_cents, trace, '140821-2025-0077-6'
           FROM stars_publishedrating WHERE village_code = '140821101201'""",
        "孙嵋阳", "not on the roster",
    ),
    "two rows swapped": (
        """UPDATE stars_publishedrating a SET star = b.star, grade = b.grade, score = b.score, pay_cents = b.pay_cents, trace = b.trace,
             outcome = b.outcome
           FROM stars_publishedrating b WHERE a.publication_id = b.publication_id AND a.village_code <> b.village_code
             AND a.village_code IN ('140821101201', '140821101203') AND b.village_code IN ('140821101201', '140821101203')""",
        "霍嵋阳", "score is 9000, recomputed 9500",
    ),
    "the policy": ("UPDATE governance_policyversion SET text = replace(text, 'from: 90', 'from: 80')", "publication 1", "policy small-county"),
    "the policy and its digest": (
        "UPDATE governance_policyversion SET text = replace(text, 'from: 90', 'from: 80'), digest = repeat('0', 64)", "publication 1", "policy",
    ),
    "the inputs": ("UPDATE stars_decision SET block = set_byte(block, octet_length(block) - 200, 7)", "publication 1", "decided inputs"),
    "the decided result": ("UPDATE stars_decision SET result_digest = repeat('0', 64)", "publication 1", "own fields"),
    "who decided": ("UPDATE stars_decision SET decided_by_id = (SELECT min(id) FROM governance_user)", "publication 1", "own fields"),
    "the moment": ("UPDATE stars_publication SET published_at = published_at - interval '1 second' WHERE number = 1", "publication 1", "own fields"),
    "a reason": ("UPDATE stars_publication SET reason = '别的' WHERE number = 2", "publication 2", "own fields"),
    "a fork": ("UPDATE stars_publication SET previous_hash = '' WHERE number = 2", "publication 2", "follows nothing"),
    "a number": ("UPDATE stars_publication SET number = 3 WHERE number = 2", "publication 2", "missing"),
    "an amount": ("UPDATE stars_payline SET amount_cents = amount_cents + 1 WHERE id = (SELECT min(id) FROM stars_payline)", "pay list", "amount_cents"),
    "a pay line removed": ("DELETE FROM stars_payline WHERE id = (SELECT min(id) FROM stars_payline)", "pay list", "missing"),
    "a total": ("UPDATE stars_paylist SET total_cents = total_cents + 1", "pay list", "total"),
    "a pay list removed": ("DELETE FROM stars_payline; DELETE FROM stars_paylist", "publication 1", "no pay list"),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_by_the_owner_is_found_and_named(owned, edit):
    statement, *words = EDITS[edit]
    owned.tamper(statement)
    difference = owned.first_difference()
    for word in words:
        assert word in difference
    with pytest.raises(CommandError) as failed:
        call_command("verify_ratings", stdout=StringIO())
    assert failed.value.returncode == 1
    assert words[0] in str(failed.value)


@pytest.mark.parametrize("table", ["stars_publishedrating", "stars_publication", "stars_decision", "stars_payline"])
def test_triggers_refuse_the_owner_and_without_them_the_edit_would_pass(published, table):
    with connections["owner"].cursor() as cursor:
        for statement in (f"UPDATE {table} SET id = id + 100", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            with pytest.raises(DatabaseError, match="Cannot"):
                cursor.execute(statement)
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE stars_payline DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM stars_payline")
    assert published.first_difference()


@pytest.mark.parametrize("model", [PublishedRating, Publication, Decision, PayList, PayLine])
def test_the_application_may_not_touch_what_is_published(published, model):
    row = model.objects.first()
    table = model._meta.db_table
    acts = [
        lambda: model.objects.update(id=row.pk),
        lambda: model.objects.filter(pk=row.pk).delete(),
        lambda: model.objects.bulk_update([row], [model._meta.concrete_fields[1].name]),
        row.save,
        row.delete,
        lambda: connections["default"].cursor().execute(f"UPDATE {table} SET id = id"),
        lambda: connections["default"].cursor().execute(f"DELETE FROM {table}"),
        lambda: connections["default"].cursor().execute(f"TRUNCATE {table}"),
        lambda: connections["default"].cursor().execute(f"ALTER TABLE {table} DISABLE TRIGGER USER"),
    ]
    before = list(model.objects.order_by("pk").values())
    for act in acts:
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    assert list(model.objects.order_by("pk").values()) == before
    assert not published.first_difference()


def test_with_the_grants_back_only_the_trigger_refuses(published):
    """The missing right and the trigger guard each by itself: a twin for both."""
    role = connections.settings["default"]["USER"]
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"GRANT UPDATE ON stars_publishedrating TO {role}")
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        PublishedRating.objects.update(star=5)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE stars_publishedrating DISABLE TRIGGER USER")
    PublishedRating.objects.filter(star=3).update(star=5)
    assert "recomputed 3" in published.first_difference()


def cut_tail(owned: Published) -> None:
    """The correction never happened, says the database."""
    owned.tamper(
        "DELETE FROM stars_payline WHERE pay_list_id IN (SELECT id FROM stars_paylist WHERE publication_id IN (SELECT id FROM stars_publication WHERE number = 2))",
        "DELETE FROM stars_paylist WHERE publication_id IN (SELECT id FROM stars_publication WHERE number = 2)",
        "DELETE FROM stars_publishedrating WHERE publication_id IN (SELECT id FROM stars_publication WHERE number = 2)",
        "DELETE FROM stars_publication WHERE number = 2",
    )


def test_a_cut_tail_is_found_by_the_anchor_and_by_nothing_else(owned):
    cut_tail(owned)
    assert "anchored for 140821 2025 and no longer there" in owned.first_difference()
    owned.anchors.write_text(owned.anchors.read_text().splitlines(keepends=True)[0])
    assert not owned.first_difference()


def test_a_chain_forged_anew_is_found_by_the_anchor_and_by_nothing_else(owned):
    """The owner raises huo by a star, in the rows and in every digest above them."""
    owned.tamper("UPDATE stars_publishedrating SET person_name = '换了人' WHERE village_code = '140821101201'")
    previous = ""
    for publication in Publication.objects.order_by("number"):
        publication.previous_hash = previous
        publication.rows_digest = rows_digest(publication.ratings.all())
        previous = publication.hash = link(publication)
        paid = pay_digest(publication, publication.pay_list.lines.all())
        owned.tamper(
            f"UPDATE stars_publication SET previous_hash = '{publication.previous_hash}', rows_digest = '{publication.rows_digest}',"
            f" hash = '{publication.hash}' WHERE id = {publication.pk}",
            f"UPDATE stars_paylist SET digest = '{paid}' WHERE publication_id = {publication.pk}",
        )
    assert "is not the anchored" in owned.first_difference()
    for line in owned.anchors.read_text().splitlines():
        anchor = json.loads(line)
        assert Publication.objects.get(number=anchor["number"]).hash != anchor["hash"]
    owned.anchors.unlink()
    assert write_missing() == 2
    assert not owned.first_difference()


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda lines: lines[:1], "has no anchor"),
        (lambda lines: lines[1:], "has no anchor"),
        (lambda lines: [lines[0], lines[1].replace(b'"version":2', b'"version":3')], "is not the anchored"),
        (lambda lines: [*lines, b"{}\n"], "no anchor"),
        (lambda lines: [*lines, b'{"number":3'], "torn"),
        (lambda lines: [*lines, b"\xff\n"], "anchors"),
    ],
)
def test_a_changed_file_of_anchors_is_found(owned, change, words):
    lines = owned.anchors.read_bytes().splitlines(keepends=True)
    owned.anchors.write_bytes(b"".join(change(lines)))
    assert words in owned.first_difference()
