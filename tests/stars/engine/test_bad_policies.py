"""One broken policy for every kind of mistake: cases/whole.yaml with `old` replaced by `new`.

The file's name is the code (up to a hyphen), `path` the key at which it is told; `also` is what follows from it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import stars.engine
from governance import policy
from governance.policy import MAX_BYTES, PolicyErrors, compile_document, load, register
from stars.engine import burden_words
from stars.engine.compile import compile_policy
from tests.stars.engine.books import CASES

WHOLE = (CASES / "whole.yaml").read_text(encoding="utf-8")
BAD = sorted((CASES / "bad").glob("*.yaml"))
ELSEWHERE = {
    "not_utf8",
    "too_long",
    "too_many",
    "unknown_grammar",
}  # of texts that no YAML file can hold, and of no grammar: below


def problems_of(text: str) -> list[tuple[str, str]]:
    try:
        compile_policy(load(text))
    except PolicyErrors as errors:
        return [(one.path, one.code) for one in errors.problems]
    return []


def test_the_whole_policy_is_sound():
    assert problems_of(WHOLE) == []


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_mistake(file: Path):
    case = load(file.read_bytes()).body
    assert WHOLE.count(case["old"]) == 1
    wanted = [(case["path"], file.stem.partition("-")[0])]
    if "also" in case:
        wanted.append(tuple(case["also"].split(" ")))
    assert sorted(problems_of(WHOLE.replace(case["old"], case["new"]))) == sorted(wanted)


def test_every_code_has_a_broken_policy():
    sources = [*Path(stars.engine.__file__).parent.rglob("*.py"), Path(policy.__file__)]
    told = {code for source in sources for code in re.findall(r'(?:fail|_refused)\(\s*"([a-z_0-9]+)"', source.read_text("utf-8"))}
    told |= {*burden_words.BANS, *burden_words.ALLOWED_BY_DOCUMENT}
    told |= set(re.findall(r'(?<!_)unknown\([^,]+, "([a-z_]+)"', "".join(source.read_text("utf-8") for source in sources)))
    assert told == {file.stem.partition("-")[0] for file in BAD} | ELSEWHERE


def test_all_mistakes_are_told_together():
    spoilt = (
        WHOLE.replace("monthly: 70, year: 30", "monthly: 70, year: 20")
        .replace("title: 支部建设", "title: 打卡")
        .replace("gives: poor", "gives: bad")
    )
    assert {code for _path, code in problems_of(spoilt)} == {"weights_not_100", "burden_check_in", "unknown_word"}


@pytest.mark.parametrize(
    ("source", "code"),
    [(b"\xff", "not_utf8"), ("#" * (MAX_BYTES + 1), "too_long"), ("- 1", "not_a_mapping"), ("", "not_a_mapping")],
)
def test_texts_that_are_no_documents(source, code):
    with pytest.raises(PolicyErrors) as refused:
        load(source)
    assert refused.value.problems[0].code == code


def test_a_scale_of_too_many_words():
    words = ", ".join(f"w{i}: 词" for i in range(101))
    spoilt = WHOLE.replace("scales:\n", f"scales:\n  many: {{title: 多, words: {{{words}}}}}\n")
    assert problems_of(spoilt) == [("scales.many.words", "too_many")]


def test_a_grammar_that_nobody_registered(monkeypatch):
    monkeypatch.setattr(policy, "_grammars", {})
    register("rating/1", compile_policy)
    assert compile_document(load(WHOLE)).code == "whole"
    with pytest.raises(PolicyErrors) as refused:
        compile_document(load("grammar: other/1"))
    assert refused.value.problems[0].code == "unknown_grammar"


def test_a_long_chain_and_a_long_circle_of_steps():
    chain = "\n".join(f"  s{i}: {{title: 步, sum: [s{i + 1}]}}" for i in range(900))
    head = WHOLE[: WHOLE.index("steps:")]
    whole = f"{head}steps:\n{chain}\n  s900: {{title: 步, sum: [year]}}\noutputs: {{result: s0}}\n"
    assert problems_of(whole) == []
    assert problems_of(whole.replace("[year]", "[s0]")) == [("steps.s900.sum.0", "cycle")]


@pytest.mark.parametrize("name", ["burden_check_in", "burden_online_time", "burden_likes", "burden_photos", "burden_log_in"])
def test_without_the_bans_the_county_could_ask_for_it(monkeypatch, name):
    case = load((CASES / "bad" / f"{name}.yaml").read_bytes()).body
    monkeypatch.setattr(burden_words, "BANS", ())
    assert problems_of(WHOLE.replace(case["old"], case["new"])) == []


@pytest.mark.parametrize(
    "title", ["支部建设", "党员活动", "矛盾调处", "为民服务", "网格治理", "信访化解", "likelihood of floods", "blogging"]
)
def test_plain_work_is_not_taken_for_a_burden(title):
    assert problems_of(WHOLE.replace("title: 支部建设", f"title: {title}")) == []
