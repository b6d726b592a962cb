"""A first start that was broken off begins again from nothing; one that was finished keeps what it has."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from pytest_django.fixtures import Settings

from config.management.commands import serve


@pytest.fixture
def emptied(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Notes each time that the database is emptied; nothing else happens."""
    noted: list[str] = []
    settings.VAR, settings.CHAIN_ANCHORS = tmp_path, tmp_path / "chain-anchors.jsonl"
    settings.EMBEDDED = SimpleNamespace(empty=lambda: noted.append("emptied"))
    monkeypatch.setattr(serve, "call_command", lambda *_words, **_options: None)
    monkeypatch.setattr(serve.pulse, "forget", lambda _part: None)
    return noted


def test_half_a_demo_goes_with_the_head_of_its_chain(emptied: list[str], settings: Settings) -> None:
    (settings.VAR / "demo_begun").touch()
    settings.CHAIN_ANCHORS.write_text("of a database that is no more")
    serve.Command()._prepare(demo=True)
    assert emptied == ["emptied"]
    assert not settings.CHAIN_ANCHORS.exists()


def test_a_finished_demo_stays(emptied: list[str], settings: Settings) -> None:
    serve.Command()._prepare(demo=True)
    (settings.VAR / "demo_begun").touch()
    settings.CHAIN_ANCHORS.write_text("of this very database")
    serve.Command()._prepare(demo=True)
    assert emptied == []
    assert settings.CHAIN_ANCHORS.exists()


def test_what_no_demo_has_begun_is_not_thrown_away(emptied: list[str]) -> None:
    """A database that `serve` without the demo made may hold somebody's work; `load_demo` refuses it."""
    serve.Command()._prepare(demo=True)
    assert emptied == []
