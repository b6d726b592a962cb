"""Saving and handing on what is filed: who, when, what, and two clerks at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import pgtrigger
import pytest
from django.db import IntegrityError, connection, transaction

from governance.duties import Duty
from governance.errors import RuleBroken
from governance.models import AuditEntry, Post, Territory, User
from stars.cells import NOT_APPLICABLE, NOT_FILED
from stars.models import Assessment, AssessmentChange, Filing, RatingYear
from stars.services import filing as services
from stars.services import locks, rows
from stars.services.roster import refresh_roster
from tests.cast import make_cast
from tests.stars.county import moment, open_county

HUO, SECOND, THIRD, OTHER = "140821101201", "140821101202", "140821101203", "140821102201"
IN_TIME, AT_LAST, TOO_LATE = "2025-02-05 10:00", "2025-02-14 23:59:59.999", "2025-02-15 00:00:00.000"


@pytest.fixture
def january(county) -> Filing:
    """liu's, for her three villages."""
    return county.filing("month", 0)


def refused(act, *args, **kwargs) -> RuleBroken:
    with pytest.raises(RuleBroken) as broken:
        act(*args, **kwargs)
    return broken.value


def row(county, path, *scores):
    return {county.post(path).pk: list(scores)}


def test_what_is_saved_stands_in_rows_and_ledger(county, january):
    saved = county.save(january, row(county, HUO, 5450, 2700, NOT_FILED), at=IN_TIME)
    assert (saved.version, saved.state) == (1, "draft")
    kept = Assessment.objects.get()
    assert (kept.post, kept.scores, kept.status, kept.county, kept.year, kept.sheet, kept.period) == (
        county.post(HUO), [5450, 2700, NOT_FILED], 0, 140821, 2025, 0, 0,
    )  # fmt: skip
    change = AssessmentChange.objects.get()
    assert (change.before, change.after, change.by, change.door) == (None, [5450, 2700, NOT_FILED], county.cast["liu"], "page")
    assert AuditEntry.objects.get(act="stars.save_scores").subject == f"stars.Filing:{january.pk}"
    assert county.now().changed_at == moment(IN_TIME)
    county.save(january, row(county, HUO, 6000, 2700, NOT_FILED), at=IN_TIME)
    last = AssessmentChange.objects.latest("pk")
    assert (last.before, last.after) == ([5450, 2700, NOT_FILED], [6000, 2700, NOT_FILED])


def test_saving_the_same_again_is_quiet(county, january):
    county.save(january, row(county, HUO, 5450, 2700, NOT_FILED), at=IN_TIME, version=0)
    again = county.save(january, row(county, HUO, 5450, 2700, NOT_FILED), at=AT_LAST, version=0)
    assert again.version == 1
    assert (AssessmentChange.objects.count(), AuditEntry.objects.filter(act="stars.save_scores").count()) == (1, 1)
    empty = county.save(january, row(county, SECOND, NOT_FILED, NOT_FILED, NOT_FILED), at=AT_LAST, version=0)
    assert empty.version == 1
    assert Assessment.objects.count() == 1


def test_a_stale_page_is_told_who_saved_and_loses_nothing(county, january):
    county.save(january, row(county, HUO, 5450, 2700, NOT_FILED), at=IN_TIME, version=0)
    broken = refused(county.save, january, row(county, HUO, 100, 100, NOT_FILED), at=IN_TIME, version=0)
    assert broken.code == "stale_version"
    assert "刘嵋阳" in broken.message
    assert Assessment.objects.get().scores == [5450, 2700, NOT_FILED]
    county.save(january, row(county, HUO, 100, 100, NOT_FILED), at=IN_TIME, version=1)


def test_a_page_that_never_was_is_told_so(county, january):
    assert refused(county.save, january, row(county, HUO, 100, 100, NOT_FILED), at=IN_TIME, version=-1).code == "stale_version"


@pytest.mark.parametrize(
    "who, code",
    [(name, "not_your_duty") for name in ("zhao", "lei", "chen", "qin", "huo", "tang", "sun", "an", "wei", "dai", "client")],
)
def test_only_the_townships_clerk_files(county, january, who, code):
    broken = refused(county.save, january, row(county, HUO, 100, 100, NOT_FILED), at=IN_TIME, by=who)
    assert broken.code == code
    assert not Assessment.objects.exists()


