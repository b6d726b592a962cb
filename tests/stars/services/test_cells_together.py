"""Many hands on the same cells: nothing that was sent is lost without a word, and nothing that was sent twice is done twice."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.models import Max

from governance.errors import RuleBroken
from governance.models import AuditEntry, User
from governance.services import audit
from stars.cells import NOT_FILED, format_score
from stars.models import Assessment, AssessmentChange, CellEdit, CellRemark, Filing
from stars.selectors.drafts import open_edits
from stars.services import cells, remarks
from stars.services import filing as filings
from tests.cast import appoint, make_cast
from tests.stars.county import County, moment, open_county

HUO = "140821101201"
CLERKS = ("liu", "ma")
STEPS = 8  # of a sequence
SCORES = (NOT_FILED, 0, 1000, 2000, 2050)
Cell = tuple[int, int]


def with_a_second_clerk(county: County) -> County:
    county.cast.people["ma"] = appoint("马嵋阳", "township_clerk", county.cast.township, account="ma")
    return county


# ---- two clerks, an importer and another system


class Office:
    """Everybody works from what they saw last. `truth` is what the row must hold: a slow and obvious model of the rule."""

    def __init__(self, county: County, seed: int) -> None:
        self.county, self.random, self.period = county, Random(seed), seed % 11
        self.filing, self.at = county.filing(period=self.period), moment(f"2025-{self.period + 2:02}-05 10:00")
        self.people = {name: county.cast[name] for name in CLERKS}
        self.posts = [county.post(f"14082110120{n}").pk for n in (1, 2)]
        self.cells: list[Cell] = [(post, place) for post in self.posts for place in (0, 1)]
        self.truth = self.stored()
        self.began = set(self.truth.items())
        self.begins_after = AssessmentChange.objects.aggregate(last=Max("pk"))["last"] or 0
        self.seen = {name: self.look() for name in (*CLERKS, "excel", "api")}
        self.accepted: set[tuple[Cell, int]] = set()
        self.conflicts: list[CellEdit] = []
        self.refused = 0

    def stored(self) -> dict[Cell, int]:
        rows = dict(
            Assessment.objects.filter(post_id__in=self.posts, sheet=0, period=self.period).values_list("post_id", "scores")
        )
        return {(post, place): rows[post][place] if post in rows else NOT_FILED for post, place in self.cells}

    def look(self) -> tuple[dict[Cell, int], int]:
        return self.stored(), Filing.objects.get(pk=self.filing.pk).version

    def live(self) -> None:
        for _step in range(STEPS):
            who = self.random.choice((*CLERKS, *CLERKS, "excel", "api"))
            if self.random.random() < 0.25:
                self.seen[who] = self.look()
            self.type(who) if who in CLERKS else self.write_rows(who)
        self.check()

    def type(self, who: str) -> None:
        cell, score = self.random.choice(self.cells), self.random.choice(SCORES)
        base = self.seen[who][0][cell]
        key = UUID(int=self.random.getrandbits(128))
        edit = cells.Edit(key, *cell, format_score(score), base)
        for _time in range(self.random.choice((1, 1, 2))):  # the first answer may get lost
            [done] = cells.save_cells(filing_id=self.filing.pk, edits=[edit], by=self.people[who], at=self.at)
        late = self.truth[cell] not in (base, score)
        assert done.outcome == ("conflict" if late else "saved"), "an edit that is based on something else overwrites nothing"
        if late:
            assert done.theirs == self.truth[cell]
            self.conflicts.append(done)
            self.seen[who][0][cell] = self.truth[cell]  # the author has been shown it
        else:
            self.truth[cell] = self.seen[who][0][cell] = score
            self.accepted.add((cell, score))

    def write_rows(self, who: str) -> None:
        _shown, version = self.seen[who]
        rows = {post: [self.random.choice(SCORES) for _place in (0, 1)] + [NOT_FILED] for post in self.posts}
        now = Filing.objects.get(pk=self.filing.pk).version
        try:
            filings.save_scores(filing_id=self.filing.pk, rows=rows, version=version, by=self.people["liu"], at=self.at, door=who)
        except RuleBroken as broken:
            assert (broken.code, version != now) == ("stale_version", True)
            self.refused += 1
            self.seen[who] = self.look()
            return
        for post, place in self.cells:
            if self.truth[post, place] != rows[post][place]:
                self.accepted.add(((post, place), rows[post][place]))
            self.truth[post, place] = rows[post][place]
        self.seen[who] = self.look()

    def check(self) -> None:
        assert self.stored() == self.truth
        history = {
            ((line.post_id, place), score)
            for line in AssessmentChange.objects.filter(filing=self.filing, pk__gt=self.begins_after)
            for place, score in enumerate(line.after)
        }
        assert self.accepted <= history | self.began, "every accepted score went into the row and is in its ledger"
        for done in self.conflicts:
            mine = CellEdit.objects.filter(filing=self.filing, by=done.by, post_id=done.post_id, place=done.place).order_by("pk")
            assert done in mine
            if mine.last() == done:
                assert done in open_edits([self.filing], done.by), "a conflict stands on its author's page until it is settled"


def sequences(county: County, count: int) -> tuple[int, int, int]:
    """Each begins with what stood there at the start: rows that have been written a thousand times in one transaction hold
    their thousand versions until it ends, and every reading walks them all."""
    found = [0, 0, 0]
    for seed in range(count):
        with transaction.atomic():
            office = Office(county, seed)
            office.live()
            transaction.set_rollback(True)
        for place, number in enumerate((len(office.accepted), len(office.conflicts), office.refused)):
            found[place] += number
    return found[0], found[1], found[2]


@pytest.mark.parametrize("count", [200, pytest.param(2_000, marks=pytest.mark.soak)])
def test_what_was_sent_is_in_the_row_in_history_or_in_a_conflict(county: County, count: int) -> None:
    accepted, conflicts, refused = sequences(with_a_second_clerk(county), count)
    assert min(accepted, conflicts, refused) > count // 4, "all three occur, and often"


def test_without_the_base_a_score_would_be_overwritten(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin."""
    monkeypatch.setattr(cells, "outcome_of", lambda stored, base, score: CellEdit.Outcome.SAVED)
    with pytest.raises(AssertionError, match="overwrites nothing"):
        sequences(with_a_second_clerk(county), 20)


