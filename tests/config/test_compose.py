"""docker-compose.yml read as data, and its commands started as processes on servers of this machine."""

import copy
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from django.conf import settings

from tests.config.test_serve import free_port, until
from tests.databases import Fresh

FILE = settings.BASE_DIR / "docker-compose.yml"
SECRETS = ("SECRET_KEY", "POSTGRES_PASSWORD", "OWNER_PASSWORD", "APPLICATION_PASSWORD", "REDIS_PASSWORD")
VARIABLE = re.compile(r"\$\{(\w+)(:?[-?][^}]*)?\}")


@pytest.fixture
def compose() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text())


def faults(compose: dict[str, Any]) -> Iterator[str]:
    services = compose["services"]
    if missing := {"web", "worker", "beat", "postgres", "redis"} - set(services):
        yield f"no {missing}"
    for name, service in services.items():
        if "healthcheck" not in service and service.get("restart") != "no":
            yield f"{name} has no health check"
        if "image" in service and (":" not in service["image"] or service["image"].endswith(":latest")):
            yield f"{name} names no version"
        for port in service.get("ports", []):
            if name in ("postgres", "redis") or not port.startswith("127.0.0.1:"):
                yield f"{name} is open to the network: {port}"
        for word in [*service.get("command", []), *service.get("environment", {}).values()]:
            for variable, rest in VARIABLE.findall(word):
                if variable in SECRETS and not rest.startswith(":?"):
                    yield f"{name}: {variable} is not asked for"
    if "--requirepass" not in services["redis"]["command"]:
        yield "redis asks for no password"
    for name in ("web", "worker", "beat"):
        if "OWNER_PASSWORD" in str(services[name]["environment"]):
            yield f"{name} knows the owner's password"


def test_the_file_is_safe(compose):
    assert list(faults(compose)) == []


@pytest.mark.parametrize(("service", "key", "value", "fault"), [
    ("web", "healthcheck", None, "web has no health check"),
    ("postgres", "image", "postgres", "postgres names no version"),
    ("postgres", "ports", ["5432:5432"], "postgres is open"),
    ("web", "ports", ["8000:8000"], "web is open"),
    ("redis", "command", ["redis-server"], "redis asks for no password"),
    ("redis", "environment", {"REDISCLI_AUTH": "${REDIS_PASSWORD:-word}"}, "REDIS_PASSWORD is not asked for"),
    ("worker", "environment", {"DATABASE_OWNER_URL": "${OWNER_PASSWORD:?}"}, "worker knows the owner"),
])  # fmt: skip
def test_each_weakness_is_seen(compose, service, key, value, fault):
    """The twins: the file, weakened."""
    weak = copy.deepcopy(compose)
    weak["services"][service] = {**weak["services"][service], key: value}
    if value is None:
        del weak["services"][service][key]
    assert any(line.startswith(fault) or fault in line for line in faults(weak))


def test_the_image_holds_what_the_commands_name(compose):
    dockerfile = (settings.BASE_DIR / "Dockerfile").read_text()
    assert "--require-hashes" in dockerfile
    assert "\nUSER xingheng\n" in dockerfile
    for name in ("web", "worker", "beat", "prepare"):
        assert compose["services"][name]["command"][0] == "python"


