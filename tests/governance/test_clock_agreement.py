"""The product's clock and the slow one say the same about every generated history, at every moment they are asked.

A fixed sample each time; `make soak` walks far past it. The twins alter one rule of the product by one unit, and the sample must notice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from governance.deadlines import Effect, Term, run, verdicts
from governance.deadlines.run import Run
from governance.workdays import DAY_MS, Unit, WorkingCalendar
from tests.governance.clocks import generate
from tests.governance.clocks.comparison import SAMPLE, differences, kinds_in

MINUTE_MS = 60_000
KINDS = {
    *(f"{kind} {unit}" for kind in ("started", "extended", "transferred", "reopened") for unit in ("date", *generate.UNITS)),
    *(f"{kind} days, moves on" for kind in ("started", "extended", "transferred", "reopened")),
    *("paused", "resumed", "stopped", "reopened", "transferred, restarts", "transferred, goes on"),
    *(f"calendar: {effect.value}" for effect in Effect),
}


@pytest.mark.parametrize("cases", [SAMPLE, pytest.param(10_000, marks=pytest.mark.soak)])
def test_generated_histories(cases: int) -> None:
    seen: Counter[str] = Counter()
    for case in range(cases):
        assert not (found := differences(f"case {case}")), f"case {case}: {found[:3]}"
        seen += kinds_in(generate.draw(f"case {case}"))
    print("cases per kind:", dict(sorted(seen.items())))
    assert set(seen) >= KINDS


Patch = pytest.MonkeyPatch


def _longer(unit: Unit, by: int) -> Callable[[Patch], None]:
    def alter(patch: Patch) -> None:
        real = Run._leg

        def leg(self: Run, begin: int | None, term: Term) -> run.Leg:
            made = real(self, begin, term)
            return replace(made, amount=made.amount + by) if made.unit == unit else made

        patch.setattr(Run, "_leg", leg)

    return alter


def _shifted(name: str, by: int) -> Callable[[Patch], None]:
    """What happens to the clock is noted so many milliseconds later."""

    def alter(patch: Patch) -> None:
        real = getattr(Run, name)
        patch.setattr(Run, name, lambda self, ms, *more: real(self, ms + by, *more))

    return alter


def _first_leg(make: Callable[[Run, int, Any], Any]) -> Callable[[Patch], None]:
    real = Run._first_leg
    return lambda patch: patch.setattr(Run, "_first_leg", lambda self, ms, term: make(self, ms, term) or real(self, ms, term))


def _date_a_day_later(self: Run, ms: int, term: Any) -> Any:
    made = None if isinstance(term, Term) else FIRST_LEG(self, ms, term)
    return made and replace(made, amount=made.amount + DAY_MS)


def _event_s_day_counts(self: Run, ms: int, term: Any) -> Any:
    is_days = isinstance(term, Term) and term.unit != Unit.WORKING_HOURS
    return self._leg(run.midnight(ms), term) if is_days else None


FIRST_LEG = Run._first_leg


def _extension(altered: Callable[[Run, int, Any], None]) -> Callable[[Patch], None]:
    return lambda patch: patch.setattr(Run, "extend", altered)


EXTEND = Run.extend


def _a_day_more(self: Run, ms: int, by: Any) -> None:
    EXTEND(self, ms, replace(by, count=by.count + 1) if isinstance(by, Term) else by)


def _past_forgotten(self: Run, ms: int, by: Any) -> None:
    EXTEND(self, ms, by)
    if not isinstance(by, Term):
        self.spent = 0


def _replayed(alter_run: Callable[[Run, Run], None]) -> Callable[[Patch], None]:
    """Each run that follows on another is altered."""

    def alter(patch: Patch) -> None:
        real = verdicts.replay

        def altered(*args: Any) -> list[Run]:
            runs = real(*args)
            for before, after in pairwise(runs):
                alter_run(before, after)
            return runs

        patch.setattr(verdicts, "replay", altered)

    return alter


def _old_holder(before: Run, after: Run) -> None:
    after.holders[0] = (after.began, before.holders[0][1])


def _a_day_later(before: Run, after: Run) -> None:
    after.legs[0] = replace(after.legs[0], begin=(after.legs[0].begin or 0) + DAY_MS)


def _ignores_free_last_day(patch: Patch) -> None:
    real = Run._leg
    patch.setattr(Run, "_leg", lambda self, begin, term: replace(real(self, begin, term), moves_on=False))


def _part_of_a_day_counts(patch: Patch) -> None:
    real = Run._gaps
    patch.setattr(Run, "_gaps", lambda self, unit: real(self, Unit.WORKING_HOURS))


def _last_holder_is_charged(patch: Patch) -> None:
    patch.setattr(verdicts, "_holder", lambda run, due: run.holders[-1][1])


def _nothing_is_kept(patch: Patch) -> None:
    real = verdicts._effect
    patch.setattr(verdicts, "_effect", lambda before, after, known_at: real(before, after, None))


def _nothing_is_withdrawn(patch: Patch) -> None:
    real = verdicts._effect
    patch.setattr(verdicts, "_effect", lambda before, after, known: real(replace(before, late=False), after, known))


def _a_millisecond_later(patch: Patch) -> None:
    real = WorkingCalendar.reached
    patch.setattr(WorkingCalendar, "reached", lambda self, unit, amount: real(self, unit, amount) + 1)


def _a_day_is_another(patch: Patch) -> None:
    real = WorkingCalendar._works.func  # type: ignore[attr-defined]
    patch.setattr(
        WorkingCalendar, "_works", property(lambda self: real(WorkingCalendar(dict(list(self.exceptions.items())[:-1]))))
    )


TWINS: dict[str, Callable[[Patch], None]] = {
    "started: the day of the event counts": _first_leg(_event_s_day_counts),
    "started: days, one more": _longer(Unit.DAYS, DAY_MS),
    "started: working days, one more": _longer(Unit.WORKING_DAYS, DAY_MS),
    "started: working hours, one millisecond more": _longer(Unit.WORKING_HOURS, 1),
    "started: a date, one day later": _first_leg(_date_a_day_later),
    "started: a last day that is free stays": _ignores_free_last_day,
    "paused: a minute later": _shifted("pause", MINUTE_MS),
    "paused: a day stood still on in part counts": _part_of_a_day_counts,
    "resumed: a minute later": _shifted("resume", MINUTE_MS),
    "transferred, goes on: the last holder is charged": _last_holder_is_charged,
    "transferred, restarts: the first holder is charged": _replayed(_old_holder),
    "transferred or reopened, restarts: a day later": _replayed(_a_day_later),
    "extended: by one more": _extension(_a_day_more),
    "extended to a date: what was used is forgotten": _extension(_past_forgotten),
    "stopped: a minute later": _shifted("stop", MINUTE_MS),
    "stopped: late only after the deadline's own millisecond": lambda patch: patch.setattr(
        verdicts, "is_late", lambda end, due: due is not None and end > due
    ),
    "reopened: a minute later": _shifted("go_on", MINUTE_MS),
    "light: amber past 81 %": lambda patch: patch.setattr(verdicts, "AMBER_PERCENT", 81),
    "calendar: one exception missing": _a_day_is_another,
    "calendar: the end of a term, one millisecond later": _a_millisecond_later,
    "calendar: nothing is kept": _nothing_is_kept,
    "calendar: nothing is withdrawn": _nothing_is_withdrawn,
}


@pytest.mark.parametrize("twin", TWINS)
def test_a_rule_altered_by_one_unit_is_noticed(twin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    TWINS[twin](monkeypatch)
    assert any(differences(f"case {case}") for case in range(SAMPLE))
