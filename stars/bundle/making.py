"""A published star as one file that proves it elsewhere. docs/rating.md, section 11, says what stands in it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from governance import policy as documents
from stars.block import inputs_of
from stars.chain import row_digests, row_of, said_by
from stars.engine.inputs import Inputs
from stars.engine.plan import Plan
from stars.engine.trace import decode_trace
from stars.engine.values import CELL_NOT_APPLICABLE, CELL_NOT_FILED, LEAST, LIMIT, Special
from stars.models import PublishedRating
from stars.plans import plan_for

FORM = "xingheng/bundle/1"
CELLS = {CELL_NOT_FILED: "not_filed", CELL_NOT_APPLICABLE: "not_applicable"}
CHAPTERS = ("roster", "facts", "history", "linked", "settled")


def bundle_of(rating: PublishedRating, *, whole: bool) -> dict[str, Any]:
    """`whole`: with the inputs of the whole county, which the county's own office holds anyway; without it, of the person alone."""
    publication, policy = rating.publication, rating.publication.decision.policy
    plan, block = plan_for(policy), bytes(publication.decision.block)
    inputs = inputs_of(block)
    own = inputs.take(np.flatnonzero(inputs.key == rating.person_id))
    trace = decode_trace(plan, bytes(rating.trace))
    return {
        "form": FORM,
        "policy": {"text": policy.text, "canonical": documents.canonical(documents.load(policy.text).body).decode()},
        "link": said_by(publication),
        "hash": publication.hash,
        "row": row_of(rating),
        "rows": row_digests(publication.ratings.all()),
        "subject": subject_of(plan, own),
        "trace": {name: value.word if isinstance(value, Special) else value for name, value in trace.items()},
        "block": base64.b64encode(block).decode() if whole else None,
    }


def subject_of(plan: Plan, own: Inputs) -> dict[str, Any]:
    """The one row of `own` in the form of docs/grammar.md, section 10; specials by their words."""
    lists = list(plan.events.values())
    events = zip(*(getattr(own.events, name).tolist() for name in ("list", "item", "points", "count")), strict=True)
    return {
        "key": int(own.key[0]),
        "county": int(own.county[0]),
        "township": int(own.township[0]),
        "cells": {name: _cells(rows[0]) for name, rows in own.cells.items()},
        "answers": {name: rows[0].tolist() for name, rows in own.answers.items()},
        "events": [[lists[of].name, lists[of].items[item].name, points, count] for of, item, points, count in events],
        **{chapter: _values(getattr(own, chapter)) for chapter in CHAPTERS},
    }


def _cells(periods: NDArray[np.int16]) -> list[list[int | str]]:
    return [[CELLS.get(cell, cell) for cell in period] for period in periods.tolist()]


def _values(chapter: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    return {name: _value(rows[0].tolist()) for name, rows in chapter.items()}


def _value(given: Any) -> Any:
    if isinstance(given, list):
        return [_value(one) for one in given]
    return Special(given - LEAST).word if given < LIMIT else given
