"""The lint measured on labelled wordings: precision and recall on the half that the patterns were tuned on, and on the half kept from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from governance.clauses import CLAUSES, FILE, read_clauses
from governance.policy import PolicyErrors, load
from stars.engine import burden_words
from stars.engine.compile import compile_policy
from stars.selectors.prefill import SOURCES
from tests.stars.engine.test_bad_policies import WHOLE

WORDINGS = load(Path(__file__).with_name("wordings.yaml").read_bytes()).body
FLOORS = {"tuning": (1.0, 1.0), "held_out": (0.90, 0.85)}  # precision, recall
CODES = {*burden_words.BANS, *burden_words.ALLOWED_BY_DOCUMENT, burden_words.KNOWN}


def found(title: str, **excepted: set[tuple[str, str]]) -> set[str]:
    """What is said of an indicator with this title, filed by the township."""
    try:
        compile_policy(load(WHOLE.replace("title: 支部建设", f"title: {title}")), **excepted)
    except PolicyErrors as errors:
        return {one.code for one in errors.problems if one.path == "sheets.month.indicators.party.title"} & CODES
    return set()


def measured(half: str) -> tuple[float, float, list[str]]:
    right = said = wanted = 0
    wrong = []
    for one in WORDINGS[half]:
        codes, labels = found(one["title"]), set(one["finds"])
        right, said, wanted = right + len(codes & labels), said + len(codes), wanted + len(labels)
        if codes != labels:
            wrong.append(f"{one['title']}: {sorted(codes)}, not {sorted(labels)}")
    return right / said, right / wanted, wrong


@pytest.mark.parametrize("half", ["tuning", "held_out"])
def test_precision_and_recall(half: str, capsys: pytest.CaptureFixture[str]) -> None:
    precision, recall, wrong = measured(half)
    with capsys.disabled():
        print(
            f"\nlint, {half}: precision {precision:.3f}, recall {recall:.3f} on {len(WORDINGS[half])} wordings; wrong: {'; '.join(wrong) or 'none'}"
        )
    assert precision >= FLOORS[half][0]
    assert recall >= FLOORS[half][1]


def test_the_halves_are_of_thirty_and_share_nothing() -> None:
    titles = [one["title"] for half in WORDINGS.values() for one in half]
    assert [len(half) for half in WORDINGS.values()] == [30, 30]
    assert len(set(titles)) == 60
    assert {code for half in WORDINGS.values() for one in half for code in one["finds"]} == CODES


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_clause_is_needed(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: without its clause nothing of its kind is found."""
    title = next(one["title"] for one in WORDINGS["tuning"] if code in one["finds"])
    assert code in found(title)
    without = read_clauses(FILE.read_bytes().replace(code.encode(), b"unused"))[("unused")]
    monkeypatch.setitem(burden_words.CLAUSES, code, without.__class__(**{**vars(without), "words": None, "sources": {}}))
    assert code not in found(title)


def test_a_clause_is_quoted_with_number_document_and_date() -> None:
    for clause in CLAUSES.values():
        assert clause.document
        assert clause.number
        assert clause.says
        assert clause.cited.startswith(clause.document + clause.number)


def test_what_the_sources_know_is_what_the_sources_are() -> None:
    assert set(CLAUSES["known_already"].sources) == set(SOURCES)


def test_who_names_the_source_may_ask() -> None:
    asked = "party: {title: 党员教育培训次数, max: 75}"
    named = "party: {title: 党员教育培训次数, max: 75, fact: governance.training_attended}"
    text = WHOLE.replace("party: {title: 支部建设, max: 75}", asked)
    with pytest.raises(PolicyErrors, match="known_already"):
        compile_policy(load(text))
    assert compile_policy(load(text.replace(asked, named)))
    by_county = text.replace("every: month\n    filed_by: township\n    reviewed_by: [township, county]", "every: month\n    filed_by: county\n    reviewed_by: [county]")  # fmt: skip
    assert compile_policy(load(by_county))


def test_only_what_the_clause_lets_pass_can_be_excepted() -> None:
    assert found("防汛值守签到", excepted={("burden_check_in", "防汛值守签到")}) == set()
    assert found("防汛值守签到", excepted={("burden_check_in", "抗旱值守签到")}) == {"burden_check_in"}
    assert found("防汛照片留痕", excepted={("burden_photos", "防汛照片留痕")}) == {"burden_photos"}
    assert found("全县排名", excepted={("ranking_unauthorised", "全县排名")}) == {"ranking_unauthorised"}
