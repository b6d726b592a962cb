"""What a policy would have done with a year that is on record: who would move and why, the money, the work of filing. Nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from governance.models import PolicyVersion
from stars.engine.carry import Carried, carry
from stars.engine.evaluate import Outcome, Result, evaluate
from stars.engine.explain import value_of
from stars.engine.inputs import Inputs, applies
from stars.engine.plan import Plan
from stars.engine.values import LIMIT, Bools, Ints
from stars.engine.vocabulary import MONTHS
from stars.explain import shown
from stars.models import Filing, FormMinutes, RatingYear, RosterEntry
from stars.plans import plan_for
from stars.results import NOTHING, Ratings
from stars.selectors.why import DECIDED, county_inputs

REASONS = 3  # steps that a line names
VILLAGE_TYPE = "village_type"  # as the roster of a policy calls it


@dataclass(frozen=True)
class Side:
    """One policy's result on everybody, and what it asks of those who file.

    cells  that a year asks for; minutes: to fill them in at the pace that was measured, None where nothing was
    """

    plan: Plan
    result: Result
    ratings: Ratings
    cells: int
    minutes: int | None

    @property
    def year_cents(self) -> int:
        """Supplements of a whole year and rewards."""
        reward = self.result.output("reward")
        rewards = 0 if reward is None else int(reward[(self.ratings.outcome == Outcome.RATED) & (reward >= LIMIT)].sum())
        return int(self.pay.sum()) * MONTHS[self.plan.head.every] + rewards

    @cached_property
    def pay(self) -> Ints:
        """Cents a month, of those who are rated: as pay lists have it."""
        is_paid = (self.ratings.outcome == Outcome.RATED) & (self.ratings.pay_cents != NOTHING)
        return np.where(is_paid, self.ratings.pay_cents, 0)


@dataclass(frozen=True)
class Mover:
    """before, after  (outcome, star); pay in cents a month; why: the first steps of the arithmetic that differ"""

    entry: RosterEntry
    before: tuple[int, int | None]
    after: tuple[int, int | None]
    pay_before: int
    pay_after: int
    why: list[str]

    @property
    def is_up(self) -> bool:
        return (self.after[1] or 0) > (self.before[1] or 0)


@dataclass(frozen=True)
class Group:
    title: str
    people: int
    up: int
    down: int
    pay_before: int
    pay_after: int

    @property
    def more(self) -> int:
        return self.pay_after - self.pay_before


@dataclass(frozen=True)
class Level:
    """People and money of one result under either policy."""

    outcome: int
    star: int | None
    people_before: int
    people_after: int
    pay_before: int
    pay_after: int


@dataclass(frozen=True)
class WhatIf:
    rating_year: RatingYear
    before: Side
    after: Side
    carried: Carried
    key: Ints  # persons, as the rows of both sides

    @cached_property
    def moved(self) -> Bools:
        """Another result or other money."""
        return (self.before.result.standing != self.after.result.standing) | (self.before.pay != self.after.pay)

    @cached_property
    def levels(self) -> list[Level]:
        """From the highest star down; what nobody has under either is left out."""
        before, after = (_by_result(side) for side in (self.before, self.after))
        found = sorted(before.keys() | after.keys(), key=lambda one: (one[0], -(one[1] or 0)))
        none = (0, 0)
        return [
            Level(*one, before.get(one, none)[0], after.get(one, none)[0], before.get(one, none)[1], after.get(one, none)[1])
            for one in found
        ]

    @property
    def total(self) -> Group:
        return self._group("", np.ones(len(self.key), np.bool_))

    def groups(self, titles: Mapping[int, str], of: Ints) -> list[Group]:
        """Over the codes in `of`, in the order of `titles`; last those of no title."""
        found = [self._group(title, of == code) for code, title in titles.items() if np.any(of == code)]
        others = ~np.isin(of, list(titles))
        return [*found, self._group(_("not recorded"), others)] if others.any() else found

    def _group(self, title: str, rows: Bools) -> Group:
        gain = self.after.result.standing - self.before.result.standing
        return Group(
            title, int(rows.sum()), int((gain[rows] > 0).sum()), int((gain[rows] < 0).sum()),
            int(self.before.pay[rows].sum()), int(self.after.pay[rows].sum()),
        )  # fmt: skip

    def movers(self) -> list[Mover]:
        """Whoever loses most stands first, then by village."""
        rows = np.flatnonzero(self.moved)
        entries = RosterEntry.objects.filter(rating_year=self.rating_year, person__in=self.key[rows].tolist())
        by_person = {one.person_id: one for one in entries.select_related("person", "territory__parent")}
        found = [self._mover(int(row), by_person[int(self.key[row])]) for row in rows]
        return sorted(
            found, key=lambda one: ((one.after[1] or -1) - (one.before[1] or -1), one.entry.territory.path, one.entry.pk)
        )

    def _mover(self, row: int, entry: RosterEntry) -> Mover:
        before, after = self.before, self.after
        return Mover(
            entry, _result(before.ratings, row), _result(after.ratings, row), int(before.pay[row]), int(after.pay[row]),
            list(self._why(row))[:REASONS],
        )  # fmt: skip

    def _why(self, row: int) -> Iterator[str]:
        """Steps that both have by one name, in the order in which they are computed."""
        old, new = self.before.plan, self.after.plan
        for name in new.order:
            if name not in old.steps:
                continue
            was = shown(old, value_of(int(self.before.result.columns[name][row])), old.steps[name].type)
            now = shown(new, value_of(int(self.after.result.columns[name][row])), new.steps[name].type)
            if was != now:
                yield f"{new.steps[name].title}：{was} → {now}"


def what_if(rating_year: RatingYear, draft: PolicyVersion) -> WhatIf:
    """The year's own inputs, as they were decided on or as they are now, under its policy and under `draft`.

    raises WrongInputs where the inputs can't be brought into the draft's form
    """
    old, new = plan_for(rating_year.policy), plan_for(draft)
    inputs = county_inputs(rating_year, rating_year.stage in DECIDED)
    carried = carry(inputs, old, new)
    pace = _seconds_a_cell(rating_year, old, inputs)
    return WhatIf(
        rating_year, _side(old, inputs, pace), _side(new, carried.inputs, pace), carried, inputs.key
    )  # fmt: skip


def townships(rating_year: RatingYear) -> dict[int, str]:
    """Their names by the number under which inputs have them."""
    entries = RosterEntry.objects.filter(rating_year=rating_year).order_by("township")
    return dict(entries.values_list("township", "territory__parent__short_name").distinct())


def village_types(plan: Plan) -> dict[int, str]:
    """The words of the roster's village type; empty where the policy knows none."""
    given = plan.roster.get(VILLAGE_TYPE)
    return dict(enumerate(plan.scales[given.type.scale or ""].titles)) if given else {}