@pytest.mark.parametrize("at", ["2025-01-01 00:00:00.000", IN_TIME, AT_LAST])
def test_inside_the_window(county, january, at):
    assert county.save(january, row(county, HUO, 100, 100, NOT_FILED), at=at).version == 1


@pytest.mark.parametrize(
    "at, code, day",
    [("2024-12-31 23:59:59.999", "window_not_open", "2025年1月1日"), (TOO_LATE, "window_locked", "2025年2月14日"), ("2025-07-01 00:00", "window_locked", "2025年2月14日")],
)  # fmt: skip
def test_outside_the_window_the_sentence_names_the_day(county, january, at, code, day):
    for act in (county.save, county.submit):
        broken = refused(act, *([january, row(county, HUO, 100, 100, NOT_FILED)] if act == county.save else [january]), at=at)
        assert broken.code == code
        assert day in broken.message
    assert not Assessment.objects.exists()


def test_without_the_guard_a_late_filing_would_get_in(county, january, monkeypatch):
    monkeypatch.setattr(services, "_require_open", lambda *_any: None)
    assert county.save(january, row(county, HUO, 100, 100, NOT_FILED), at=TOO_LATE).version == 1


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
def test_the_lock_falls_at_midnight_in_shanghai_wherever_the_server_stands(county, january, zone):
    clerk = county.cast["liu"]
    for text, code in ((AT_LAST, ""), (TOO_LATE, "window_locked")):
        at = moment(text).astimezone(ZoneInfo(zone))
        act = {"filing_id": january.pk, "version": None, "by": clerk, "at": at, "door": "page"}
        found = row(county, HUO, 200 if code else 100, 100, NOT_FILED)
        assert (
            refused(services.save_scores, rows=found, **act).code if code else services.save_scores(rows=found, **act) and ""
        ) == code


@pytest.mark.parametrize(
    "path, scores, code, place",
    [
        (HUO, (6001, 100, NOT_FILED), "out_of_range", "/0"),
        (HUO, (-1, 100, NOT_FILED), "out_of_range", "/0"),
        (HUO, (100, 3001, NOT_FILED), "out_of_range", "/1"),
        (HUO, (NOT_APPLICABLE, 100, NOT_FILED), "not_applicable_refused", "/0"),
        (HUO, (100, 100, 500), "other_village_type", "/2"),
        (HUO, (100, 100), "wrong_columns", ""),
        (HUO, (100, 100, NOT_FILED, 100), "wrong_columns", ""),
        (OTHER, (100, 100, NOT_FILED), "not_your_village", ""),
    ],
)
def test_a_wrong_cell_is_refused_at_its_place_and_nothing_is_saved(county, january, path, scores, code, place):
    good = row(county, SECOND, 100, 100, NOT_FILED)
    broken = refused(county.save, january, good | row(county, path, *scores), at=IN_TIME)
    assert (broken.code, broken.field) == (code, f"0/0/{county.post(path).pk}{place}")
    assert not Assessment.objects.exists()
    assert county.save(january, good, at=IN_TIME).version == 1


def test_without_the_check_a_score_out_of_range_would_be_stored(county, january, monkeypatch):
    monkeypatch.setattr(rows, "_mistake", lambda *_any: "")
    county.save(january, row(county, HUO, 6001, 100, NOT_FILED), at=IN_TIME)
    assert Assessment.objects.get().scores[0] == 6001


def test_not_applicable_is_filed_where_the_policy_tells_villages_apart(county, january):
    Territory.objects.filter(path=HUO).update(village_type="industry")
    refresh_roster(county.now(), at=moment(IN_TIME))
    county.save(january, row(county, HUO, 100, 100, NOT_APPLICABLE), at=IN_TIME)
    county.save(january, row(county, HUO, 100, 100, 1000), at=IN_TIME)


def test_who_did_not_hold_the_post_on_the_last_day_has_no_row(county, january):
    Post.objects.filter(pk=county.post(HUO).pk).update(from_on="2025-02-01")
    refresh_roster(county.now(), at=moment(IN_TIME))
    assert refused(county.save, january, row(county, HUO, 100, 100, NOT_FILED), at=IN_TIME).code == "not_answering"


