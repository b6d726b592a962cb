"""Every route × person × territory × verb: nobody meets a row that hangs outside their reach, or changes one.

A cell counts only where the same request by somebody permitted finds the row's mark, or gets the change done: a page that
is empty for everybody proves nothing. The counts are printed and may only grow (cells.json).
"""

from __future__ import annotations

import json
import logging
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import process_time

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker

from governance.services.tokens import issue_token
from tests.access.guards import Request, Site, stated, watched
from tests.access.routes import routes
from tests.access.walk import Walk, doors, some_doors
from tests.access.world import make_world

COUNTED = Path(__file__).with_name("cells.json")
NOTE = os.environ.get("NOTE_CELLS")  # set: the counts of this run are written down


@pytest.fixture(scope="module")
def walk(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Walk]:
    """The world is made once; each request's changes are taken back."""
    logging.disable(logging.CRITICAL)  # thousands of refusals are what is wanted here
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        world = make_world((Path(__file__).parents[2] / "stars/policies/shanxi-secretary-2025.yaml").read_text("utf-8"))
        client = world.cast["client"]
        _token, text = issue_token(
            account_id=client.pk, territory=world.cast.county, name="matrix", by=world.cast["bao"], at=timezone.now()
        )
        yield Walk(world, {"client": text}, watched(patch))
        transaction.set_rollback(True)
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("part", ["sample", pytest.param("whole", marks=pytest.mark.soak)])
def test_nobody_meets_a_stranger(part: str, walk: Walk, walked: list[str]) -> None:
    before, asked, counted = process_time(), walk.asked, Counter(walk.counted)
    walk.sample() if part == "sample" else walk.through(doors(walk))
    cells = walk.counted if part == "whole" else walk.counted - counted
    walked.append(
        f"access walk, {part}: {cells.total()} cells on {len(cells)} routes, {walk.asked - asked} requests,"
        f" {process_time() - before:.0f} s of CPU"
    )
    assert not walk.faults, f"{len(walk.faults)} faults\n" + "\n".join(walk.faults[:60])
    _only_grows(part, cells)


def _only_grows(part: str, cells: Counter[str]) -> None:
    noted = json.loads(COUNTED.read_text("utf-8"))
    if NOTE:
        noted[part] = dict(sorted(cells.items()))
        COUNTED.write_text(json.dumps(noted, indent=1, ensure_ascii=False) + "\n", "utf-8")
        return
    fewer = {pattern: f"{cells[pattern]}, not {count}" for pattern, count in noted[part].items() if cells[pattern] < count}
    assert not fewer, f"fewer cells than there were: {fewer}"


def test_no_route_is_left_out(walk: Walk) -> None:
    """Each route is walked, or has no row in any territory."""
    walked = {door.route.pattern for door in some_doors(walk)}
    assert {one.pattern for one in routes()} - walked == {"healthz"}


def test_each_scope_filter_is_needed(walk: Walk, walked: list[str]) -> None:
    """The twin: with any one of the filters taken away, one of the requests that reach it meets a stranger."""
    if not walk.answers:
        walk.sample()
    before = process_time()
    reached = {site: list(requests) for site, requests in walk.watch.reached.items()}
    assert stated() - set(reached) == set(NOT_ASKED), "filters that no request of the walk reaches"
    survived = {site for site, requests in reached.items() if not _turns_red(walk, site, requests)}
    walked.append(f"access walk: {len(reached)} filters taken away one by one, {process_time() - before:.0f} s of CPU")
    assert survived == set(NARROWS_NO_ROWS), "taken away and nothing turned red, or noted as such and it did"


# reached by no request of the walk
NOT_ASKED: dict[Site, str] = {
    ("governance/coordination/uploads.py", "units_for"): "a workbook of tasks; test_coordination names a stranger's unit in one",
    ("governance/views/docket.py", "_ticked"): "rows that are ticked; test_pages ticks a stranger's",
    ("governance/admin_base.py", "ByDuty.formfield_for_manytomany"): "no table of ours has such a field",
    ("governance/services/policies.py", "_seat"): "the place of a line in the trail; policies hang on no place",
    ("stars/views/policies.py", "policies"): "policies are open to everybody signed in",
}
# what they find is where an act takes place, not what is shown
NARROWS_NO_ROWS: dict[Site, str] = {
    (
        "governance/coordination/dispatch.py",
        "tasks_of",
    ): "a list here has tasks of its own place; test_coordination shows each unit its own",
    ("governance/views/coordination.py", "body"): "whoever opens a body sees what is its own; _bodies asks who opens it",
    ("governance/api_base/filters.py", "Subtree.filter"): "says why nothing is found; the list itself asks once more",
    (
        "stars/api/completeness.py",
        "CompletenessView.get",
    ): "finds the place to be named; Subtree has refused a stranger's, the figures ask again",
    (
        "stars/selectors/completeness.py",
        "completeness_table",
    ): "the doors ask for a place inside the reach; tests/stars/selectors/test_completeness.py asks for one above it",
    (
        "stars/selectors/deadlines.py",
        "askable_filings",
    ): "of open years; this world's is published when a page is read. tests/stars/services/test_deadlines.py has its twin",
    ("stars/views/completeness.py", "_above"): "places above one's own, which are no secret",
    ("stars/selectors/pull.py", "state_tag"): "an ETag: a digest, of which no row can be read",
    ("stars/views/review.py", "_chosen"): "who passes, accepts or returns is asked for the duty there once more",
    ("stars/views/uploads.py", "_or_404"): "the grid behind it asks for the filings of the place once more",
    ("governance/admin/calendar.py", "CalendarNoticeAdmin.get_changeform_initial_data"): "as _own_county of the years",
    ("stars/views/years.py", "_own_county"): "asks for places that are exactly the reach, and everywhere is not a place",
}


def _turns_red(walk: Walk, site: Site, requests: list[Request]) -> bool:
    with walk.watch.without(site):
        return any(walk.is_red(*one) for one in requests)
