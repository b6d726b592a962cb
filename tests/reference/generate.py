"""Generated policies that use every kind of step, and counties-in-small to rate by them. The same seed gives the same case."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from stars.bundle.verify_bundle import DISQUALIFIED, MONTHS, NONE, NOT_APPLICABLE, NOT_FILED, Subject, Value

GRADES = ["poor", "fair", "good", "best"]
TYPES = ["farming", "industry", "suburban"]
PAPERS = ["tier_low", "tier_mid", "tier_high"]


def emit(value: Any) -> str:
    """YAML in one line. Text is written plain, so it must not look like anything else."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {emit(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(emit, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def hundredths(whole: int) -> str:
    return f"{whole // 100}.{whole % 100:02d}"


def parameter(value: Any, unit: str) -> dict[str, Any]:
    return {"title": "参数", "value": value, "unit": unit, "date": "2025-01-01", "source": "样例", "evidence": "default"}


class PolicyMaker:
    """Draws steps one after another from pools of what there is already, by type."""

    def __init__(self, seed: str) -> None:
        self.random = Random(seed)
        self.every = self.random.choice(["year", "quarter"])
        self.pool: dict[str, list[str]] = {t: [] for t in ("points", "percent", "money", "count", "star", "grade", "yesno")}
        self.steps: dict[str, dict] = {}
        self.many = "month"  # the sheet with several periods
        self.one = "year" if self.every == "year" else "quarter"

    def text(self) -> str:
        head = self.head()
        self.start_pool()
        for _ in range(self.random.randint(8, 22)):
            self.draw_step()
        self.finish()
        body = head | {"steps": self.steps, "outputs": self.outputs}
        return "\n".join(f"{key}: {emit(value)}" for key, value in body.items()) + "\n"

    # ---- the chapters before the steps ----------------------------------------------------------

    def head(self) -> dict[str, Any]:
        random = self.random
        return {
            "grammar": "rating/1",
            "code": "generated",
            "title": "样例",
            "dated": "2025-01-01",
            "subject": "secretary",
            "every": self.every,
            "eligible": {"at_least": {"roster.full_months_in_post": "$months"}},
            "settled_by": [{"stage": "decide", "body": "county_leader", "title": "决定"}],
            "publicity": {"working_days": 5},
            "scales": {
                "grade": {"title": "等次", "words": {g: g for g in GRADES}},
                "village_type": {"title": "类型", "words": {t: t for t in TYPES}},
                "tier": {"title": "档", "words": {p: p for p in PAPERS}},
            },
            "parameters": {
                "months": parameter(random.choice([1, 6, 12]), "count"),
                "share": parameter(hundredths(random.randint(1, 10000)), "percent"),
                "cap": parameter(hundredths(random.randint(0, 800)), "points"),
            },
            "sheets": {self.many: self.sheet(self.many), self.one: self.sheet(self.one)},
            "events": self.events(),
            "facts": {
                "income": {"title": "收入", "unit": "money", "max": "1000000.00", "query": "governance.income", "years_back": 2}
            },
            "roster": {
                "full_months_in_post": {"title": "月", "unit": "count", "max": 600},
                "decades": {"title": "年代", "unit": "count", "max": 5},
                "village_type": {"title": "类型", "scale": "village_type"},
            },
            "history": {"star": {"title": "上期", "unit": "star", "max": 9, "years_back": 3}},
            "linked": {
                "branch": {"title": "支部", "policy": "other", "step": "level", "of": "village", "unit": "star", "max": 5}
            },
        }

    def sheet(self, every: str) -> dict[str, Any]:
        indicators = {}
        for place in range(self.random.randint(1, 4)):
            spec: dict[str, Any] = {
                "title": f"指标{place}",
                "max": hundredths(self.random.choice([1000, 2500, 4000, 10000, 3333])),
            }
            if self.random.random() < 0.3:
                spec["part"] = {"village_type": self.random.sample(TYPES, self.random.randint(1, 2))}
            indicators[f"i{place}"] = spec
        return {
            "title": "表",
            "every": every,
            "filed_by": "township",
            "reviewed_by": ["township", "county"],
            "opens": {"after": "start", "days": 0},
            "due": {"after": "end", "working_days": 5},
            "locks": {"after": "end", "working_days": 10},
            "indicators": indicators,
        }

    def events(self) -> dict[str, Any]:
        random = self.random
        merit: dict[str, Any] = {
            "praise": {"title": "表彰", "points": hundredths(random.randint(50, 300))},
            "practice": {"title": "推广", "up_to": "4.00", "event_cap": "3.00", "year_cap": "6.00"},
        }
        return {
            "merit": {"title": "加分", "filed_by": "county", "authorised_by": "条例", "year_cap": "$cap", "items": merit},
            "demerit": {
                "title": "扣分",
                "filed_by": "county",
                "authorised_by": "条例",
                "items": {"talk": {"title": "约谈", "points": "1.50"}, "note": {"title": "通报"}},
            },
            "discipline": {
                "title": "处分",
                "filed_by": "county",
                "authorised_by": "条例",
                "items": {"warning": {"title": "警告"}},
            },
        }

    # ---- steps ----------------------------------------------------------------------------------

    def start_pool(self) -> None:
        self.pool["points"] += [self.one, f"{self.one}.i0", "events.merit", "events.demerit"]
        self.pool["count"] += ["roster.decades", "events.discipline.count", "roster.full_months_in_post"]
        self.pool["money"] += ["facts.income", "facts.income.last"]
        self.pool["star"] += ["linked.branch", "history.star"]
        self.steps["mean_0"] = {"title": "步", "mean": self.many}
        self.pool["points"].append("mean_0")
        self.steps["grade_1"] = {"title": "步", "band": "mean_0", "rows": rows_of([9000, 7500, 6000, 0], GRADES[::-1])}
        self.pool["grade"].append("grade_1")
        for kind in ("test", "table", "ratio"):  # each pool has something before the free draw
            self.add(kind)

    def draw_step(self) -> None:
        self.add(self.random.choice(list(DRAWS)))

    def add(self, kind: str) -> str:
        made = DRAWS[kind](self)
        type_, spec = made
        name = f"{kind}_{len(self.steps)}"
        self.steps[name] = {"title": "步"} | spec
        self.pool[type_].append(name)
        return name

    def finish(self) -> None:
        """The last steps make a result out of what was drawn, so that each case ends in a star."""
        self.pool["star"].append(self.add("move"))
        if self.random.random() < 0.7:
            self.add("override")
        star = [name for name in self.steps if name in self.pool["star"]][-1]
        grade = self.pool["grade"][-1]
        self.outputs = {"result": star, "grade": grade}

    def pick(self, type_: str) -> str:
        """Later steps more often than earlier ones, so that cases grow deep."""
        names = self.pool[type_]
        return names[max(self.random.randrange(len(names)), self.random.randrange(len(names)))]

    def some(self, type_: str, low: int, high: int) -> list[str]:
        names = list(dict.fromkeys(self.pick(type_) for _ in range(high)))
        while len(names) < low:
            names = list(dict.fromkeys([*names, self.random.choice(self.pool[type_])]))
        return names

    def number(self, type_: str) -> Any:
        """A number near what values of the type are."""
        random = self.random
        if type_ in ("count", "star"):
            return random.randint(0, 8)
        return hundredths(random.randint(0, {"points": 10500, "percent": 20000, "money": 120_000_000}[type_]))

    def comparison(self, type_: str) -> dict[str, Any]:
        if type_ == "grade":
            return self.random.choice(
                [{"worse_than": self.random.choice(GRADES)}, {"is": self.random.choice([*GRADES, "none", "not_applicable"])}]
            )
        verb = self.random.choice(["at_least", "above", "below", "is"])
        bound = self.number(type_)
        if verb == "is" and self.random.random() < 0.5:
            bound = self.random.choice(["none", "disqualified", "not_applicable", "not_filed"])
        return {verb: bound}

    def condition(self, depth: int = 0) -> Any:
        random = self.random
        draw = random.random()
        if depth < 2 and draw < 0.25:
            return {random.choice(["all", "any"]): [self.condition(depth + 1) for _ in range(random.randint(1, 3))]}
        if depth < 2 and draw < 0.35:
            return {"not": self.condition(depth + 1)}
        if draw < 0.45:
            return random.choice(["events.demerit", "events.merit"])
        type_ = random.choice(["points", "count", "star", "grade", "money"])
        if not self.pool[type_]:
            type_ = "points"
        ((verb, bound),) = self.comparison(type_).items()
        return {verb: {self.pick(type_): bound}}

    def many_mean(self) -> str:
        """A step from 0.00 to 100.00: the mean of the sheet with several periods."""
        return next(name for name in self.steps if name.startswith("mean_") and self.steps[name]["mean"] == self.many)

    def table_value(self, type_: str) -> Any:
        return self.number(type_) if type_ != "star" or self.random.random() < 0.8 else "none"

    def word_or_star(self, type_: str) -> Any:
        return self.random.choice(GRADES) if type_ == "grade" else self.random.randint(0, 9)

    def maybe(self, chance: float, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        return make() if self.random.random() < chance else {}

    def rounding(self) -> dict[str, Any]:
        return self.maybe(0.4, lambda: {"round": self.random.choice(["half_up", "down", "up"])})


def draw_sum(m: PolicyMaker) -> tuple[str, dict]:
    type_ = m.random.choice(["points", "money", "count"])
    terms: list[Any] = [("-" if m.random.random() < 0.3 else "") + ref for ref in m.some(type_, 1, 3)]
    if m.random.random() < 0.3:
        terms.append(m.number(type_))
    spec: dict[str, Any] = {"sum": terms}
    low, high = sorted([m.random.randint(0, 5), m.random.randint(6, 100)])
    if m.random.random() < 0.7 or type_ == "count":
        spec |= {"floor": low, "cap": high if type_ == "count" else high * 100}
    return type_, spec


def draw_mean(m: PolicyMaker) -> tuple[str, dict]:
    if m.random.random() < 0.6 or len(m.pool["points"]) < 3:
        periods = MONTHS[m.every]
        return "points", {"mean": m.many} | m.maybe(0.7, lambda: {"at_least": m.random.randint(1, periods)}) | m.rounding()
    refs = m.some("points", 2, 4)
    return "points", {"mean": refs} | m.maybe(0.5, lambda: {"at_least": m.random.randint(1, len(refs))}) | m.rounding()


def draw_weigh(m: PolicyMaker) -> tuple[str, dict]:
    refs = m.some("points", 2, 4)
    cuts = sorted(m.random.sample(range(1, 10000), len(refs) - 1))
    weights = [b - a for a, b in zip([0, *cuts], [*cuts, 10000], strict=True)]
    spec = {"weigh": {ref: hundredths(w) for ref, w in zip(refs, weights, strict=True)}}
    return "points", spec | m.maybe(0.5, lambda: {"missing": m.random.choice(["unratable", "renormalise"])}) | m.rounding()


def draw_times(m: PolicyMaker) -> tuple[str, dict]:
    when = m.maybe(0.4, lambda: {"when": m.pick("yesno")})
    draw = m.random.random()
    if draw < 0.4:
        return "points", {"times": m.random.sample([m.pick("points"), "$share"], 2)} | when | m.rounding()
    if draw < 0.7:
        return "money", {
            "times": [m.random.choice(["facts.income", "facts.income.last"]), m.pick("percent")]
        } | when | m.rounding()
    return "count", {"times": ["roster.decades", m.random.choice(["linked.branch", "history.star"])]} | when


def draw_ratio(m: PolicyMaker) -> tuple[str, dict]:
    pairs = [["facts.income", "facts.income.last"], ["roster.decades", "linked.branch"], ["events.merit", f"{m.one}"]]
    pair = m.random.choice(pairs)
    top = draw_top(pair)
    name = f"ratio_{len(m.steps)}"
    m.steps[name] = {"title": "步", "ratio": pair} | m.rounding()
    return "percent", {"sum": [name], "floor": 0, "cap": top}


def draw_top(pair: list[str]) -> int:
    return 100 if pair[0].startswith("events") else 1000


def draw_band(m: PolicyMaker) -> tuple[str, dict]:
    ref = m.random.choice([m.many_mean(), m.one])
    starts = sorted(m.random.sample(range(1, 10001), m.random.randint(1, 3)), reverse=True)
    starts = [*starts, 0]
    if m.random.random() < 0.6:
        gives: list[Any] = [GRADES[max(0, 3 - place)] for place in range(len(starts))]
        if m.random.random() < 0.3:
            gives[-1] = m.random.choice(["none", "disqualified"])
        return "grade", {"band": ref, "rows": rows_of(starts, gives)}
    type_ = m.random.choice(["star", "count"])
    numbers: list[Any] = [m.random.randint(0, 9) for _ in starts]
    if m.random.random() < 0.4:
        numbers[-1] = "none"
    return type_, {"band": ref, "unit": type_, "rows": rows_of(starts, numbers)}


def rows_of(starts: list[int], gives: list[Any]) -> list[dict[str, Any]]:
    return [{"from": hundredths(start), "gives": given} for start, given in zip(starts, gives, strict=True)]


def draw_table(m: PolicyMaker) -> tuple[str, dict]:
    ref = m.pick("grade")
    type_ = m.random.choice(["star", "count", "money", "percent"])
    inner = lambda: {word: m.table_value(type_) for word in GRADES}  # noqa: E731
    if m.random.random() < 0.3:
        return type_, {"table": ["roster.village_type", ref], "unit": type_, "rows": {t: inner() for t in TYPES}}
    rows = (
        inner()
        | m.maybe(0.5, lambda: {"none": m.table_value(type_)})
        | m.maybe(0.3, lambda: {"not_applicable": m.table_value(type_)})
    )
    return type_, {"table": ref, "unit": type_, "rows": rows}


def draw_tiers(m: PolicyMaker) -> tuple[str, dict]:
    starts = [0, *sorted(m.random.sample(range(1, 100_000_000), m.random.randint(0, 3)))]
    rows = [{"from": hundredths(start), "gives": hundredths(m.random.randint(0, 3000))} for start in starts]
    spec: dict[str, Any] = {
        "tiers": m.random.choice(["facts.income", "facts.income.last"]),
        "marginal": m.random.random() < 0.5,
        "rows": rows,
    }
    spec |= m.maybe(0.4, lambda: {"cap": m.random.choice([hundredths(m.random.randint(0, 9_000_000)), m.pick("money")])})
    return "money", spec | m.maybe(0.4, lambda: {"when": m.pick("yesno")}) | m.rounding()


def draw_choose(m: PolicyMaker) -> tuple[str, dict]:
    type_ = m.random.choice(["points", "money"])
    words = m.random.sample(TYPES, m.random.randint(1, 3))
    spec: dict[str, Any] = {"choose": "roster.village_type", "rows": {word: m.pick(type_) for word in words}}
    if len(words) < 3 or m.random.random() < 0.5:
        spec["otherwise"] = m.pick(type_)
    return type_, spec


def draw_test(m: PolicyMaker) -> tuple[str, dict]:
    return "yesno", {"test": m.condition()}


def draw_tally(m: PolicyMaker) -> tuple[str, dict]:
    draw = m.random.random()
    if draw < 0.3:
        return "count", {"tally": m.many, "pass": m.comparison("points")}
    if draw < 0.5:
        return "count", {"tally": m.some("points", 1, 4), "pass": m.comparison("points")}
    row = m.maybe(0.6, lambda: {"in_a_row": True})
    if draw < 0.7:
        return "count", {"tally": "facts.income", "pass": m.comparison("money"), "periods": m.random.randint(1, 3)} | row
    now = m.maybe(0.5, lambda: {"and_now": m.pick("star")})
    return "count", {"tally": "history.star", "pass": m.comparison("star"), "periods": m.random.randint(1, 3)} | row | now


def draw_move(m: PolicyMaker) -> tuple[str, dict]:
    star = [name for name in m.pool["star"] if name != "history.star"]
    low, high = sorted([m.random.randint(0, 4), m.random.randint(4, 9)])
    return "star", {
        "move": "history.star",
        "by": m.random.choice([*star, "roster.decades"]),
        "first": m.random.choice(star),
        "from_none": m.random.choice(star),
        "from_disqualified": m.random.choice(star),
        "at_most": m.random.randint(0, 3),
        "floor": low,
        "cap": high,
    }


def ties(m: PolicyMaker) -> list[str]:
    return [("-" if m.random.random() < 0.3 else "") + ref for ref in m.some("points", 1, 2)]


def draw_rank(m: PolicyMaker) -> tuple[str, dict]:
    spec = {"rank": m.pick("points"), "within": m.random.choice(["county", "township"]), "authorised_by": "某文件"}
    return "count", spec | m.maybe(0.4, lambda: {"best": m.random.choice(["high", "low"])}) | m.maybe(
        0.6, lambda: {"ties": ties(m)}
    )


def draw_split(m: PolicyMaker) -> tuple[str, dict]:
    common = {"within": m.random.choice(["county", "township"]), "ties": ties(m)}
    common |= m.maybe(0.5, lambda: {"line": m.random.choice(["in", "out"])}) | m.rounding()
    if m.random.random() < 0.6:
        limited = m.random.sample(GRADES[1:], m.random.randint(1, 2))
        return "grade", {
            "split": m.pick("grade"),
            "at_most": {w: hundredths(m.random.randint(0, 9000)) for w in limited},
        } | common
    rows: list[dict[str, Any]] = [{"gives": "best"}, {"gives": "good"}, {"gives": "poor"}]
    for row in rows:
        row |= m.random.choice([{"share": m.random.randint(1, 60)}, {"count": m.random.randint(0, 4)}])
    place = m.random.randrange(3)
    rows[place] = {"gives": rows[place]["gives"], "rest": True}
    return "grade", {"split": m.pick("points"), "rows": rows} | common


def draw_override(m: PolicyMaker) -> tuple[str, dict]:
    type_ = m.random.choice(["star", "grade"])
    when = m.pick("yesno")
    act: dict[str, Any] = m.random.choice(
        [
            {"becomes": "disqualified", "authorised_by": "某文件"},
            {"becomes": "none"},
            {"at_most": m.word_or_star(type_)},
            {"at_least": m.word_or_star(type_)},
        ]
    )
    return type_, {"override": m.pick(type_), "when": when} | act


def draw_allot(m: PolicyMaker) -> tuple[str, dict]:
    total = hundredths(m.random.randint(0, 3_000_000))
    by = m.random.choice([m.one, "roster.decades", "linked.branch", "facts.income.last"])
    cap: dict[str, Any] = m.maybe(0.5, lambda: {"cap": hundredths(m.random.randint(0, 900_000))})
    if cap and by != "facts.income.last" and m.random.random() < 0.6:
        total = "facts.income"
    return "money", {"allot": total, "by": by, "within": m.random.choice(["county", "township"])} | cap


def draw_settle(m: PolicyMaker) -> tuple[str, dict]:
    type_ = m.random.choice(["points", "star"])
    return type_, {"settle": m.pick(type_), "by": "county_leader", "up": m.random.randint(0, 2), "down": m.random.randint(0, 2)}


DRAWS: dict[str, Callable[[PolicyMaker], tuple[str, dict]]] = {
    "sum": draw_sum, "mean": draw_mean, "weigh": draw_weigh, "times": draw_times, "ratio": draw_ratio, "band": draw_band,
    "table": draw_table, "tiers": draw_tiers, "choose": draw_choose, "test": draw_test, "tally": draw_tally,
    "move": draw_move, "rank": draw_rank, "split": draw_split, "override": draw_override, "allot": draw_allot,
    "settle": draw_settle,
}  # fmt: skip


# ---- counties-in-small -----------------------------------------------------------------------------


def draw_subjects(document: dict, seed: str) -> list[Subject]:
    random = Random(seed)
    sure = random.random() < 0.5  # half of the counties have nothing missing, so that later steps see numbers
    return [draw_subject(document, random, key, sure=sure) for key in random.sample(range(1, 100_000), random.randint(1, 9))]


def draw_subject(document: dict, random: Random, key: int, *, sure: bool) -> Subject:
    county = random.choice([140821, 140822])
    cells: dict[str, list[list[Value]]] = {}
    answers: dict[str, list[bool]] = {}
    good = random.uniform(0.3, 1.0)
    for name, sheet in document["sheets"].items():
        periods = MONTHS[document["every"]] // MONTHS[sheet["every"]]
        answers[name] = [sure or random.random() < 0.9 for _ in range(periods)]
        cells[name] = [[draw_cell(random, spec, good, sure) for spec in sheet["indicators"].values()] for _ in range(periods)]
    return Subject(
        key=key, county=county, township=county * 1000 + random.randint(100, 101), cells=cells, answers=answers,
        events=draw_events(document, random),
        roster={
            "full_months_in_post": random.choice([0, 5, 11, 12, 13, 400]),
            "decades": random.randint(0, 5),
            "village_type": NOT_APPLICABLE if random.random() < 0.05 else random.randrange(len(TYPES)),
        },
        facts={"income": [draw_income(random) for _ in range(3)]},
        history={"star": [draw_star(random, 9) for _ in range(3)]},
        linked={"branch": draw_star(random, 5)},
        settled={name: draw_settled(random) for name, step in document["steps"].items() if "settle" in step},
    )  # fmt: skip


def draw_cell(random: Random, spec: dict, good: float, sure: bool) -> Value:
    draw = random.random()
    if draw < (0 if sure else 0.03):
        return NOT_FILED
    if draw < 0.06:
        return NOT_APPLICABLE
    most = int(spec["max"] * 100)
    return min(most, int(most * good * random.uniform(0.9, 1.1)))


def draw_events(document: dict, random: Random) -> list[tuple[str, str, int, int]]:
    events = []
    for _ in range(random.choice([0, 0, 0, 1, 2, 4])):
        name = random.choice(["merit", "merit", "demerit", "discipline"])
        code, item = random.choice(list(document["events"][name]["items"].items()))
        points = random.randint(0, int(item["up_to"] * 100)) if "up_to" in item else 0
        events.append((name, code, points, random.randint(1, 3)))
    return events


def draw_star(random: Random, most: int) -> Value:
    return random.choice([NOT_APPLICABLE, NONE, DISQUALIFIED]) if random.random() < 0.2 else random.randint(0, most)


def draw_income(random: Random) -> Value:
    return NOT_FILED if random.random() < 0.04 else NOT_APPLICABLE if random.random() < 0.04 else random.randint(0, 100_000_000)


def draw_settled(random: Random) -> Value:
    return NOT_APPLICABLE if random.random() < 0.5 else random.randint(0, 9)
