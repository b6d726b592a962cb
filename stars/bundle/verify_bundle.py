"""Checks a bundle: whether a published star follows from its inputs and policy, and belongs to the publication that it names.

    python3 verify_bundle.py BUNDLE.json [--link LINK]

Python 3.11 or newer and nothing else: one file on purpose, to be read by whoever does not trust the product. LINK is the link of
the publication as it is printed on the certificate or hangs in the next public notice; without it the bundle is only checked
against itself. docs/rating.md, section 11, says what a bundle holds; docs/grammar.md what a policy means.

The arithmetic is plain and slow, with fractions, one person at a time; it shares no line with the product's engine.
"""

from __future__ import annotations

import argparse
import base64
import json
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

# ---- values: whole numbers in the unit of their type, or one of four specials (grammar, section 2) ----

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12, "two_years": 24}
HUNDREDFOLD = {"points", "percent", "money"}


class Special(Enum):
    NOT_FILED = "not_filed"
    NOT_APPLICABLE = "not_applicable"
    NONE = "none"
    DISQUALIFIED = "disqualified"

    def __repr__(self) -> str:
        return self.value


NOT_FILED, NOT_APPLICABLE, NONE, DISQUALIFIED = Special
SPECIALS = {special.value: special for special in Special}
Value = int | Special


def is_special(value: Value) -> bool:
    return isinstance(value, Special)


def contagion(values: list[Value]) -> Special | None:
    for special in (DISQUALIFIED, NOT_FILED, NONE, NOT_APPLICABLE):
        if special in values:
            return special
    return None


def rounded(exact: Fraction, how: str = "half_up") -> int:
    """Rounds the magnitude and gives the sign back."""
    magnitude = abs(exact)
    whole = magnitude.numerator // magnitude.denominator
    rest = magnitude - whole
    if (how == "half_up" and rest >= Fraction(1, 2)) or (how == "up" and rest > 0):
        whole += 1
    return whole if exact >= 0 else -whole


def in_unit(number: int | Fraction, unit: str) -> int:
    """A number of the document in whole units of its type."""
    whole = Fraction(number) * (100 if unit in HUNDREDFOLD else 1)
    if whole.denominator != 1:
        raise ValueError(f"{number} is no whole number of units of {unit}")
    return int(whole)


# ---- the grammar's steps, one person at a time ----

KINDS = (
    ["sum", "mean", "weigh", "times", "ratio", "band", "table", "tiers", "choose", "test", "tally", "move", "rank", "split", "override", "allot", "settle"]
)  # fmt: skip


@dataclass
class Subject:
    """Section 10: the inputs of one subject, in whole units."""

    key: int
    county: int
    township: int
    cells: dict[str, list[list[Value]]]
    answers: dict[str, list[bool]]
    events: list[tuple[str, str, int, int]]  # list, item, points, count
    roster: dict[str, Value] = field(default_factory=dict)
    facts: dict[str, list[Value]] = field(default_factory=dict)
    history: dict[str, list[Value]] = field(default_factory=dict)
    linked: dict[str, Value] = field(default_factory=dict)
    settled: dict[str, Value] = field(default_factory=dict)


@dataclass
class Rated:
    outcome: str
    trace: dict[str, Value]
    reason: str | None  # name of a trace column
    outputs: dict[str, Value]


def rate(document: dict, subjects: list[Subject], given: dict[str, list[Value]] | None = None) -> list[Rated]:
    """`given`: values of steps that look at people who are not among the subjects."""
    return Rating(document, subjects, given).run()


