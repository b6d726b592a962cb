"""The arithmetic behind a result that is not as expected: its step and what that step was computed from."""

from __future__ import annotations

from collections.abc import Iterable

from stars.cases.running import OUTCOME, Person
from stars.engine.explain import explain
from stars.engine.plan import Plan
from stars.explain import StepText, explain_eligible, explain_lines


def arithmetic(plan: Plan, person: Person) -> tuple[str, list[StepText]]:
    """Who may be rated, where the outcome differs; and the steps behind whatever differs, in the order of the computation."""
    columns = {one.expected.column for one in person.mismatches}
    eligible = explain_eligible(plan, explain(plan, person.trace, person.inputs)) if {OUTCOME, "eligible"} & columns else ""
    if OUTCOME in columns:
        columns.add(plan.outputs["result"])
    behind = _behind(plan, columns)
    return eligible, [line for line in explain_lines(plan, person.trace, person.inputs) if line.name in behind]


def _behind(plan: Plan, columns: Iterable[str]) -> set[str]:
    waiting, found = [name for name in columns if name in plan.steps], set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [one.name for one in plan.steps[name].operation.operands if one.origin == "step"]
    return found
