"""The child process: its limits hold, its death costs one request, and its parent's death ends it."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from governance.sandbox import child, process
from governance.sandbox.package import Refused
from governance.sandbox.process import ROOT, Sandbox
from tests.stars.workbooks import hostile


@pytest.fixture
def sandbox():
    made = Sandbox("read")
    yield made
    made.stop()


def test_answers(sandbox):
    assert b"text" in sandbox.ask(hostile.ordinary())


def test_a_killed_child_is_replaced(sandbox):
    sandbox.ask(hostile.ordinary())
    first = sandbox._child.pid
    os.kill(first, signal.SIGKILL)
    sandbox._child.wait()
    assert b"text" in sandbox.ask(hostile.ordinary())
    assert sandbox._child.pid != first


def test_a_child_that_dies_over_a_request_refuses_it(sandbox):
    heavy = hostile.with_sheet(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    with pytest.raises(Refused) as refused:
        sandbox.ask(heavy)
    assert refused.value.code == "too_heavy"
    assert b"text" in sandbox.ask(hostile.ordinary())


def test_a_child_that_sleeps_is_given_up(sandbox, monkeypatch):
    monkeypatch.setattr(process, "SECONDS", 0.3)
    sandbox.warm_up()
    os.kill(sandbox._child.pid, signal.SIGSTOP)
    with pytest.raises(Refused) as refused:
        sandbox.ask(hostile.ordinary())
    assert refused.value.code == "too_heavy"


def test_a_busy_child_is_not_waited_for_without_end(sandbox, monkeypatch):
    monkeypatch.setattr(process, "QUEUE_SECONDS", 0.1)
    with sandbox._lock, pytest.raises(Refused) as refused:
        sandbox.ask(hostile.ordinary())
    assert refused.value.code == "busy"


def test_many_threads(sandbox):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _i: sandbox.ask(hostile.ordinary()), range(40)))
    assert len(set(answers)) == 1


def test_a_fork_has_its_own(sandbox):
    """As in a Celery worker: the parent's lock may be held by a thread that the fork doesn't have."""
    sandbox.ask(hostile.ordinary())
    mine = sandbox._child.pid
    with sandbox._lock:
        pid = os.fork()
        if not pid:
            try:
                sandbox.ask(hostile.ordinary())
                os._exit(0 if sandbox._child.pid != mine else 1)
            except BaseException:
                os._exit(2)
    assert os.waitpid(pid, 0)[1] == 0
    assert sandbox._child.pid == mine
    assert b"text" in sandbox.ask(hostile.ordinary())


def test_no_file_no_socket_no_process_behind_the_limits():
    tries = """
import socket, os, sys
from governance.sandbox import child
{guard}
for attempt in (lambda: open("/etc/hostname"), lambda: socket.socket(), lambda: os.pipe()):
    try: attempt()
    except OSError: print("refused")
    else: print("got through")
try: bytearray(700 * 2**20)
except MemoryError: print("refused")
else: print("got through")
"""
    assert run(tries.format(guard='child.lock_down(open_files=3, memory=child.MEMORY["read"])')) == ["refused"] * 4
    assert run(tries.format(guard="")) == ["got through"] * 4


def run(code):
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


def test_it_knows_no_password_and_no_address(sandbox, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    sandbox.warm_up()
    environment = psutil.Process(sandbox._child.pid).environ()
    assert "DATABASE_URL" not in environment
    assert set(environment) <= {*process.PASSED_ON, "PYTHONUTF8"} | {"LC_CTYPE"}


def test_it_imports_no_django():
    code = "import sys; import governance.sandbox.child, governance.sandbox.values, governance.sandbox.marks; print('django' in sys.modules)"
    assert run(code) == ["False"]


def test_it_ends_with_its_parent():
    code = (
        "from governance.sandbox.process import reader; import os, signal; reader.warm_up();"
        "print(reader._child.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    parent = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    pid = int(parent.stdout)
    for _i in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            break
        time.sleep(0.05)
    else:
        pytest.fail("the child outlived its parent")


def test_what_a_big_workbook_leaves_behind_is_given_back(sandbox, monkeypatch):
    wide = hostile.with_sheet(
        b"".join(
            b'<row r="%d">' % i + b"".join(b'<c r="%c%d"><v>1.5</v></c>' % (65 + j, i) for j in range(20)) + b"</row>"
            for i in range(1, 25_001)
        )
    )
    sandbox.ask(wide)
    sandbox.ask(hostile.ordinary())
    assert psutil.Process(sandbox._child.pid).memory_info().rss < child.WORN_OUT


def test_the_lock_is_free_after_every_refusal(sandbox):
    for _name, content, _code in hostile.refused():
        if content.startswith(b"PK") and len(content) < 100_000:
            with pytest.raises(Refused):
                sandbox.ask(content)
    assert not sandbox._lock.locked()
    assert threading.active_count() < 20


def test_without_defusedxml_nothing_is_marked():
    blocked = "import sys; sys.modules['defusedxml'] = sys.modules['defusedxml.ElementTree'] = None; "
    code = "import governance.sandbox.marks as marks; print('marks')"
    assert run(code) == ["marks"]
    with pytest.raises(subprocess.CalledProcessError):
        run(blocked + code)
