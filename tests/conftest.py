from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker

from config import translations
from tests import databases, strict
from tests.cast import cast  # noqa: F401  a fixture


@pytest.fixture(scope="session")
def template_database(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    translations.compile_all()
    with databases.server():
        with django_db_blocker.unblock():
            name = databases.template()
        yield name


@pytest.fixture(scope="session")
def django_db_setup(template_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """In place of Django's own, which would need the application's role to make tables."""
    with databases.copy(template_database, "run") as name:
        with django_db_blocker.unblock():
            pointed = databases.pointed_to(name)
            pointed.__enter__()
        yield
        with django_db_blocker.unblock():
            pointed.__exit__(None, None, None)


@pytest.fixture
def fresh_db(
    template_database: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path: Path
) -> Iterator[databases.Fresh]:
    """A database of the test's own: commits are real, threads and other processes see them."""
    with databases.copy(template_database, "fresh") as name, django_db_blocker.unblock(), databases.pointed_to(name):
        yield databases.Fresh(name, tmp_path / "var")


@pytest.fixture
def live_site(fresh_db: databases.Fresh) -> Iterator[str]:
    """Address of the whole site over `fresh_db`, for browsers and HTTP clients."""
    server = LiveServer("127.0.0.1")
    yield server.url
    server.stop()


@pytest.fixture(autouse=True)
def strictness(monkeypatch: pytest.MonkeyPatch) -> None:
    strict.undefined_template_variables_fail(monkeypatch)
    strict.row_locks_name_their_table(monkeypatch)
    strict.no_network(monkeypatch)