def test_nobody_files_scores_of_their_own(county, january):
    Post.objects.create(
        person=county.post(HUO).person, territory=county.cast.township, duty=Duty.TOWNSHIP_CLERK, from_on="2020-01-01"
    )
    assert refused(county.save, january, row(county, HUO, 6000, 3000, NOT_FILED), at=IN_TIME, by="huo").code == "own_rating"
    county.save(january, row(county, SECOND, 6000, 3000, NOT_FILED), at=IN_TIME, by="huo")


def complete(county, january):
    county.save(january, county.rows(january), at=IN_TIME)
    return county.submit(january, at=IN_TIME)


def test_an_incomplete_filing_names_every_empty_cell(county, january):
    county.save(january, row(county, HUO, 100, NOT_FILED, NOT_FILED) | row(county, SECOND, 100, 100, NOT_FILED), at=IN_TIME)
    with pytest.raises(services.Incomplete) as broken:
        county.submit(january, at=IN_TIME)
    third = county.post(THIRD).pk
    assert [cell.key for cell in broken.value.cells] == [f"0/0/{county.post(HUO).pk}/1", f"0/0/{third}/0", f"0/0/{third}/1"]
    assert "嵋阳甲村 · 平安稳定" in broken.value.message
    assert Filing.objects.get(pk=january.pk).state == "draft"


def test_without_the_check_an_incomplete_filing_would_go_through(county, january, monkeypatch):
    monkeypatch.setattr(services, "missing_cells", lambda *_any: [])
    assert county.submit(january, at=IN_TIME).state == "submitted"


def test_a_filing_goes_its_way_and_its_rows_with_it(county, january):
    complete(county, january)
    assert set(Assessment.objects.values_list("status", flat=True)) == {1}
    services.pass_filing(filing_id=january.pk, by=county.cast["lei"], at=moment(IN_TIME))
    assert set(Assessment.objects.values_list("status", flat=True)) == {2}
    accepted = services.accept_filing(filing_id=january.pk, by=county.cast["he"], at=moment(IN_TIME))
    assert set(Assessment.objects.values_list("status", flat=True)) == {3}
    assert (accepted.state, accepted.submitted_by, accepted.passed_by, accepted.accepted_by) == (
        "accepted", county.cast["liu"], county.cast["lei"], county.cast["he"],
    )  # fmt: skip
    acts = AuditEntry.objects.filter(subject=f"stars.Filing:{january.pk}").order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["stars.save_scores", "stars.submit_filing", "stars.pass_filing", "stars.accept_filing"]


def test_every_step_pressed_twice_is_one_step(county, january):
    complete(county, january)
    for act, who in [(services.submit_filing, "liu"), (services.pass_filing, "lei"), (services.accept_filing, "he")]:
        first = act(filing_id=january.pk, by=county.cast[who], at=moment(IN_TIME))
        entries = AuditEntry.objects.count()
        assert act(filing_id=january.pk, by=county.cast[who], at=moment(IN_TIME)).state == first.state
        assert AuditEntry.objects.count() == entries
    # late presses of earlier buttons are quiet as well
    assert services.submit_filing(filing_id=january.pk, by=county.cast["liu"], at=moment(IN_TIME)).state == "accepted"
    assert (
        refused(services.accept_filing, filing_id=january.pk, by=county.cast["chen"], at=moment(IN_TIME)).code
        == "already_accepted"
    )


@pytest.mark.parametrize(
    "act, who, code",
    [
        ("pass_filing", "lei", "not_submitted"), ("accept_filing", "he", "not_submitted"),
        ("pass_filing", "liu", "not_your_duty"), ("pass_filing", "kong", "not_your_duty"), ("accept_filing", "lei", "not_your_duty"),
        ("accept_filing", "tang", "not_your_duty"), ("accept_filing", "qin", "not_your_duty"),
    ],
)  # fmt: skip
def test_steps_out_of_turn_or_by_strangers(county, january, act, who, code):
    assert refused(getattr(services, act), filing_id=january.pk, by=county.cast[who], at=moment(IN_TIME)).code == code
    assert Filing.objects.get(pk=january.pk).state == "draft"


