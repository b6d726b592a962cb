"""Checks a bundle with the product's own engine and chain; verify_bundle.py beside it does the same without them."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import numpy as np

from governance import policy as documents
from stars import results
from stars.block import digest_of
from stars.bundle.making import CELLS, CHAPTERS, FORM, subject_of
from stars.certificates import certificate_number, serial_of
from stars.chain import ROW, digest
from stars.engine import canonical
from stars.engine.compile import compile_policy
from stars.engine.evaluate import Outcome, evaluate
from stars.engine.inputs import Events, Inputs
from stars.engine.plan import Plan
from stars.engine.trace import decode_trace
from stars.engine.values import SPECIAL_WORDS, Ints, Special
from stars.results import Ratings

PARTS = {"form", "policy", "link", "hash", "row", "rows", "subject", "trace", "block"}
OF_SEVERAL = ("rank", "split", "allot")  # kinds that look at others than the one person
RESULT = ("outcome", "star", "grade", "score", "pay_cents")
CELL_WORDS = {word: cell for cell, word in CELLS.items()}


def problems(bundle: dict[str, Any], link: str = "") -> list[str]:
    """What is wrong, in words; empty where nothing is. `link`: as it is known from elsewhere."""
    try:
        if bundle["form"] != FORM or set(bundle) != PARTS or len(bundle["row"]) != len(ROW):
            return ["this is no bundle of the known form"]
        plan = compile_policy(documents.load(bundle["policy"]["text"]))
        return [*_of_chain(bundle, plan, link), *_of_result(bundle, plan)]
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        return [f"something is missing or unreadable: {error!r}"]


def _of_chain(bundle: dict[str, Any], plan: Plan, link: str) -> list[str]:
    said, row, written = bundle["link"], dict(zip(ROW, bundle["row"], strict=True)), bundle["policy"]["canonical"]
    checks = [
        (digest(said) == bundle["hash"], "the publication's fields are not those of its link"),
        (not link or link == bundle["hash"], "the link is not the one that is known from elsewhere"),
        (digest(bundle["row"]) in bundle["rows"], "the row is not among those that were published"),
        (digest(bundle["rows"]) == said["rows"], "the rows are not those that were published"),
        (plan.digest == said["policy"], "the policy is not the one that was decided on"),
        (sha256(written.encode()).hexdigest() == said["policy"], "the canonical form is not that of the policy"),
        (_is_certificate(row, said), "the certificate number does not go with county, year and star"),
    ]
    return [what for holds, what in checks if not holds]


def _is_certificate(row: dict[str, Any], said: dict[str, Any]) -> bool:
    number = row["certificate_no"]
    if number is None or row["outcome"] != Outcome.RATED:
        return number is None and row["outcome"] != Outcome.RATED
    return bool(number == certificate_number(said["county"], said["year"], serial_of(number)))


def _of_result(bundle: dict[str, Any], plan: Plan) -> list[str]:
    row, trace = dict(zip(ROW, bundle["row"], strict=True)), bundle["trace"]
    if bundle["subject"]["key"] != row["person_id"]:
        return ["the inputs are another person's"]
    if bundle["block"] is None:
        own = inputs_from(plan, bundle["subject"])
        given = {name: np.array([_coded(trace[name])]) for name, step in plan.steps.items() if step.kind in OF_SEVERAL}
        ratings, place = Ratings.of(plan, evaluate(plan, own, given)), 0
    else:
        found, ratings, place = _of_block(bundle, plan)
        if found:
            return found
    computed = ratings.trace[place].tobytes()
    readable = {name: one.word if isinstance(one, Special) else one for name, one in decode_trace(plan, computed).items()}
    checks = [
        (trace == readable, "the steps are not what the inputs give"),
        (list(trace) == list(readable), "the steps are not those of the policy"),
        (row["trace"] == computed.hex(), "the published trace is not what the inputs give"),
        ([row[name] for name in RESULT] == _numbers(ratings, place), "the published result is not what the inputs give"),
    ]
    return [what for holds, what in checks if not holds]


def _of_block(bundle: dict[str, Any], plan: Plan) -> tuple[list[str], Ratings, int]:
    said, block = bundle["link"], base64.b64decode(bundle["block"], validate=True)
    inputs, header = canonical.unpack(block)
    ratings = Ratings.of(plan, evaluate(plan, inputs))
    places = np.flatnonzero(inputs.key == bundle["subject"]["key"])
    checks = [
        (digest_of(block) == said["inputs"], "the county's inputs are not those that were decided on"),
        (header == {"policy": said["policy"]}, "the county's inputs belong to another policy"),
        (len(places) == 1 and _same(subject_of(plan, inputs.take(places)), bundle["subject"]),
         "the person's inputs are not those among the county's"),
        (results.digest(plan, inputs.key, ratings) == said["result"], "the policy gives another result for the county's inputs"),
    ]  # fmt: skip
    return [what for holds, what in checks if not holds], ratings, int(places[0]) if len(places) else 0


def _same(one: Any, other: Any) -> bool:
    """To the letter: 1 is not true."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _numbers(ratings: Ratings, place: int) -> list[int | None]:
    found = [int(getattr(ratings, name)[place]) for name in RESULT]
    return [None if value == results.NOTHING else value for value in found]


# ---- the inputs of one person, as arrays ---------------------------------------------------------


def inputs_from(plan: Plan, subject: dict[str, Any]) -> Inputs:
    """raises KeyError, ValueError: a name that the policy has not, a shape that does not fit"""
    inputs = Inputs.blank(plan, np.array([subject["key"]], dtype=np.int64))
    inputs.county[0], inputs.township[0] = subject["county"], subject["township"]
    _require_names(plan, inputs, subject)
    for sheet in plan.sheets:
        cells = [[CELL_WORDS[cell] if isinstance(cell, str) else cell for cell in period] for period in subject["cells"][sheet]]
        _fill(inputs.cells[sheet], cells)
        _fill(inputs.answers[sheet], subject["answers"][sheet])
    for chapter in CHAPTERS:
        for name, given in subject[chapter].items():
            _fill(getattr(inputs, chapter)[name], _coded(given))
    return replace(inputs, events=_events(plan, subject["events"]))


def _require_names(plan: Plan, inputs: Inputs, subject: dict[str, Any]) -> None:
    for chapter in ("cells", "answers", *CHAPTERS):
        if set(subject[chapter]) != set(getattr(inputs, chapter)):
            raise ValueError(f"{chapter} of another policy than {plan.code}")


def _fill(rows: Any, given: Any) -> None:
    if np.shape(given) != rows.shape[1:]:
        raise ValueError(f"{np.shape(given)} values where {rows.shape[1:]} belong")
    rows[0] = given


def _coded(given: Any) -> Any:
    if isinstance(given, list):
        return [_coded(one) for one in given]
    return SPECIAL_WORDS[given] if isinstance(given, str) else given


def _events(plan: Plan, records: list[list[Any]]) -> Events:
    lists = list(plan.events)
    items = {(name, item.name): place for name, one in plan.events.items() for place, item in enumerate(one.items)}
    rows: list[list[int]] = [[0, lists.index(name), items[name, item], points, count] for name, item, points, count in records]
    columns: list[Ints] = [np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)]
    return Events(*columns) if columns else Events.none()
