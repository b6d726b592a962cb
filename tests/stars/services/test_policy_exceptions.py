"""Exceptions from burden rules: only what the clause lets pass, by name, with reason and document, frozen with the policy."""

from __future__ import annotations

import pgtrigger
import pytest
from django.db import DatabaseError, connections, transaction
from django.urls import reverse

from governance.models import PolicyVersion
from governance.policy import PolicyErrors
from governance.policy_words import sentences
from governance.services.policies import bring_into_force, redraft_policy, store_policy
from stars.engine import burden_words
from stars.models import PolicyException
from stars.plans import plan_for
from stars.services.cases import save_case
from stars.services.exceptions import except_finding, exceptable, withdraw_exception
from tests.cast import Cast, make_cast
from tests.databases import Fresh
from tests.stars.county import NEWCOMER, POLICY
from tests.stars.services.test_policy_cases import AT, refusal

WORDING = "防汛值守签到"
FLOOD = POLICY.replace("title: 支部建设", f"title: {WORDING}")
GIVEN = {"code": "burden_check_in", "wording": WORDING, "reason": "汛期应急值守", "document_no": "临汛〔2025〕2号"}


@pytest.fixture
def draft(cast: Cast) -> PolicyVersion:
    return store_policy(POLICY, by=cast["chen"], at=AT)


def test_what_is_forbidden_is_stored_only_once_it_is_excepted(cast: Cast, draft: PolicyVersion) -> None:
    with pytest.raises(PolicyErrors, match="burden_check_in"):
        store_policy(FLOOD.replace("small-county", "flood"), by=cast["chen"], at=AT)
    with pytest.raises(PolicyErrors, match="burden_check_in"):
        redraft_policy(draft.pk, FLOOD, by=cast["chen"], at=AT)
    except_finding(draft.pk, **GIVEN, by=cast["chen"], at=AT)
    held = redraft_policy(draft.pk, FLOOD, by=cast["he"], at=AT)
    assert plan_for(held).sheets["month"].indicators[0].title == WORDING
    save_case(draft.pk, NEWCOMER, by=cast["chen"], at=AT)
    assert bring_into_force(draft.pk, by=cast["chen"], at=AT).state == "in_force"


def test_one_exception_is_for_one_wording(cast: Cast, draft: PolicyVersion) -> None:
    except_finding(draft.pk, **GIVEN, by=cast["chen"], at=AT)
    with pytest.raises(PolicyErrors, match="burden_check_in"):
        redraft_policy(draft.pk, FLOOD.replace("防汛", "日常"), by=cast["chen"], at=AT)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"code": "burden_photos", "wording": "照片留痕"}, "no_exception"),
        ({"code": "ranking_unauthorised", "wording": "排名"}, "no_exception"),
        ({"code": "nonsense"}, "no_exception"),
        ({"wording": "支部建设"}, "not_forbidden"),
        ({"reason": " "}, "exception_unfounded"),
        ({"document_no": ""}, "exception_unfounded"),
    ],
)
def test_what_is_no_exception(cast: Cast, draft: PolicyVersion, change: dict[str, str], code: str) -> None:
    assert refusal(except_finding, draft.pk, **GIVEN | change, by=cast["chen"], at=AT).code == code
    assert not PolicyException.objects.exists()


def test_only_bans_whose_clause_lets_something_pass_are_exceptable() -> None:
    assert exceptable() == ["burden_check_in", "burden_online_time"]


@pytest.mark.parametrize("name", ["liu", "huo", "an", "bao"])
def test_only_the_county_office_excepts(cast: Cast, draft: PolicyVersion, name: str) -> None:
    assert refusal(except_finding, draft.pk, **GIVEN, by=cast[name], at=AT).code == "not_your_duty"
    row = except_finding(draft.pk, **GIVEN, by=cast["chen"], at=AT)
    assert refusal(withdraw_exception, draft.pk, row.pk, by=cast[name], at=AT).code == "not_your_duty"


def test_it_is_withdrawn_only_while_nothing_uses_it(cast: Cast, draft: PolicyVersion) -> None:
    row = except_finding(draft.pk, **GIVEN, by=cast["chen"], at=AT)
    assert except_finding(draft.pk, **GIVEN, by=cast["he"], at=AT) == row
    redraft_policy(draft.pk, FLOOD, by=cast["chen"], at=AT)
    assert refusal(withdraw_exception, draft.pk, row.pk, by=cast["chen"], at=AT).code == "exception_in_use"
    assert PolicyException.objects.filter(pk=row.pk).exists()
    redraft_policy(draft.pk, POLICY, by=cast["chen"], at=AT)
    for _ in range(2):
        withdraw_exception(draft.pk, row.pk, by=cast["chen"], at=AT)
    assert not PolicyException.objects.exists()


