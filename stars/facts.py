"""Facts about a person on the roster: one small function for each word that a policy's `roster` chapter may name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from governance.duties import Duty
from governance.models import Award, Post, Territory
from governance.tenure import Spell, counted_months
from stars.engine.document import Given
from stars.engine.plan import Plan
from stars.engine.values import Special

LEAST = int(np.iinfo(np.int32).min)
NOT_APPLICABLE = LEAST + Special.NOT_APPLICABLE.value  # how a special is kept in RosterEntry.facts
DUTIES: dict[str, str] = {  # words of the tenure chapter
    "secretary": Duty.SECRETARY, "deputy": Duty.COMMITTEE_MEMBER, "director": Duty.DIRECTOR, "member": Duty.COMMITTEE_MEMBER,
}  # fmt: skip


@dataclass(frozen=True)
class Known:
    """What is known about one person at the end of the year: all posts ever held, all awards, the main village."""

    plan: Plan
    year: int
    posts: Sequence[Post]
    awards: Sequence[Award]
    village: Territory


def facts_of(known: Known) -> list[int]:
    """In the order of the policy's roster words, each within the bounds that the policy gives it."""
    return [_within(FACTS[name](known), given) for name, given in known.plan.roster.items()]


def unknown_words(plan: Plan) -> list[str]:
    """Words of the policy that nobody here can answer."""
    needs_tenure = {"full_months_in_post", "full_decades_in_post"} if plan.head.tenure is None else set()
    return [name for name in plan.roster if name not in FACTS or name in needs_tenure]


def _within(value: int, given: Given) -> int:
    return value if value == NOT_APPLICABLE else max(given.type.low, min(value, given.type.high))


def _word(name: str, word: str, known: Known) -> int:
    scale = known.plan.roster[name].type.scale
    words = known.plan.scales[scale].words if scale else ()
    return words.index(word) if word in words else NOT_APPLICABLE


def _count(value: int | None) -> int:
    return NOT_APPLICABLE if value is None else value


def _months_in_post(known: Known) -> int:
    tenure = known.plan.head.tenure
    if tenure is None:
        return NOT_APPLICABLE
    counted = {DUTIES[post] for post in tenure.posts}
    spells = [Spell(p.from_on, p.until_on, p.ending == Post.Ending.REMOVED) for p in known.posts if p.duty in counted]
    return counted_months(
        spells, as_of=date(known.year, 12, 31) if tenure.as_of == "period_end" else date(known.year, 1, 1),
        merge_gap_months=tenure.merge_gap_months, drop_before_removal=tenure.drop_before_removal, gaps_count=tenure.gaps_count,
    )  # fmt: skip


def _awards(level: str) -> Callable[[Known], int]:
    return lambda known: sum(award.level == level and award.awarded_on.year <= known.year for award in known.awards)


FACTS: dict[str, Callable[[Known], int]] = {
    "village_type": lambda known: _word("village_type", known.village.village_type, known),
    "village_kind": lambda known: _word("village_kind", known.village.kind, known),
    "households": lambda known: _count(known.village.households),
    "population": lambda known: _count(known.village.population),
    "full_months_in_post": _months_in_post,
    "full_decades_in_post": lambda known: _months_in_post(known) // 120,
    **{f"{level}_awards": _awards(level) for level in Award.Level.values},
}