class Rating:
    def __init__(self, document: dict, subjects: list[Subject], given: dict[str, list[Value]] | None = None) -> None:
        self.doc, self.subjects, self.given_steps = document, subjects, given or {}
        self.steps: dict[str, dict] = document["steps"]
        self.sheets: dict[str, dict] = document.get("sheets", {})
        self.scale_of_word = {word: name for name, scale in document.get("scales", {}).items() for word in scale["words"]}
        self.done: dict[str, list[Value]] = {}
        self.types: dict[str, str] = {}
        self.totals = [self.sheet_totals(s) for s in subjects]
        self.eligible = [self.condition(document["eligible"], i) if "eligible" in document else 1 for i in self.all()]

    def all(self) -> range:
        return range(len(self.subjects))

    def run(self) -> list[Rated]:
        for name in self.steps:
            self.step(name)
        return [self.rated(i) for i in self.all()]

    # ---- words, numbers, parameters -------------------------------------------------------------

    def kind(self, name: str) -> str:
        return next(key for key in self.steps[name] if key in KINDS)

    def number(self, given: Any, unit: str) -> int:
        if isinstance(given, str):
            given = self.doc["parameters"][given.removeprefix("$")]["value"]
        return in_unit(given, unit)

    def words(self, scale: str) -> list[str]:
        return list(self.doc["scales"][scale]["words"])

    def word(self, word: str) -> int:
        return self.words(self.scale_of_word[word]).index(word)

    def given(self, value: Any, kind: str) -> Value:
        """A number, a word or a special as it stands in a row, in units of `kind`."""
        if value in SPECIALS:
            return SPECIALS[value]
        if isinstance(value, str) and not value.startswith("$"):
            return self.word(value)
        return self.number(value, kind)

    def rows_type(self, rows: list[Any], unit: str | None) -> str:
        if unit:
            return unit
        return next("scale:" + self.scale_of_word[row] for row in rows if row not in SPECIALS)

    # ---- types ----------------------------------------------------------------------------------

    def type_of(self, ref: str) -> str:
        if ref in self.steps:
            self.step(ref)
            return self.types[ref]
        if ref in self.sheets:
            return "points"
        chapter, _, name = ref.partition(".")
        if chapter in self.sheets or chapter == "events":
            return "count" if name.endswith(".count") else "points"
        entry = self.doc[chapter][name.removesuffix(".last")]
        return entry["unit"] if "unit" in entry else "scale:" + entry["scale"]

    # ---- inputs ---------------------------------------------------------------------------------

    def periods(self, sheet: str) -> int:
        return MONTHS[self.doc["every"]] // MONTHS[self.sheets[sheet]["every"]]

    def applies(self, indicator: dict, subject: Subject) -> bool:
        for name, words in indicator.get("part", {}).items():
            held = subject.roster[name]
            if is_special(held) or self.words(self.doc["roster"][name]["scale"])[held] not in words:
                return False
        return True

    def sheet_totals(self, subject: Subject) -> dict[str, list[Value]]:
        return {name: [self.period_total(name, p, subject) for p in range(self.periods(name))] for name in self.sheets}

    def period_total(self, sheet: str, period: int, subject: Subject) -> Value:
        if not subject.answers[sheet][period]:
            return NOT_APPLICABLE
        counted, most = [], Fraction(0)
        for indicator, cell in zip(self.sheets[sheet]["indicators"].values(), subject.cells[sheet][period], strict=True):
            if self.applies(indicator, subject) and cell is not NOT_APPLICABLE:
                counted.append(cell)
                most += self.number(indicator["max"], "points")
        if not counted:
            return NOT_APPLICABLE
        if NOT_FILED in counted:
            return NOT_FILED
        return rounded(Fraction(sum(counted)) * 10000 / most)

    def event_list(self, name: str, subject: Subject) -> int:
        spec = self.doc["events"][name]
        total = sum(self.event_item(name, code, item, subject) for code, item in spec["items"].items())
        return min(total, self.number(spec["year_cap"], "points")) if "year_cap" in spec else total

    def event_item(self, name: str, code: str, item: dict, subject: Subject) -> int:
        total = 0
        for list_code, item_code, points, count in subject.events:
            if (list_code, item_code) == (name, code):
                total += self.event_worth(item, points, count)
        return min(total, self.number(item["year_cap"], "points")) if "year_cap" in item else total

    def event_worth(self, item: dict, points: int, count: int) -> int:
        if "points" in item:
            points = self.number(item["points"], "points")
        elif "up_to" not in item:
            points = 0
        worth = points * count
        return min(worth, self.number(item["event_cap"], "points")) if "event_cap" in item else worth

    def ref(self, ref: str, i: int) -> Value:
        """The value of a reference (section 5) for subject i."""
        subject = self.subjects[i]
        if ref in self.steps:
            return self.step(ref)[i]
        if ref in self.sheets:
            return self.totals[i][ref][0]
        chapter, _, name = ref.partition(".")
        if chapter in self.sheets:
            return self.cell(chapter, name, subject)
        if chapter == "events":
            if name.endswith(".count"):
                return sum(e[3] for e in subject.events if e[0] == name.removesuffix(".count"))
            return self.event_list(name, subject)
        if chapter == "facts":
            return subject.facts[name.removesuffix(".last")][1 if name.endswith(".last") else 0]
        if chapter == "history":
            return subject.history[name][0]
        return getattr(subject, chapter)[name]

    def cell(self, sheet: str, indicator: str, subject: Subject) -> Value:
        spec = self.sheets[sheet]["indicators"]
        if not subject.answers[sheet][0] or not self.applies(spec[indicator], subject):
            return NOT_APPLICABLE
        return subject.cells[sheet][0][list(spec).index(indicator)]

    # ---- steps ----------------------------------------------------------------------------------

    def step(self, name: str) -> list[Value]:
        if name not in self.done:
            kind, spec = self.kind(name), self.steps[name]
            values = getattr(self, "do_" + kind)(name, spec[kind], spec)
            self.done[name] = self.given_steps.get(name) or [self.gated(spec, kind, values[i], i) for i in self.all()]
        return self.done[name]

    def gated(self, spec: dict, kind: str, value: Value, i: int) -> Value:
        if kind not in ("times", "tiers") or "when" not in spec:
            return value
        gate = self.ref(spec["when"], i)
        return value if gate == 1 else gate if is_special(gate) else 0

    def each(self, one: Callable[[int], Value]) -> list[Value]:
        return [one(i) for i in self.all()]

    def do_sum(self, name: str, terms: list, spec: dict) -> list[Value]:
        refs = [(str(t).removeprefix("-"), -1 if str(t).startswith("-") else 1) for t in terms if self.is_ref(t)]
        types = {self.type_of(ref) for ref, _ in refs}
        unit = self.types[name] = "star" if "star" in types else types.pop()
        plain = sum(self.number(t, unit) for t in terms if not self.is_ref(t))

        def one(i: int) -> Value:
            held = [(self.ref(ref, i), sign) for ref, sign in refs]
            held = [(value, sign) for value, sign in held if value is not NOT_APPLICABLE]
            if not held:
                return NOT_APPLICABLE
            if bad := contagion([value for value, _ in held]):
                return bad
            total = plain + sum(value * sign for value, sign in held)
            if "floor" in spec:
                total = max(total, self.number(spec["floor"], unit))
            return min(total, self.number(spec["cap"], unit)) if "cap" in spec else total

        return self.each(one)

    def is_ref(self, term: Any) -> bool:
        return isinstance(term, str) and not term.removeprefix("-").startswith("$")

    def do_mean(self, name: str, of: Any, spec: dict) -> list[Value]:
        self.types[name] = "points" if isinstance(of, str) else self.type_of(of[0])

        def one(i: int) -> Value:
            held = self.totals[i][of] if isinstance(of, str) else [self.ref(ref, i) for ref in of]
            for special in (DISQUALIFIED, NONE):
                if special in held:
                    return special
            expected = [v for v in held if v is not NOT_APPLICABLE]
            filed = [v for v in expected if v is not NOT_FILED]
            asked = self.number(spec["at_least"], "count") if "at_least" in spec else len(held)
            if not expected:
                return NOT_APPLICABLE
            if len(filed) < min(asked, len(expected)):
                return NOT_FILED
            return rounded(Fraction(sum(filed), len(filed)), spec.get("round", "half_up"))

        return self.each(one)

    def do_weigh(self, name: str, weights: dict, spec: dict) -> list[Value]:
        self.types[name] = self.type_of(next(iter(weights)))
        renormalise = spec.get("missing") == "renormalise"

        def one(i: int) -> Value:
            held = [(self.ref(ref, i), Fraction(self.number(w, "percent"))) for ref, w in weights.items()]
            out = {NOT_APPLICABLE, NOT_FILED} if renormalise else {NOT_APPLICABLE}
            left = [(v, w) for v, w in held if v not in out]
            if not left:
                return NOT_FILED if NOT_FILED in [v for v, _ in held] else NOT_APPLICABLE
            if bad := contagion([v for v, _ in left]):
                return bad
            return rounded(sum(v * w for v, w in left) / sum(w for _, w in left), spec.get("round", "half_up"))

        return self.each(one)

    def do_times(self, name: str, pair: list, spec: dict) -> list[Value]:
        types = [self.factor_type(x) for x in pair]
        whole = {"count", "star"}
        scale = 1
        if set(types) <= whole:
            self.types[name] = "count"
        elif types[0] in whole or types[1] in whole:
            self.types[name] = types[1] if types[0] in whole else types[0]
        else:
            others = [t for t in types if t != "percent"]
            self.types[name], scale = (others[0] if others else "percent"), 10000

        def one(i: int) -> Value:
            held = [self.factor(x, i) for x in pair]
            if bad := contagion(held):
                return bad
            return rounded(Fraction(held[0] * held[1], scale), spec.get("round", "half_up"))

        return self.each(one)

    def factor_type(self, factor: str) -> str:
        return self.doc["parameters"][factor[1:]]["unit"] if factor.startswith("$") else self.type_of(factor)

    def factor(self, factor: str, i: int) -> Value:
        return self.number(factor, self.factor_type(factor)) if factor.startswith("$") else self.ref(factor, i)

    def do_ratio(self, name: str, pair: list, spec: dict) -> list[Value]:
        self.types[name] = "percent"

        def one(i: int) -> Value:
            a, b = self.ref(pair[0], i), self.ref(pair[1], i)
            if bad := contagion([a, b]):
                return bad
            if b <= 0:
                return NOT_APPLICABLE
            exact = rounded(Fraction(a, b) * 10000, spec.get("round", "half_up"))
            return max(-1_000_000, min(1_000_000, exact))

        self.type_of(pair[0]), self.type_of(pair[1])
        return self.each(one)

    def do_band(self, name: str, ref: str, spec: dict) -> list[Value]:
        unit = self.type_of(ref)
        self.types[name] = self.rows_type([row["gives"] for row in spec["rows"]], spec.get("unit"))

        def one(i: int) -> Value:
            value = self.ref(ref, i)
            if is_special(value):
                return value
            for row in spec["rows"]:
                if value >= self.number(row["from"], unit):
                    return self.given(row["gives"], self.types[name])
            raise ValueError("a band that leaves a hole")

        return self.each(one)

    def do_table(self, name: str, of: Any, spec: dict) -> list[Value]:
        refs = [of] if isinstance(of, str) else of
        rows = spec["rows"]
        gives = list(rows.values()) if len(refs) == 1 else [v for inner in rows.values() for v in inner.values()]
        self.types[name] = self.rows_type(gives, spec.get("unit"))
        kinds = [self.type_of(ref) for ref in refs]

        def one(i: int) -> Value:
            held = [self.ref(ref, i) for ref in refs]
            keys = [self.row_key(value, kind) for value, kind in zip(held, kinds, strict=True)]
            levels = [rows] if len(refs) == 1 else [rows, next(iter(rows.values()))]
            missing = [v for v, key, level in zip(held, keys, levels, strict=True) if key not in level]
            if missing:
                if bad := contagion(missing):
                    return bad
                raise ValueError("a missing row")
            found = rows[keys[0]] if len(refs) == 1 else rows[keys[0]][keys[1]]
            return self.given(found, self.types[name])

        return self.each(one)

    def row_key(self, value: Value, kind: str) -> Any:
        if is_special(value):
            return value.value
        return self.words(kind.removeprefix("scale:"))[value] if kind.startswith("scale:") else value

    def do_tiers(self, name: str, ref: str, spec: dict) -> list[Value]:
        unit = self.types[name] = self.type_of(ref)
        rows = [(self.number(r["from"], unit), Fraction(self.number(r["gives"], "percent"), 10000)) for r in spec["rows"]]
        cap_ref = spec["cap"] if self.is_ref(spec.get("cap")) else None
        if cap_ref:
            self.type_of(cap_ref)

        def one(i: int) -> Value:
            value = self.ref(ref, i)
            cap = self.ref(cap_ref, i) if cap_ref else self.number(spec["cap"], unit) if "cap" in spec else NOT_APPLICABLE
            if bad := contagion([value] + ([] if cap is NOT_APPLICABLE else [cap])):
                return bad
            paid = 0 if value <= 0 else rounded(self.tiered(value, rows, spec["marginal"]), spec.get("round", "half_up"))
            return paid if cap is NOT_APPLICABLE else min(paid, cap)

        return self.each(one)

    def tiered(self, value: int, rows: list[tuple[int, Fraction]], marginal: bool) -> Fraction:
        if not marginal:
            return value * next(rate for start, rate in reversed(rows) if start <= value)
        total = Fraction(0)
        for place, (start, percent) in enumerate(rows):
            end = rows[place + 1][0] if place + 1 < len(rows) else value
            total += max(0, min(value, end) - start) * percent
        return total

    def do_choose(self, name: str, ref: str, spec: dict) -> list[Value]:
        branches = [*spec["rows"].values(), *([spec["otherwise"]] if "otherwise" in spec else [])]
        kinds = [self.type_of(b) for b in branches]
        self.types[name] = "star" if "star" in kinds else kinds[0]
        self.type_of(ref)
        return self.each(lambda i: self.chosen(ref, spec, i))

    def chosen(self, ref: str, spec: dict, i: int) -> Value:
        taken = self.branch(ref, spec, i)
        return taken if is_special(taken) else self.ref(taken, i)

    def branch(self, ref: str, spec: dict, i: int) -> Any:
        value = self.ref(ref, i)
        if is_special(value) and value is not NOT_APPLICABLE:
            return value
        word = None if value is NOT_APPLICABLE else self.row_key(value, self.type_of(ref))
        return spec["rows"].get(word) or spec.get("otherwise", NOT_APPLICABLE)

    def do_test(self, name: str, condition: Any, spec: dict) -> list[Value]:
        self.types[name] = "yesno"
        return self.each(lambda i: self.condition(condition, i))

    def condition(self, condition: Any, i: int) -> Value:
        """1, 0 or not_filed (unknown)."""
        if isinstance(condition, str):
            if condition.startswith("events."):
                return int(self.ref(condition + ".count", i) >= 1)
            return self.ref(condition, i)
        ((verb, inner),) = condition.items()
        if verb == "not":
            value = self.condition(inner, i)
            return value if is_special(value) else 1 - value
        if verb in ("all", "any"):
            values = [self.condition(c, i) for c in inner]
            deciding = 0 if verb == "all" else 1
            return deciding if deciding in values else NOT_FILED if NOT_FILED in values else 1 - deciding
        ((ref, against),) = inner.items()
        return self.compare(verb, self.ref(ref, i), against, self.type_of(ref))

    def compare(self, verb: str, value: Value, against: Any, kind: str) -> Value:
        if verb == "is" and against in SPECIALS:
            return int(value is SPECIALS[against])
        if value is NOT_FILED:
            return NOT_FILED
        if value is NOT_APPLICABLE:
            return 0
        if is_special(value):
            return int(verb in ("below", "worse_than"))
        bound = self.given(against, kind)
        return int(
            {
                "at_least": value >= bound,
                "above": value > bound,
                "below": value < bound,
                "worse_than": value < bound,
                "is": value == bound,
            }[verb]
        )

    def do_tally(self, name: str, of: Any, spec: dict) -> list[Value]:
        self.types[name] = "count"
        ((verb, against),) = spec["pass"].items()

        def one(i: int) -> Value:
            held, kind = self.tallied(of, spec, i)
            passes = [self.compare(verb, value, against, kind) for value in held]
            if NOT_FILED in passes:
                return NOT_FILED
            if not spec.get("in_a_row"):
                return sum(passes)
            return passes.index(0) if 0 in passes else len(passes)

        return self.each(one)

    def tallied(self, of: Any, spec: dict, i: int) -> tuple[list[Value], str]:
        if isinstance(of, list):
            return [self.ref(ref, i) for ref in of], self.type_of(of[0])
        if of in self.sheets:
            return self.totals[i][of], "points"
        chapter, _, name = of.partition(".")
        held = list(getattr(self.subjects[i], chapter)[name])
        if "and_now" in spec:
            held = [self.ref(spec["and_now"], i), *held]
        return held[: self.number(spec["periods"], "count")], self.type_of(of)

    def do_move(self, name: str, last: str, spec: dict) -> list[Value]:
        self.types[name] = "star"
        for key in ("by", "first", "from_none", "from_disqualified"):
            self.type_of(spec[key])

        def one(i: int) -> Value:
            was = self.ref(last, i)
            for special, key in ((NOT_APPLICABLE, "first"), (NONE, "from_none"), (DISQUALIFIED, "from_disqualified")):
                if was is special:
                    return self.ref(spec[key], i)
            if is_special(was):
                return was
            by = self.ref(spec["by"], i)
            if by is NOT_APPLICABLE:
                by = 0
            if is_special(by):
                return by
            most = self.number(spec["at_most"], "count")
            moved = was + max(-most, min(most, by))
            return max(self.number(spec["floor"], "star"), min(self.number(spec["cap"], "star"), moved))

        return self.each(one)

    # ---- steps that look at the others ----------------------------------------------------------

    def participants(self, ref: str, within: str, values: list[Value]) -> dict[int, list[int]]:
        scopes: dict[int, list[int]] = {}
        for i in self.all():
            if self.eligible[i] == 1 and not is_special(values[i]):
                scopes.setdefault(getattr(self.subjects[i], within), []).append(i)
        return scopes

    def outsider(self, i: int, value: Value) -> Value:
        if self.eligible[i] == 0:
            return NOT_APPLICABLE
        return NOT_FILED if is_special(self.eligible[i]) else value

    def order_key(self, i: int, operand: Value | None, best: str, ties: list[str]) -> tuple:
        """Smaller is better."""
        keys = [] if operand is None else [-operand if best == "high" else operand]
        parts: list[tuple] = [(0, key) for key in keys]
        for tie in ties:
            value = self.ref(tie.removeprefix("-"), i)
            parts.append((1, 0) if is_special(value) else (0, value if tie.startswith("-") else -value))
        return tuple(parts)

    def do_rank(self, name: str, ref: str, spec: dict) -> list[Value]:
        self.types[name] = "count"
        values = [self.ref(ref, i) for i in self.all()]
        result = [self.outsider(i, values[i]) for i in self.all()]
        for members in self.participants(ref, spec["within"], values).values():
            keys = {i: self.order_key(i, values[i], spec.get("best", "high"), spec.get("ties", [])) for i in members}
            for i in members:
                result[i] = 1 + sum(keys[j] < keys[i] for j in members)
        return result

    def do_split(self, name: str, ref: str, spec: dict) -> list[Value]:
        values = [self.ref(ref, i) for i in self.all()]
        result = [self.outsider(i, values[i]) for i in self.all()]
        if "at_most" in spec:
            self.types[name] = self.type_of(ref)
        else:
            self.types[name] = "scale:" + self.scale_of_word[spec["rows"][0]["gives"]]
        for members in self.participants(ref, spec["within"], values).values():
            if "at_most" in spec:
                self.ceilings(ref, spec, members, result)
            else:
                self.shares(spec, members, values, result)
        return result

    def ceilings(self, ref: str, spec: dict, members: list[int], result: list[Value]) -> None:
        words = self.words(self.type_of(ref).removeprefix("scale:"))
        for place in range(len(words) - 1, 0, -1):
            if words[place] not in spec["at_most"]:
                continue
            share = Fraction(self.number(spec["at_most"][words[place]], "percent"), 10000)
            quota = rounded(len(members) * share, spec.get("round", "down"))
            groups = self.groups([i for i in members if result[i] == place], None, spec)
            for i in self.beyond(groups, quota, spec.get("line", "out")):
                result[i] = place - 1

    def groups(self, members: list[int], values: list[Value] | None, spec: dict) -> list[list[int]]:
        """Members best first, those equal in everything together."""
        best, ties = spec.get("best", "high"), spec.get("ties", [])
        keys = {i: self.order_key(i, None if values is None else values[i], best, ties) for i in members}
        return [[i for i in members if keys[i] == key] for key in sorted(set(keys.values()))]

    def beyond(self, groups: list[list[int]], quota: int, line: str) -> list[int]:
        """Who does not get in when `quota` may, a tied group going as a whole."""
        return [i for group in groups[self.taken(groups, quota, line) :] for i in group]

    def taken(self, groups: list[list[int]], quota: int, line: str) -> int:
        """How many groups get in."""
        inside = 0
        for place, group in enumerate(groups):
            if inside + len(group) > quota:
                return place + 1 if line == "in" and inside < quota else place
            inside += len(group)
        return len(groups)

    def shares(self, spec: dict, members: list[int], values: list[Value], result: list[Value]) -> None:
        rows, line = spec["rows"], spec.get("line", "out")
        rest = next(place for place, row in enumerate(rows) if row.get("rest"))
        left = self.groups(members, values, spec)
        for row in rows[:rest]:
            left = self.fill(row, left, line, len(members), spec, result)
        left = left[::-1]
        for row in rows[:rest:-1]:
            left = self.fill(row, left, line, len(members), spec, result)
        for group in left:
            for i in group:
                result[i] = self.word(rows[rest]["gives"])

    def fill(self, row: dict, left: list, line: str, total: int, spec: dict, result: list[Value]) -> list:
        if "count" in row:
            size = self.number(row["count"], "count")
        else:
            share = Fraction(self.number(row["share"], "percent"), 10000)
            size = rounded(total * share, spec.get("round", "down"))
        taken = self.taken(left, min(size, sum(map(len, left))), line)
        for group in left[:taken]:
            for i in group:
                result[i] = self.word(row["gives"])
        return left[taken:]

    def do_allot(self, name: str, total: Any, spec: dict) -> list[Value]:
        self.types[name] = "money"
        values = [self.ref(spec["by"], i) for i in self.all()]
        result = [self.outsider(i, values[i]) for i in self.all()]
        for members in self.participants(spec["by"], spec["within"], values).values():
            self.allot_scope(total, spec, members, values, result)
        return result

    def allot_scope(self, total: Any, spec: dict, members: list[int], values: list[Value], result: list[Value]) -> None:
        if self.is_ref(total):
            held = [self.ref(total, i) for i in members]
            pot = sum(v for v in held if not is_special(v) and v > 0)
        else:
            pot = self.number(total, "money")
        shares = {i: max(values[i], 0) for i in members}
        if sum(shares.values()) == 0:
            for i in members:
                result[i] = 0
            return
        if "cap" in spec:
            cap = self.number(spec["cap"], "money")
            while shares and sum(shares.values()):
                over = [i for i, s in shares.items() if Fraction(pot * s, sum(shares.values())) > cap]
                if not over:
                    break
                for i in over:
                    result[i] = cap
                    pot -= cap
                    del shares[i]
        self.largest_remainders(pot, shares, result)

    def largest_remainders(self, pot: int, shares: dict[int, int], result: list[Value]) -> None:
        whole = sum(shares.values())
        if not whole:
            for i in shares:
                result[i] = 0
            return
        exact = {i: Fraction(pot * s, whole) for i, s in shares.items()}
        for i, amount in exact.items():
            result[i] = amount.numerator // amount.denominator
        cents = pot - sum(result[i] for i in shares)
        order = sorted(shares, key=lambda i: (-(exact[i] - result[i]), self.subjects[i].key))
        for i in order[:cents]:
            result[i] += 1

    # ---- the last kinds -------------------------------------------------------------------------

    def do_override(self, name: str, ref: str, spec: dict) -> list[Value]:
        kind = self.types[name] = self.type_of(ref)

        def one(i: int) -> Value:
            value, when = self.ref(ref, i), self.ref(spec["when"], i)
            if value is DISQUALIFIED:
                return value
            if is_special(when):
                return NOT_FILED
            if not when:
                return value
            if "becomes" in spec:
                return self.given(spec["becomes"], kind)
            if is_special(value):
                return value
            if "at_most" in spec:
                return min(value, self.given(spec["at_most"], kind))
            return max(value, self.given(spec["at_least"], kind))

        return self.each(one)

    def do_settle(self, name: str, ref: str, spec: dict) -> list[Value]:
        kind = self.types[name] = self.type_of(ref)
        unit = "count" if kind.startswith("scale:") else kind

        def one(i: int) -> Value:
            value = self.ref(ref, i)
            settled = self.subjects[i].settled.get(name, NOT_APPLICABLE)
            if is_special(value) or settled is NOT_APPLICABLE:
                return value
            low, high = value - self.number(spec["down"], unit), value + self.number(spec["up"], unit)
            return settled if not is_special(settled) and low <= settled <= high else NOT_FILED

        return self.each(one)

    # ---- section 7 and 8 ------------------------------------------------------------------------

    def columns(self, i: int) -> dict[str, Value]:
        named = {f"{s}[{p + 1}]": v for s, totals in self.totals[i].items() for p, v in enumerate(totals)}
        if "eligible" in self.doc:
            named["eligible"] = self.eligible[i]
        return named | {name: self.done[name][i] for name in self.steps}

    def rated(self, i: int) -> Rated:
        outputs = {role: self.done[step][i] for role, step in self.doc["outputs"].items()}
        outcome = self.outcome(outputs["result"], self.eligible[i])
        reason = self.reason(i) if outcome == "unratable" else None
        return Rated(outcome, self.columns(i), reason, outputs)

    def outcome(self, result: Value, eligible: Value) -> str:
        if result is DISQUALIFIED:
            return "disqualified"
        if eligible != 1:
            return "unratable" if is_special(eligible) else "not_eligible"
        if result in (NOT_FILED, NOT_APPLICABLE):
            return "unratable"
        return "none" if result is NONE else "rated"

    def reason(self, i: int) -> str:
        columns = self.columns(i)
        at = "eligible" if is_special(self.eligible[i]) else self.doc["outputs"]["result"]
        while True:
            for operand in self.operands(at, i):
                if operand in columns and columns[operand] is columns[at]:
                    at = operand
                    break
            else:
                return at

    def operands(self, column: str, i: int) -> list[str]:
        """Trace columns that the column is made of, in the order in which its text names them."""
        if column == "eligible":
            return self.expand(self.condition_refs(self.doc["eligible"]))
        if column not in self.steps:
            return []
        spec, kind = self.steps[column], self.kind(column)
        return self.expand(self.refs_of(kind, spec, i))

    def expand(self, refs: list[str]) -> list[str]:
        out = []
        for ref in refs:
            out += [f"{ref}[{p + 1}]" for p in range(self.periods(ref))] if ref in self.sheets else [ref]
        return out

    def refs_of(self, kind: str, spec: dict, i: int) -> list[str]:
        of = spec[kind]
        when = [spec["when"]] if "when" in spec else []
        if kind == "test":
            return self.condition_refs(of)
        if kind == "choose":
            taken = self.branch(of, spec, i)
            return [of] if is_special(taken) else [of, taken]
        if kind == "move":
            was = self.ref(of, i)
            key = {NOT_APPLICABLE: "first", NONE: "from_none", DISQUALIFIED: "from_disqualified"}
            return [of, spec[key[was]] if isinstance(was, Special) and was in key else spec["by"]]
        refs = list(of) if isinstance(of, list | dict) else [of]
        refs = [str(r).removeprefix("-") for r in refs]
        extra = [spec[key] for key in ("and_now", "by", "cap") if key in spec and isinstance(spec[key], str)]
        return refs + extra + [t.removeprefix("-") for t in spec.get("ties", [])] + when

    def condition_refs(self, condition: Any) -> list[str]:
        if isinstance(condition, str):
            return [condition]
        ((verb, inner),) = condition.items()
        if verb == "not":
            return self.condition_refs(inner)
        if verb in ("all", "any"):
            return [ref for c in inner for ref in self.condition_refs(c)]
        return list(inner)


