"""Why this star: each kind of step in a sentence, with the numbers of the trace."""

from __future__ import annotations

import numpy as np
import pytest
from django.utils.translation import override

from stars.engine.evaluate import Outcome, evaluate
from stars.engine.explain import explain
from stars.engine.kinds import KINDS
from stars.engine.trace import encode_trace
from stars.explain import SENTENCES, explain_eligible, explain_lines, explain_periods, reason_sentence
from tests.stars.engine.books import CASES, inputs_of, read
from tests.stars.engine.counties import COUNTY, draw, preset, whole
from tests.stars.engine.test_rating_document import Person

BOOKS = {path.stem: read(path) for path in sorted((CASES / "kinds").glob("*.yaml"))}


@pytest.fixture(autouse=True)
def in_english():
    with override("en"):
        yield


def said_about(person: Person) -> dict[str, str]:
    result = person.result()
    trace = encode_trace(person.plan, result)[0].tobytes()
    return {line.name: line.sentence for line in explain_lines(person.plan, trace, person.inputs.take(np.array([0])))}


def test_the_steps_of_a_secretary():
    person = Person()
    for period in range(12):
        person.sheet("month", period, "88")
    for name, total in {"year": "86", "office": "92", "masses": "88"}.items():
        person.sheet(name, 0, total)
    for period in range(4):
        person.sheet("quarter", period, "84")
    person.inputs.history["star"][0, 0] = 3
    said = said_about(person)
    assert said["monthly"] == "1056.00 ÷ 12 = 88.00 (12 of 12 filed)"
    assert said["quantitative"] == "月考核均分 88.00 × 40% + 季评议均分 84.00 × 30% + 年终考核 86.00 × 30% = 86.20"
    assert said["evaluated"] == "定量考核 86.20 × 70% + 组织评价 92.00 × 20% + 群众评议 88.00 × 10% = 87.54"
    assert said["score"] == "综合评价 87.54 + 加分 X 0.00 − 扣分事项 0.00 = 87.54"
    assert said["grade_raw"] == "年度得分 87.54 reaches 75.00: 合格."
    assert said["moved"] == "上年星级 3 stars, change +0 (at most 1 a time): 3 stars."
    assert said["star"] == "“有取消评星资格情形” doesn't hold: 动态调星 3 stars stays."
    assert said["supplement"] == "星级 3 stars gives 300.00 yuan."


def test_a_line_carries_its_parameters_with_source_and_evidence():
    plan = preset("shanxi")
    inputs = draw(plan, COUNTY, 1)
    trace = encode_trace(plan, evaluate(plan, inputs))[0].tobytes()
    lines = {line.name: line for line in explain_lines(plan, trace, inputs.take(np.array([0])))}
    weights = lines["evaluated"].parameters
    assert [(one.title, one.value, one.evidence) for one in weights] == [
        ("定量考核权重", "70%", "weak source"), ("组织评价权重", "20%", "weak source"), ("群众评议权重", "10%", "weak source"),
    ]  # fmt: skip
    assert lines["star"].authorised_by == "《中国共产党纪律处分条例》"
    assert lines["by_grade"].basis.startswith("湍水头镇")


def test_periods_show_what_was_filed():
    person = Person()
    person.sheet("month", 2, "-")
    person.sheet("month", 3, "out")
    plan = person.plan
    trace = encode_trace(plan, person.result())[0].tobytes()
    periods = explain_periods(plan, trace, person.inputs.take(np.array([0])))
    months = [one for one in periods if one.sheet == "month"]
    assert [one.total for one in months[:4]] == ["76.00", "76.00", "not filed", "not applicable"]
    assert months[0].cells[0] == ("支部建设", "20.00", "20.00")
    assert "社区服务" not in [title for title, _points, _most in months[0].cells]


def test_who_may_be_rated_and_what_is_missing():
    person = Person()
    person.sheet("month", 0, "-")
    person.sheet("year", 0, "-")
    plan, result = person.plan, person.result()
    trace = encode_trace(plan, result)[0].tobytes()
    explained = explain(plan, trace, person.inputs.take(np.array([0])))
    assert explain_eligible(plan, explained) == "May be rated: 连续任职满月数 60 (asked: at least 12)."
    assert result.outcome[0] == Outcome.UNRATABLE
    assert (
        reason_sentence(plan, int(result.reason[0]))
        == "“年终考核” is not filed, or nothing of it applies; file it and have it accepted."
    )


@pytest.mark.parametrize("name", sorted(KINDS))
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_case_of_every_kind_is_a_sentence(name, language):
    book = BOOKS[name]
    inputs = inputs_of(book.plan, book.cases)
    traces = encode_trace(book.plan, evaluate(book.plan, inputs))
    met = set()
    with override(language):
        for row in range(len(inputs)):
            for line in explain_lines(book.plan, traces[row].tobytes(), inputs.take(np.array([row]))):
                assert line.sentence
                assert "%(" not in line.sentence
                met.add(line.kind)
    assert name in met


def test_every_kind_has_its_sentence():
    assert set(SENTENCES) == set(KINDS)


def test_what_is_explained_is_what_the_trace_says():
    plan = whole()
    inputs = draw(plan, COUNTY, 2)
    result = evaluate(plan, inputs)
    traces = encode_trace(plan, result)
    for row in range(COUNTY):
        for line in explain(plan, traces[row].tobytes(), inputs.take(np.array([row]))).steps:
            told = line.value if isinstance(line.value, int) else line.value.value - 2**63
            assert told == result.columns[line.name][row]
