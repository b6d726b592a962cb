import pytest
from django.db import DatabaseError, connection, connections, transaction
from psycopg import sql

from config import grants
from tests.databases import Fresh
from tests.days import say


def role() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0]


def rights_on(table: str) -> set[str]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT privilege_type FROM information_schema.role_table_grants WHERE grantee = %s AND table_name = %s",
            [connections.settings["default"]["USER"], table],
        )
        return {right for (right,) in cursor.fetchall()}


def refused(statement: str) -> str:
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return error.value.__cause__.sqlstate


INSUFFICIENT_PRIVILEGE, RAISED = "42501", "P0001"


def test_tests_run_as_the_application(db):
    assert role() != connections.settings["owner"]["USER"]


def test_every_table_has_exactly_its_rights(fresh_db):
    for model in grants.tables():
        expected = {"SELECT", "INSERT"} if grants.is_insert_only(model) else {"SELECT", "INSERT", "UPDATE", "DELETE"}
        assert rights_on(model._meta.db_table) == expected, model


@pytest.mark.parametrize("statement", [
    "CREATE TABLE public.mine (id int)",
    "DROP TABLE governance_award",
    "TRUNCATE governance_award",
    "ALTER TABLE governance_auditentry DISABLE TRIGGER ALL",
    "UPDATE governance_auditentry SET act = 'other'",
    "DELETE FROM governance_auditentry",
])  # fmt: skip
def test_the_application_may_not(db, statement):
    assert refused(statement) == INSUFFICIENT_PRIVILEGE


def test_without_the_missing_grant_only_the_trigger_is_left(fresh_db: Fresh):
    """The twin: given the right back, the same statement passes the grant."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            sql.SQL("GRANT UPDATE ON governance_auditentry TO {}").format(sql.Identifier(connections.settings["default"]["USER"]))
        )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE governance_auditentry SET act = 'other'")
        assert cursor.rowcount == 0


def test_fresh_databases_are_committed_and_forgotten(fresh_db: Fresh, django_db_blocker):
    say({"2026-10-01": "holiday"})
    assert connections["owner"].cursor().execute("SELECT 1 FROM governance_calendarday")
