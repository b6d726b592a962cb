"""Every mistake of a policy has its sentence, in English and in Chinese."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from governance.models import PolicyVersion
from governance.policy import PolicyErrors, load
from stars.engine.compile import compile_policy
from stars.policy_messages import SENTENCES, refusals, sentence
from tests.stars.engine.books import CASES
from tests.stars.engine.test_bad_policies import BAD, ELSEWHERE, WHOLE


def errors_of(file):
    case = load(file.read_bytes()).body
    with pytest.raises(PolicyErrors) as refused:
        compile_policy(load(WHOLE.replace(case["old"], case["new"])))
    return refused.value


def test_a_sentence_for_every_code_and_a_code_for_every_sentence():
    assert set(SENTENCES) == {file.stem.partition("-")[0] for file in BAD} | ELSEWHERE


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_sentence(file, language):
    with override(language):
        for problem in errors_of(file).problems:
            said = sentence(problem)
            assert said
            assert "%(" not in said
            assert said.endswith((".", "。"))


def test_a_sentence_names_what_is_wrong_and_what_to_do():
    with override("en"):
        told = refusals(errors_of(CASES / "bad" / "weights_not_100.yaml"))
    assert told == [
        {
            "path": "steps.evaluated.weigh",
            "code": "weights_not_100",
            "message": "The weights sum to 99.99 and not to 100. Correct them.",
        }
    ]


def test_a_burden_rule_is_named_with_its_clause():
    with override("en"):
        (told,) = refusals(errors_of(CASES / "bad" / "burden_check_in.yaml"))
    assert "国办函〔2026〕12号" in told["message"]
    assert "每日打卡签到" in told["message"]


def test_the_admin_says_it_in_chinese_and_keeps_the_text(cast, client):
    case = load((CASES / "bad" / "weights_not_100.yaml").read_bytes()).body
    text = WHOLE.replace(case["old"], case["new"])
    client.force_login(cast["chen"])
    page = client.post(reverse("admin:governance_policyversion_add"), {"text": text})
    assert page.context["adminform"].form.errors["text"] == ["steps.evaluated.weigh: 权重合计 99.99，不是 100，请改正。"]
    assert page.context["adminform"].form["text"].value() == text
    assert not PolicyVersion.objects.exists()
