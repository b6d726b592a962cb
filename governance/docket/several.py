"""One act on several items: each has its own outcome, and one that is refused leaves the others as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from governance.docket.acts import act_on
from governance.docket.demands import Said
from governance.errors import RuleBroken
from governance.models import DocketItem, User

ACTS = ("assign", "urge", "verify", "strike_off")  # those of the checking side that need no look at each item's own words
MOST = 200


@dataclass(frozen=True)
class Outcome:
    item_id: int
    refusal: str = ""


def act_on_several(chosen: Sequence[tuple[int, int]], act: str, said: Said, *, by: User, at: datetime) -> list[Outcome]:
    """`chosen`: (item, the version that was looked at). Each in its own transaction, under its own lock.

    raises RuleBroken: too_many_items
    """
    return [_outcome(item_id, version, act, said, by, at) for item_id, version in sorted(chosen)[:MOST]]


def _outcome(item_id: int, version: int, act: str, said: Said, by: User, at: datetime) -> Outcome:
    try:
        act_on(item_id, act, said, by=by, at=at, version=version)
    except RuleBroken as broken:
        return Outcome(item_id, broken.message)
    except DocketItem.DoesNotExist:
        return Outcome(item_id)
    return Outcome(item_id)
