from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from pytest_django.fixtures import Settings

from tests.cast import Cast, make_cast
from tests.stars.county import County, moment, open_county

SignIn = Callable[[str], Client]
Travel = Callable[[str], datetime]


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def county(cast: Cast) -> County:
    """Its year 2025, open, nothing filed; 嵋阳乙村 is a village of industry."""
    place = cast.places["140821101202"]
    place.village_type = "industry"
    place.save()
    return open_county(cast)


@pytest.fixture
def published(county: County) -> County:
    county.file_all(share=93)
    county.close()
    county.settle()
    return county


@pytest.fixture
def sign_in(cast: Cast) -> SignIn:
    def signed_in(name: str) -> Client:
        client = Client()
        client.force_login(cast[name], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


@pytest.fixture
def travel() -> Iterator[Travel]:
    """Puts the clock of all doors on a moment in Shanghai; the last journey holds."""
    journeys: list[time_machine.travel] = []

    def to(text: str) -> datetime:
        while journeys:
            journeys.pop().stop()
        journey = time_machine.travel(moment(text), tick=False)
        journey.start()
        journeys.append(journey)
        return moment(text)

    yield to
    while journeys:
        journeys.pop().stop()


@pytest.fixture(autouse=True)
def anchors(settings: Settings, tmp_path: Path) -> None:
    settings.CHAIN_ANCHORS = tmp_path / "chain.jsonl"