# ---- reading: the policy's canonical form, the inputs of one person, the packed inputs of a county ----

CELLS = {-32768: NOT_FILED, -32767: NOT_APPLICABLE}
LEAST = -(2**63)
SIZES = {"<i8": "q", "<i2": "h", "|b1": "?"}
MAGIC = b"rating-inputs/1\n"
CHAPTERS = ("roster", "facts", "history", "linked", "settled")


def read_policy(canonical: str) -> dict:
    return read_value(json.loads(canonical))


def read_value(given: Any) -> Any:
    if isinstance(given, list):
        return [read_value(one) for one in given]
    if not isinstance(given, dict):
        return given
    ((kind, inner),) = given.items()
    if kind == "m":
        return {read_value(key): read_value(one) for key, one in inner}
    if kind == "n":
        return Fraction(inner) if "." in inner else int(inner)
    return inner


def read_subject(given: dict) -> Subject:
    return Subject(
        given["key"], given["county"], given["township"],
        cells={sheet: [[as_value(cell) for cell in period] for period in periods] for sheet, periods in given["cells"].items()},
        answers=given["answers"], events=[tuple(one) for one in given["events"]],
        **{chapter: {name: as_values(one) for name, one in given[chapter].items()} for chapter in CHAPTERS},
    )  # fmt: skip