class Stack:
    """The services' own commands and environments; only addresses and ports are this machine's."""

    def __init__(self, compose: dict[str, Any], database: Fresh, folder: Path) -> None:
        self.services, self.database, self.folder = compose["services"], database, folder
        self.web_port, self.redis_port = free_port(), free_port()
        self.values = {
            **{name: secrets.token_hex(24) for name in SECRETS},
            "SECRET_KEY": secrets.token_urlsafe(64),
            "ALLOWED_HOSTS": "county.example",
            "TLS_IN_FRONT": "1",
        }
        self.processes: dict[str, subprocess.Popen] = {}

    def filled(self, word: str) -> str:
        return VARIABLE.sub(lambda found: self.values.get(found[1]) or found[2].partition("-")[2], word)

    def environment(self, name: str) -> dict[str, str]:
        given = {key: self.filled(value) for key, value in self.services[name].get("environment", {}).items()}
        here = {
            "DATABASE_URL": self.database.env["DATABASE_URL"],
            "DATABASE_OWNER_URL": self.database.env["DATABASE_OWNER_URL"],
            "REDIS_URL": given.get("REDIS_URL", "").replace("redis:6379", f"127.0.0.1:{self.redis_port}"),
        }
        only_named = {key: value for key, value in here.items() if key in given}
        rest = {
            "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
            "XINGHENG_VAR": str(self.folder),
            "STATIC_ROOT": str(self.folder / "static"),
        }
        return {**given, **only_named, **rest}

    def command(self, name: str) -> list[str]:
        words = [self.filled(word) for word in self.services[name]["command"]]
        words = [str(self.web_port) if word == "8000" else word for word in words]
        return [sys.executable, *words[1:]] if words[0] == "python" else words

    def start(self, name: str, *more: str) -> subprocess.Popen:
        with (self.folder / f"{name}.log").open("w") as log:
            self.processes[name] = subprocess.Popen(
                [*self.command(name), *more], env=self.environment(name), cwd=settings.BASE_DIR, stdout=log, stderr=log
            )
        return self.processes[name]

    def is_healthy(self, name: str) -> bool:
        test = [
            self.filled(word).replace(":8000/", f":{self.web_port}/") for word in self.services[name]["healthcheck"]["test"][1:]
        ]
        if test[0] == "python":
            test[0] = sys.executable
        if test[0] == "redis-cli":
            test[1:1] = ["-p", str(self.redis_port)]
        return subprocess.run(test, env=self.environment(name), cwd=settings.BASE_DIR, capture_output=True).returncode == 0

    def said(self) -> str:
        return "\n".join(f"{log.name}: {log.read_text()[-2000:]}" for log in self.folder.glob("*.log"))

    def stop(self) -> None:
        for process in self.processes.values():
            for one in [*psutil.Process(process.pid).children(recursive=True), process] if process.poll() is None else []:
                one.kill()
            process.wait()


@pytest.fixture
def stack(compose, fresh_db, tmp_path):
    made = Stack(compose, fresh_db, tmp_path)
    yield made
    made.stop()


@pytest.mark.services
@pytest.mark.smoke
def test_its_commands_run_the_product(stack: Stack):
    collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(collect, env=stack.environment("web"), cwd=settings.BASE_DIR, check=True)
    stack.start("redis", "--port", str(stack.redis_port), "--dir", str(stack.folder))
    until(lambda: stack.is_healthy("redis"), 20, stack.said)
    assert stack.start("prepare").wait(60) == 0, stack.said()
    for name in ("web", "worker", "beat"):
        stack.start(name)
    for name in ("web", "worker", "beat"):
        until(lambda name=name: stack.is_healthy(name), 90, stack.said)
    assert {name: p.poll() for name, p in stack.processes.items() if name != "prepare"} == dict.fromkeys(
        ("redis", "web", "worker", "beat")
    )
    assert plain_http_is_sent_to_tls(stack)
    stack.processes["worker"].terminate()
    assert stack.processes["worker"].wait(60) == 0
    time.sleep(1)
    assert stack.is_healthy("redis")


def plain_http_is_sent_to_tls(stack: Stack) -> bool:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    try:
        request = urllib.request.Request(f"http://127.0.0.1:{stack.web_port}/", headers={"Host": "county.example"})
        urllib.request.build_opener(Stay).open(request, timeout=10)
    except urllib.error.HTTPError as answer:
        return answer.code == 301 and answer.headers["Location"].startswith("https://")
    return False


@pytest.mark.services
def test_a_missing_secret_stops_the_web(stack: Stack):
    stack.values["SECRET_KEY"] = "changeme"
    assert stack.start("web").wait(60) != 0
    assert "SECRET_KEY is weak" in stack.said()
