"""From the closed year to its publication and its correction, and who may take which step."""

import pytest

from governance.duties import Duty
from governance.errors import RuleBroken
from governance.models import AuditEntry, Post, User
from stars.models import Assessment, AssessmentChange, Decision, Publication, PublishedRating, Rating, RatingYear, StageMove
from stars.services import stages
from stars.services.rating import recompute_years
from tests.cast import appoint
from tests.days import say
from tests.stars.county import POLICY, moment, open_county

HUO = "140821101201"


@pytest.fixture
def computed(closed_county):
    closed_county.compute()
    return closed_county


@pytest.fixture
def decided(computed):
    computed.review()
    computed.decide()
    return computed


def refused(act, *args, **kwargs) -> str:
    with pytest.raises(RuleBroken) as broken:
        act(*args, **kwargs)
    assert len(broken.value.message) > 10
    return broken.value.code


def test_a_year_runs_from_closing_to_publication(computed):
    county = computed
    assert county.now().stage == "computed"
    reviewed = county.review()
    assert (reviewed.stage, reviewed.reviewed_by) == ("reviewed", county.cast["he"])
    county.decide()
    decision = Decision.objects.get()
    assert (decision.version, decision.decided_by) == (1, county.cast["qin"])
    assert decision.policy_digest == county.policy.digest
    publicised = county.publicise()
    assert str(publicised.publicity_from) == "2026-02-05"
    assert str(publicised.publicity_until) == "2026-02-12"  # Friday to Thursday: five working days after the day of the notice
    publication = county.publish()
    assert (publication.number, publication.version, publication.previous_hash) == (1, 1, "")
    assert county.now().stage == "published"
    assert [move.after for move in StageMove.objects.order_by("pk")] == [
        "closed",
        "computed",
        "reviewed",
        "decided",
        "publicity",
        "published",
    ]
    acts = (
        AuditEntry.objects.filter(subject=f"stars.RatingYear:{county.rating_year.pk}")
        .order_by("pk")
        .values_list("act", flat=True)
    )
    assert list(acts)[-5:] == [
        f"stars.{act}" for act in ("close_year", "review_year", "decide_year", "open_publicity", "publish_year")
    ]
    assert publication.ratings.count() == 6
    huo = publication.ratings.get(territory__path=HUO)
    assert (huo.outcome, huo.star, huo.score, huo.person_name, huo.township_name) == (0, 3, 9000, "霍嵋阳", "嵋阳镇")


def test_publicity_leaps_over_holidays(decided):
    say({"2026-02-10": "holiday"}, county=decided.cast.county, by=decided.cast["chen"])
    say({"2026-02-07": "workday"})
    assert str(decided.publicise().publicity_until) == "2026-02-12"
    say({"2026-02-11": "holiday"}, name="停工")
    stages.send_back_year(
        rating_year_id=decided.rating_year.pk, reason="重来", by=decided.cast["qin"], at=moment("2026-02-05 10:00")
    )
    decided.compute("2026-02-05 11:00")
    decided.review("2026-02-05 12:00")
    decided.decide("2026-02-05 13:00")
    assert str(decided.publicise("2026-02-05 14:00").publicity_until) == "2026-02-13"


def test_publication_waits_for_the_end_of_the_last_day(decided):
    decided.publicise()
    assert refused(decided.publish, "2026-02-12 23:59:59.999") == "publicity_running"
    assert not Publication.objects.exists()
    assert decided.publish("2026-02-13 00:00").number == 1


STEPS = ["review", "decide", "publicise", "publish"]


