"""Correcting scores after the lock, with a reason."""

import re

import pytest

from stars.models import AssessmentChange
from tests.stars.county import County
from tests.stars.views.conftest import SignIn, Travel

MAY = "2025-05-20 09:00"  # the whole first quarter is locked


@pytest.fixture
def page(county: County) -> str:
    county.file(county.filing(period=2))
    return f"/filing/{county.rating_year.pk}/140821101/1/amend/"


def test_the_county_corrects_a_locked_score(county: County, page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(MAY)
    county.unlock(county.filing(period=2), at=MAY)
    key, staff = f"0/2/{county.post('140821101201').pk}/0", sign_in("chen")
    assert re.search(rf'name="{key}" value="54"', staff.get(page).content.decode())
    refused = staff.post(page, {key: "41", "reason": ""})
    assert refused.status_code == 422
    assert re.search(rf'name="{key}" value="41"', refused.content.decode())
    assert staff.post(page, {key: "41", "reason": "录入有误"}).status_code == 302
    change = AssessmentChange.objects.latest("pk")
    assert ((change.before or [])[0], change.after[0], change.reason) == (5400, 4100, "录入有误")


def test_others_do_not(page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(MAY)
    assert sign_in("liu").get(page).status_code == 403
    assert sign_in("qin").get(page).status_code == 403
    assert sign_in("tang").get(page).status_code == 404


def test_only_what_a_colleague_unlocked_takes_a_score(county: County, page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(MAY)
    staff = sign_in("chen")
    locked = staff.get(page).content.decode()
    assert "data-max" not in locked
    assert f"/requests/ask/{county.filing(period=2).pk}/" in locked
    county.unlock(county.filing(period=2), at=MAY, paths=["140821101202"], granted="he")
    html = staff.get(page).content.decode()
    assert f'name="0/2/{county.post("140821101202").pk}/0"' in html
    assert f'name="0/2/{county.post("140821101201").pk}/0"' not in html
    assert "data-max" not in sign_in("he").get(page).content.decode()  # who granted it does not use it
    travel("2025-05-28 09:00")
    assert "data-max" not in staff.get(page).content.decode()
