"""The words of the grammar: which keys stand where. docs/grammar.md is the norm."""

from __future__ import annotations

import re

GRAMMAR = "rating/1"

NAME = re.compile(r"[a-z][a-z0-9_]*")
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONG_NAME, SHORT_NAME, LONG_CODE, LONG_TITLE = 40, 24, 60, 120
RESERVED = frozenset(
    {"eligible", "events", "facts", "roster", "history", "linked", "not_filed", "not_applicable", "none", "disqualified"}
)

SUBJECTS = ("secretary", "branch", "township", "village", "household", "grid_worker", "company")
MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12, "two_years": 24}
BODIES = ("township_leader", "county_staff", "county_leader")
STAGES = ("review", "decide")
EVIDENCE = ("law", "official", "media", "weak", "default")
FILERS = ("village", "township", "county")
REVIEWERS = ("township", "county")
POSTS = ("secretary", "deputy", "director", "member")
SCOPES = ("township", "county")
ROUNDINGS = ("half_up", "down", "up")
PARAMETER_UNITS = ("points", "percent", "money", "count")
GIVEN_UNITS = ("points", "percent", "money", "count", "star")

NOTE = ("source", "evidence", "authorised_by")
HEAD = ("grammar", "code", "title", "dated", "subject", "every", "settled_by", "publicity", "steps", "outputs")
HEAD_OPTIONAL = ("document", "source", "eligible", "restart_when")
CHAPTERS = ("scales", "parameters", "tenure", "sheets", "events", "facts", "roster", "history", "linked")
SCALE = ("title", "words")
PARAMETER = ("title", "value", "unit", "date", "source", "evidence")
TENURE = ("posts", "merge_gap_months", "gaps_count", "drop_before_removal", "as_of")
SHEET = ("title", "every", "filed_by", "reviewed_by", "opens", "due", "locks", "indicators")
SHEET_OPTIONAL = ("accepted_after",)
INDICATOR = ("title", "max")
INDICATOR_OPTIONAL = ("part", "fact")
EVENTS = ("title", "filed_by", "items")
EVENTS_OPTIONAL = ("year_cap",)
ITEM = ("title",)
ITEM_OPTIONAL = ("points", "up_to", "event_cap", "year_cap")
OUTPUTS = ("result", "grade", "score", "base", "pay", "tier", "reward")

GIVEN = {  # chapter: (required, optional) beside title and scale or unit
    "facts": (("query",), ("years_back",)),
    "roster": ((), ()),
    "history": (("years_back",), ()),
    "linked": (("policy", "step", "of"), ()),
}
LINKED_OF = ("subject", "village", "township", "branch")

KINDS = {  # kind: (required keys, optional keys) beside the kind's own and title
    "sum": ((), ("floor", "cap")),
    "mean": ((), ("at_least", "round")),
    "weigh": ((), ("missing", "round")),
    "times": ((), ("when", "round")),
    "ratio": ((), ("round",)),
    "band": (("rows",), ("unit",)),
    "table": (("rows",), ("unit",)),
    "tiers": (("marginal", "rows"), ("when", "cap", "round")),
    "choose": (("rows",), ("otherwise",)),
    "test": ((), ()),
    "tally": (("pass",), ("periods", "and_now", "in_a_row")),
    "move": (("by", "first", "from_none", "from_disqualified", "at_most", "floor", "cap"), ()),
    "rank": (("within",), ("best", "ties")),
    "split": (("within",), ("at_most", "rows", "best", "ties", "round", "line")),
    "override": (("when",), ("becomes", "at_most", "at_least")),
    "allot": (("by", "within"), ("cap",)),
    "settle": (("by", "up", "down"), ()),
}

_LEVELS = {
    "the head": (*HEAD, *HEAD_OPTIONAL, *CHAPTERS),
    "a parameter": ("value", "unit", "date"),
    "tenure": TENURE,
    "a sheet": (*SHEET, *SHEET_OPTIONAL),
    "an indicator": ("max", "part", "fact"),
    "an event item": ("points", "up_to", "event_cap"),
    "a linked value": ("policy", "step", "of"),
    "a step": tuple(sorted({key for required, optional in KINDS.values() for key in (*required, *optional)} | {*KINDS})),
}


def _homes() -> dict[str, tuple[str, ...]]:
    homes: dict[str, tuple[str, ...]] = {}
    for level, keys in _LEVELS.items():
        for key in keys:
            if key not in {"title", *NOTE}:
                homes[key] = (*homes.get(key, ()), level)
    return homes


HOMES = _homes()

# every word that the grammar itself puts in a key's place; whatever else is a key is a name that the policy gives
WORDS = frozenset(
    {"title", *HOMES, *NOTE, *SCALE, *PARAMETER, *HEAD, *HEAD_OPTIONAL, *CHAPTERS, *OUTPUTS, *SHEET, *SHEET_OPTIONAL}
    | {
        *INDICATOR,
        *INDICATOR_OPTIONAL,
        *EVENTS,
        *EVENTS_OPTIONAL,
        *ITEM,
        *ITEM_OPTIONAL,
        *KINDS,
        "stage",
        "body",
        "scale",
        "unit",
    }
    | {key for required, optional in (*GIVEN.values(), *KINDS.values()) for key in (*required, *optional)}
    | {"after", "days", "working_days", "from", "gives", "max", "min", "all", "any", "not", "at_least", "above", "below"}
    | {"worse_than", "is", "known"}
)
