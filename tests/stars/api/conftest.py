from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from stars.models import Publication, PublishedRating, RatingYear
from tests.cast import Cast, make_cast
from tests.stars.api.client import Api, token_of
from tests.stars.api.rows import publish_rows
from tests.stars.county import County, moment, open_county


@pytest.fixture(autouse=True)
def anchors(settings: Settings, tmp_path: Path) -> None:
    settings.CHAIN_ANCHORS = tmp_path / "anchors" / "chain.jsonl"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def county(cast: Cast) -> County:
    return open_county(cast)


@pytest.fixture
def published(county: County) -> Publication:
    """The county's year, filed, decided and published by the services."""
    county.file_all(shares={"140821101201": 95, "140821102203": 40})
    county.close()
    return county.settle()


@pytest.fixture
def other(cast: Cast, published: Publication) -> list[PublishedRating]:
    """The neighbour's published rows, later than the county's."""
    year = RatingYear.objects.create(
        territory=cast.other_county, year=2025, policy=published.rating_year.policy, stage="published", roster_frozen_at=moment("2026-02-01 00:00"),
    )  # fmt: skip
    posts = [post for path, post in cast.secretaries.items() if path.startswith("140822")]
    return publish_rows(year, posts, by=cast["tang"], at=moment("2026-02-20 00:00"), number=published.number + 1)


@pytest.fixture
def client_api(cast: Cast) -> Api:
    return Api(token_of(cast, "client"))
