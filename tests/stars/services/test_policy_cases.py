"""No policy comes into force before its worked cases hold; afterwards they are frozen with it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections, transaction
from django.urls import reverse

from governance import presets, proof
from governance.errors import RuleBroken
from governance.models import AuditEntry, PolicyVersion
from governance.policy import PolicyErrors
from governance.services.policies import bring_into_force, redraft_policy, store_policy
from stars.cases.document import Case, Subject
from stars.models import PolicyCase
from stars.plans import plan_for
from stars.services.cases import digest_of, remove_case, replace_cases, run_cases, save_case
from stars.workbooks.cases import cases_workbook, read_cases
from tests.cast import Cast, make_cast
from tests.databases import Fresh
from tests.stars.county import NEWCOMER, POLICY, moment

AT = moment("2025-01-10 09:00")
GOOD = Case("九十分为好，二星", (Subject("", {"roster.full_months_in_post": "12", "roster.village_type": "farming", "month": "90", "year": "90"}, {"star": "2"}),))  # fmt: skip
WRONG = Case("九十分三星", (Subject("", GOOD.subjects[0].given, {"grade": "good", "star": "3"}),))


@pytest.fixture
def draft(cast: Cast) -> PolicyVersion:
    return store_policy(POLICY, by=cast["chen"], at=AT)


def refusal(act, *args, **kwargs) -> RuleBroken:
    with pytest.raises(RuleBroken) as broken:
        act(*args, **kwargs)
    return broken.value


def test_without_a_case_it_stays_a_draft(cast: Cast, draft: PolicyVersion) -> None:
    assert refusal(bring_into_force, draft.pk, by=cast["chen"], at=AT).code == "no_worked_case"
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_failing_case_is_named_with_what_was_expected_and_found(cast: Cast, draft: PolicyVersion) -> None:
    save_case(draft.pk, GOOD, by=cast["chen"], at=AT)
    save_case(draft.pk, WRONG, by=cast["chen"], at=AT)
    broken = refusal(bring_into_force, draft.pk, by=cast["chen"], at=AT)
    assert broken.code == "worked_case_fails"
    assert all(word in broken.message for word in ("九十分三星", "星级 预期为 3 星", "2 星", "小县书记星级评定办法"))


def test_of_several_people_the_one_is_named(cast: Cast, draft: PolicyVersion) -> None:
    pair = Case("两人", (Subject("甲", {}, {"outcome": "not_eligible"}), Subject("乙", {}, {"outcome": "rated"})))
    save_case(draft.pk, pair, by=cast["chen"], at=AT)
    assert "乙" in refusal(bring_into_force, draft.pk, by=cast["chen"], at=AT).message


def test_with_cases_that_hold_it_comes_into_force(cast: Cast, draft: PolicyVersion) -> None:
    save_case(draft.pk, GOOD, by=cast["chen"], at=AT)
    assert bring_into_force(draft.pk, by=cast["chen"], at=AT).state == "in_force"
    assert bring_into_force(draft.pk, by=cast["he"], at=AT).in_force_by == cast["chen"]


def test_without_the_proof_a_wrong_policy_comes_into_force(cast: Cast, draft: PolicyVersion, monkeypatch) -> None:
    """The twin: it is the proof, and nothing else, that refuses."""
    save_case(draft.pk, WRONG, by=cast["chen"], at=AT)
    monkeypatch.setattr(proof, "_proofs", {})
    assert bring_into_force(draft.pk, by=cast["chen"], at=AT).state == "in_force"


def test_a_case_that_the_text_has_outgrown_fails(cast: Cast, draft: PolicyVersion) -> None:
    save_case(draft.pk, Case("平安", (Subject("", {"month.1.order": "3"}, {"month[1]": "3.33"}),)), by=cast["chen"], at=AT)
    redraft_policy(draft.pk, POLICY.replace("order: {title", "peace: {title"), by=cast["chen"], at=AT)
    broken = refusal(bring_into_force, draft.pk, by=cast["chen"], at=AT)
    assert broken.code == "worked_case_fails"
    assert "month.1.order" in broken.message


@pytest.mark.parametrize("name", ["liu", "huo", "an", "bao", "sun"])
def test_only_the_county_office_writes_cases(cast: Cast, draft: PolicyVersion, name: str) -> None:
    row = save_case(draft.pk, GOOD, by=cast["chen"], at=AT)
    for act in (
        lambda: save_case(draft.pk, WRONG, by=cast[name], at=AT),
        lambda: remove_case(draft.pk, row.pk, by=cast[name], at=AT),
        lambda: replace_cases(draft.pk, [WRONG], by=cast[name], at=AT),
    ):
        assert refusal(act).code == "not_your_duty"
    assert list(PolicyCase.objects.all()) == [row]


def test_a_case_is_changed_and_taken_out(cast: Cast, draft: PolicyVersion) -> None:
    row = save_case(draft.pk, WRONG, by=cast["chen"], at=AT)
    seen = digest_of(row)
    save_case(draft.pk, GOOD, case_id=row.pk, seen=seen, by=cast["he"], at=AT)
    assert refusal(save_case, draft.pk, WRONG, case_id=row.pk, seen=seen, by=cast["chen"], at=AT).code == "case_changed"
    for _ in range(2):
        remove_case(draft.pk, row.pk, by=cast["chen"], at=AT)
    assert not PolicyCase.objects.exists()
    assert refusal(save_case, draft.pk, GOOD, case_id=row.pk, by=cast["chen"], at=AT).code == "case_changed"
    assert list(AuditEntry.objects.filter(act__endswith="_case").order_by("pk").values_list("act", flat=True)) == [
        "policy.save_case", "policy.save_case", "policy.remove_case",
    ]  # fmt: skip


def test_a_case_that_cannot_be_read_is_not_kept(cast: Cast, draft: PolicyVersion) -> None:
    with pytest.raises(PolicyErrors) as refused:
        save_case(draft.pk, Case("", (Subject("", {"moon": "1"}, {"sun": "1"}),)), by=cast["chen"], at=AT)
    assert [one.code for one in refused.value.problems] == ["no_title", "unknown_result", "unknown_input"]
    save_case(draft.pk, GOOD, by=cast["chen"], at=AT)
    with pytest.raises(PolicyErrors, match="title_twice"):
        save_case(draft.pk, GOOD, by=cast["chen"], at=AT)


def test_a_new_draft_begins_with_the_cases_of_its_predecessor(cast: Cast, draft: PolicyVersion) -> None:
    save_case(draft.pk, GOOD, by=cast["chen"], at=AT)
    bring_into_force(draft.pk, by=cast["chen"], at=AT)
    later = store_policy(POLICY.replace("cap: 105", "cap: 104"), by=cast["he"], at=AT)
    assert [row.title for row, one in run_cases(later) if one.holds] == [GOOD.title]
    other = store_policy(POLICY.replace("small-county", "other"), by=cast["he"], at=AT, came_from=draft)
    assert PolicyCase.objects.filter(policy=other).count() == 1
    assert not PolicyCase.objects.filter(
        policy=store_policy(POLICY.replace("small-county", "third"), by=cast["he"], at=AT)
    ).exists()


def frozen_changes(row: PolicyCase):
    return (
        lambda: PolicyCase.objects.filter(pk=row.pk).update(title="x"),
        row.delete,
        lambda: PolicyCase.objects.create(policy_id=row.policy_id, title="y", subjects=[]),
    )


def test_in_force_its_cases_are_frozen(cast: Cast, draft: PolicyVersion) -> None:
    row = save_case(draft.pk, GOOD, by=cast["chen"], at=AT)
    bring_into_force(draft.pk, by=cast["chen"], at=AT)
    for act in (
        lambda: save_case(draft.pk, NEWCOMER, by=cast["chen"], at=AT),
        lambda: remove_case(draft.pk, row.pk, by=cast["chen"], at=AT),
        lambda: replace_cases(draft.pk, [NEWCOMER], by=cast["chen"], at=AT),
    ):
        assert refusal(act).code == "policy_frozen"
    for change in frozen_changes(row):
        with pytest.raises(DatabaseError, match="its policy is frozen"), transaction.atomic():
            change()


def test_without_the_trigger_a_frozen_case_changes(fresh_db: Fresh) -> None:
    """The twin."""
    cast = make_cast()
    draft = store_policy(POLICY, by=cast["chen"], at=AT)
    row = save_case(draft.pk, GOOD, by=cast["chen"], at=AT)
    bring_into_force(draft.pk, by=cast["chen"], at=AT)
    for _model, trigger in pgtrigger.registered("stars.PolicyCase:frozen_with_policy"):
        with connections["owner"].cursor() as owner:
            owner.execute(f"DROP TRIGGER {trigger.get_pgid(PolicyCase)} ON stars_policycase")
    assert PolicyCase.objects.filter(pk=row.pk).update(title="x") == 1


class Upload(BytesIO):
    name = "样例.xlsx"

    @property
    def size(self) -> int:
        return len(self.getvalue())


def test_a_workbook_goes_out_and_comes_back(cast: Cast, draft: PolicyVersion) -> None:
    pair = Case(
        "两人",
        (Subject("甲", {"history.star": "3"}, {"outcome": "not_eligible"}), Subject("乙", {}, {"outcome": "not_eligible"})),
    )
    replace_cases(draft.pk, [GOOD, pair], by=cast["chen"], at=AT)
    content = cases_workbook(draft.title, plan_for(draft), [one for _row, one in run_cases(draft)])
    assert read_cases(Upload(content)) == [GOOD, pair]
    assert replace_cases(draft.pk, read_cases(Upload(content)), by=cast["he"], at=AT) == 2


def test_presets_come_into_force_by_their_own_cases(db: None) -> None:
    for _ in range(2):
        call_command("load_presets", verbosity=0)
    assert set(PolicyVersion.objects.values_list("state", flat=True)) == {"in_force"}
    assert PolicyCase.objects.count() > 20


def test_a_preset_without_cases_is_not_brought_into_force(db: None, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "a.yaml").write_text(POLICY, encoding="utf-8")
    monkeypatch.setattr(presets, "_folders", [tmp_path])
    with pytest.raises(CommandError, match=r"a\.yaml"):
        call_command("load_presets", verbosity=0)
    assert not PolicyVersion.objects.exists()


def test_the_admin_refuses_as_well(cast: Cast, draft: PolicyVersion, client) -> None:
    client.force_login(cast["chen"], backend="django.contrib.auth.backends.ModelBackend")
    listing = reverse("admin:governance_policyversion_changelist")
    said = client.post(listing, {"action": "put_into_force", "_selected_action": [draft.pk]}, follow=True)
    assert "样例" in said.content.decode()
    draft.refresh_from_db()
    assert draft.state == "draft"
