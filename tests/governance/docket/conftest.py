import pytest

from tests.cast import Cast
from tests.governance.docket.office import Offices, found_offices


@pytest.fixture
def offices(cast: Cast) -> Offices:
    return found_offices(cast)