def test_a_submitted_filing_is_not_edited(county, january):
    complete(county, january)
    assert refused(county.save, january, row(county, HUO, 100, 100, NOT_FILED), at=IN_TIME).code == "not_editable"
    assert county.save(january, county.rows(january), at=IN_TIME).state == "submitted"  # a retry of what is there


def give(county, name, duty, place):
    Post.objects.create(person=county.cast[name].person, territory=place, duty=duty, from_on="2020-01-01")


def test_who_wrote_any_of_it_does_not_review_it(county, january, monkeypatch):
    """liu is acting leader as well; lei typed one row before liu submitted."""
    give(county, "liu", Duty.TOWNSHIP_LEADER, county.cast.township)
    give(county, "lei", Duty.TOWNSHIP_CLERK, county.cast.township)
    county.save(january, row(county, HUO, 100, 100, NOT_FILED), at=IN_TIME, by="lei")
    complete(county, january)
    for who in ("liu", "lei"):
        assert refused(services.pass_filing, filing_id=january.pk, by=county.cast[who], at=moment(IN_TIME)).code == "same_person"
    monkeypatch.setattr(services, "require_other_person", lambda *_people: None)
    with pytest.raises(IntegrityError), transaction.atomic():  # the database stands behind it
        services.pass_filing(filing_id=january.pk, by=county.cast["liu"], at=moment(IN_TIME))
    with pgtrigger.ignore("stars.Filing:another_person"):
        assert services.pass_filing(filing_id=january.pk, by=county.cast["liu"], at=moment(IN_TIME)).state == "passed"


def test_who_passed_does_not_accept(county, january):
    give(county, "lei", Duty.COUNTY_STAFF, county.cast.county)
    complete(county, january)
    services.pass_filing(filing_id=january.pk, by=county.cast["lei"], at=moment(IN_TIME))
    assert refused(services.accept_filing, filing_id=january.pk, by=county.cast["lei"], at=moment(IN_TIME)).code == "same_person"


def send_back(county, january, who, reason="数据有误", at=IN_TIME):
    return services.return_filing(filing_id=january.pk, reason=reason, by=county.cast[who], at=moment(at))


@pytest.mark.parametrize("reached, who", [("submitted", "lei"), ("passed", "he"), ("accepted", "he")])
def test_a_returned_filing_is_a_draft_again(county, january, reached, who):
    complete(county, january)
    if reached != "submitted":
        services.pass_filing(filing_id=january.pk, by=county.cast["lei"], at=moment(IN_TIME))
    if reached == "accepted":
        services.accept_filing(filing_id=january.pk, by=county.cast["he"], at=moment(IN_TIME))
    assert refused(send_back, county, january, who, " ").code == "reason_needed"
    back = send_back(county, january, who)
    assert (back.state, back.return_reason, back.returned_by, back.submitted_by, back.accepted_by) == (
        "draft",
        "数据有误",
        county.cast[who],
        None,
        None,
    )
    assert set(Assessment.objects.values_list("status", flat=True)) == {0}
    assert send_back(county, january, who).state == "draft"
    county.save(january, row(county, HUO, 100, 100, NOT_FILED), at=IN_TIME)
    assert county.submit(january, at=IN_TIME).state == "submitted"


@pytest.mark.parametrize("who, code", [("liu", "not_your_duty"), ("he", "not_your_duty"), ("kong", "not_your_duty")])
def test_what_lies_with_the_township_is_returned_by_its_leader(county, january, who, code):
    complete(county, january)
    assert refused(send_back, county, january, who).code == code


def test_nothing_is_returned_into_a_locked_window(county, january):
    complete(county, january)
    broken = refused(send_back, county, january, "lei", at=TOO_LATE)
    assert broken.code == "window_locked"
    # what was handed in in time may still be passed and accepted
    services.pass_filing(filing_id=january.pk, by=county.cast["lei"], at=moment(TOO_LATE))
    assert services.accept_filing(filing_id=january.pk, by=county.cast["he"], at=moment(TOO_LATE)).state == "accepted"


