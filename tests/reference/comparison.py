"""The same county-in-small given to both implementations, and every difference between their answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import count

import numpy as np

from governance.policy import PolicyErrors, load
from stars.bundle import verify_bundle as rating
from stars.bundle.verify_bundle import DISQUALIFIED, KINDS, NONE, NOT_APPLICABLE, NOT_FILED, Rated, Subject, Value
from stars.engine import values as v
from stars.engine.compile import compile_policy
from stars.engine.evaluate import Outcome, evaluate
from stars.engine.inputs import Events, Inputs
from stars.engine.plan import Plan
from stars.engine.trace import decode_trace, encode_trace
from tests.reference import document, generate

CODES = {NOT_FILED: v.NOT_FILED, NOT_APPLICABLE: v.NOT_APPLICABLE, NONE: v.NONE, DISQUALIFIED: v.DISQUALIFIED}
WORDS = {v.Special(code): special for code, special in enumerate((NOT_FILED, NOT_APPLICABLE, NONE, DISQUALIFIED))}
CELLS = {NOT_FILED: v.CELL_NOT_FILED, NOT_APPLICABLE: v.CELL_NOT_APPLICABLE}


def draw(seed: str) -> tuple[str, list[Subject]]:
    """A policy that can come into force: about one in ten thousand could leave the range of exact numbers, and is refused."""
    texts = (generate.PolicyMaker(seed + " again" * turn).text() for turn in count())
    text = next(text for text in texts if not _is_too_large(text))
    return text, generate.draw_subjects(document.read(text), seed)


def _is_too_large(text: str) -> bool:
    try:
        compile_policy(load(text))
    except PolicyErrors as refused:
        return {problem.code for problem in refused.problems} == {"too_large"}
    return False


def kinds_in(text: str) -> Counter[str]:
    steps = document.read(text)["steps"].values()
    return Counter(kind for step in steps for kind in step if kind in KINDS)


def differences(text: str, subjects: list[Subject]) -> list[str]:
    """What the engine says otherwise, entry by entry; empty when the two agree."""
    plan = compile_policy(load(text))
    _settle_within_bounds(plan, subjects)
    result = evaluate(plan, as_arrays(plan, subjects))
    traces = encode_trace(plan, result)
    found = []
    for row, (subject, plain) in enumerate(zip(subjects, rating.rate(document.read(text), subjects), strict=True)):
        engine = {name: WORDS.get(value, value) for name, value in decode_trace(plan, traces[row].tobytes()).items()}
        place = int(result.reason[row])
        says = Rated(Outcome(int(result.outcome[row])).name.lower(), engine, plan.columns[place - 1].name if place else None, {})
        found += _differ(subject.key, says, plain)
    return found


def _settle_within_bounds(plan: Plan, subjects: list[Subject]) -> None:
    """A settled value that the step could never have is refused where it is entered, so no case holds one."""
    for name, type_ in plan.settled.items():
        for subject in subjects:
            value = subject.settled[name]
            if isinstance(value, int):
                subject.settled[name] = max(type_.low, min(type_.high, value))


def _differ(key: int, engine: Rated, plain: Rated) -> list[str]:
    if list(engine.trace) != list(plain.trace):
        return [f"{key}: columns {list(engine.trace)} against {list(plain.trace)}"]
    rows = [("outcome", engine.outcome, plain.outcome), ("reason", engine.reason, plain.reason)]
    rows += [(name, engine.trace[name], plain.trace[name]) for name in plain.trace]
    return [f"{key}: {name} {one} against {other}" for name, one, other in rows if one != other]


def as_arrays(plan: Plan, subjects: list[Subject]) -> Inputs:
    inputs = Inputs.blank(plan, np.array([s.key for s in subjects], dtype=np.int64))
    for row, subject in enumerate(subjects):
        inputs.county[row], inputs.township[row] = subject.county, subject.township
        for sheet in plan.sheets:
            inputs.answers[sheet][row] = subject.answers[sheet]
            inputs.cells[sheet][row] = [[CELLS.get(cell, cell) for cell in period] for period in subject.cells[sheet]]
        for chapter in ("roster", "facts", "history", "linked", "settled"):
            for name, given in getattr(subject, chapter).items():
                getattr(inputs, chapter)[name][row] = coded(given)
    return replace(inputs, events=_events(plan, subjects))


def coded(given: Value | list[Value]) -> int | list[int]:
    return [CODES.get(one, one) for one in given] if isinstance(given, list) else CODES.get(given, given)


def _events(plan: Plan, subjects: list[Subject]) -> Events:
    lists = list(plan.events)
    items = {(name, item.name): place for name, one in plan.events.items() for place, item in enumerate(one.items)}
    rows = [
        (row, lists.index(name), items[name, item], points, count)
        for row, subject in enumerate(subjects)
        for name, item, points, count in subject.events
    ]
    return Events(*np.array(rows, dtype=np.int64).reshape(-1, 5).T.copy())
