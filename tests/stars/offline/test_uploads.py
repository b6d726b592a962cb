import inspect
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection, transaction

from governance.errors import RuleBroken
from governance.models import AuditEntry, Post
from stars.models import Assessment, AssessmentChange, OfflineUpload
from stars.offline import Choice, uploads
from tests.cast import make_cast
from tests.stars.county import open_county
from tests.stars.offline.clerk import FIRST, SECOND, THIRD, Clerk

RIGHT = {(FIRST, 0): "50", (FIRST, 1): "25.5", (FIRST, 2): "不适用", (SECOND, 0): "0", (SECOND, 1): "30"}
WRONG = RIGHT | {(THIRD, 0): "八十", (THIRD, 1): "31"}


def code_of(act, *args, **kwargs):
    with pytest.raises(RuleBroken) as broken:
        act(*args, **kwargs)
    return broken.value.code


def test_kept_first_and_filed_when_she_confirms(clerk):
    upload = clerk.send(clerk.data(RIGHT))
    assert (upload.state, upload.mistakes, Assessment.objects.count()) == ("pending", [], 0)
    assert clerk.apply(upload).state == "applied"
    assert clerk.scores(FIRST) == [5000, 2550, -32767]
    assert clerk.scores(SECOND) == [0, 3000, -32768]
    assert clerk.scores(THIRD) is None
    assert set(AssessmentChange.objects.values_list("door", "by__username", "at")) == {("offline", "liu", clerk.now)}
    acts = AuditEntry.objects.filter(subject=f"stars.OfflineUpload:{upload.pk}").values_list("act", flat=True)
    assert sorted(acts) == ["stars.apply_offline", "stars.store_offline"]


def test_a_blank_cell_empties_what_was_filed(clerk):
    clerk.save(FIRST, [5000, 2000, 500])
    clerk.apply(clerk.send(clerk.data({(FIRST, 0): "", (FIRST, 2): "/"})))
    assert clerk.scores(FIRST) == [-32768, 2000, -32767]


def test_one_mistake_stops_the_whole(clerk):
    upload = clerk.send(clerk.data(WRONG))
    assert [(one["cell"], "八十" in one["message"]) for one in upload.mistakes] == [
        (clerk.key(THIRD, 0), True),
        (clerk.key(THIRD, 1), False),
    ]
    assert code_of(clerk.apply, upload) == "mistakes_left"
    assert Assessment.objects.count() == AssessmentChange.objects.count() == 0


def test_unless_its_row_is_left_out(clerk):
    """With the good cells of that row: a village is filed as it was typed, or not at all."""
    upload = clerk.send(clerk.data(RIGHT | {(THIRD, 0): "50", (THIRD, 1): "31"}))
    clerk.apply(upload, leave_out=True)
    assert clerk.scores(FIRST) == [5000, 2550, -32767]
    assert clerk.scores(THIRD) is None
    listed = OfflineUpload.objects.get().mistakes
    assert [(one["cell"].rpartition("/")[2], one["typed"]) for one in listed] == [("1", "31"), ("0", "50")]


def test_nothing_but_mistakes(clerk):
    upload = clerk.send(clerk.data({(THIRD, 0): "x"}))
    assert code_of(clerk.apply, upload, leave_out=True) == "nothing_to_file"


@pytest.mark.parametrize(
    "cells, says",
    [
        ({(FIRST, 0): "61"}, "61"),
        ({(FIRST, 0): "/"}, "支部建设"),  # for every village
        ({(SECOND, 2): "5"}, "产业发展"),  # not for a village of farming
        ({(FIRST, 0): "1.234"}, "1.234"),
        ({(FIRST, 0): "=1+1"}, "=1+1"),
    ],
)
def test_what_the_page_would_refuse_is_a_mistake_at_its_cell(clerk, cells, says):
    (one,) = clerk.send(clerk.data(cells)).mistakes
    assert says in one["message"]


