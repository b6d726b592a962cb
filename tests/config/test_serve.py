"""One command runs everything and stops everything: started as a real process, watched from outside."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import settings

from config import supervisor
from tests import people_of_the_machine as people

pytestmark = pytest.mark.smoke
DEEP = "/".join(["a-folder-with-a-long-name"] * 6)


class Site:
    """A `serve` of its own, as one user of the machine, with everything under one folder."""

    def __init__(self, var: Path, who: str) -> None:
        self.var, self.who, self.port = people.own(var, who), who, free_port()
        self.log = var / "log"
        self.started: list[subprocess.Popen] = []

    def manage(self, *words: str, **more: Any) -> subprocess.Popen:
        arguments = people.popen_arguments(self.who, XINGHENG_VAR=str(self.var), PORT=str(self.port))
        with self.log.open("a") as log:
            process = subprocess.Popen(
                [people.python(self.who), "-W", "error", "manage.py", *words],
                **{"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, **arguments, **more},
            )
        self.started.append(process)
        return process

    def start(self) -> subprocess.Popen:
        before = self.said().count("Ready") if self.log.exists() else 0
        serve = self.manage("serve")
        until(lambda: self.said().count("Ready") > before or serve.poll() is not None, 90, self.said)
        assert serve.poll() is None, self.said()
        return serve

    def said(self) -> str:
        return self.log.read_text()

    def health(self) -> tuple[int, dict[str, str]]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                return answer.status, json.load(answer)["parts"]
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)["parts"]

    def processes(self, word: str = "") -> list[psutil.Process]:
        """Whatever runs with this folder in its environment or its command, started by whomever."""
        return [p for p in psutil.process_iter() if p.pid != os.getpid() and self._is_of_here(p, word)]

    def _is_of_here(self, process: psutil.Process, word: str) -> bool:
        try:
            command = " ".join(process.cmdline())
            here = str(self.var) in command or process.environ().get("XINGHENG_VAR") == str(self.var)
            return here and word in command and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    def clear(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
        for process in self.processes():
            process.kill()


def free_port() -> int:
    """One that nobody listens on, from below those the system hands out: a connection of ours can't take it meanwhile."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def until(true: Callable[[], bool], seconds: float, explain: Callable[[], object]) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.1)


@pytest.fixture
def site(shared_folder: Path) -> Iterator[Callable[..., Site]]:
    made: list[Site] = []

    def make(where: str = "near", who: str = people.NAMES[0]) -> Site:
        made.append(Site(shared_folder / where / "var", who))
        return made[-1]

    yield make
    for one in made:
        one.clear()


@pytest.mark.parametrize(("who", "where"), [*[(who, "near") for who in people.NAMES], (people.NAMES[-1], DEEP)])
def test_everything_comes_up_and_ctrl_c_leaves_nothing(site, who, where):
    here = site(where, who)
    serve = here.start()
    assert here.health() == (200, {"web": "up", "database": "up", "worker": "up", "beat": "up"})
    serve.send_signal(signal.SIGINT)
    assert serve.wait(60) == 0, here.said()
    assert here.processes() == []
    assert not (here.var / "postgres/data/postmaster.pid").exists()
    assert "Traceback" not in here.said()
    assert "Warning" not in here.said()


def test_a_killed_worker_comes_back_whole(site):
    here = site()
    here.start()
    first = {p.pid for p in here.processes(" worker ")}
    assert len(first) >= 3  # a leader and its pool
    leader = min(first, key=lambda pid: psutil.Process(pid).create_time())
    os.kill(leader, signal.SIGKILL)
    until(lambda: len({p.pid for p in here.processes(" worker ")} - first) >= 3, 30, here.said)
    assert {p.pid for p in here.processes(" worker ")} & first == set()  # the old pool would do its work twice
    assert "worker ended" in here.said()
    beat = here.processes(" beat ")
    assert len(beat) == 1
    assert here.health()[0] == 200


def test_a_killed_parent_takes_its_children_along_and_its_database_is_adopted(site):
    here = site()
    here.start().kill()
    database = here.processes("postgres -D")
    until(lambda: not here.processes("config.child"), 30, lambda: here.processes())
    again = here.start()
    assert here.processes("postgres -D") == database
    again.terminate()
    assert again.wait(60) == 0
    assert here.processes() == []


def test_stop_ends_a_running_one_and_a_database_left_behind(site):
    here = site()
    serve = here.start()
    assert here.manage("stop").wait(60) == 0
    assert serve.wait(60) == 0
    here.start().kill()
    until(lambda: not here.processes("config.child"), 30, lambda: here.processes())
    assert here.manage("stop").wait(60) == 0
    assert here.processes() == []


def test_two_side_by_side_and_no_second_in_one_folder(site):
    one, other = site("one"), site("other")
    one.start()
    other.start()
    assert one.health()[0] == other.health()[0] == 200
    assert one.manage("serve").wait(60) != 0
    assert "already running" in one.said()
    assert one.health()[0] == 200
    assert cookie(one) != cookie(other)


def cookie(one: Site) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{one.port}/sign-in/", timeout=10) as page:
        return page.headers["Set-Cookie"].split("=")[0]


def test_a_taken_port_is_named(site):
    here = site()
    with socket.socket() as other:
        other.bind(("127.0.0.1", here.port))
        other.listen()
        assert here.manage("serve").wait(60) != 0
    assert f"Port {here.port} can't be used" in here.said()
    assert here.processes() == []


PARENT = """
import os, sys, time
from config.supervisor import Supervisor
{before}
children = Supervisor({{"sleeper": ["timeit", "-n1", "-r1", "import time; time.sleep(99)"]}}, print)
print(children.children[0].process.pid, flush=True)
time.sleep(99)
"""
UNWATCHED = "import config.supervisor as s; s.Child.start = lambda self: setattr(self, 'process', s.subprocess.Popen([sys.executable, '-m', *self.command[4:]], start_new_session=True))"


@pytest.mark.parametrize(("before", "outlives"), [("", False), (UNWATCHED, True)], ids=["watched", "unwatched"])
def test_a_child_never_outlives_its_parent(before, outlives):
    """The second case is the twin: without the pipe between them it does."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(before=before)], stdout=subprocess.PIPE, text=True, cwd=settings.BASE_DIR
    )
    child = psutil.Process(int(parent.stdout.readline()))
    time.sleep(1)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    _, alive = psutil.wait_procs([child], timeout=5)
    assert bool(alive) is outlives
    for process in alive:
        process.kill()


def test_a_child_that_keeps_failing_is_started_ever_more_slowly(monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(supervisor.time, "monotonic", lambda: clock[0])
    said: list[str] = []
    children = supervisor.Supervisor({"web": ["no_such_module"]}, said.append)
    (child,) = children.children
    for _ in range(7):
        child.process.wait()
        children.look_after()
        clock[0] += 31
        children.look_after()
    children.stop()
    assert [int(line.rpartition(" in ")[2].split()[0]) for line in said] == [1, 2, 4, 8, 16, 30, 30]
