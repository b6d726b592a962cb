import pytest

from governance.models import Territory
from tests.cast import Cast, make_cast
from tests.stars.county import County, open_county
from tests.stars.workbooks.desk import Desk


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def county(cast: Cast) -> County:
    """Its year 2025, open. 嵋阳甲村 and 嵋阳乙村 are of the kinds that the policy tells apart, 嵋阳丙村 is of the second again."""
    for path, kind in {"140821101201": "industry", "140821101202": "farming", "140821101203": "farming"}.items():
        Territory.objects.filter(path=path).update(village_type=kind)
    return open_county(make_fresh(cast))


def make_fresh(cast: Cast) -> Cast:
    for path in cast.places:
        cast.places[path].refresh_from_db()
    return cast


@pytest.fixture
def desk(county: County) -> Desk:
    """liu before the page of the first quarter, in early February: January and February are open."""
    return Desk(county)