# ---- everything sent twice at once


@contextmanager
def two_hands() -> Iterator[Callable[[Callable[[], Any]], list[Any]]]:
    """Does one act twice, in two threads with a connection each, begun together; what each returned or raised."""
    ready = threading.Barrier(2)

    def run(act: Callable[[], Any]) -> Any:
        ready.wait(timeout=30)
        try:
            return act()
        except Exception as error:
            return error

    def end() -> None:
        ready.wait(timeout=30)
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        try:
            yield lambda act: list(pool.map(run, [act, act]))
        finally:
            list(pool.map(lambda _one: end(), range(2)))


class Doubled:
    """The acts of one month. `first`: the number before its first act, since keys are used once."""

    def __init__(self, county: County, period: int = 0, first: int = 0) -> None:
        self.county, self.filing, self.first = county, county.filing(period=period), first
        self.at = moment(f"2025-{period + 2:02}-05 10:00")
        self.liu, self.post = User.objects.get(username="liu"), county.post(HUO).pk
        county.save(self.filing, county.rows(self.filing, 50), at=f"2025-{period + 2:02}-05 10:00")
        self.score = 3000

    def edit(self, number: int) -> Callable[[], Any]:
        base, self.score = self.score, 2000 + number % 2 * 500
        edit = cells.Edit(UUID(int=number), self.post, 0, format_score(self.score), base)
        return lambda: cells.save_cells(filing_id=self.filing.pk, edits=[edit], by=self.liu, at=self.at)[0].outcome

    def remark(self, number: int) -> Callable[[], Any]:
        said = {"filing_id": self.filing.pk, "post_id": self.post, "place": 0, "key": UUID(int=number), "text": "已核实"}
        return lambda: remarks.add_remark(**said, by=self.liu, at=self.at).pk

    def submit(self, _number: int) -> Callable[[], Any]:
        return lambda: filings.submit_filing(filing_id=self.filing.pk, by=self.liu, at=self.at).state

    def all(self, count: int) -> None:
        """Edits, remarks and submissions in turn; after each, both hands have heard the same, and it happened once."""
        acts = {"edit": 0, "remark": 0, "submit": 0}
        with two_hands() as twice:
            for number in range(self.first + 1, self.first + count + 1):
                kind = list(acts)[number % 3]
                first, second = twice(getattr(self, kind)(number))
                assert first == second, f"{kind} {number}: {first!r}, {second!r}"
                acts[kind] += 1
                if kind == "submit":
                    filings.return_filing(
                        filing_id=self.filing.pk, reason="再核", by=User.objects.get(username="lei"), at=self.at
                    )
        lines = AssessmentChange.objects.filter(filing=self.filing, post=self.post).count() - 1
        assert (CellEdit.objects.filter(filing=self.filing).count(), lines) == (acts["edit"], acts["edit"])
        assert CellRemark.objects.filter(filing=self.filing).count() == acts["remark"]
        submitted = AuditEntry.objects.filter(act="stars.submit_filing", subject=audit.name_of(self.filing))
        assert submitted.count() == acts["submit"]


MONTHS = 10  # a filing with ten thousand edits of one person is nobody's; and every act on it asks for the newest of each cell


@pytest.mark.parametrize("count", [90, pytest.param(6_000, marks=pytest.mark.soak)])
def test_what_is_sent_twice_at_once_is_done_once(fresh_db: Any, count: int) -> None:
    county = open_county(make_cast())
    for period in range(MONTHS):
        Doubled(county, period, first=period * count).all(count // MONTHS)


@pytest.mark.parametrize("guard", [(cells, "known_edits", dict), (remarks, "known_remark", type(None))])
def test_without_the_keys_it_would_not_be(fresh_db: Any, monkeypatch: pytest.MonkeyPatch, guard: tuple[Any, str, Any]) -> None:
    """The twin."""
    module, name, nothing = guard
    monkeypatch.setattr(module, name, lambda *_asked: nothing())
    with pytest.raises(AssertionError):
        Doubled(open_county(make_cast())).all(12)