@pytest.mark.parametrize(
    "who, step, code",
    [
        ("chen", "review", "same_person"), ("qin", "review", "not_your_duty"), ("liu", "review", "not_your_duty"), ("tang", "review", "not_your_duty"),
        ("he", "decide", "not_your_duty"), ("sun", "decide", "not_your_duty"), ("lei", "publicise", "not_your_duty"), ("an", "publicise", "not_your_duty"),
        ("qin", "publish", "not_your_duty"), ("tang", "publish", "not_your_duty"),
    ],
)  # fmt: skip
def test_a_stranger_takes_no_step(computed, who, step, code):
    for earlier in STEPS[: STEPS.index(step)]:
        getattr(computed, earlier)()
    at = {
        "review": "2026-02-03 09:00",
        "decide": "2026-02-04 09:00",
        "publicise": "2026-02-05 09:00",
        "publish": "2026-02-13 09:00",
    }[step]
    before = computed.now().stage
    assert refused(getattr(computed, step), at, who) == code
    assert computed.now().stage == before


@pytest.mark.parametrize("step", STEPS)
def test_no_step_is_taken_out_of_turn(computed, step):
    turn = STEPS.index(step)
    for earlier in STEPS[:turn]:
        assert refused(getattr(computed, step)) == "wrong_stage"
        getattr(computed, earlier)()
    getattr(computed, step)()
    for earlier in STEPS[:turn]:
        assert refused(getattr(computed, earlier)) == "wrong_stage"


def test_each_button_pressed_twice_has_one_effect(computed):
    for step in STEPS:
        first = getattr(computed, step)()
        moves, entries = StageMove.objects.count(), AuditEntry.objects.count()
        assert getattr(computed, step)() == first
        assert (StageMove.objects.count(), AuditEntry.objects.count()) == (moves, entries)
    assert (Decision.objects.count(), Publication.objects.count(), PublishedRating.objects.count()) == (1, 1, 6)


def test_reviewer_decider_and_publisher_are_different_people_in_whatever_account(computed):
    """he holds the leader's post as well, and qin the staff's."""
    Post.objects.create(
        person=computed.cast["he"].person, territory=computed.cast.county, duty=Duty.COUNTY_LEADER, from_on="2020-01-01"
    )
    Post.objects.create(
        person=computed.cast["qin"].person, territory=computed.cast.county, duty=Duty.COUNTY_STAFF, from_on="2020-01-01"
    )
    computed.review()
    assert refused(computed.decide, by="he") == "same_person"
    computed.decide()
    computed.publicise()
    assert refused(computed.publish, by="qin") == "same_person"
    computed.publish()


def test_without_the_guard_the_reviewer_would_decide(computed, monkeypatch):
    Post.objects.create(
        person=computed.cast["he"].person, territory=computed.cast.county, duty=Duty.COUNTY_LEADER, from_on="2020-01-01"
    )
    monkeypatch.setattr(stages, "require_other_person", lambda *_people: None)
    computed.review()
    assert computed.decide(by="he").stage == "decided"


def test_nobody_reviews_a_roster_that_they_stand_on(computed):
    huo = computed.cast["huo"]
    Post.objects.create(person=huo.person, territory=computed.cast.county, duty=Duty.COUNTY_STAFF, from_on="2020-01-01")
    assert refused(computed.review, by="huo") == "own_rating"


def test_a_year_with_somebody_unratable_is_neither_reviewed_nor_decided(closed_county, monkeypatch):
    Assessment.objects.filter(post=closed_county.post(HUO), sheet=1).delete()
    Assessment.objects.filter(post=closed_county.post("140821102203"), sheet=0, period__lt=3).delete()
    closed_county.compute()
    with pytest.raises(stages.Unratable) as broken:
        closed_county.review()
    assert [people[:2] for people in broken.value.people] == [("嵋阳甲村", "霍嵋阳"), ("临晋丙村", "临晋丙村书记")]
    assert "年终考核" in broken.value.people[0][2]
    assert "月考核" in broken.value.people[1][2]
    assert "霍嵋阳" in broken.value.message
    monkeypatch.setattr(stages, "_require_ratable", lambda _year: None)
    closed_county.review()
    monkeypatch.undo()
    assert refused(closed_county.decide) == "unratable"


