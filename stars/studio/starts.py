"""What a new thing of a policy begins with: as much of it as is most often right."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from stars.studio.controls import Path
from stars.studio.kinds import word
from stars.studio.names import Names
from stars.studio.writing import Typed, entry

STEMS = {
    "scales": "scale", "parameters": "number", "sheets": "sheet", "events": "list", "facts": "fact", "roster": "entry",
    "history": "result", "linked": "link", "steps": "step",
}  # fmt: skip
TENURE = {"posts": ["secretary"], "merge_gap_months": 12, "gaps_count": False, "drop_before_removal": True, "as_of": "period_end"}
FULL_MARKS = 100


def empty_policy(code: str, today: date) -> str:
    """Only a head: sheets and steps are still to be written."""
    stages = [{"stage": "decide", "body": "county_leader", "title": _("The county office decides")}]
    head = {
        "grammar": "rating/1", "code": Typed(code), "title": _("New policy"), "dated": today, "subject": "secretary", "every": "year",
        "settled_by": stages, "publicity": {"working_days": 5},
    }  # fmt: skip
    return "".join(f"{entry(key, value)}\n" for key, value in head.items())


def named(chapter: str, names: Names, today: date) -> dict[str, Any]:
    title = word(chapter)
    made: Mapping[str, dict[str, Any]] = {
        "scales": {"title": title, "words": {}},
        "parameters": {"title": title, "value": 0, "unit": "points", "date": today, "source": word("document"), "evidence": "default"},
        "sheets": _sheet(title),
        "events": {"title": title, "filed_by": "county", "items": {"event_1": entry_of("items")}},
        "facts": {"title": title, "unit": "count", "query": Typed("governance.fact")},
        "roster": {"title": title, "unit": "count"},
        "history": {"title": title, "unit": "star", "max": 5, "years_back": 1},
        "linked": {"title": title, "policy": Typed("code"), "step": Typed("star"), "of": "village", "unit": "star", "max": 5},
    }  # fmt: skip
    if chapter == "scales":
        stem = names.unused("scales", "scale")
        return {"title": title, "words": {f"{stem}_word_{n}": f"{word('words')} {n}" for n in (1, 2, 3)}}
    return made[chapter]


def _sheet(title: str) -> dict[str, Any]:
    return {
        "title": title, "every": "year", "filed_by": "township", "reviewed_by": ["township", "county"],
        "opens": {"after": "end", "days": 1}, "due": {"after": "end", "working_days": 10}, "locks": {"after": "end", "working_days": 15},
        "indicators": {"item_1": entry_of("indicators")},
    }  # fmt: skip


def entry_of(chapter: str) -> Any:
    """Of indicators, of items of an event list, of the words of a scale."""
    made = {"indicators": {"title": word("indicators"), "max": FULL_MARKS}, "items": {"title": word("items"), "points": 1}}
    return made.get(chapter, word(chapter))


def step(kind: str, names: Names, but_for: str = "") -> dict[str, Any]:
    """Reads the step before it, or else the first sheet."""
    refs = [ref for ref, _title in names.refs(but_for)]
    steps = [ref for ref, _title in names.titled("steps") if ref != but_for]
    first = Typed(steps[-1] if steps else refs[0] if refs else "")
    second = Typed(next((ref for ref in refs if ref != first), first))
    sheet = Typed(next((key for key, _title in names.sheets()), first))
    words = [one for one, _title in names.words()]
    tests = [ref for ref, _title in names.tests()]
    when = Typed(tests[-1] if tests else "")
    history = Typed(next((f"history.{key}" for key, _title in names.titled("history")), ""))
    own: Mapping[str, dict[str, Any]] = {
        "sum": {"sum": [first]},
        "mean": {"mean": sheet},
        "weigh": {"weigh": {first: 50, second: 50}},
        "times": {"times": [first, second]},
        "ratio": {"ratio": [first, second]},
        "band": {"band": first, "rows": [{"from": 0, "gives": Typed(one)} for one in reversed(words)] or [{"from": 0, "gives": 0}]},
        "table": {"table": first, "unit": "star", "rows": dict.fromkeys(words, 0) or {0: 0}},
        "tiers": {"tiers": first, "marginal": True, "rows": [{"from": 0, "gives": 0}]},
        "choose": {"choose": first, "rows": dict.fromkeys(words, second)},
        "test": {"test": {"any": [{"at_least": {first: 0}}]}},
        "tally": {"tally": [first], "pass": {"at_least": 0}},
        "move": {
            "move": history, "by": first, "first": first, "from_none": first, "from_disqualified": first, "at_most": 1, "floor": 0,
            "cap": 5,
        },
        "rank": {"rank": first, "within": "county", "authorised_by": ""},
        "split": {"split": first, "within": "county", "at_most": {words[-1]: 30} if words else {}, "ties": [second]},
        "override": {"override": first, "when": when, "at_most": 0},
        "allot": {"allot": Decimal(0), "by": first, "within": "county"},
        "settle": {"settle": first, "by": "county_leader", "up": 1, "down": 1},
    }  # fmt: skip
    return {"title": word(kind)} | own[kind]


def row(path: Path, value: str, names: Names) -> Any:
    """Of a list."""
    if path[0] == "settled_by":
        return {"stage": "review", "body": "county_staff", "title": word("review")}
    if path[-1] == "rows":
        words = names.words()
        return {"from": 0, "gives": Typed(words[0][0]) if words else 0}
    return Typed(value)


def row_value(path: Path, names: Names) -> Any:
    """Of a mapping of words or numbers, by where it stands."""
    held = names.body.get("steps", {}).get(path[1], {}) if path[0] == "steps" else {}
    if path[-1] == "rows" and "choose" in held:
        return Typed(next((ref for ref, _title in names.refs(path[1])), ""))
    return 0


def key_of_step(what: str, names: Names) -> Any:
    """ "sum.cap": what an optional key of a kind begins with."""
    kind, _dot, key = what.partition(".")
    whole = step(kind, names)
    if key in whole:
        return whole[key]
    if key == "ties":
        return [Typed(next((ref for ref, _title in names.refs()), ""))]
    return (
        [{"gives": Typed(one), "share": 0} for one, _title in reversed(names.words())] if (kind, key) == ("split", "rows") else 0
    )
