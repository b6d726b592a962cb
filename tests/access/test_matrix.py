"""Every route × person × territory × verb: nobody meets a row that hangs outside their reach, or changes one.

A cell counts only where the same request by somebody permitted finds the row's mark, or gets the change done: a page that
is empty for everybody proves nothing. The counts are printed and may only grow (cells.json). A sample is walked in every
run, the whole in the soak, piece by piece (`make soak ARGS="tests/access -k pages"`); NOTE_CELLS=1 writes the counts down.
"""

from __future__ import annotations

import json
import logging
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import pytest
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker

from stars.models import PayLine, PayList, Rating, RatingYear
from stars.views import pay, years
from tests.access.apart import compared, differences
from tests.access.doors import Door, doors
from tests.access.exceptions import NARROWS_NO_ROWS, NOT_ASKED, NOT_READ, NOT_WRITTEN, nobody_writes, said
from tests.access.guards import Request, Site, stated, watched
from tests.access.routes import routes
from tests.access.walk import Walk
from tests.access.world import make_world

COUNTED = Path(__file__).with_name("cells.json")
POLICY = Path(__file__).parents[2] / "stars/policies/shanxi-secretary-2025.yaml"
NOTE = os.environ.get("NOTE_CELLS")  # set: the counts of this run are written down
PIECES = {"stars": "admin/stars/", "governance": "admin/governance/", "tables": "admin/", "api": "api/", "pages": ""}


@dataclass(frozen=True)
class Part:
    name: str
    walk: Walk


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Walk]:
    """Nobody has asked anything yet. The clock stands, so that an answer depends on rows alone."""
    now = timezone.now()
    logging.disable(logging.CRITICAL)  # thousands of refusals are what is wanted here
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: now)
        walk = Walk(make_world(POLICY.read_text("utf-8")), watched(patch))
        walk.stand()
        yield walk
        transaction.set_rollback(True)
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def sample_to_walk(stage: Walk) -> Walk:
    return stage.anew()


@pytest.fixture
def sample(sample_to_walk: Walk, walked: list[str]) -> Walk:
    """Walked by the first test that asks for it: under the strictness of a test, not before."""
    return _walked("sample", sample_to_walk, Walk.sample, walked)


@pytest.fixture(scope="module", params=["sample", *(pytest.param(piece, marks=pytest.mark.soak) for piece in PIECES)])
def part_to_walk(request: pytest.FixtureRequest, stage: Walk) -> Part:
    return Part(request.param, request.getfixturevalue("sample_to_walk") if request.param == "sample" else stage.anew())


@pytest.fixture
def part(part_to_walk: Part, walked: list[str]) -> Part:
    name, walk = part_to_walk.name, part_to_walk.walk
    _walked(name, walk, Walk.sample if name == "sample" else lambda walk: walk.through(_piece(name, walk)), walked)
    return part_to_walk


def _walked(name: str, walk: Walk, through: Callable[[Walk], None], lines: list[str]) -> Walk:
    if walk.asked:
        return walk
    before = process_time()
    through(walk)
    lines.append(
        f"access walk, {name}: {walk.read.total()} cells read, {walk.written.total()} cells written on"
        f" {len(+walk.read | +walk.written)} routes, {walk.asked} requests, {process_time() - before:.0f} s of CPU"
    )
    return walk


def _piece(name: str, walk: Walk) -> list[Door]:
    return [door for door in doors(walk.world) if _piece_of(door.route.pattern) == name]


def _piece_of(pattern: str) -> str:
    return next(piece for piece, start in PIECES.items() if pattern.startswith(start))


def test_nobody_meets_a_stranger(part: Part) -> None:
    faults = part.walk.faults
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults[:60])
    _only_grows(part.name, {"read": part.walk.read, "written": part.walk.written})


def _only_grows(name: str, cells: dict[str, Counter[str]]) -> None:
    noted = json.loads(COUNTED.read_text("utf-8"))
    of_part = noted["sample" if name == "sample" else "whole"]
    if NOTE:
        for verb, counts in cells.items():
            others = {} if name == "sample" else {one: n for one, n in of_part[verb].items() if _piece_of(one) != name}
            of_part[verb] = dict(sorted((others | +counts).items()))
        COUNTED.write_text(json.dumps(noted, indent=1, ensure_ascii=False) + "\n", "utf-8")
        return
    floors = [(verb, one, n) for verb in cells for one, n in of_part[verb].items() if name in ("sample", _piece_of(one))]
    assert floors, "no count of this part was ever noted"
    fewer = [f"{one} {verb}: {cells[verb][one]}, not {n}" for verb, one, n in floors if cells[verb][one] < n]
    assert not fewer, f"fewer cells than there were: {fewer}"


def test_each_route_is_read_and_written(sample: Walk) -> None:
    """Or it is said why it is not; who may write nowhere, and an address that takes no such verb, is found out."""
    patterns = [one.pattern for one in routes()]
    assert said(patterns, NOT_READ) == {one for one in patterns if not sample.read[one]}
    unwritten = {one for one in patterns if not sample.written[one] and not nobody_writes(sample, one)}
    assert said(patterns, NOT_WRITTEN) == unwritten


def test_strangers_change_nothing(part: Part, walked: list[str]) -> None:
    """No answer depends on a row of theirs: not by its number in a sum, not by its being there."""
    before, heard = process_time(), compared(part.walk)
    found = differences(part.walk, heard)
    walked.append(f"access walk, {part.name}: {len(heard)} answers without strangers, {process_time() - before:.0f} s of CPU")
    says = [f"{who} GET {url}: {how}" for (who, url, _moment), how in found.items()]
    assert not found, f"{len(found)} answers tell of strangers\n" + "\n".join(says[:40])


def test_each_scope_filter_is_needed(sample: Walk, walked: list[str]) -> None:
    """The twin: with any one of the filters taken away, one of the requests that reach it meets a stranger."""
    before = process_time()
    reached = {site: list(requests) for site, requests in sample.watch.reached.items()}
    assert stated() - set(reached) == set(NOT_ASKED), "filters that no request of the walk reaches"
    survived = {site for site, requests in reached.items() if not _turns_red(sample, site, requests)}
    assert survived == set(NARROWS_NO_ROWS), "taken away and nothing turned red, or noted as such and it did"
    walked.append(f"access walk: {len(reached)} filters taken away one by one, {process_time() - before:.0f} s of CPU")


def _turns_red(walk: Walk, site: Site, requests: list[Request]) -> bool:
    with walk.watch.without(site):
        return any(walk.is_red(*one) for one in requests)


def test_strangers_in_a_sum_are_seen(sample: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: no canary shows in a count or a total over everybody, and the comparison sees both."""
    rating_year, pay_list = (sample.world.of(model, "140821") for model in (RatingYear, PayList))
    counted = ("liu", f"/years/{rating_year.pk}/", None)
    totalled = ("chen", f"/pay/{pay_list.pk}/", None)
    assert not differences(sample, {one: sample.digests[one] for one in (counted, totalled)})
    shares, render = years.shares, pay.render
    monkeypatch.setattr(years, "shares", lambda _mine: shares(Rating.objects.all()))
    everybody = Sum("amount_cents")
    monkeypatch.setattr(
        pay, "render", lambda request, page, context: render(request, page, context | PayLine.objects.aggregate(total=everybody))
    )
    heard = {}
    for who, url, moment in (counted, totalled):
        reply = sample.reply(who, "GET", url)
        assert not reply.answer(sample.names[who]).foreign(sample.reaches[who])
        heard[who, url, moment] = reply.digest
    assert set(differences(sample, heard)) == {counted, totalled}
