import pytest

from tests.cast import Cast, make_cast
from tests.stars.county import County, open_county
from tests.stars.offline.clerk import Clerk


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def county(cast: Cast) -> County:
    """Its year 2025, open; 嵋阳甲村 is a village of industry, the others of farming."""
    for path, place in cast.places.items():
        if len(path) == 12:
            place.village_type = "industry" if path == "140821101201" else "farming"
            place.save()
    return open_county(cast)


@pytest.fixture
def clerk(county: County) -> Clerk:
    """liu in early February, when January and February are open."""
    return Clerk(county)
