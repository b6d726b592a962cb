from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker

from tests import databases, strict
from tests.cast import cast  # noqa: F401  a fixture


def pytest_report_header() -> list[str]:
    return [
        f"database: {databases.place()}",
        f"broker: {settings.REDIS_URL or 'files under var/; tests marked services left out'}",
    ]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if settings.REDIS_URL:
        return
    left_out = [item for item in items if item.get_closest_marker("services")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped check is a failed check."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
    return report


@pytest.fixture(scope="session")
def template_database(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
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