def in_force(cast: Cast, draft: PolicyVersion) -> PolicyException:
    row = except_finding(draft.pk, **GIVEN, by=cast["chen"], at=AT)
    redraft_policy(draft.pk, FLOOD, by=cast["chen"], at=AT)
    save_case(draft.pk, NEWCOMER, by=cast["chen"], at=AT)
    bring_into_force(draft.pk, by=cast["chen"], at=AT)
    return row


def test_a_later_version_keeps_it_with_who_excepted_it(cast: Cast, draft: PolicyVersion) -> None:
    in_force(cast, draft)
    later = store_policy(FLOOD.replace("cap: 105", "cap: 104"), by=cast["he"], at=AT)
    row = PolicyException.objects.get(policy=later)
    assert (row.by, row.wording, row.document_no) == (cast["chen"], WORDING, GIVEN["document_no"])


def test_in_force_it_is_frozen(cast: Cast, draft: PolicyVersion) -> None:
    row = in_force(cast, draft)
    assert refusal(except_finding, draft.pk, **GIVEN, by=cast["chen"], at=AT).code == "policy_frozen"
    for change in (lambda: PolicyException.objects.filter(pk=row.pk).update(reason="x"), row.delete):
        with pytest.raises(DatabaseError, match="its policy is frozen"), transaction.atomic():
            change()


def test_without_the_trigger_it_changes(fresh_db: Fresh) -> None:
    """The twin."""
    cast = make_cast()
    row = in_force(cast, store_policy(POLICY, by=cast["chen"], at=AT))
    for _model, trigger in pgtrigger.registered("stars.PolicyException:frozen_with_policy"):
        with connections["owner"].cursor() as owner:
            owner.execute(f"DROP TRIGGER {trigger.get_pgid(PolicyException)} ON stars_policyexception")
    assert PolicyException.objects.filter(pk=row.pk).update(reason="x") == 1


def test_the_pages_show_it(cast: Cast, draft: PolicyVersion, client) -> None:
    client.force_login(cast["chen"], backend="django.contrib.auth.backends.ModelBackend")
    page = reverse("stars:exceptions", args=[draft.pk])
    assert client.post(page, {"act": "except"} | GIVEN | {"wording": "支部建设"}).status_code == 422
    assert client.post(page, {"act": "except"} | GIVEN).status_code == 302
    row = PolicyException.objects.get()
    assert all(word in client.get(page).content.decode() for word in (WORDING, "国办函〔2026〕12号五项禁止第二项", "陈临猗"))
    assert client.post(page, {"act": "withdraw", "exception": row.pk}).status_code == 302
    in_force(cast, draft)
    later = store_policy(POLICY.replace("cap: 105", "cap: 104"), by=cast["he"], at=AT)
    PolicyException.objects.filter(policy=later).delete()
    shown = client.get(reverse("stars:policy", args=[draft.pk])).content.decode()
    redline = client.get(reverse("stars:policy_changes", args=[later.pk])).content.decode()
    for said in (shown, redline):
        assert all(word in said for word in (WORDING, "汛期应急值守", "临汛〔2025〕2号"))


def test_a_refused_wording_says_that_it_can_be_excepted(cast: Cast, draft: PolicyVersion) -> None:
    with pytest.raises(PolicyErrors) as refused:
        redraft_policy(draft.pk, FLOOD, by=cast["chen"], at=AT)
    assert "安全、应急" in sentences(refused.value)[0]


def test_a_draft_that_a_later_clause_forbids_is_refused_but_years_under_it_go_on(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(burden_words, "BANS", ())
        draft = store_policy(POLICY.replace("title: 支部建设", "title: 公众号点赞量"), by=cast["chen"], at=AT)
    save_case(draft.pk, NEWCOMER, by=cast["chen"], at=AT)
    broken = refusal(bring_into_force, draft.pk, by=cast["chen"], at=AT)
    assert broken.code == "policy_mistaken"
    assert "点赞" in broken.message
    assert plan_for(draft).sheets["month"].indicators[0].title == "公众号点赞量"