def test_the_countys_own_sheet_has_one_review(county):
    year = county.filing("year")
    at = "2026-01-08 09:00"
    county.save(year, county.rows(year), at=at)
    county.submit(year, at=at)
    assert refused(services.pass_filing, filing_id=year.pk, by=county.cast["lei"], at=moment(at)).code == "not_your_duty"
    assert refused(services.accept_filing, filing_id=year.pk, by=county.cast["chen"], at=moment(at)).code == "same_person"
    assert services.accept_filing(filing_id=year.pk, by=county.cast["he"], at=moment(at)).state == "accepted"
    assert Assessment.objects.filter(status=3).count() == 6


def test_a_closed_year_takes_nothing_even_from_a_clock_that_is_slow(county, january):
    RatingYear.objects.filter(pk=county.rating_year.pk).update(stage="closed", roster_frozen_at=moment(IN_TIME))
    assert refused(county.save, january, row(county, HUO, 100, 100, NOT_FILED), at=IN_TIME).code == "window_locked"


# ---- two at once: real threads, real commits -----------------------------------------------------


@pytest.fixture
def live(fresh_db):
    return open_county(make_cast())


def at_once(*acts):
    """Each in a thread and connection of its own, begun together; what they return or raise."""
    ready = threading.Barrier(len(acts))

    def run(act):
        try:
            ready.wait(timeout=20)
            return act()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def saving(filing, rows_, who, version):
    return lambda: services.save_scores(
        filing_id=filing.pk, rows=rows_, version=version, by=User.objects.get(username=who), at=moment(IN_TIME), door="page"
    )


def test_two_clerks_at_once_one_is_told(live):
    filing = live.filing("month", 0)
    results = at_once(*(saving(filing, row(live, HUO, score, 100, NOT_FILED), "liu", 0) for score in (100, 200)))
    codes = sorted(getattr(one, "code", "saved") for one in results)
    assert codes == ["saved", "stale_version"]
    assert Filing.objects.get(pk=filing.pk).version == AssessmentChange.objects.count() == 1


def test_without_the_lock_both_would_be_saved_and_one_lost(live, monkeypatch):
    filing = live.filing("month", 0)
    meet, plain = threading.Barrier(2), rows.differences

    def together(*args):
        found = plain(*args)
        meet.wait(timeout=20)
        return found

    def unlocked(filing_id):
        return Filing.objects.select_related("window__rating_year__policy", "window__rating_year__territory", "territory").get(
            pk=filing_id
        )

    monkeypatch.setattr(services, "lock_filing", unlocked)
    monkeypatch.setattr(rows, "differences", together)
    results = at_once(*(saving(filing, row(live, HUO, score, 100, NOT_FILED), "liu", 0) for score in (100, 200)))
    assert [getattr(one, "version", None) for one in results] == [1, 1]
    assert AssessmentChange.objects.count() == 2


def test_the_same_save_sent_many_times_is_one_save(live):
    filing = live.filing("month", 0)
    results = at_once(*[saving(filing, row(live, HUO, 100, 100, NOT_FILED), "liu", 0)] * 6)
    assert [one.version for one in results] == [1] * 6
    assert AssessmentChange.objects.count() == 1


def test_saves_of_different_townships_do_not_meet(live):
    filings = [
        (live.filing("month", period, path), who)
        for period in (0, 0)
        for path, who in (("140821101", "liu"), ("140821102", "zhao"))
    ]
    acts = [
        saving(filing, {post: [100 + place, 100, NOT_FILED] for post in live.rows(filing)}, who, None)
        for place, (filing, who) in enumerate(filings)
    ]
    assert all(isinstance(one, Filing) for one in at_once(*acts * 3))


def test_a_save_waits_for_who_holds_the_county_year(live):
    """Closing and deciding take the same lock, so no save slips between their check and their act."""
    filing, done = live.filing("month", 0), threading.Event()

    def save():
        saving(filing, row(live, HUO, 100, 100, NOT_FILED), "liu", 0)()
        connection.close()
        done.set()

    with transaction.atomic():
        locks.lock_year(live.rating_year.pk)
        thread = threading.Thread(target=save)
        thread.start()
        assert not done.wait(0.5)
    assert done.wait(20)
    thread.join()
