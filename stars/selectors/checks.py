"""The checks of stars/checks.yaml over the rows of a filing: each finding says at which cell, why, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from stars.cells import NOT_APPLICABLE, NOT_FILED, format_score
from stars.engine.document import Indicator, Sheet
from stars.engine.plan import Plan
from stars.models import CellRemark, Filing
from stars.plans import plan_for
from stars.selectors.answering import Holder, applies, assessments_of, holders_in, sheet_of
from stars.selectors.past import Past, past_of
from stars.selectors.prefill import Cell, Known, contested_cells, known_cells

FILE = Path(__file__).resolve().parents[1] / "checks.yaml"
NORMAL = 0.6745  # of a normal distribution, the median deviation in units of the standard deviation


@dataclass(frozen=True)
class Rule:
    name: str
    kind: str
    blocking: bool
    why: str
    todo: str
    given: dict[str, Any]  # what the kind needs besides


@dataclass(frozen=True)
class Finding:
    rule: Rule
    post_id: int
    place: int
    words: dict[str, str] = field(default_factory=dict)
    answered: bool = False  # somebody has said why it is so

    @property
    def text(self) -> str:
        return f"{self.rule.why.format(**self.words)}{self.rule.todo.format(**self.words)}"


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """raises KeyError for a rule without its name, kind, level, why or todo, or of a kind that nobody has"""
    return tuple(_rule(dict(one)) for one in yaml.safe_load(FILE.read_text(encoding="utf-8")))


def _rule(said: dict[str, Any]) -> Rule:
    name, kind, level, why, todo = (said.pop(key) for key in ("name", "kind", "level", "why", "todo"))
    if kind not in KINDS:
        raise KeyError(kind)
    return Rule(name, kind, {"blocking": True, "advisory": False}[level], why, todo, said)


def findings(filing: Filing, at: datetime, *, posts: Iterable[int] | None = None) -> list[Finding]:
    """Of all rows, or of those of `posts`; the blocking ones first."""
    return desk_of(filing, at, posts=posts).findings()


def desk_of(filing: Filing, at: datetime, *, posts: Iterable[int] | None = None) -> Desk:
    rows, chosen = assessments_of(filing), None if posts is None else set(posts)
    stored = dict((rows if chosen is None else rows.filter(post_id__in=chosen)).values_list("post_id", "scores"))
    return Desk(filing, stored, at, chosen)


@dataclass
class Desk:
    """What the kinds look at: the rows that are checked, and what is known about the same cells."""

    filing: Filing
    rows: dict[int, list[int]]
    at: datetime
    posts: set[int] | None = None  # None: all

    def findings(self) -> list[Finding]:
        found = [one for rule in rules() for one in KINDS[rule.kind](rule, self)]
        said = [Finding(one.rule, one.post_id, one.place, one.words, (one.post_id, one.place) in self.answers) for one in found]
        return sorted(said, key=lambda one: not one.rule.blocking)

    @cached_property
    def answers(self) -> set[Cell]:
        """Cells about which something was said: advice that was answered is not given again as if it were new.

        A mark to follow the cell up asks, and answers nothing.
        """
        said = CellRemark.objects.filter(filing=self.filing).exclude(kind=CellRemark.Kind.FOLLOW)
        return set(said.values_list("post_id", "place"))

    @cached_property
    def last(self) -> dict[Cell, int]:
        """What was filed for the period before: suggestions."""
        return {
            (post_id, place): score
            for post_id, rows in self.past.rows.items()
            for place, score in enumerate(rows[-1])
            if score != NOT_FILED
        }

    @cached_property
    def plan(self) -> Plan:
        return plan_for(self.filing.window.rating_year.policy)

    @cached_property
    def sheet(self) -> Sheet:
        return sheet_of(self.plan, self.filing.window)

    @cached_property
    def holders(self) -> dict[int, Holder]:
        return holders_in(self.filing, self.sheet)

    @cached_property
    def past(self) -> Past:
        return past_of(self.filing, posts=self.posts)

    @cached_property
    def known(self) -> dict[Cell, Known]:
        return known_cells(self.filing, self.at)

    @cached_property
    def contested(self) -> dict[Cell, CellRemark]:
        return contested_cells(self.filing)

    def is_contested(self, cell: Cell, known: Known) -> bool:
        """By a remark on the very score that is known now."""
        contest = self.contested.get(cell)
        return contest is not None and (contest.subject, contest.score) == (known.source, known.score)

    def asked(self, post_id: int) -> list[tuple[int, Indicator]]:
        """The items that apply to a village; none for who no longer answers."""
        holder = self.holders.get(post_id)
        items = enumerate(self.sheet.indicators)
        return [(place, one) for place, one in items if holder and applies(one, self.plan, holder.facts)]

    def place(self, item: str) -> int | None:
        return next((place for place, one in enumerate(self.sheet.indicators) if one.name == item), None)


def _limits(rule: Rule, desk: Desk) -> Iterator[Finding]:
    for post_id, scores in desk.rows.items():
        asked = dict(desk.asked(post_id))
        for place, score in enumerate(scores):
            indicator = desk.sheet.indicators[place]
            if score == NOT_FILED or post_id not in desk.holders:
                continue
            fits = place in asked and (0 <= score <= indicator.max or (score == NOT_APPLICABLE and bool(indicator.part)))
            if not fits and not (place not in asked and score == NOT_APPLICABLE):
                yield Finding(rule, post_id, place, {"score": format_score(score)})


def _prefill(rule: Rule, desk: Desk) -> Iterator[Finding]:
    for (post_id, place), known in desk.known.items():
        score = desk.rows[post_id][place] if post_id in desk.rows else NOT_FILED
        if NOT_FILED in (known.score, score) or known.score == score:
            continue
        if not desk.is_contested((post_id, place), known):
            yield Finding(rule, post_id, place, {"score": format_score(score), "known": format_score(known.score)})


def _fact(rule: Rule, desk: Desk) -> Iterator[Finding]:
    for (post_id, place), known in desk.known.items():
        full = desk.sheet.indicators[place].max
        if known.found and post_id in desk.rows and desk.rows[post_id][place] == full:
            yield Finding(rule, post_id, place, {"max": format_score(full)})


def _outlier(rule: Rule, desk: Desk) -> Iterator[Finding]:
    for post_id, scores in desk.rows.items():
        for place, indicator in desk.asked(post_id):
            earlier = [score for score in desk.past.of(post_id, place) if score >= 0]
            if scores[place] < 0 or len(earlier) < rule.given["least_values"]:
                continue
            if is_far(scores[place], earlier, rule.given["robust_z"], indicator.max * rule.given["least_spread_percent"] / 100):
                usual, low, high = (format_score(round(value)) for value in (median(earlier), min(earlier), max(earlier)))
                words = {"score": format_score(scores[place]), "usual": usual, "low": low, "high": high}
                yield Finding(rule, post_id, place, words)


def is_far(score: int, earlier: Sequence[int], robust_z: float, least_spread: float) -> bool:
    """Whether |score - median| is more than `robust_z` standard deviations, estimated from the median deviation.

    source  Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993): 0.6745 and 3.5
    """
    middle = median(earlier)
    spread = max(median(abs(one - middle) for one in earlier) / NORMAL, least_spread)
    return abs(score - middle) > robust_z * spread


def _sum(rule: Rule, desk: Desk) -> Iterator[Finding]:
    for post_id, scores in desk.rows.items():
        filed = [(place, one) for place, one in desk.asked(post_id) if scores[place] != NOT_APPLICABLE]
        if len(filed) < rule.given["least_items"] or any(scores[place] == NOT_FILED for place, _one in filed):
            continue
        total, full = sum(scores[place] for place, _one in filed), sum(one.max for _place, one in filed)
        low, high = rule.given.get("at_least_percent"), rule.given.get("at_most_percent")
        if (low is not None and total * 100 >= full * low) or (high is not None and total * 100 <= full * high):
            yield Finding(rule, post_id, filed[0][0])


def _contradiction(rule: Rule, desk: Desk) -> Iterator[Finding]:
    when, against = rule.given["when"], rule.given["against"]
    first, second = desk.place(when["item"]), desk.place(against["item"])
    if desk.sheet.name != rule.given["sheet"] or first is None or second is None:
        return
    for post_id, scores in desk.rows.items():
        if _is(scores[first], when["is"], desk.sheet.indicators[first]) and _is(
            scores[second], against["is"], desk.sheet.indicators[second]
        ):
            yield Finding(rule, post_id, second)


def _is(score: int, word: str, indicator: Indicator) -> bool:
    return score == {"zero": 0, "full": indicator.max, "not_applicable": NOT_APPLICABLE}[word]


KINDS: dict[str, Callable[[Rule, Desk], Iterator[Finding]]] = {
    "limits": _limits, "prefill": _prefill, "fact": _fact, "outlier": _outlier, "sum": _sum, "contradiction": _contradiction,
}  # fmt: skip