def test_the_clerks_clock_decides_nothing(clerk):
    """Typed before the lock, brought after it."""
    upload = clerk.send(clerk.data(RIGHT))
    clerk.at = "2025-02-20 10:00"
    assert code_of(clerk.apply, upload) == "mistakes_left"
    assert code_of(clerk.apply, upload, leave_out=True) == "nothing_to_file"
    again = clerk.send(clerk.data({(FIRST, 0): "7"}, period=1) | {"saved_at": "2025-02-06T01:00:00Z"})
    assert again.mistakes == []


def test_what_was_filed_meanwhile_as_typed_is_no_mistake(clerk):
    clerk.save(FIRST, [5000, 2550, -32767])
    clerk.save(SECOND, [0, 3000, -32768])
    upload = clerk.send(clerk.data(RIGHT, bases=dict.fromkeys(RIGHT, "")))
    clerk.at = "2025-02-20 10:00"
    clerk.apply(upload)
    assert clerk.doors() == ["page", "page"]


def test_a_score_that_moves_after_the_look_is_shown_again(clerk):
    upload = clerk.send(clerk.data(RIGHT))
    clerk.save(FIRST, [4000, -32768, -32768])
    assert code_of(clerk.apply, upload) == "undecided"
    chosen = {clerk.key(FIRST, 0): Choice(mine=True, seen=4000)}
    clerk.save(FIRST, [4100, -32768, -32768])
    assert code_of(clerk.apply, upload, chosen) == "moved"
    assert clerk.scores(FIRST) == [4100, -32768, -32768]
    clerk.apply(upload, {clerk.key(FIRST, 0): Choice(mine=True, seen=4100)})
    assert clerk.scores(FIRST) == [5000, 2550, -32767]


def test_without_the_second_look_it_would_be_overwritten(clerk, monkeypatch):
    monkeypatch.setattr(uploads, "_require_decided", lambda merged, choices: None)
    upload = clerk.send(clerk.data(RIGHT))
    clerk.save(FIRST, [4000, -32768, -32768])
    clerk.save(FIRST, [4100, -32768, -32768])
    clerk.apply(upload, {clerk.key(FIRST, 0): Choice(mine=True, seen=4000)})
    assert clerk.scores(FIRST)[0] == 5000


def fails_in_february(monkeypatch):
    """The second form's save falls over."""
    plain = uploads.save_scores

    def save(*, filing_id, **rest):
        if AssessmentChange.objects.exists():
            raise RuntimeError
        return plain(filing_id=filing_id, **rest)

    monkeypatch.setattr(uploads, "save_scores", save)


def both_months(clerk):
    january, february = clerk.data(RIGHT), clerk.data({(FIRST, 0): "7"}, period=1)
    return january | {"cells": january["cells"] + february["cells"]}


def test_all_or_nothing(clerk, monkeypatch):
    upload = clerk.send(both_months(clerk))
    fails_in_february(monkeypatch)
    with pytest.raises(RuntimeError):
        clerk.apply(upload)
    assert not Assessment.objects.exists()
    assert OfflineUpload.objects.get().state == "pending"


def test_without_its_transaction_a_half_would_be_filed(clerk, monkeypatch):
    upload = clerk.send(both_months(clerk))
    fails_in_february(monkeypatch)
    bare = inspect.unwrap(uploads.apply_offline)
    with pytest.raises(RuntimeError):
        bare(upload_id=upload.pk, choices={}, leave_out=False, by=clerk.county.cast["liu"], at=clerk.now)
    assert Assessment.objects.exists()


def test_twice_is_once(clerk):
    upload = clerk.send(clerk.data(RIGHT))
    clerk.apply(upload)
    clerk.save(FIRST, [100, 200, 300])
    assert clerk.apply(upload).state == "applied"
    assert clerk.scores(FIRST) == [100, 200, 300]
    assert code_of(clerk.discard, upload) == "upload_closed"


