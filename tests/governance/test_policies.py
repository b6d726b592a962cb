"""Policies: draft, in force and frozen, superseded; adopted by a place and by what lies above it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pgtrigger
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connections, transaction

from governance import clock, policy, presets
from governance.errors import RuleBroken
from governance.models import AuditEntry, PolicyAdoption, PolicyVersion
from governance.services import policies
from governance.services.policies import adopt, bring_into_force, policy_for, store_policy
from tests.cast import Cast, make_cast
from tests.databases import Fresh

NOW = clock.now()


@pytest.fixture(autouse=True)
def grammar() -> Iterator[None]:
    def compile_it(document: policy.PolicyDocument, _excepted: policy.Excepted = ()) -> str:
        if document.body.get("weights") == 99:
            raise policy.PolicyErrors([policy.Problem("weights_sum", "weights")])
        return document.digest

    policy.register("tests/1", compile_it)
    yield
    del policy._grammars["tests/1"]


def text(code: str = "test-rule", weights: int = 100, subject: str = "secretary") -> str:
    return f"grammar: tests/1\ncode: {code}\ntitle: 试行办法\nsubject: {subject}\nweights: {weights}\n"


def in_force(cast: Cast, document: str = "") -> PolicyVersion:
    version = store_policy(document or text(), by=cast["chen"], at=NOW)
    return bring_into_force(version.pk, by=cast["chen"], at=NOW)


def refused(act, *args, **kwargs) -> str:
    with pytest.raises(RuleBroken) as broken:
        act(*args, **kwargs)
    return broken.value.code


def test_a_mistake_stores_nothing(cast: Cast) -> None:
    with pytest.raises(policy.PolicyErrors, match="weights_sum"):
        store_policy(text(weights=99), by=cast["chen"], at=NOW)
    with pytest.raises(policy.PolicyErrors, match="duplicate_key"):
        store_policy(text() + "code: again\n", by=cast["chen"], at=NOW)
    assert not PolicyVersion.objects.exists()


def test_the_same_document_is_stored_once(cast: Cast) -> None:
    version = store_policy(text(), by=cast["chen"], at=NOW)
    assert store_policy("# a remark\n" + text(), by=cast["he"], at=NOW) == version
    assert version.state == "draft"


@pytest.mark.parametrize("name", ["liu", "huo", "sun", "an", "client", "bao"])
def test_only_the_county_office_keeps_policies(cast: Cast, name: str) -> None:
    version = in_force(cast)
    assert refused(store_policy, text(), by=cast[name], at=NOW) == "not_your_duty"
    assert refused(bring_into_force, version.pk, by=cast[name], at=NOW) == "not_your_duty"
    assert (
        refused(adopt, version.pk, territory=cast.county, year_from=2025, document_no="", by=cast[name], at=NOW)
        == "not_your_duty"
    )


def test_a_county_adopts_for_itself_alone(cast: Cast) -> None:
    version = in_force(cast)
    assert (
        refused(adopt, version.pk, territory=cast.county, year_from=2025, document_no="", by=cast["tang"], at=NOW)
        == "not_your_duty"
    )


def test_a_new_version_supersedes_the_old_one(cast: Cast) -> None:
    first = in_force(cast)
    second = in_force(cast, text(weights=101))
    first.refresh_from_db()
    assert (first.state, second.state) == ("superseded", "in_force")
    assert refused(bring_into_force, first.pk, by=cast["chen"], at=NOW) == "policy_superseded"
    assert bring_into_force(second.pk, by=cast["he"], at=NOW).in_force_by == cast["chen"]


def test_a_draft_whose_text_was_changed_behind_our_back_stays_a_draft(cast: Cast) -> None:
    version = store_policy(text(), by=cast["chen"], at=NOW)
    PolicyVersion.objects.filter(pk=version.pk).update(text=text(weights=98))
    assert refused(bring_into_force, version.pk, by=cast["chen"], at=NOW) == "policy_altered"


CHANGES = [
    {"text": "x"}, {"code": "other"}, {"digest": "0" * 64}, {"title": "x"}, {"subject": "branch"},
    {"state": "draft"}, {"in_force_at": clock.now()}, {"in_force_by": None},
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=[next(iter(change)) for change in CHANGES])
def test_in_force_it_is_frozen(cast: Cast, change: dict[str, object]) -> None:
    version = in_force(cast)
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        PolicyVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        version.delete()


def test_superseded_it_stays_frozen_and_superseded(cast: Cast) -> None:
    first = in_force(cast)
    in_force(cast, text(weights=101))
    for change in ({"text": "x"}, {"state": "in_force"}):
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            PolicyVersion.objects.filter(pk=first.pk).update(**change)


def test_without_the_trigger_a_policy_in_force_changes(fresh_db: Fresh) -> None:
    """The twin: the trigger, and nothing else, is what holds the text."""
    version = in_force(make_cast())
    for _model, trigger in pgtrigger.registered("governance.PolicyVersion:frozen_in_force"):
        with connections["owner"].cursor() as owner:
            owner.execute(f"DROP TRIGGER {trigger.get_pgid(PolicyVersion)} ON governance_policyversion")
    assert PolicyVersion.objects.filter(pk=version.pk).update(text="x") == 1


def test_an_adoption_is_never_edited(cast: Cast) -> None:
    adoption = adopt(in_force(cast).pk, territory=cast.county, year_from=2025, document_no="1号", by=cast["chen"], at=NOW)
    for change in (lambda: PolicyAdoption.objects.update(year_from=2020), adoption.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_draft_is_not_adopted(cast: Cast) -> None:
    draft = store_policy(text(), by=cast["chen"], at=NOW)
    assert (
        refused(adopt, draft.pk, territory=cast.county, year_from=2025, document_no="", by=cast["chen"], at=NOW)
        == "policy_not_in_force"
    )


@pytest.mark.parametrize("year", [0, 1999, 2101, 99999])
def test_a_year_that_cant_be_meant(cast: Cast, year: int) -> None:
    version = in_force(cast)
    assert (
        refused(adopt, version.pk, territory=cast.county, year_from=year, document_no="", by=cast["chen"], at=NOW)
        == "year_out_of_range"
    )


def test_a_double_click_adopts_once(cast: Cast) -> None:
    version = in_force(cast)
    once, again = (
        adopt(version.pk, territory=cast.county, year_from=2025, document_no="1号", by=cast["chen"], at=NOW) for _ in range(2)
    )
    assert once == again
    assert AuditEntry.objects.filter(act="policy.adopt", territory=cast.county, by=cast["chen"]).count() == 1


def test_the_nearest_adoption_counts(cast: Cast) -> None:
    provincial, county, later = in_force(cast, text("a")), in_force(cast, text("b")), in_force(cast, text("c"))
    branch = in_force(cast, text("d", subject="branch"))
    assert refused(policy_for, cast.county, 2025) == "no_policy"
    for version, where, year in [
        (provincial, cast.places["14"], 2020), (county, cast.county, 2024), (later, cast.county, 2026), (branch, cast.county, 2020),
    ]:  # fmt: skip
        adopt(version.pk, territory=where, year_from=year, document_no="", by=None, at=NOW)
    assert [policy_for(cast.county, year).code for year in (2023, 2024, 2025, 2026, 2030)] == ["a", "b", "b", "c", "c"]
    assert policy_for(cast.village, 2025).code == "b"
    assert policy_for(cast.other_county, 2025).code == "a"
    assert policy_for(cast.county, 2025, "branch").code == "d"
    assert refused(policy_for, cast.county, 2019) == "no_policy"


def test_a_superseded_version_still_counts_where_it_was_adopted(cast: Cast) -> None:
    first = in_force(cast)
    adopt(first.pk, territory=cast.county, year_from=2025, document_no="", by=cast["chen"], at=NOW)
    in_force(cast, text(weights=101))
    assert policy_for(cast.county, 2025) == first
    assert adopt(first.pk, territory=cast.county, year_from=2025, document_no="", by=cast["chen"], at=NOW).policy == first


def adopted(cast: Cast, version: PolicyVersion, **said: Any) -> PolicyAdoption:
    said = {"territory": cast.county, "year_from": 2026, "document_no": ""} | said
    return adopt(version.pk, **said, by=cast["chen"], at=NOW)


def test_a_second_assessment_of_a_year_needs_a_reason_and_a_document(cast: Cast) -> None:
    first, other = in_force(cast), in_force(cast, text(code="other-rule"))
    adopted(cast, first)
    for said in ({}, {"reason": "两套办法合并"}, {"document_no": "临组〔2026〕1号"}):
        with pytest.raises(RuleBroken) as broken:
            adopted(cast, other, **said)
        assert broken.value.code == "second_assessment"
        assert "整治形式主义为基层减负若干规定" in broken.value.message
    assert policy_for(cast.county, 2026) == first
    held = adopted(cast, other, reason="两套办法合并", document_no="临组〔2026〕1号")
    assert (held.reason, held.adopted_by) == ("两套办法合并", cast["chen"])
    assert policy_for(cast.county, 2026) == other


def test_what_is_no_second_assessment(cast: Cast) -> None:
    adopted(cast, in_force(cast))
    adopted(cast, in_force(cast, text(weights=101)))
    adopted(cast, in_force(cast, text(code="branches", subject="branch")))
    adopted(cast, in_force(cast, text(code="other-rule")), year_from=2027)
    assert PolicyAdoption.objects.count() == 4


def test_without_the_clause_a_year_has_two_assessments(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin."""
    monkeypatch.setattr(policies, "_refuse_second_assessment", lambda *_args, **_more: None)
    adopted(cast, in_force(cast))
    adopted(cast, in_force(cast, text(code="other-rule")))
    assert PolicyAdoption.objects.count() == 2


def test_presets_are_loaded_once(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presets, "_folders", [])
    presets.register_presets(tmp_path)
    presets.register_presets(tmp_path)
    (tmp_path / "a.yaml").write_text(text("a"), encoding="utf-8")
    (tmp_path / "b.yaml").write_text(text("b"), encoding="utf-8")
    for _ in range(2):
        call_command("load_presets", verbosity=0)
    assert list(PolicyVersion.objects.values_list("code", "state")) == [("a", "in_force"), ("b", "in_force")]
    assert AuditEntry.objects.filter(act="policy.in_force").count() == 2


def test_an_audit_line_is_read_where_the_keeper_sits(cast: Cast) -> None:
    in_force(cast)
    assert AuditEntry.objects.visible_to(cast["an"]).filter(act="policy.in_force").exists()
    assert not AuditEntry.objects.visible_to(cast["chen"]).exists()