def as_values(given: Any) -> Any:
    return [as_value(one) for one in given] if isinstance(given, list) else as_value(given)


def as_value(given: Any) -> Value:
    return SPECIALS[given] if isinstance(given, str) else given


def read_block(block: bytes, document: dict) -> tuple[list[Subject], dict]:
    """Everybody of the county in the order of keys, and the header. The block ends where its directory says."""
    if not block.startswith(MAGIC):
        raise ValueError("the block does not begin as one")
    start = len(MAGIC) + 8
    at = start + int.from_bytes(block[len(MAGIC) : start], "little")
    directory = json.loads(block[start:at])
    arrays: dict[str, list] = {}
    for name, kind, shape in directory["arrays"]:
        count = 1
        for size in shape:
            count *= size
        width = struct.calcsize("<" + SIZES[kind])
        arrays[name] = shaped(list(struct.unpack_from(f"<{count}{SIZES[kind]}", block, at)), shape)
        at += count * width
    if at != len(block):
        raise ValueError("the block is longer than its directory says")
    return [subject_at(arrays, document, row) for row in range(len(arrays["key"]))], directory["header"]


def shaped(flat: list, shape: list[int]) -> list:
    for size in reversed(shape[1:]):
        flat = [flat[start : start + size] for start in range(0, len(flat), size)] if size else [[]] * (shape[0] or 1)
    return flat


