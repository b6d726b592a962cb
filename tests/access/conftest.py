import pytest

WALKED = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def walked(pytestconfig: pytest.Config) -> list[str]:
    """Lines for the end of the run's output."""
    return pytestconfig.stash.setdefault(WALKED, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash.get(WALKED, []):
        terminalreporter.write_line(line)
