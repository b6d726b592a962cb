"""The pages of worked cases: written, tried, brought in from Excel, and the button that brings a policy into force."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from governance.models import PolicyVersion
from governance.services.policies import store_policy
from governance.workbooks.tables import Column, table
from stars.models import PolicyCase
from stars.services.cases import save_case
from tests.cast import Cast
from tests.stars.county import POLICY
from tests.stars.services.test_policy_cases import AT, GOOD, WRONG
from tests.stars.views.conftest import SignIn

FORM = {
    "people": "1", "title": "九十分二星",
    "given-0-name": ["roster.full_months_in_post", "roster.village_type", "month", "year", ""],
    "given-0-value": ["12", "农业型", "90", "90", ""],
    "expect-0-name": ["star", "", ""], "expect-0-value": ["2", "", ""],
}  # fmt: skip


@pytest.fixture
def draft(cast: Cast) -> PolicyVersion:
    return store_policy(POLICY, by=cast["chen"], at=AT)


def of(route: str, version: PolicyVersion, *more: int) -> str:
    return reverse(f"stars:{route}", args=[version.pk, *more])


def test_from_no_case_to_force(draft: PolicyVersion, sign_in: SignIn) -> None:
    chen = sign_in("chen")
    assert "还没有样例" in chen.get(of("cases", draft)).content.decode()
    refused = chen.post(of("policy_force", draft), follow=True)
    assert "还没有一个样例" in refused.content.decode()
    tried = chen.post(of("new_case", draft), FORM | {"act": "try"})
    assert "相符" in tried.content.decode()
    assert not PolicyCase.objects.exists()
    assert chen.post(of("new_case", draft), FORM | {"act": "save"}).status_code == 302
    page = chen.get(of("cases", draft)).content.decode()
    assert all(word in page for word in ("九十分二星", "全部相符", "农业型", "月考核：每期"))
    chen.post(of("policy_force", draft))
    draft.refresh_from_db()
    assert draft.state == "in_force"
    page = chen.get(of("cases", draft)).content.decode()
    assert of("new_case", draft) not in page
    assert chen.post(of("new_case", draft), FORM | {"act": "save", "title": "后来"}).status_code == 422


def test_a_failing_case_shows_its_arithmetic(draft: PolicyVersion, cast: Cast, sign_in: SignIn) -> None:
    save_case(draft.pk, WRONG, by=cast["chen"], at=AT)
    page = sign_in("huo").get(of("cases", draft)).content.decode()
    assert all(word in page for word in ("不符", "3 星", "2 星", "等次得星", "1 个不符"))
    assert of("policy_force", draft) not in page


def test_mistakes_are_told_and_what_was_typed_stays(draft: PolicyVersion, sign_in: SignIn) -> None:
    wrong = FORM | {"act": "save", "given-0-value": ["12", "海岛", "190", "90", ""]}
    page = sign_in("chen").post(of("new_case", draft), wrong)
    assert page.status_code == 422
    assert all(word in page.content.decode() for word in ("海岛", "roster.village_type", "100.00"))


def test_people_come_and_go(draft: PolicyVersion, sign_in: SignIn) -> None:
    chen = sign_in("chen")
    more = chen.post(of("new_case", draft), FORM | {"act": "more"}).context["blocks"]
    assert [one.given[:4] for one in more] == [more[0].given[:4]] * 2
    fewer = chen.post(of("new_case", draft), FORM | {"act": "without 0"}).context["blocks"]
    assert fewer == []


def test_a_case_is_changed_and_removed(draft: PolicyVersion, cast: Cast, sign_in: SignIn) -> None:
    row = save_case(draft.pk, WRONG, by=cast["chen"], at=AT)
    chen = sign_in("chen")
    seen = chen.get(of("case", draft, row.pk)).context["seen"]
    assert chen.post(of("case", draft, row.pk), FORM | {"act": "save", "seen": seen}).status_code == 302
    assert "别人已修改" in chen.post(of("case", draft, row.pk), FORM | {"act": "save", "seen": seen}).content.decode()
    chen.post(of("case", draft, row.pk), FORM | {"act": "remove"})
    assert not PolicyCase.objects.exists()


def test_a_workbook_takes_the_place_of_the_cases(draft: PolicyVersion, cast: Cast, sign_in: SignIn) -> None:
    save_case(draft.pk, GOOD, by=cast["chen"], at=AT)
    chen = sign_in("chen")
    content = chen.get(of("cases_download", draft)).content
    PolicyCase.objects.all().delete()
    save_case(draft.pk, WRONG, by=cast["chen"], at=AT)
    assert chen.post(of("cases", draft), {"workbook": SimpleUploadedFile("a.xlsx", content)}).status_code == 302
    assert list(PolicyCase.objects.values_list("title", flat=True)) == [GOOD.title]
    for refused in ({}, {"workbook": SimpleUploadedFile("a.xlsx", b"no workbook")}):
        assert chen.post(of("cases", draft), refused).status_code == 422
    assert sign_in("liu").post(of("cases", draft), {"workbook": SimpleUploadedFile("a.xlsx", content)}).status_code == 422


def test_a_workbook_of_something_else_is_refused_with_what_it_lacks(draft: PolicyVersion, sign_in: SignIn) -> None:
    other = table("表", ["表"], [Column("甲", 10, lambda row: row)], ["1"])
    page = sign_in("chen").post(of("cases", draft), {"workbook": SimpleUploadedFile("a.xlsx", other)})
    assert "表头" in page.content.decode()


@pytest.mark.parametrize("name", ["liu", "an", "huo"])
def test_others_only_read(draft: PolicyVersion, cast: Cast, sign_in: SignIn, name: str) -> None:
    row = save_case(draft.pk, GOOD, by=cast["chen"], at=AT)
    other = sign_in(name)
    assert other.get(of("cases", draft)).status_code == 200
    assert other.get(of("new_case", draft)).status_code == 403
    assert other.get(of("case", draft, row.pk)).status_code == 403
    assert other.post(of("policy_force", draft)).status_code == 403