def subject_at(arrays: dict[str, list], document: dict, row: int) -> Subject:
    named: dict[str, dict[str, Any]] = {chapter: {} for chapter in ("cells", "answers", *CHAPTERS)}
    for path, rows in arrays.items():
        chapter, _, name = path.partition("/")
        if chapter in named:
            named[chapter][name] = rows[row]
    named["cells"] = {s: [[CELLS.get(cell, cell) for cell in period] for period in held] for s, held in named["cells"].items()}
    for chapter in CHAPTERS:
        named[chapter] = {name: coded(one) for name, one in named[chapter].items()}
    return Subject(
        arrays["key"][row], arrays["county"][row], arrays["township"][row], events=events_at(arrays, document, row), **named
    )


def events_at(arrays: dict[str, list], document: dict, row: int) -> list[tuple[str, str, int, int]]:
    lists = list(document.get("events", {}))
    found = []
    columns = (arrays[f"events/{name}"] for name in ("row", "list", "item", "points", "count"))
    for of, place, item, points, count in zip(*columns, strict=True):
        if of == row:
            code = list(document["events"][lists[place]]["items"])[item]
            found.append((lists[place], code, points, count))
    return found


def coded(given: Any) -> Any:
    """As the block has it: a special is the smallest integer plus its place."""
    if isinstance(given, list):
        return [coded(one) for one in given]
    return list(Special)[given - LEAST] if given - LEAST < len(Special) else given


