"""Computing county-years: what comes out, what it leaves alone, who may, and twice is once."""

import threading
from random import Random

import pytest
from django.db import connection

from governance import jobs
from governance.errors import RuleBroken
from governance.models import AuditEntry, Job
from stars.models import Assessment, Event, Outcome, Rating, RatingYear, RosterEntry, StageMove
from stars.services import rating
from stars.services.computed import computed_now, stored_digest
from stars.services.rating import recompute_years, request_all, request_recompute
from tests.cast import make_cast
from tests.stars.county import LONG_AFTER, moment, open_county

HUO, YI = "140821101201", "140821101202"
AT = moment(LONG_AFTER)


@pytest.fixture(autouse=True)
def no_messages(monkeypatch):
    monkeypatch.setattr(jobs, "wake", lambda job_id: None)


def run(job):
    return jobs.run_job(job.pk, worker="test", clock=lambda: AT)


def fresh(county):
    return RatingYear.objects.select_related("policy", "territory").get(pk=county.rating_year.pk)


def rows():
    return sorted(
        Rating.objects.values_list("entry__person", "outcome", "star", "grade", "score", "pay_cents", "reason", "trace")
    )


def identities():
    """Which versions of the rows lie in the table: a row that is written again is another one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT entry_id, xmin::text, ctid::text FROM stars_rating ORDER BY entry_id")
        return cursor.fetchall()


def test_a_filed_year_is_rated(county):
    county.file_all(shares={HUO: 95, YI: 65})
    counts = recompute_years([county.rating_year.pk], at=AT)
    assert counts["county_years"] == 1
    assert (counts["rated"], counts["unratable"], counts["refused"]) == (6, 0, 0)
    huo, yi = (Rating.objects.get(entry__territory__path=path) for path in (HUO, YI))
    # ten full years in post give a star beside the grade's; 3 stars pay 333.33 yuan
    assert (huo.outcome, huo.grade, huo.score, huo.star, huo.pay_cents) == (Outcome.RATED, 2, 9500, 3, 33333)
    assert (yi.outcome, yi.grade, yi.score, yi.star, yi.pay_cents) == (Outcome.RATED, 1, 6500, 2, 20005)
    assert len(huo.trace) == county.plan.width


def test_the_row_of_the_year_says_what_was_computed(county):
    county.file_all()
    recompute_years([county.rating_year.pk], at=AT)
    year = fresh(county)
    now = computed_now(year)
    assert (year.computed_at, year.changed_at) == (AT, None)
    assert (year.inputs_digest, year.result_digest) == (now.inputs_digest, now.result_digest)
    assert year.result_digest == stored_digest(year)


def test_thrice_is_once(county):
    county.file_all()
    counts = [recompute_years([county.rating_year.pk], at=AT)]
    first, before = fresh(county), identities()
    counts += [recompute_years([county.rating_year.pk], at=AT) for _ in range(2)]
    again = fresh(county)
    assert counts[0] == counts[1] == counts[2]
    assert (first.inputs_digest, first.result_digest) == (again.inputs_digest, again.result_digest)
    assert identities() == before


def test_a_lost_result_is_written_again(county):
    county.file_all()
    recompute_years([county.rating_year.pk], at=AT)
    before = rows()
    Rating.objects.filter(entry__territory__path=HUO).delete()
    recompute_years([county.rating_year.pk], at=AT)
    assert rows() == before


def test_a_result_of_another_layout_is_replaced(county):
    county.file_all()
    recompute_years([county.rating_year.pk], at=AT)
    before = rows()
    Rating.objects.filter(entry__territory__path=HUO).update(trace=b"short")
    Rating.objects.filter(entry__territory__path=YI).update(score=1)
    recompute_years([county.rating_year.pk], at=AT)
    assert rows() == before


def test_one_score_more_changes_the_digests_and_that_persons_row(county):
    county.file_all()
    recompute_years([county.rating_year.pk], at=AT)
    before, year, lay = {row[0]: row for row in rows()}, fresh(county), identities()
    filed = Assessment.objects.get(post=county.post(HUO), sheet=0, period=0)
    Assessment.objects.filter(pk=filed.pk).update(scores=[filed.scores[0] + 100, *filed.scores[1:]])
    recompute_years([county.rating_year.pk], at=AT)
    again = fresh(county)
    assert again.inputs_digest != year.inputs_digest
    assert again.result_digest != year.result_digest
    assert [row[0] for row in rows() if before[row[0]] != row] == [county.post(HUO).person_id]
    changed = [old[0] for old, new in zip(lay, identities(), strict=True) if old != new]
    assert changed == [RosterEntry.objects.get(person=county.post(HUO).person).pk]


def test_the_order_of_rows_in_the_tables_is_nothing(county):
    county.file_all(shares={HUO: 95})
    event = Event.objects.create
    for item in ("praise", "practice"):
        event(
            person=county.post(HUO).person, post=county.post(HUO), list_code="merit", item_code=item, happened_on="2025-03-01",
            points=100 if item == "practice" else None, evidence="证", state="confirmed", recorded_by=county.cast["liu"], recorded_at=AT,
            confirmed_by=county.cast["chen"], confirmed_at=AT,
        )  # fmt: skip
    recompute_years([county.rating_year.pk], at=AT)
    first = fresh(county)
    for seed in range(3):
        for table in (Assessment, Event, RosterEntry):
            ids = list(table.objects.values_list("pk", flat=True))
            Random(seed).shuffle(ids)
            for pk in ids:  # each update puts the row at the end of its table
                one = table.objects.get(pk=pk)
                one.save()
        recompute_years([county.rating_year.pk], at=AT)
        assert (fresh(county).inputs_digest, fresh(county).result_digest) == (first.inputs_digest, first.result_digest)


def test_who_cannot_be_rated_is_counted_with_the_reason_and_the_rest_is_rated(county):
    county.file_all()
    for period in (0, 1, 2):
        Assessment.objects.get(post=county.post(HUO), sheet=0, period=period).delete()
    counts = recompute_years([county.rating_year.pk], at=AT)
    assert (counts["rated"], counts["unratable"], counts["unratable: month[1]"]) == (5, 1, 1)
    huo = Rating.objects.get(entry__territory__path=HUO)
    assert (huo.outcome, huo.star, huo.pay_cents) == (Outcome.UNRATABLE, None, None)
    assert county.plan.columns[huo.reason - 1].name == "month[1]"


def test_nothing_filed_yet_is_no_mistake(county):
    counts = recompute_years([county.rating_year.pk], at=AT)
    assert (counts["rated"], counts["unratable"]) == (0, 6)


def test_nobody_on_the_roster(county):
    RatingYear.objects.filter(pk=county.rating_year.pk).update(roster_frozen_at=AT)
    RosterEntry.objects.all().delete()
    assert recompute_years([county.rating_year.pk], at=AT)["rated"] == 0
    assert rows() == []


def test_an_open_years_roster_follows_the_posts(county):
    county.file_all()
    recompute_years([county.rating_year.pk], at=AT)
    post = county.post(HUO)
    post.until_on, post.ending = "2025-06-30", "moved"
    post.save()
    counts = recompute_years([county.rating_year.pk], at=AT)
    assert counts["rated"] == 5
    assert not Rating.objects.filter(entry__person=post.person).exists()


def test_a_closed_year_becomes_computed_once(county):
    county.file_all()
    county.close()
    for _ in range(2):
        recompute_years([county.rating_year.pk], at=AT)
    assert fresh(county).stage == "computed"
    assert StageMove.objects.filter(rating_year=county.rating_year, after="computed").count() == 1
    assert StageMove.objects.get(after="computed").result_digest == fresh(county).result_digest


@pytest.mark.parametrize(
    ("stage", "code"),
    [
        ("reviewed", "year_reviewed"), ("decided", "year_decided"), ("publicity", "year_decided"), ("published", "year_published"),
    ],
)  # fmt: skip
def test_what_is_settled_is_not_computed_again(county, stage, code):
    county.file_all()
    recompute_years([county.rating_year.pk], at=AT)
    before = identities()
    Assessment.objects.filter(post=county.post(HUO)).update(scores=[0, 0, 0])
    RatingYear.objects.filter(pk=county.rating_year.pk).update(stage=stage, roster_frozen_at=AT)
    year = RatingYear.objects.filter(pk=county.rating_year.pk).values().get()
    for act in (
        lambda: request_recompute(rating_year_id=county.rating_year.pk, by=county.cast["chen"], at=AT),
        lambda: recompute_years([county.rating_year.pk], at=AT),
    ):
        with pytest.raises(RuleBroken) as broken:
            act()
        assert broken.value.code == code
    assert identities() == before
    assert RatingYear.objects.filter(pk=county.rating_year.pk).values().get() == year
    assert not Job.objects.exists()


@pytest.mark.parametrize("who", ["qin", "liu", "lei", "huo", "tang", "sun", "an", "dai"])
def test_only_the_county_staff_asks_for_it(county, who):
    with pytest.raises(RuleBroken) as broken:
        request_recompute(rating_year_id=county.rating_year.pk, by=county.cast[who], at=AT)
    assert broken.value.code == "not_your_duty"
    assert not Job.objects.exists()


def test_a_double_click_is_one_job(county):
    ask = {"rating_year_id": county.rating_year.pk, "by": county.cast["chen"], "at": AT}
    first, second = request_recompute(**ask), request_recompute(**ask)
    assert first == second
    assert fresh(county).job == first


def test_the_job_tells_what_it_did(county):
    county.file_all()
    job = request_recompute(rating_year_id=county.rating_year.pk, by=county.cast["chen"], at=AT)
    assert run(job) == "done"
    job.refresh_from_db()
    assert (job.done, job.total) == (1, 1)
    assert job.counts["rated"] == 6
    line = AuditEntry.objects.get(act="stars.recompute")
    assert (line.by, line.subject) == (county.cast["chen"], f"governance.Job:{job.pk}")
    assert line.detail["rated"] == 6


def test_a_job_of_a_year_that_was_decided_meanwhile_says_so(county):
    job = request_recompute(rating_year_id=county.rating_year.pk, by=county.cast["chen"], at=AT)
    RatingYear.objects.filter(pk=county.rating_year.pk).update(stage="decided", roster_frozen_at=AT)
    assert run(job) == "failed"
    job.refresh_from_db()
    assert "decided" in job.error or "审定" in job.error or "决定" in job.error


def neighbour(county, year=2025):
    """The county next door under the same policy."""
    from governance.services import policies
    from stars.services.years import open_year

    policies.adopt(
        county.policy.pk,
        territory=county.cast.other_county,
        year_from=2025,
        document_no="",
        by=None,
        at=moment("2024-12-11 09:00"),
    )
    return open_year(territory=county.cast.other_county, year=year, by=county.cast["tang"], at=moment("2025-01-02 09:00"))


def test_the_timetable_asks_for_one_job_a_province(county):
    other = neighbour(county)
    (job,) = request_all(changed_only=False, at=AT)
    assert (job.territory.path, job.requested_by) == ("14", None)
    assert job.params == {"rating_years": sorted([county.rating_year.pk, other.pk])}
    assert request_all(changed_only=False, at=AT) == [job]
    assert run(job) == "done"
    job.refresh_from_db()
    assert (job.done, job.total, job.counts["county_years"]) == (2, 2, 2)
    assert fresh(county).job == job


def test_by_the_hour_only_what_changed(county):
    other = neighbour(county)
    recompute_years([county.rating_year.pk, other.pk], at=AT)
    assert request_all(changed_only=True, at=AT) == []
    county.file(county.filing())
    (job,) = request_all(changed_only=True, at=AT)
    assert job.params == {"rating_years": [county.rating_year.pk]}
    run(job)
    assert request_all(changed_only=True, at=AT) == []


def test_by_night_nothing_that_is_settled(county):
    RatingYear.objects.filter(pk=county.rating_year.pk).update(stage="reviewed", roster_frozen_at=AT)
    assert request_all(changed_only=False, at=AT) == []


def test_one_countys_mistake_holds_up_no_other(county):
    other = neighbour(county)
    county.file_all()
    post = county.cast.secretaries["140822101201"]
    Event.objects.create(
        person=post.person, post=post, list_code="merit", item_code="medal", happened_on="2025-05-01", evidence="证", state="confirmed",
        recorded_by=county.cast["chen"], recorded_at=AT, confirmed_by=county.cast["tang"], confirmed_at=AT,
    )  # fmt: skip
    counts = recompute_years([county.rating_year.pk, other.pk], at=AT)
    assert (counts["county_years"], counts["failed"], counts["rated"]) == (1, 1, 6)
    assert RatingYear.objects.get(pk=other.pk).computed_at is None
    with pytest.raises(RuleBroken) as broken:
        recompute_years([other.pk], at=AT)
    assert broken.value.code == "event_not_in_policy"


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_many_at_once_are_the_same_as_one_by_one(fresh_db, monkeypatch, workers):
    county = open_county(make_cast())
    other = neighbour(county)
    county.file_all(shares={HUO: 95, YI: 65})
    ids = [county.rating_year.pk, other.pk]
    for one in ids:
        recompute_years([one], at=AT)
    alone = list(RatingYear.objects.order_by("pk").values_list("inputs_digest", "result_digest")), rows()
    RatingYear.objects.update(inputs_digest="", result_digest="")
    Rating.objects.all().delete()
    monkeypatch.setattr(rating, "BATCH", 1)
    monkeypatch.setattr(rating, "WORKERS", workers)
    assert recompute_years(ids, at=AT)["county_years"] == 2
    assert (list(RatingYear.objects.order_by("pk").values_list("inputs_digest", "result_digest")), rows()) == alone


class Held:
    """A handler that stops before it begins, until it may go on."""

    def __init__(self, monkeypatch):
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.calls = 0
        batch = rating._recompute_batch

        def held(*args):
            self.calls += 1
            if self.calls == 1:
                self.begun.set()
                assert self.go_on.wait(30)
            return batch(*args)

        monkeypatch.setattr(rating, "_recompute_batch", held)


def overtaken(county, monkeypatch):
    """One attempt falls silent, a sweep gives the job to another, which ends it; then the first one wakes up."""
    job = request_recompute(rating_year_id=county.rating_year.pk, by=county.cast["chen"], at=AT)
    held, said = Held(monkeypatch), []
    monkeypatch.setattr(jobs, "BEAT_EVERY", 600)  # silent

    def first():
        said.append(run(job))
        connection.close()

    slow = threading.Thread(target=first)
    slow.start()
    assert held.begun.wait(30)
    jobs.sweep(AT + jobs.SILENT_AFTER * 2)
    said.append(run(job))
    held.go_on.set()
    slow.join(60)
    return said


def test_an_attempt_that_was_overtaken_writes_nothing(fresh_db, monkeypatch):
    county = open_county(make_cast())
    county.file_all()
    assert overtaken(county, monkeypatch) == ["done", "elsewhere"]
    assert AuditEntry.objects.filter(act="stars.recompute").count() == 1


def test_without_the_lease_it_is_done_twice(fresh_db, monkeypatch):
    """The twin: the same course of events when nobody asks for the lease."""
    county = open_county(make_cast())
    county.file_all()
    monkeypatch.setattr(jobs.Progress, "_mine", lambda self: Job.objects.filter(pk=self.job.pk))
    monkeypatch.setattr(jobs.Progress, "_beat", lambda self: None)
    overtaken(county, monkeypatch)
    assert AuditEntry.objects.filter(act="stars.recompute").count() == 2
