"""The grammar of docs/grammar.md, step by step, one subject at a time, with fractions.

Imports nothing of the product. It is slow and long-winded on purpose: what it says can be checked against the page.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.reference.values import (
    DISQUALIFIED,
    MONTHS,
    NONE,
    NOT_APPLICABLE,
    NOT_FILED,
    SPECIALS,
    Special,
    Value,
    contagion,
    in_unit,
    is_special,
    rounded,
)

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


def rate(document: dict, subjects: list[Subject]) -> list[Rated]:
    return Rating(document, subjects).run()


class Rating:
    def __init__(self, document: dict, subjects: list[Subject]) -> None:
        self.doc, self.subjects = document, subjects
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
            self.done[name] = [self.gated(spec, kind, values[i], i) for i in self.all()]
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
            raise AssertionError("a band that leaves a hole")

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
                bad = contagion(missing)
                assert bad, "a missing row"
                return bad
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
