from datetime import UTC, date, datetime

import pytest

from burden.models import Matter
from burden.services.catalogue import adopt_catalogue
from governance.errors import RuleBroken
from tests.cast import Cast

DAY = date(2025, 3, 3)
AT = datetime(2025, 3, 3, 2, tzinfo=UTC)


def adopt(cast: Cast, who: str = "chen") -> int:
    return adopt_catalogue("prohibited-certificates", county=cast.county, by=cast[who], on=DAY, at=AT)


def test_the_shipped_list_of_certificates(cast: Cast) -> None:
    assert adopt(cast) == 21
    assert adopt(cast) == 0
    assert set(Matter.objects.values_list("list", flat=True)) == {Matter.List.PROHIBITED_CERTIFICATE}


@pytest.mark.parametrize("who", ["liu", "tang", "dai", "sun"])
def test_only_the_county_office_adopts(cast: Cast, who: str) -> None:
    with pytest.raises(RuleBroken) as broken:
        adopt(cast, who)
    assert broken.value.code == "not_your_duty"
    assert not Matter.objects.exists()


def test_another_county_does_not_see_it(cast: Cast) -> None:
    adopt(cast)
    assert Matter.objects.visible_to(cast["chen"]).count() == 21
    assert not Matter.objects.visible_to(cast["tang"]).exists()
