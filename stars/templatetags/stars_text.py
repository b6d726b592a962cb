"""How pages write a result, a score, a sum of money."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import template
from django.utils.translation import pgettext

from stars.cells import format_score
from stars.labels import outcome_label
from stars.labels import yuan as yuan_text

register = template.Library()
NOTHING = "—"


@register.simple_tag
def result(rating: Any) -> str:
    """Of a computed or a published rating."""
    return outcome_label(rating.outcome, rating.star)


@register.filter
def hundredths(score: int | None) -> str:
    return NOTHING if score is None else format_score(score)


@register.filter
def yuan(cents: int | None) -> str:
    return NOTHING if cents is None else yuan_text(cents)


@register.filter
def word_of(place: int | None, words: Sequence[str]) -> str:
    """A grade's name from its place in the policy's scale."""
    return words[place] if place is not None and 0 <= place < len(words) else NOTHING


@register.filter
def named(word: str, names: dict[str, str]) -> str:
    """A word of the policy as people read it."""
    return names.get(word, word) or NOTHING


@register.simple_tag
def event_title(event: Any, titles: dict[tuple[str, str], tuple[str, str]]) -> str:
    """The list and the item of an event as the policy names them."""
    return " · ".join(titles.get((event.list_code, event.item_code), (event.list_code, event.item_code)))


@register.simple_tag
def short_day(day: date) -> str:
    """Without the year, which the page's heading says."""
    return pgettext("day", "%(month)d/%(day)d") % {"month": day.month, "day": day.day}


@register.simple_tag
def star_row(star: int) -> str:
    return "★" * star
