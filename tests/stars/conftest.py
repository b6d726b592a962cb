from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from tests.cast import Cast
from tests.stars.county import County, open_county


@pytest.fixture
def county(cast: Cast) -> County:
    """Its year 2025, open, nothing filed."""
    return open_county(cast)


@pytest.fixture
def closed_county(county: County) -> County:
    """Everything filed and accepted; closed."""
    county.file_all()
    county.close()
    return county


@pytest.fixture(autouse=True)
def anchors(settings: Settings, tmp_path: Path) -> Path:
    settings.CHAIN_ANCHORS = tmp_path / "anchors" / "chain.jsonl"
    return settings.CHAIN_ANCHORS