# ---- writing: what is digested (SHA-256 of canonical JSON), and the trace as bytes (grammar, section 8) ----

ROW = (
    "person_id", "person_name", "post_id", "territory_id", "village_code", "village_name", "township_name", "outcome", "star",
    "grade", "score", "pay_cents", "trace", "certificate_no", "supersedes_id",
)  # fmt: skip
OUTCOMES = ("rated", "none", "disqualified", "not_eligible", "unratable")
WIDTHS = {"points": 4, "percent": 4, "money": 8, "count": 4, "star": 1, "yesno": 1}


def digest(value: Any) -> str:
    return sha256(json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def trace_of(rating: Rating, rated: Rated) -> bytes:
    return b"".join(packed(value, width_of(rating, name)) for name, value in rated.trace.items())


def width_of(rating: Rating, column: str) -> int:
    if column in rating.steps:
        return WIDTHS.get(rating.types[column], 1)  # a word of a scale
    return 1 if column == "eligible" else 2


def packed(value: Value, width: int) -> bytes:
    least = -(1 << (8 * width - 1))
    whole = least + list(Special).index(value) if is_special(value) else value
    return whole.to_bytes(width, "little", signed=True)


def numbers_of(rated: Rated) -> list[int | None]:
    """Outcome, star, grade, score, pay: what a row says; None where there is nothing."""
    outputs = {name: None if is_special(value) else value for name, value in rated.outputs.items()}
    star = outputs["result"] if rated.outcome == "rated" else None
    return [OUTCOMES.index(rated.outcome), star, outputs.get("grade"), outputs.get("score"), outputs.get("pay")]


def result_digest(policy_digest: str, rating: Rating, everybody: list[Rated]) -> str:
    found = sha256(b"xingheng/result/1\n" + policy_digest.encode())
    traces = []
    for subject, rated in zip(rating.subjects, everybody, strict=True):
        outcome, *others = numbers_of(rated)
        reason = list(rated.trace).index(rated.reason) + 1 if rated.reason else 0
        row = [subject.key, outcome, reason, *others]
        found.update(struct.pack("<7q", *(LEAST if one is None else one for one in row)))
        traces.append(trace_of(rating, rated))
    found.update(b"".join(traces))
    return found.hexdigest()


def check_character(digits: str) -> str:
    """ISO 7064 MOD 11-2."""
    product = 0
    for one in digits:
        product = (product + int(one)) * 2 % 11
    return "0123456789X"[(12 - product) % 11]


# ---- the checks -------------------------------------------------------------------------------------

FORM = "xingheng/bundle/1"
PARTS = {"form", "policy", "link", "hash", "row", "rows", "subject", "trace", "block"}
OF_SEVERAL = ("rank", "split", "allot")  # kinds that look at others than the one person


def problems(bundle: dict, link: str = "") -> list[str]:
    """What is wrong, in words; empty where nothing is. `link`: as it is known from elsewhere."""
    try:
        if bundle["form"] != FORM or set(bundle) != PARTS or len(bundle["row"]) != len(ROW):
            return ["this is no bundle of the known form"]
        return [*of_chain(bundle, link), *of_result(bundle)]
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, StopIteration, struct.error) as error:
        return [f"something is missing or unreadable: {error!r}"]


