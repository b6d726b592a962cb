"""Cases against a plan, as one batch: what came out, and where it is not what the case expects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from governance.policy import Problem
from stars.cases.document import MOST_LINES, MOST_SUBJECTS, Case
from stars.cases.reading import Reader
from stars.cases.values import Mistakes, parse
from stars.engine.evaluate import Outcome, Result, evaluate
from stars.engine.inputs import Inputs
from stars.engine.plan import Plan
from stars.engine.trace import encode_trace
from stars.engine.values import Type

OUTCOMES = {one.name.lower(): int(one) for one in Outcome}
SPOKEN_OUTCOMES = {
    "评定星级": "rated",
    "不定星级": "none",
    "取消评星资格": "disqualified",
    "暂不参评": "not_eligible",
    "暂无法评定": "unratable",
}
OUTCOME, RESULT_AS_STAR = "outcome", "star"


@dataclass(frozen=True)
class Expected:
    """column  of the trace, or `outcome`"""

    name: str
    column: str
    value: int
    type: Type


@dataclass(frozen=True)
class Checked:
    """One result of a subject: what was expected, what came out."""

    expected: Expected
    found: int

    @property
    def holds(self) -> bool:
        return self.found == self.expected.value


@dataclass(frozen=True)
class Person:
    """One subject of a case as it came out; `inputs` and `trace` are what its arithmetic is told from."""

    title: str
    checked: tuple[Checked, ...]
    inputs: Inputs
    trace: bytes

    @property
    def mismatches(self) -> list[Checked]:
        return [one for one in self.checked if not one.holds]


@dataclass(frozen=True)
class Ran:
    """problems  what can't be read; then nothing was computed and there are no people"""

    case: Case
    problems: tuple[Problem, ...]
    people: tuple[Person, ...]

    @property
    def holds(self) -> bool:
        return not self.problems and not any(one.mismatches for one in self.people)


def run(plan: Plan, cases: Sequence[Case]) -> list[Ran]:
    """Each case in a county of its own, so that none touches another."""
    mistakes, expected = zip(*(_read_expected(plan, case) for case in cases), strict=True) if cases else ((), ())
    first = np.cumsum([0, *(len(case.subjects) for case in cases)])
    reader = Reader.blank(plan, int(first[-1]))
    for number, case in enumerate(cases):
        for place, subject in enumerate(case.subjects):
            reader.read(int(first[number]) + place, number, subject, f"{place + 1}.given", mistakes[number])
    inputs = reader.finished()
    sound = [number for number in range(len(cases)) if not mistakes[number].found]
    rows = np.array([row for number in sound for row in range(first[number], first[number + 1])], dtype=np.int64)
    result = evaluate(plan, inputs.take(rows)) if len(rows) else None
    traces = encode_trace(plan, result) if result is not None else None
    ran, at = [], 0
    for number, case in enumerate(cases):
        people: list[Person] = []
        if number in sound and result is not None and traces is not None:
            for place, subject in enumerate(case.subjects):
                own = inputs.take(np.array([first[number] + place]))
                people.append(_person(subject.title, expected[number][place], result, at, own, traces[at].tobytes()))
                at += 1
        ran.append(Ran(case, tuple(mistakes[number].found), tuple(people)))
    return ran


def results_of(plan: Plan) -> dict[str, str]:
    """Every name that may be expected → the column of the trace that it means; a column goes by its own name first."""
    names = {OUTCOME: OUTCOME, RESULT_AS_STAR: plan.outputs["result"]}
    names |= dict(plan.outputs)
    return names | {column.name: column.name for column in plan.columns if column.name != OUTCOME}


def type_of(plan: Plan, column: str) -> Type:
    return plan.columns[plan.place_of[column]].type


def _read_expected(plan: Plan, case: Case) -> tuple[Mistakes, list[list[Expected]]]:
    """By subject."""
    mistakes, names = Mistakes(), results_of(plan)
    if not 1 <= len(case.subjects) <= MOST_SUBJECTS:
        mistakes.note("wrong_number", "", most=MOST_SUBJECTS, found=len(case.subjects))
    if not any(subject.expect for subject in case.subjects):
        mistakes.note("nothing_expected", "")
    found = []
    for place, subject in enumerate(case.subjects, 1):
        own: list[Expected] = []
        if len(subject.expect) > MOST_LINES:
            mistakes.note("too_many", f"{place}.expect", most=MOST_LINES, found=len(subject.expect))
        for name, text in subject.expect.items():
            one = _expected(plan, names, name, text, mistakes, f"{place}.expect.{name}")
            own += [one] if one else []
        found.append(own)
    return mistakes, found


def _expected(plan: Plan, names: dict[str, str], name: str, text: str, mistakes: Mistakes, path: str) -> Expected | None:
    column = names.get(name)
    if column is None:
        mistakes.note("unknown_result", path, name=name)
        return None
    if column == OUTCOME:
        outcome = OUTCOMES.get(SPOKEN_OUTCOMES.get(text.strip(), text.strip()))
        if outcome is None:
            mistakes.note("not_one_of", path, value=text, allowed="、".join(OUTCOMES))
            return None
        return Expected(name, column, outcome, Type("count", 0, len(OUTCOMES)))
    type_ = type_of(plan, column)
    value = parse(plan, text, type_, mistakes, path)
    return None if value is None else Expected(name, column, value, type_)


def _person(title: str, expected: Sequence[Expected], result: Result, row: int, inputs: Inputs, trace: bytes) -> Person:
    def came_out(one: Expected) -> int:
        return int(result.outcome[row] if one.column == OUTCOME else result.columns[one.column][row])

    return Person(title, tuple(Checked(one, came_out(one)) for one in expected), inputs, trace)
