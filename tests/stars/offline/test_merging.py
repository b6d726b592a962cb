"""Three scores of one cell, in every combination: nothing that somebody else wrote goes without a word."""

from itertools import product

import pytest

from governance.errors import RuleBroken
from stars.cells import NOT_APPLICABLE, NOT_FILED, format_score
from stars.offline import Choice, merging
from stars.offline.merging import Fate, fate_of
from tests.stars.offline.clerk import FIRST, SECOND, Clerk

SCORES = (NOT_FILED, NOT_APPLICABLE, 0, 500, 1000)
# base, typed, now; one letter is one score
PATTERNS = {
    "AAA": Fate.SAME, "AAB": Fate.CONFLICT, "ABA": Fate.TAKEN, "ABB": Fate.SAME, "ABC": Fate.CONFLICT,
}  # fmt: skip


def pattern(*scores: int) -> str:
    order = list(dict.fromkeys(scores))
    return "".join("ABC"[order.index(score)] for score in scores)


@pytest.mark.parametrize("base, typed, now", list(product(SCORES, repeat=3)))
def test_what_becomes_of_a_cell(base: int, typed: int, now: int) -> None:
    assert fate_of(base=base, typed=typed, now=now) == PATTERNS[pattern(base, typed, now)]


@pytest.mark.parametrize("base, typed, now", list(product(SCORES, repeat=3)))
def test_what_is_filed_of_it(clerk: Clerk, base: int, typed: int, now: int) -> None:
    """The last item of 甲村, which alone may be "does not apply"; whatever stands beside it stays."""
    clerk.save(FIRST, [6000, 3000, now])
    upload = clerk.send(clerk.data({(FIRST, 2): format_score(typed)}, bases={(FIRST, 2): format_score(base)}))
    key = clerk.key(FIRST, 2)
    if PATTERNS[pattern(base, typed, now)] == Fate.CONFLICT:
        for choices in ({}, {key: Choice(mine=True, seen=base if base != now else 999)}):
            with pytest.raises(RuleBroken) as broken:
                clerk.apply(upload, choices)
            assert broken.value.code == ("moved" if choices else "undecided")
            assert clerk.scores(FIRST) == [6000, 3000, now]
        clerk.apply(upload, {key: Choice(mine=True, seen=now)})
    else:
        clerk.apply(upload)
    assert clerk.scores(FIRST) == [6000, 3000, typed]


def test_not_applicable_is_offered_only_where_it_is_taken(clerk: Clerk) -> None:
    upload = clerk.send(clerk.data({(FIRST, 0): "abc", (FIRST, 2): "abc"}))
    said = {one["cell"]: one["message"] for one in upload.mistakes}
    assert ["不适用" in said[clerk.key(FIRST, place)] for place in (0, 2)] == [False, True]


def test_theirs_may_hold(clerk: Clerk) -> None:
    clerk.save(FIRST, [6000, 3000, 500])
    upload = clerk.send(clerk.data({(FIRST, 0): "50", (SECOND, 0): "40"}, bases={(FIRST, 0): ""}))
    clerk.apply(upload, {clerk.key(FIRST, 0): Choice(mine=False, seen=6000)})
    assert clerk.scores(FIRST) == [6000, 3000, 500]
    assert clerk.scores(SECOND)[0] == 4000


def test_without_the_comparison_a_colleagues_score_would_go(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "fate_of", lambda base, typed, now: Fate.TAKEN)
    clerk.save(FIRST, [6000, 3000, 500])
    clerk.apply(clerk.send(clerk.data({(FIRST, 0): "50"}, bases={(FIRST, 0): ""})))
    assert clerk.scores(FIRST)[0] == 5000
