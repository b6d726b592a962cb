"""The studio without a script: new drafts, edits, saving, conflicts, files."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from governance.models import PolicyVersion
from governance.policy import load
from governance.services.policies import bring_into_force, redraft_policy, store_policy
from stars.models import PolicyCase
from stars.services.cases import save_case
from stars.services.studio import draft_from, unused_code
from tests.cast import Cast
from tests.stars.county import NEWCOMER, POLICY, moment
from tests.stars.services.test_policy_cases import AT, refusal
from tests.stars.views.conftest import SignIn

TODAY = moment("2026-03-03 09:00").date()


@pytest.fixture
def draft(cast: Cast) -> PolicyVersion:
    made = store_policy(POLICY, by=cast["chen"], at=AT)
    save_case(made.pk, NEWCOMER, by=cast["chen"], at=AT)
    return made


def of(route: str, version: PolicyVersion) -> str:
    return reverse(f"stars:{route}", args=[version.pk])


def change(text: str, op: str, path: str, *values: str, **more: str) -> dict[str, str]:
    return {"act": "edit", "text": text, "op": op, "path": path, "values": json.dumps(values), **more}


def test_an_edit_gives_the_new_text_and_saves_nothing(draft: PolicyVersion, sign_in: SignIn) -> None:
    page = sign_in("chen").post(
        of("policy_edit", draft), change(POLICY, "text", "sheets/month/title", "月度表"), headers={"HX-Request": "true"}
    )
    assert "title: 月度表" in page.context["text"]
    assert "<html" not in page.content.decode()
    draft.refresh_from_db()
    assert draft.text == POLICY
    cleared = sign_in("chen").post(of("policy_edit", draft), change(POLICY, "typed", "steps/score/cap", "", optional="1"))
    assert "cap" not in load(cleared.context["text"]).body["steps"]["score"]


def test_what_was_loaded_is_what_is_replaced(draft: PolicyVersion, cast: Cast, sign_in: SignIn) -> None:
    chen = sign_in("chen")
    seen = chen.get(of("policy_edit", draft)).context["digest"]
    mine = POLICY.replace("cap: 105", "cap: 104")
    redraft_policy(draft.pk, POLICY.replace("cap: 105", "cap: 103"), by=cast["he"], at=AT)
    page = chen.post(of("policy_edit", draft), {"act": "save", "text": mine, "digest": seen})
    assert page.status_code == 422
    assert [(one.before, one.after) for one in page.context["theirs"]] == [("103", "104")]
    assert page.context["text"] == mine
    assert chen.post(of("policy_edit", draft), {"act": "save", "text": mine, "digest": page.context["digest"]}).status_code == 302
    draft.refresh_from_db()
    assert draft.text == mine


def test_without_the_digest_the_other_ones_work_is_lost(draft: PolicyVersion, cast: Cast) -> None:
    """The twin."""
    mine = POLICY.replace("cap: 105", "cap: 104")
    redraft_policy(draft.pk, POLICY.replace("cap: 105", "cap: 103"), by=cast["he"], at=AT)
    assert refusal(redraft_policy, draft.pk, mine, seen="0" * 64, by=cast["chen"], at=AT).code == "policy_changed"
    assert redraft_policy(draft.pk, mine, by=cast["chen"], at=AT).text == mine


def test_mistakes_are_not_saved(draft: PolicyVersion, sign_in: SignIn) -> None:
    for text in (POLICY.replace("monthly: 60", "monthly: 50"), "a: ["):
        page = sign_in("chen").post(of("policy_edit", draft), {"act": "save", "text": text})
        assert page.status_code == 422
        assert page.context["mistakes"]
    draft.refresh_from_db()
    assert draft.text == POLICY


def test_from_a_version_in_force(draft: PolicyVersion, cast: Cast, sign_in: SignIn) -> None:
    bring_into_force(draft.pk, by=cast["chen"], at=AT)
    chen = sign_in("chen")
    assert chen.get(of("policy_edit", draft)).status_code == 302
    for _ in range(2):
        made = chen.post(of("policy_draft", draft))
    later = PolicyVersion.objects.exclude(pk=draft.pk).get()
    assert made.url == of("policy_edit", later)
    assert (later.state, later.code) == ("draft", draft.code)
    assert PolicyCase.objects.filter(policy=later).count() == 1


def test_a_version_of_the_same_day_gets_the_next(draft: PolicyVersion, cast: Cast) -> None:
    bring_into_force(draft.pk, by=cast["chen"], at=AT)
    first = draft_from(draft.pk, today=TODAY, by=cast["chen"], at=AT)
    assert draft_from(draft.pk, today=TODAY, by=cast["he"], at=AT) == first
    bring_into_force(first.pk, by=cast["chen"], at=AT)
    second = draft_from(first.pk, today=TODAY, by=cast["chen"], at=AT)
    assert load(second.text).body["dated"] > TODAY


def test_from_a_preset_with_its_cases_under_an_own_code(cast: Cast, sign_in: SignIn) -> None:
    chen = sign_in("chen")
    assert "山西样式" in chen.get(reverse("stars:policy_new")).content.decode()
    chen.post(reverse("stars:policy_new"), {"preset": "shanxi-secretary-2025"})
    made = PolicyVersion.objects.get()
    assert made.code == "county-140821-1"
    assert PolicyCase.objects.filter(policy=made).count() > 10
    assert bring_into_force(made.pk, by=cast["chen"], at=AT).state == "in_force"
    assert unused_code(cast["chen"]) == "county-140821-2"
    assert chen.post(reverse("stars:policy_new"), {"preset": "nothing"}).status_code == 200
    assert PolicyVersion.objects.count() == 1


def test_an_empty_start_becomes_a_draft_when_it_is_sound(cast: Cast, sign_in: SignIn) -> None:
    chen, page = sign_in("chen"), reverse("stars:policy_write")
    text = chen.get(page).context["text"]
    assert chen.post(page, {"act": "save", "text": text}).status_code == 422
    assert chen.post(page, {"act": "save", "text": POLICY}).status_code == 302
    assert PolicyVersion.objects.get().state == "draft"


def test_a_file_is_only_taken_over_into_the_page(draft: PolicyVersion, sign_in: SignIn) -> None:
    chen = sign_in("chen")
    assert chen.get(of("policy_document", draft)).content.decode() == POLICY
    new = POLICY.replace("cap: 105", "cap: 104").replace("\n", "\r\n")
    page = chen.post(of("policy_edit", draft), {"act": "load", "document": SimpleUploadedFile("a.yaml", new.encode())})
    assert page.context["text"] == new.replace("\r\n", "\n")
    for wrong in ({}, {"document": SimpleUploadedFile("a.yaml", b"\xff\xfe")}):
        assert chen.post(of("policy_edit", draft), {"act": "load"} | wrong).context["text"] == POLICY
    draft.refresh_from_db()
    assert draft.text == POLICY


@pytest.mark.parametrize("wrong", [{"path": ""}, {"op": "fly"}, {"path": "steps/nothing", "op": "up"}, {"text": "a: ["}])
def test_an_edit_that_does_not_fit_leaves_the_text(draft: PolicyVersion, sign_in: SignIn, wrong: dict[str, str]) -> None:
    said = change(POLICY, "up", "steps/score") | wrong
    page = sign_in("chen").post(of("policy_edit", draft), said, headers={"HX-Request": "true"})
    assert page.status_code == 200
    assert page.context["refused"]
    assert page.context["text"] == said["text"]


@pytest.mark.parametrize("name", ["liu", "huo", "an"])
def test_others_may_not_write(draft: PolicyVersion, sign_in: SignIn, name: str) -> None:
    other = sign_in(name)
    assert other.get(of("policy_edit", draft)).status_code == 403
    assert other.post(of("policy_draft", draft)).status_code == 403
    assert other.get(reverse("stars:policy_new")).status_code == 403
    assert other.get(of("policy_document", draft)).status_code == 200
