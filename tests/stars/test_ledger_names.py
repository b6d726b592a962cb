"""Whatever the ledger of values names exists and stays: checked by the database, once a statement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, connections, transaction

from governance.models import Post, User
from stars.models import Filing
from tests.cast import make_cast
from tests.stars.county import County, open_county

ROW = """
    INSERT INTO stars_assessmentchange (filing_id, post_id, by_id, after, at, door, reason)
    SELECT %(filing)s, %(post)s, %(user)s, '{100}', now(), 'page', '' FROM generate_series(1, 3)
"""
TABLES = {"filing": "stars_filing", "post": "governance_post", "user": "governance_user"}
FOREIGN_KEY, INSUFFICIENT_PRIVILEGE = "23503", "42501"
NOBODY = 9_999_999


@pytest.fixture
def county(fresh_db) -> County:
    return open_county(make_cast())


@pytest.fixture
def named(county) -> dict[str, int]:
    """A filing, a post and an account that nothing else knows."""
    filing, post = county.filing("month"), county.post("140821101201")
    Filing.objects.filter(pk=filing.pk).delete()
    return {
        "filing": Filing.objects.create(window=filing.window, territory=filing.territory).pk,
        "post": Post.objects.create(person=post.person, territory=post.territory, duty="committee", from_on="2020-01-01").pk,
        "user": User.objects.create(username="long-gone").pk,
    }


def run(statement: str, values: dict[str, int] | None = None, *, alias: str = "default") -> None:
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(statement, values)


def refused(statement: str, values: dict[str, int] | None = None, *, alias: str = "default") -> str:
    with pytest.raises(DatabaseError) as error:
        run(statement, values, alias=alias)
    return error.value.__cause__.sqlstate


@contextmanager
def unguarded() -> Iterator[None]:
    run("ALTER TABLE stars_assessmentchange DISABLE TRIGGER names", alias="owner")
    yield
    run("ALTER TABLE stars_assessmentchange ENABLE TRIGGER names", alias="owner")


@pytest.mark.parametrize("what", TABLES)
def test_a_row_names_what_exists(named, what):
    assert refused(ROW, named | {what: NOBODY}) == FOREIGN_KEY
    with unguarded():
        run(ROW, named | {what: NOBODY})
    run(ROW, named)


@pytest.mark.parametrize("alias", ["default", "owner"])
@pytest.mark.parametrize("what", TABLES)
def test_what_a_row_names_stays(named, what, alias):
    delete = f"DELETE FROM {TABLES[what]} WHERE id = %({what})s"
    run(ROW, named)
    assert refused(delete, named, alias=alias) == FOREIGN_KEY


@pytest.mark.parametrize("what", TABLES)
def test_without_the_guard_what_a_row_names_could_go(named, what):
    with unguarded():
        run(ROW, named)
    run(f"DELETE FROM {TABLES[what]} WHERE id = %({what})s", named)


def test_the_application_can_neither_write_nor_hide_the_names(named):
    assert refused("INSERT INTO stars_ledger_post VALUES (%(post)s)", named) == INSUFFICIENT_PRIVILEGE
    assert refused("DELETE FROM stars_ledger_post") == INSUFFICIENT_PRIVILEGE
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE stars_ledger_post (id bigint PRIMARY KEY)")
    assert refused(ROW, named | {"post": NOBODY}) == FOREIGN_KEY