def _side(plan: Plan, inputs: Inputs, pace: float | None) -> Side:
    result = evaluate(plan, inputs)
    cells = sum(_cells(plan, inputs).values())
    return Side(plan, result, Ratings.of(plan, result), cells, None if pace is None else round(cells * pace / 60))


def _cells(plan: Plan, inputs: Inputs) -> dict[str, int]:
    """By sheet: of everybody who answers for a period, the items that are for their village."""
    found = {}
    for sheet in plan.sheets.values():
        periods = inputs.answers[sheet.name].sum(axis=1)
        found[sheet.name] = sum(int(periods.sum() if fits is None else periods[fits].sum()) for fits in applies(sheet, inputs))
    return found


def _seconds_a_cell(rating_year: RatingYear, plan: Plan, inputs: Inputs) -> float | None:
    """As measured at the page in that year: the time of the filings that are told of, over the cells of as many filings."""
    measured = FormMinutes.objects.filter(rating_year=rating_year, told_count__gt=0).values("sheet_code")
    told = {row["sheet_code"]: (row["n"], row["s"]) for row in measured.annotate(n=Sum("told_count"), s=Sum("told_seconds"))}
    filings = Filing.objects.filter(window__rating_year=rating_year).values("window__sheet_code").annotate(n=Count("pk"))
    asked, units = _cells(plan, inputs), {row["window__sheet_code"]: row["n"] for row in filings}
    cells = sum(count * asked.get(sheet, 0) / units[sheet] for sheet, (count, _seconds) in told.items() if units.get(sheet))
    return sum(seconds for _count, seconds in told.values()) / cells if cells else None


def _by_result(side: Side) -> dict[tuple[int, int | None], tuple[int, int]]:
    people: Counter[tuple[int, int | None]] = Counter()
    pay: Counter[tuple[int, int | None]] = Counter()
    for row in range(len(side.pay)):
        one = _result(side.ratings, row)
        people[one] += 1
        pay[one] += int(side.pay[row])
    return {one: (count, pay[one]) for one, count in people.items()}


def _result(ratings: Ratings, row: int) -> tuple[int, int | None]:
    star = int(ratings.star[row])
    return int(ratings.outcome[row]), None if star == NOTHING else star
