"""Operating-system users for tests of what must run as root and as an ordinary user alike."""

import os
import pwd
import subprocess
import sys
from functools import cache
from pathlib import Path

import django
from django.conf import settings

PLAIN = "xingheng-plain"
NAMES = ["root", PLAIN] if os.geteuid() == 0 else [pwd.getpwuid(os.geteuid()).pw_name]


@cache
def account(name: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", name], check=True)
        return pwd.getpwnam(name)


def popen_arguments(name: str, **environment: str) -> dict:
    """For subprocess: the user, and an environment with nothing of ours but what is given."""
    user = account(name)
    identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    clean = {"PATH": os.defpath, "PYTHONPATH": _search_path(), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "de_DE.UTF-8"}
    return {**identity, "env": {**clean, **environment}, "cwd": settings.BASE_DIR}


@cache
def python(name: str) -> str:
    """An interpreter that this user may run: root's own may lie in a folder that is closed to others."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, "/usr/bin/python3", f"/usr/bin/python{version}", f"/usr/local/bin/python{version}"):
        if _answers(name, candidate) == version:
            return candidate
    raise AssertionError(f"no Python {version} that {name} may run")


def _answers(name: str, candidate: str) -> str:
    ask = [candidate, "-c", "import sys, numpy, psycopg, redis; print(*sys.version_info[:2], sep='.', end='')"]
    try:
        return subprocess.run(ask, capture_output=True, text=True, **popen_arguments(name)).stdout
    except OSError:
        return ""


def _search_path() -> str:
    return os.pathsep.join([str(settings.BASE_DIR), str(Path(django.__file__).parents[1])])


def own(folder: Path, name: str) -> Path:
    """A folder of this user's."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(folder, account(name).pw_uid, account(name).pw_gid)
    return folder
