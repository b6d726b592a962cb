"""Keeps a few processes running under one parent, and leaves none behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

GRACE = 10.0  # seconds between asking a process to end and ending it
SLOWEST_RESTART = 30.0
HEALTHY_AFTER = 60.0


class Child:
    """One process with everything that it starts, in a group of its own: Ctrl-C in the terminal passes it by."""

    def __init__(self, name: str, module: Sequence[str], lifeline: int) -> None:
        self.name = name
        self.command = [sys.executable, "-m", "config.child", str(lifeline), *module]
        self.lifeline = lifeline
        self.delay = 1.0
        self.start()

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.restart_at: float | None = None
        self.process = subprocess.Popen(self.command, start_new_session=True, pass_fds=[self.lifeline])

    def plan_restart(self) -> float:
        """Seconds until it is started again: each failure in a row doubles them."""
        self.kill()  # what a killed leader leaves behind would do its work twice
        if time.monotonic() - self.started_at > HEALTHY_AFTER:
            self.delay = 1.0
        self.restart_at = time.monotonic() + self.delay
        waits, self.delay = self.delay, min(self.delay * 2, SLOWEST_RESTART)
        return waits

    def ask_to_end(self) -> None:
        """Only the leader: it lets the others finish what is under way."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):  # PermissionError: macOS, when only zombies are left
            os.killpg(self.process.pid, signal.SIGKILL)

    def is_gone(self) -> bool:
        """The process and all that it started."""
        self.process.poll()
        try:
            os.killpg(self.process.pid, 0)
        except (ProcessLookupError, PermissionError):
            return True
        return False


class Supervisor:
    def __init__(self, modules: Mapping[str, Sequence[str]], say: Callable[[str], object]) -> None:
        self.say = say
        ends_with_us, self._held_open = os.pipe()
        self.children = [Child(name, module, ends_with_us) for name, module in modules.items()]

    def look_after(self) -> None:
        """Once around: note who died, start again whose time has come."""
        for child in self.children:
            if child.restart_at is not None:
                if time.monotonic() >= child.restart_at:
                    child.start()
            elif (code := child.process.poll()) is not None:
                self.say(f"{child.name} ended ({code}); starting it again in {child.plan_restart():.0f} s")

    def stop(self) -> None:
        for child in self.children:
            child.ask_to_end()
        deadline = time.monotonic() + GRACE
        while time.monotonic() < deadline and not all(child.is_gone() for child in self.children):
            time.sleep(0.05)
        for child in self.children:
            child.kill()
            child.process.wait()
