"""What a county-year's tables give when they are computed at this moment, beside what was stored by the last run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from django.db import connection

from stars import results
from stars.block import block_of, digest_of
from stars.engine.evaluate import evaluate
from stars.engine.inputs import Inputs
from stars.engine.plan import Plan
from stars.engine.values import Ints
from stars.inputs import read
from stars.models import Rating, RatingYear
from stars.plans import plan_for
from stars.results import Ratings


@dataclass(frozen=True)
class Computed:
    """A county's result, row by row in the order of persons."""

    plan: Plan
    inputs: Inputs
    ratings: Ratings

    @classmethod
    def of(cls, plan: Plan, inputs: Inputs) -> Computed:
        return cls(plan, inputs, Ratings.of(plan, evaluate(plan, inputs)))

    @cached_property
    def block(self) -> bytes:
        return block_of(self.plan, self.inputs)

    @property
    def inputs_digest(self) -> str:
        return digest_of(self.block)

    @property
    def result_digest(self) -> str:
        return results.digest(self.plan, self.inputs.key, self.ratings)


def computed_now(rating_year: RatingYear) -> Computed:
    """From the tables as they are; the caller holds the county-year's lock."""
    plan = plan_for(rating_year.policy)
    with connection.cursor() as cursor:
        reading = read(
            cursor, plan, year=rating_year.year, rating_year_ids=[rating_year.pk], counties=[int(rating_year.territory.path)]
        )
    return Computed.of(plan, reading.inputs)


def stored_digest(rating_year: RatingYear) -> str:
    """Of the computed ratings as they lie in their table; empty where a trace is not of the policy's length."""
    plan = plan_for(rating_year.policy)
    names = ("entry__person_id", "outcome", "reason", *results.NULLABLE, "trace")
    rows = list(Rating.objects.filter(rating_year=rating_year).order_by("entry__person_id").values_list(*names))
    person, outcome, reason, *values, trace = zip(*rows, strict=True) if rows else ((),) * len(names)
    star, grade, score, pay = (_whole(column) for column in values)
    if any(len(one) != plan.width for one in trace):
        return ""
    raw = np.frombuffer(b"".join(bytes(one) for one in trace), np.uint8).reshape(len(rows), plan.width)
    kept = Ratings(np.array(outcome, np.int8), np.array(reason, np.int16), star, grade, score, pay, raw)
    return results.digest(plan, np.array(person, np.int64), kept)


def _whole(column: tuple[int | None, ...]) -> Ints:
    return np.array([results.NOTHING if value is None else value for value in column], np.int64)
