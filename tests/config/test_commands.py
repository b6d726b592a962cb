import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from config import translations
from tests.databases import Fresh


def manage(fresh_db: Fresh, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        env={**fresh_db.env, "PATH": "/usr/bin:/bin", **environment}, capture_output=True, text=True,
    )  # fmt: skip


def test_prepare_database_gives_back_exactly_the_rights(fresh_db: Fresh):
    role = connections.settings["default"]["USER"]
    with connections["owner"].cursor() as cursor:
        cursor.execute(f'GRANT ALL ON governance_auditentry TO "{role}"')
        cursor.execute(f'REVOKE ALL ON governance_award FROM "{role}"')
    assert manage(fresh_db, "prepare_database").returncode == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('governance_auditentry', 'UPDATE, DELETE, TRUNCATE')")
        assert cursor.fetchone() == (False,)
        cursor.execute("SELECT has_table_privilege('governance_award', 'SELECT, INSERT, UPDATE, DELETE')")
        assert cursor.fetchone() == (True,)


def test_prepare_database_asks_for_the_owner(fresh_db: Fresh):
    done = manage(fresh_db, "prepare_database", DATABASE_OWNER_URL="")
    assert done.returncode != 0
    assert "DATABASE_OWNER_URL is not set" in done.stderr


def test_prepare_database_refuses_one_role_for_both(fresh_db: Fresh):
    done = manage(fresh_db, "prepare_database", DATABASE_URL=fresh_db.env["DATABASE_OWNER_URL"])
    assert done.returncode != 0
    assert "name the same role" in done.stderr


@pytest.fixture
def catalogue(settings, tmp_path: Path) -> Path:
    settings.LOCALE_PATHS = [tmp_path]
    path = tmp_path / "zh_Hans" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    return path


def write(path: Path, **entry: object) -> None:
    book = polib.POFile()
    book.metadata = {"Content-Type": "text/plain; charset=utf-8"}
    book.append(polib.POEntry(**entry))
    book.save(str(path))


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ({"msgid": "Filing", "msgstr": ""}, "is not translated"),
        ({"msgid": "Filing", "msgstr": "填报", "flags": ["fuzzy"]}, "is not translated"),
        ({"msgid": "Until %(day)s", "msgstr": "至 %(dya)s"}, "different placeholders"),
        ({"msgid": "%(n)s row", "msgid_plural": "%(n)s rows", "msgstr_plural": {0: "行"}}, "different placeholders"),
    ],
)
def test_a_hole_in_the_catalogue_fails(catalogue, entry, fault):
    write(catalogue, **entry)
    with pytest.raises(CommandError, match=fault):
        call_command("check_translations")


def test_a_whole_catalogue_passes_and_is_compiled_once(catalogue):
    write(catalogue, msgid="Until %(day)s", msgstr="至 %(day)s")
    call_command("check_translations")
    assert translations.compile_all() == [catalogue.with_suffix(".mo")]
    assert translations.compile_all() == []


def test_no_catalogue_is_a_fault(settings, tmp_path):
    settings.LOCALE_PATHS = [tmp_path]
    with pytest.raises(CommandError, match="no catalogue"):
        call_command("check_translations")