def of_chain(bundle: dict, link: str) -> list[str]:
    said, row = bundle["link"], dict(zip(ROW, bundle["row"], strict=True))
    checks = [
        (digest(said) == bundle["hash"], "the publication's fields are not those of its link"),
        (not link or link == bundle["hash"], "the link is not the one that is known from elsewhere"),
        (digest(bundle["row"]) in bundle["rows"], "the row is not among those that were published"),
        (digest(bundle["rows"]) == said["rows"], "the rows are not those that were published"),
        (
            sha256(bundle["policy"]["canonical"].encode()).hexdigest() == said["policy"],
            "the policy is not the one that was decided on",
        ),
        (is_certificate(row, said), "the certificate number does not go with county, year and star"),
    ]
    return [what for holds, what in checks if not holds]


def is_certificate(row: dict, said: dict) -> bool:
    number = row["certificate_no"]
    if number is None or row["outcome"] != 0:
        return number is None and row["outcome"] != 0
    county, year, serial, check = number.split("-")
    return (county, year, check) == (said["county"], f"{said['year']:04}", check_character(county + year + serial))


def of_result(bundle: dict) -> list[str]:
    document, own = read_policy(bundle["policy"]["canonical"]), read_subject(bundle["subject"])
    row = dict(zip(ROW, bundle["row"], strict=True))
    if own.key != row["person_id"]:
        return ["the inputs are another person's"]
    if bundle["block"] is not None:
        found, rating, everybody = of_block(bundle, document, own)
        if found:
            return found
    else:
        rating = Rating(document, [own], from_trace(document, bundle["trace"]))
        everybody = rating.run()
    rated = next(one for subject, one in zip(rating.subjects, everybody, strict=True) if subject.key == own.key)
    checks = [
        ({name: as_value(one) for name, one in bundle["trace"].items()} == rated.trace, "the steps are not what the inputs give"),
        (list(bundle["trace"]) == list(rated.trace), "the steps are not those of the policy"),
        (row["trace"] == trace_of(rating, rated).hex(), "the published trace is not what the inputs give"),
        ([row[name] for name in ("outcome", "star", "grade", "score", "pay_cents")] == numbers_of(rated),
         "the published result is not what the inputs give"),
    ]  # fmt: skip
    return [what for holds, what in checks if not holds]


