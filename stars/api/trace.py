"""The trace of a published rating: each value, and each step's sentence from the inputs that its decision bound."""

from __future__ import annotations

from typing import Any

from stars.engine.plan import Column, Plan
from stars.engine.trace import Value, decode_trace
from stars.engine.values import Special
from stars.explain import shown
from stars.models import PublishedRating
from stars.selectors.why import why_published


def explained(rating: PublishedRating) -> dict[str, Any]:
    """`policy` and `trace` of RatingDetailOut."""
    why = why_published(rating)
    sentences = {step.name: step.sentence for step in why.steps} | {"eligible": why.eligible}
    values = decode_trace(why.plan, bytes(rating.trace))
    trace = [_step(why.plan, column, values[column.name], sentences.get(column.name, "")) for column in why.plan.columns]
    return {"policy": why.plan.digest, "trace": trace}


def _step(plan: Plan, column: Column, value: Value, sentence: str) -> dict[str, Any]:
    special = value.word if isinstance(value, Special) else None
    return {
        "name": column.name,
        "title": column.title,
        "unit": column.type.unit,
        "value": None if special else value,
        "special": special,
        "text": shown(plan, value, column.type),
        "sentence": sentence,
    }