def test_thrown_away(clerk):
    upload = clerk.send(clerk.data(RIGHT))
    for _again in range(2):
        assert clerk.discard(upload).state == "discarded"
    assert code_of(clerk.apply, upload) == "upload_closed"
    assert not Assessment.objects.exists()


@pytest.mark.parametrize("who", ["zhao", "sun", "tang", "huo", "lei", "client"])
def test_not_by_others(clerk, who):
    upload = clerk.send(clerk.data(RIGHT))
    assert code_of(clerk.apply, upload, who=who) == "not_your_duty"
    assert code_of(clerk.discard, upload, who=who) == "not_your_duty"
    assert not Assessment.objects.exists()


def test_not_once_the_post_has_ended(clerk):
    upload = clerk.send(clerk.data(RIGHT))
    Post.objects.filter(person=clerk.county.cast["liu"].person).update(until_on=date(2025, 1, 31))
    assert code_of(clerk.apply, upload) == "not_your_duty"


@pytest.mark.parametrize(
    ("who", "sees"), [("liu", True), ("lei", True), ("chen", True), ("zhao", False), ("tang", False), ("sun", False)]
)
def test_seen_by_its_township_and_above(clerk, who, sees):
    upload = clerk.send(clerk.data(RIGHT))
    assert OfflineUpload.objects.visible_to(clerk.county.cast[who]).filter(pk=upload.pk).exists() is sees


@pytest.mark.parametrize("who", ["lei", "chen"])
def test_whoever_may_not_file_here_is_told_before_the_file_is_read(clerk, who):
    data = clerk.data(RIGHT)
    clerk.who = who
    assert code_of(clerk.send, data) == "nothing_open"


@pytest.fixture
def together(fresh_db):
    clerk = Clerk(open_county(make_cast()))
    farming = {cell: text for cell, text in RIGHT.items() if cell[1] < 2}
    return clerk, clerk.send(clerk.data(farming))


def in_thread(act):
    try:
        return act()
    except RuleBroken as broken:
        return broken.code
    finally:
        connection.close()


def test_two_confirm_at_once(together):
    """Only one writes."""
    clerk, upload = together
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _i: in_thread(lambda: clerk.apply(upload).state), range(4)))
    assert done == ["applied"] * 4
    assert AssessmentChange.objects.count() == 2  # a line for each village


def test_a_colleague_saves_while_she_confirms(together):
    """Whoever holds the form's lock first is seen by the other."""
    clerk, upload = together
    saved, go_on = threading.Event(), threading.Event()

    def colleague():
        with transaction.atomic():
            clerk.save(FIRST, [4000, -32768, -32768])
            saved.set()
            go_on.wait(5)

    with ThreadPoolExecutor(2) as pool:
        hers = pool.submit(in_thread, colleague)
        saved.wait(5)
        mine = pool.submit(in_thread, lambda: clerk.apply(upload).state)
        mine_is_waiting = not mine.done()
        go_on.set()
        hers.result()
        assert (mine_is_waiting, mine.result()) == (True, "undecided")
    assert clerk.scores(FIRST) == [4000, -32768, -32768]


def test_without_the_lock_she_would_overwrite_it(together, monkeypatch):
    clerk, upload = together
    saved, looked, go_on = threading.Event(), threading.Event(), threading.Event()
    monkeypatch.setattr(uploads, "lock_filing", lambda filing_id: None)
    decided = uploads._require_decided

    def looking(merged, choices):
        decided(merged, choices)
        looked.set()
        go_on.wait(5)

    monkeypatch.setattr(uploads, "_require_decided", looking)

    def colleague():
        looked.wait(5)
        clerk.save(FIRST, [4000, -32768, -32768])
        saved.set()
        go_on.set()

    with ThreadPoolExecutor(2) as pool:
        mine = pool.submit(in_thread, lambda: clerk.apply(upload).state)
        pool.submit(in_thread, colleague).result()
        assert mine.result() == "applied"
    assert saved.is_set()
    assert clerk.scores(FIRST)[0] == 5000