def of_block(bundle: dict, document: dict, own: Subject) -> tuple[list[str], Rating, list[Rated]]:
    block = base64.b64decode(bundle["block"], validate=True)
    subjects, header = read_block(block, document)
    rating = Rating(document, subjects)
    everybody = rating.run()
    checks = [
        (sha256(block).hexdigest() == bundle["link"]["inputs"], "the county's inputs are not those that were decided on"),
        (header == {"policy": bundle["link"]["policy"]}, "the county's inputs belong to another policy"),
        (own in subjects, "the person's inputs are not those among the county's"),
        (result_digest(bundle["link"]["policy"], rating, everybody) == bundle["link"]["result"],
         "the policy gives another result for the county's inputs"),
    ]  # fmt: skip
    return [what for holds, what in checks if not holds], rating, everybody


def from_trace(document: dict, trace: dict) -> dict[str, list[Value]]:
    """Where a step looks at the others of the county, whose inputs are not here, its value is taken as it was published."""
    return {name: [as_value(trace[name])] for name, step in document["steps"].items() if any(kind in step for kind in OF_SEVERAL)}


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks a bundle of a published star.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--link", default="", help="the publication's link as it is known from elsewhere")
    asked = parser.parse_args()
    try:
        bundle = json.loads(asked.bundle.read_text("utf-8"))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{asked.bundle} can't be read: {error}\n")
        return 2
    found = problems(bundle, asked.link)
    if found:
        sys.stdout.write("".join(f"WRONG: {what}\n" for what in found))
        return 1
    sys.stdout.write(f"Nothing is wrong. Link of the publication: {bundle['hash']}\n")
    if not asked.link:
        sys.stdout.write("Compare it with the certificate or a later public notice: only that proves the bundle as a whole.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
