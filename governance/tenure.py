"""Whole months in post, from dated spells. Arithmetic only: which posts count and what N is, the policy says.

source  村（社区）党组织书记星级评定办法: a break of up to a year counts as continuous, a longer one is taken off,
        years before a removal for violation are not counted
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

DAY = timedelta(days=1)


class Spell(NamedTuple):
    """A time in post, both days included; `until_on` None while it lasts; `removed`: it ended by removal for violation."""

    from_on: date
    until_on: date | None
    removed: bool = False


def counted_months(
    spells: Iterable[Spell], *, as_of: date, merge_gap_months: int, drop_before_removal: bool, gaps_count: bool = True
) -> int:
    """Full months of each unbroken stretch up to and including `as_of`, added up.

    Two posts at once are one time in post. With `gaps_count` a gap of up to `merge_gap_months` months joins two
    stretches and is itself counted; without it only stretches that touch are joined.
    """
    known = [spell for spell in spells if spell.from_on <= as_of]
    since = _cleared_on(known, as_of) if drop_before_removal else date.min
    known = [spell for spell in known if _end(spell, as_of) > since]
    stretches = _joined(
        sorted((max(spell.from_on, since), _end(spell, as_of)) for spell in known), merge_gap_months if gaps_count else 0
    )
    return sum(full_months(start, end) for start, end in stretches)


def full_months(start: date, end: date) -> int:
    """Whole months from `start` up to, not including, `end`."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if add_months(start, months) <= end else months - 1


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day if it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _end(spell: Spell, as_of: date) -> date:
    """The first day after the spell, or after `as_of` if that comes first."""
    return (as_of if spell.until_on is None else min(spell.until_on, as_of)) + DAY


def _cleared_on(spells: list[Spell], as_of: date) -> date:
    """The first day after the last removal; the beginning of time if there was none."""
    removals = (spell.until_on for spell in spells if spell.removed and spell.until_on)
    return max((day + DAY for day in removals if day <= as_of), default=date.min)


def _joined(stretches: list[tuple[date, date]], gap_months: int) -> list[tuple[date, date]]:
    """`stretches` in order of their start, each end exclusive."""
    joined: list[tuple[date, date]] = []
    for start, end in stretches:
        if joined and start <= add_months(joined[-1][1], gap_months):
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
