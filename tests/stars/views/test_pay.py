"""Pay lists: on the page by township, for Excel as a whole."""

from typing import Any

import pytest

from governance.errors import RuleBroken
from stars.models import PayLine, PayList
from tests.stars.county import County
from tests.stars.views.conftest import SignIn, Travel

LATER = "2026-03-02 09:00"


def test_the_county_reads_and_downloads_it(published: County, sign_in: SignIn, travel: Travel) -> None:
    travel(LATER)
    pay_list, staff = PayList.objects.get(), sign_in("chen")
    assert pay_list.number in staff.get("/pay/").content.decode()
    html = staff.get(f"/pay/{pay_list.pk}/").content.decode()
    cents = pay_list.total_cents
    assert f"{cents // 100:,}.{cents % 100:02}" in html
    workbook = staff.get(f"/pay/{pay_list.pk}/list.xlsx")
    assert workbook.content[:2] == b"PK"
    assert pay_list.number in workbook.headers["Content-Disposition"]


def test_a_township_reads_its_own_lines(published: County, sign_in: SignIn, travel: Travel) -> None:
    travel(LATER)
    pay_list = PayList.objects.get()
    html = sign_in("liu").get(f"/pay/{pay_list.pk}/").content.decode()
    assert "霍嵋阳" in html
    assert "临晋" not in html
    whole = PayLine.objects.count()
    assert html.count('<th scope="row">') < whole + 2
    assert sign_in("liu").get(f"/pay/{pay_list.pk}/list.xlsx").status_code == 404


def test_a_list_that_does_not_add_up_is_not_exported(
    published: County, sign_in: SignIn, travel: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def differs(_pay_list: PayList) -> bytes:
        raise RuleBroken("total_differs", "清单合计不符")

    monkeypatch.setattr("stars.views.pay.pay_list_workbook", differs)
    travel(LATER)
    response = sign_in("chen").get(f"/pay/{PayList.objects.get().pk}/list.xlsx", follow=True)
    assert response.redirect_chain
    assert "清单合计不符" in response.content.decode()


def test_strangers(published: County, sign_in: SignIn, travel: Travel) -> None:
    travel(LATER)
    page = f"/pay/{PayList.objects.get().pk}/"
    assert sign_in("tang").get(page).status_code == 404
    assert sign_in("huo").get(page).status_code == 403
    assert PayList.objects.get().number not in sign_in("tang").get("/pay/").content.decode()


def test_queries(published: County, sign_in: SignIn, travel: Travel, django_assert_max_num_queries: Any) -> None:
    travel(LATER)
    staff, page = sign_in("chen"), f"/pay/{PayList.objects.get().pk}/"
    with django_assert_max_num_queries(11):
        staff.get(page)
