import pytest

from tests.cast import Cast, make_cast
from tests.stars.county import County, open_county


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def county(cast: Cast) -> County:
    """Its year 2025, open, nothing filed."""
    return open_county(cast)
