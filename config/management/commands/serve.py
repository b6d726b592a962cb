from __future__ import annotations

import json
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import psutil
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from config import running
from config.supervisor import Supervisor
from governance import pulse

WEB = [
    "granian",
    "config.wsgi:application",
    "--interface",
    "wsgi",
    "--no-ws",
    "--blocking-threads",
    "4",
    "--log-level",
    "warning",
]
CELERY = ["celery", "--quiet", "--app", "config"]
ALONE = ["--without-gossip", "--without-mingle", "--without-heartbeat"]  # the one worker has nobody to talk to
WORKER = [*CELERY, "worker", "--concurrency", "2", "--loglevel", "warning", *ALONE]
BEAT = [*CELERY, "beat", "--loglevel", "warning", "--pidfile="]
PATIENCE = 60  # seconds until every part must be up


class Command(BaseCommand):
    help = "Run everything under one parent: database (if embedded), web, worker and beat. Ctrl-C stops all."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--demo", action="store_true", help="load the demo at the first start; show its sign-ins")

    def handle(self, *args: Any, demo: bool, **options: Any) -> None:
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # also when it goes to a file
        address = f"http://127.0.0.1:{settings.PORT}/"
        signal.signal(signal.SIGTERM, _as_ctrl_c)
        signal.signal(signal.SIGHUP, _as_ctrl_c)
        with running.only_one(settings.VAR, address):
            _refuse_taken_port(settings.PORT)
            try:
                with settings.EMBEDDED.running() if settings.EMBEDDED else nullcontext():
                    self._prepare(demo)
                    with self._children() as children:
                        self._welcome(children, address, demo)
                        while True:
                            children.look_after()
                            time.sleep(0.2)
            except KeyboardInterrupt:
                self.stdout.write("Stopped.")

    def _prepare(self, demo: bool) -> None:
        begun, loaded = settings.VAR / "demo_begun", settings.VAR / "demo_loaded"
        load = demo and not loaded.exists()
        if load and settings.EMBEDDED and begun.exists():
            settings.EMBEDDED.empty()  # an interrupted first start left half a demo
            settings.CHAIN_ANCHORS.unlink(missing_ok=True)  # and perhaps the head of its chain, which binds no other
        call_command("prepare_database", verbosity=0)
        if load:
            call_command("load_demo")
            loaded.touch()
        for part in ("worker", "beat"):
            pulse.forget(part)

    @contextmanager
    def _children(self) -> Iterator[Supervisor]:
        children = Supervisor(
            {
                "web": [*WEB, "--host", "127.0.0.1", "--port", str(settings.PORT)],
                "worker": WORKER,
                "beat": BEAT,
            },
            self.stderr.write,
        )
        try:
            yield children
        finally:
            children.stop()

    def _welcome(self, children: Supervisor, address: str, demo: bool) -> None:
        deadline = time.monotonic() + PATIENCE
        while (parts := _health(address)) is None or set(parts.values()) != {"up"}:
            children.look_after()
            if time.monotonic() > deadline:
                self.stderr.write(f"Not all parts are up after {PATIENCE} s: {parts or 'web does not answer'}")
                return
            time.sleep(0.25)
        took = time.time() - psutil.Process().create_time()
        self.stdout.write(f"Ready in {took:.0f} s: {address}   (Ctrl-C stops it)")
        if demo:
            call_command("demo_logins")


def _as_ctrl_c(*_: Any) -> None:
    raise KeyboardInterrupt


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CommandError(f"Port {port} can't be used ({error.strerror}); choose another: PORT={port + 1}") from None


def _health(address: str) -> dict[str, str] | None:
    try:
        with urllib.request.urlopen(f"{address}healthz", timeout=5) as answer:  # noqa: S310  our own address
            return dict(json.load(answer)["parts"])
    except urllib.error.HTTPError as error:
        return dict(json.load(error)["parts"]) if error.code == 503 else None
    except OSError:
        return None
