"""Worked cases: how their inputs are read, what comes out, and the shipped ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from governance.policy import load
from governance.presets import preset_files
from stars.cases.document import Case, Subject, from_stored, from_written, stored, written
from stars.cases.running import results_of, run
from stars.cases.why import arithmetic
from stars.cases.words import SENTENCES, input_names, input_title, input_value, result_names, result_value, told
from stars.engine.compile import compile_policy
from stars.services.cases import shipped_cases
from tests.stars.county import POLICY
from tests.stars.engine.counties import whole

PLAN = compile_policy(load(POLICY))
IN_POST = {"roster.full_months_in_post": "12", "roster.village_type": "farming"}


def ran(given: dict[str, str], expect: dict[str, str], plan=PLAN):
    (one,) = run(plan, [Case("样例", (Subject("", given, expect),))])
    return one


def codes(given: dict[str, str], expect: dict[str, str] | None = None, plan=PLAN) -> list[tuple[str, str]]:
    return [(one.path, one.code) for one in ran(given, expect or {"outcome": "rated"}, plan).problems]


@pytest.mark.parametrize("file", preset_files(), ids=lambda file: file.stem)
def test_every_preset_ships_cases_and_holds_them(file: Path) -> None:
    cases = shipped_cases(file.parent / "cases" / file.name)
    found = run(compile_policy(load(file.read_bytes())), cases)
    assert len(found) >= 10
    assert [(one.case.title, one.problems, [p.mismatches for p in one.people]) for one in found if not one.holds] == []


@pytest.mark.parametrize("file", preset_files(), ids=lambda file: file.stem)
def test_another_number_of_a_preset_fails_one_of_its_cases(file: Path) -> None:
    cases = shipped_cases(file.parent / "cases" / file.name)
    text = file.read_text("utf-8")
    for old, new in (
        ("title: 加分 X 上限, value: 5.0", "title: 加分 X 上限, value: 6.0"),
        ("title: 五星起点分, value: 90.0", "title: 五星起点分, value: 89.0"),
    ):
        if old in text:
            assert not all(one.holds for one in run(compile_policy(load(text.replace(old, new))), cases))


@pytest.mark.parametrize(
    ("given", "expect"),
    [
        ({}, {"outcome": "not_eligible", "month[1]": "0", "score": "0", "star": "none"}),
        (IN_POST, {"outcome": "none", "eligible": "yes", "grade": "差"}),
        (IN_POST | {"month": "90", "year": "90"}, {"outcome": "rated", "grade": "good", "base": "2", "result": "2", "pay": "200.05"}),
        (IN_POST | {"month": "90", "month.3": "not_filed", "year": "90"}, {"monthly": "90", "month[3]": "未填报"}),
        (IN_POST | {"month": "90", "month.1.party": "0", "year": "90"}, {"month[1]": "23.33"}),
        (IN_POST | {"month.party": "60", "month.2": "100"}, {"month[1]": "66.67", "month[2]": "100"}),
        (IN_POST | {"month.1": "not_applicable", "month.2.order": "不适用"}, {"month[1]": "not_applicable", "month[2]": "0"}),
        ({"roster.village_type": "产业型", "month": "95"}, {"month[12]": "95"}),
        (IN_POST | {"month": "80", "year": "80", "events.merit.praise": "1"}, {"score": "83"}),
        (IN_POST | {"month": "80", "year": "80", "events.merit.practice": "1.50, 0.25"}, {"score": "81.75"}),
        (IN_POST | {"month": "95", "year": "95", "history.star": "3"}, {"star": "4", "pay": "400"}),
        (IN_POST | {"events.discipline.warning": "1", "year": "not_filed"}, {"outcome": "取消评星资格", "star": "disqualified"}),
    ],
)  # fmt: skip
def test_inputs_say_only_what_differs(given: dict[str, str], expect: dict[str, str]) -> None:
    one = ran(given, expect)
    assert one.problems == ()
    assert one.people[0].mismatches == []


def test_a_case_fails_where_something_else_comes_out() -> None:
    one = ran(IN_POST | {"month": "90", "year": "90"}, {"star": "3", "grade": "good", "outcome": "none"})
    said = [(m.expected.name, *(result_value(PLAN, m, n) for n in (m.expected.value, m.found))) for m in one.people[0].mismatches]
    assert said == [("star", "3 星", "2 星"), ("outcome", "不定星级", "评定星级")]
    assert not one.holds


def test_the_arithmetic_of_a_failing_case_is_told() -> None:
    one = ran(IN_POST | {"month": "90", "year": "90"}, {"grade": "fair"})
    _eligible, steps = arithmetic(PLAN, one.people[0])
    assert [step.name for step in steps] == ["monthly", "evaluated", "score", "grade"]
    assert "90.00" in steps[-1].sentence
    eligible, steps = arithmetic(PLAN, ran({}, {"outcome": "rated"}).people[0])
    assert eligible
    assert "star" in [step.name for step in steps]


@pytest.mark.parametrize(
    ("given", "path", "code"),
    [
        ({"moon": "1"}, "1.given.moon", "unknown_input"),
        ({"month.party.1": "1"}, "1.given.month.party.1", "unknown_input"),
        ({"month.crew": "1"}, "1.given.month.crew", "unknown_input"),
        ({"month.13": "1"}, "1.given.month.13", "unknown_period"),
        ({"month": "100.01"}, "1.given.month", "out_of_range"),
        ({"month": "1.001"}, "1.given.month", "not_a_number"),
        ({"month": "disqualified"}, "1.given.month", "not_in_a_cell"),
        ({"month.1.party": "none"}, "1.given.month.1.party", "not_in_a_cell"),
        ({"month.1.party": "61"}, "1.given.month.1.party", "out_of_range"),
        ({"roster.village_type": "海岛"}, "1.given.roster.village_type", "not_one_of"),
        ({"roster.full_months_in_post": "1.5"}, "1.given.roster.full_months_in_post", "not_a_number"),
        ({"history.star": "1, 2"}, "1.given.history.star", "wrong_number"),
        ({"events.merit.song": "1"}, "1.given.events.merit.song", "unknown_input"),
        ({"events.merit.praise": "100"}, "1.given.events.merit.praise", "out_of_range"),
        ({"events.merit.practice": "2.01"}, "1.given.events.merit.practice", "out_of_range"),
        ({"township": "0"}, "1.given.township", "out_of_range"),
        ({"settled.star": "1"}, "1.given.settled.star", "unknown_input"),
    ],
)
def test_a_wrong_input(given: dict[str, str], path: str, code: str) -> None:
    assert codes(given) == [(path, code)]


@pytest.mark.parametrize(
    ("expect", "path", "code"),
    [
        ({"moon": "1"}, "1.expect.moon", "unknown_result"),
        ({"outcome": "happy"}, "1.expect.outcome", "not_one_of"),
        ({"star": "6"}, "1.expect.star", "out_of_range"),
        ({"grade": "great"}, "1.expect.grade", "not_one_of"),
    ],
)
def test_a_wrong_expectation(expect: dict[str, str], path: str, code: str) -> None:
    assert codes({}, expect) == [(path, code)]


def test_all_mistakes_are_told_together_and_a_broken_case_stops_no_other() -> None:
    broken = Case("坏", (Subject("甲", {"moon": "1", "month": "x"}, {"sun": "1"}), Subject("乙", {}, {})))
    sound = Case("好", (Subject("", IN_POST | {"month": "90", "year": "90"}, {"star": "2"}),))
    first, second = run(PLAN, [broken, sound])
    assert [one.path for one in first.problems] == ["1.expect.sun", "1.given.moon", "1.given.month"]
    assert first.people == ()
    assert second.holds


def test_a_case_that_expects_nothing_or_has_nobody() -> None:
    assert [one.code for one in ran(IN_POST, {}).problems] == ["nothing_expected"]
    (one,) = run(PLAN, [Case("空", ())])
    assert [problem.code for problem in one.problems] == ["wrong_number", "nothing_expected"]
    assert run(PLAN, []) == []


def test_a_total_that_the_items_cannot_make() -> None:
    plan = compile_policy(load(POLICY.replace("max: 60", "max: 0.01").replace("max: 30}", "max: 0.02}")))
    assert codes(IN_POST | {"month": "50"}, plan=plan) == [("1.given.month", "total_not_possible")]


def test_cases_do_not_touch_one_another_and_townships_do_not_mix() -> None:
    plan = whole()
    base = {"roster.months": "12", "roster.village_type": "farming"}
    people = [
        Subject(str(n), base | {"month": str(90 - n), "year": str(90 - n), "township": str(1 + n % 2)}, {"place": str(n + 1)})
        for n in range(4)
    ]
    county = Case("名次", tuple(people))
    split = Case(
        "乡镇", tuple(Subject(one.title, one.given, {"classes": "poor" if n > 1 else "fair"}) for n, one in enumerate(people))
    )
    for cases in ([county], [split], [county, split, county]):
        assert [(one.problems, [p.mismatches for p in one.people]) for one in run(plan, cases) if not one.holds] == []


def test_facts_linked_and_settled_values_are_given_by_name() -> None:
    given = {"facts.income": "120.00、100.00", "linked.branch": "3", "settled.star": "1", "roster.months": "12", "roster.village_type": "farming",
             "month": "95", "year": "95"}  # fmt: skip
    one = ran(given, {"growth": "20.00", "share": "120.00", "star": "1"}, whole())
    assert (one.problems, one.people[0].mismatches) == ((), [])


def test_what_is_stored_and_what_is_written_read_back() -> None:
    subjects = (Subject("甲", {"month": "90", "history.star": "3, none"}, {"star": "2"}), Subject("乙", {}, {"outcome": "none"}))
    case = Case("两人", subjects)
    assert from_stored("两人", stored(subjects)) == case
    assert from_written(written(subjects, "given"), written(subjects, "expect")) == subjects
    alone = (Subject("", {"month": "90"}, {"month[1]": "90"}),)
    assert from_written(written(alone, "given"), written(alone, "expect")) == alone
    with pytest.raises(ValueError, match="ninety"):
        from_written("month: 90\nninety", "")


@pytest.mark.parametrize("plan", [PLAN, whole()], ids=["small", "whole"])
def test_every_name_that_is_offered_can_be_used(plan) -> None:
    for name, meaning in input_names(plan):
        assert meaning
        assert "unknown_input" not in [code for _path, code in codes({name: "not_filed"}, plan=plan)]
    assert set(dict(result_names(plan))) == set(results_of(plan))
    assert all(dict(result_names(plan)).values())


def test_every_mistake_has_its_sentence() -> None:
    problems = ran({"moon": "1", "month.13": "1", "month": "x", "roster.village_type": "海岛"}, {"star": "77"}).problems
    for problem in problems:
        assert "%(" not in told(problem)
        assert problem.code in SENTENCES


def test_inputs_and_results_are_named_as_people_call_them() -> None:
    assert input_title(PLAN, "month") == "月考核：每期"
    assert input_title(PLAN, "month.3.party") == "月考核：第 3 期 · 支部建设"
    assert input_title(PLAN, "year.report") == "年终考核 · 述职评议"
    assert input_title(PLAN, "events.merit.praise") == "加分 · 表彰"
    assert input_title(PLAN, "moon.1") == "moon.1"
    assert input_value(PLAN, "roster.village_type", "farming") == "农业型"
    assert input_value(PLAN, "history.star", "3, none") == "3、不定星级"