def test_what_changed_since_the_computing_must_be_computed_again(computed):
    filing = computed.filing("month", 0)
    rows = {computed.post(HUO).pk: [0, 0, -32768]}
    amend(computed, filing, rows)
    assert refused(computed.review) == "stale"
    computed.compute()
    assert refused(computed.review, by="chen") == "same_person"
    assert computed.review().stage == "reviewed"


def test_a_rating_altered_in_its_table_is_neither_reviewed_nor_decided_nor_published(computed):
    star = Rating.objects.filter(rating_year=computed.rating_year)
    star.update(star=5)
    assert refused(computed.review) == "stale"
    star.update(star=3)
    computed.review()
    star.update(star=5)
    assert refused(computed.decide) == "stale"
    star.update(star=3)
    computed.decide()
    computed.publicise()
    star.update(star=5)
    assert refused(computed.publish) == "not_as_decided"
    star.update(star=3)
    computed.publish()


def test_without_the_guard_an_altered_rating_would_be_published(decided, monkeypatch):
    decided.publicise()
    Rating.objects.filter(rating_year=decided.rating_year).update(star=5)
    monkeypatch.setattr(stages, "_require_as_decided", lambda *_any: None)
    decided.publish()
    assert set(PublishedRating.objects.values_list("star", flat=True)) == {5}


def amend(county, filing, rows, *, reason="录入有误", by="chen", at="2026-02-02 11:00"):
    if filing.is_locked(moment(at)) and county.now().stage in ("open", "closed", "computed"):
        county.unlock(filing, at=at)
    return stages.amend_scores(filing_id=filing.pk, rows=rows, reason=reason, by=county.cast[by], at=moment(at))


def test_after_the_lock_the_county_amends_with_a_reason(computed):
    filing = computed.filing("month", 0)
    rows = {computed.post(HUO).pk: [60, 30, -32768]}
    assert refused(amend, computed, filing, rows, reason=" ") == "reason_needed"
    assert refused(amend, computed, filing, rows, by="liu") == "not_your_duty"
    assert refused(amend, computed, filing, {computed.post(HUO).pk: [6001, 0, -32768]}) == "out_of_range"
    assert amend(computed, filing, rows).version == filing.version + 1
    last = AssessmentChange.objects.latest("pk")
    assert (last.reason, last.by, last.after, last.before) == (
        "录入有误",
        computed.cast["chen"],
        [60, 30, -32768],
        [5400, 2700, -32768],
    )
    assert amend(computed, filing, rows).version == filing.version + 1
    computed.compute()
    computed.review()
    assert refused(amend, computed, filing, {computed.post(HUO).pk: [0, 0, -32768]}) == "wrong_stage"


def test_who_amended_does_not_review(computed):
    amend(computed, computed.filing("month", 0), {computed.post(HUO).pk: [60, 30, -32768]}, by="he")
    computed.compute()
    assert refused(computed.review, by="he") == "same_person"


def test_before_the_lock_the_county_returns_instead_of_amending(county):
    filing = county.filing("month", 0)
    assert refused(amend, county, filing, {county.post(HUO).pk: [60, 30, -32768]}, at="2025-02-14 23:59") == "window_open"


@pytest.mark.parametrize("reached", ["computed", "reviewed", "decided", "publicity"])
def test_a_year_is_sent_back_with_a_reason_and_goes_its_way_anew(computed, reached):
    for step in STEPS[: ["computed", "reviewed", "decided", "publicity"].index(reached)]:
        getattr(computed, step)()
    sent = {"rating_year_id": computed.rating_year.pk, "by": computed.cast["qin"], "at": moment("2026-02-05 10:00")}
    assert refused(stages.send_back_year, reason="", **sent) == "reason_needed"
    back = stages.send_back_year(reason="异议成立", **sent)
    assert (back.stage, back.publicity_from, back.reviewed_by) == ("closed", None, None)
    assert stages.send_back_year(reason="异议成立", **sent).stage == "closed"
    assert StageMove.objects.latest("pk").note == "异议成立"
    publication = computed.settle()
    assert publication.version == 1
    assert publication.decision.version == (2 if reached in ("decided", "publicity") else 1)


