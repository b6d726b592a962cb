import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def production_environment() -> dict[str, str]:
    """All that production asks for; a test takes one away or weakens it."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "county.example",
        "TLS_IN_FRONT": "1",
        "DATABASE_URL": "postgresql://app:word@localhost/county",
        "REDIS_URL": "redis://:word@localhost:6379/0",
    }


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """One that other users of the machine may enter; every start of pytest closes its own to them."""
    folder = Path(tempfile.mkdtemp(prefix="xingheng-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