def test_a_published_year_is_not_computed_again(decided):
    decided.publicise()
    decided.publish()
    before = list(Rating.objects.order_by("pk").values_list("pk", "star", "trace"))
    assert refused(recompute_years, [decided.rating_year.pk], at=moment("2026-03-01 09:00")) == "year_published"
    assert list(Rating.objects.order_by("pk").values_list("pk", "star", "trace")) == before
    assert refused(amend, decided, decided.filing("month", 0), {decided.post(HUO).pk: [0, 0, -32768]}) == "wrong_stage"


def correct(county, rows, reason="年终考核录入有误"):
    act = {"rating_year_id": county.rating_year.pk, "by": county.cast["chen"], "at": moment("2026-03-02 09:00")}
    stages.open_correction(reason=reason, **act)
    amend(county, county.filing("year"), rows, at="2026-03-02 10:00")
    county.compute("2026-03-02 11:00")
    county.review("2026-03-03 09:00")
    county.decide("2026-03-04 09:00")
    county.publicise("2026-03-05 09:00")
    return county.publish("2026-03-13 09:00")


def test_a_correction_is_a_new_version_of_what_changed_and_names_the_old(decided):
    decided.publicise()
    first = decided.publish()
    old = first.ratings.get(territory__path=HUO)
    second = correct(decided, {decided.post(HUO).pk: [2000]})
    assert (second.number, second.version, second.reason, second.previous_hash) == (2, 2, "年终考核录入有误", first.hash)
    new = second.ratings.get()
    assert (new.person, new.supersedes, new.star, new.score) == (old.person, old, 2, 6200)
    assert new.certificate_no != old.certificate_no
    old.refresh_from_db()
    assert (old.star, old.score) == (3, 9000)
    assert decided.now().correction_reason == ""


def test_a_correction_needs_a_reason_and_a_published_year(decided):
    act = {"rating_year_id": decided.rating_year.pk, "by": decided.cast["chen"], "at": moment("2026-03-02 09:00")}
    assert refused(stages.open_correction, reason="x", **act) == "wrong_stage"
    decided.publicise()
    decided.publish()
    assert refused(stages.open_correction, reason=" ", **act) == "reason_needed"
    assert refused(stages.open_correction, reason="x", **(act | {"by": decided.cast["liu"]})) == "not_your_duty"
    assert stages.open_correction(reason="x", **act).stage == "closed"
    assert RatingYear.objects.get().correction_reason == "x"


def test_the_year_freezes_who_is_rated(closed_county):
    """A transfer after the closing moves nothing."""
    Post.objects.filter(pk=closed_county.post(HUO).pk).update(until_on="2025-12-30")
    appoint("新书记", Duty.SECRETARY, closed_county.cast.village, since="2025-12-31")
    publication = closed_county.settle()
    assert publication.ratings.get(territory__path=HUO).person_name == "霍嵋阳"


def test_two_reviews_come_in_their_order(cast):
    line = "  - {stage: review, body: county_staff, title: 县委组织部复核}\n"
    text = POLICY.replace(line, line + "  - {stage: review, body: county_leader, title: 分管领导复核}\n")
    county = open_county(cast, text=text)
    appoint("卫临猗", Duty.COUNTY_LEADER, cast.county, account="wei2")
    cast.people["wei2"] = User.objects.get(username="wei2")
    county.file_all()
    county.close()
    county.compute()
    assert refused(county.review, by="wei2") == "not_your_duty"
    assert county.review().stage == "computed"
    assert refused(county.decide) == "wrong_stage"
    assert refused(county.review) == "not_your_duty"
    assert county.review(by="wei2").stage == "reviewed"
    assert refused(county.decide, by="wei2") == "same_person"
    assert county.decide().stage == "decided"
