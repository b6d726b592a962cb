"""What is read of a county-year, value by value."""

from datetime import date

import pytest
from django.db import connection

from governance.errors import RuleBroken
from governance.models import Person, PolicyVersion, Post, Territory
from stars.engine.values import CELL_NOT_APPLICABLE, CELL_NOT_FILED, DISQUALIFIED, NONE, NOT_APPLICABLE
from stars.inputs import Places, read
from stars.models import (
    Assessment,
    Decision,
    Event,
    Outcome,
    Publication,
    PublishedRating,
    RatingYear,
    RosterEntry,
    RosterPost,
)
from stars.plans import plan_for
from stars.services.rating import read_years
from tests.cast import Cast, make_cast
from tests.stars.county import County, moment, open_county

HUO, JIA2 = "140821101201", "140821102201"
JANUARY, DECEMBER = 1 << 0, 1 << 11


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def county(cast: Cast) -> County:
    return open_county(cast)


def reading(county, *others):
    years = RatingYear.objects.filter(pk__in=[one.rating_year.pk for one in (county, *others)]).select_related("territory")
    with connection.cursor() as cursor:
        return read_years(cursor, county.plan, list(years))


def row_of(county, found, path=HUO):
    return found.roster.person.tolist().index(county.post(path).person_id)


def assess(county, scores, *, path=HUO, sheet="month", period=0, status=Assessment.Status.ACCEPTED, post=None, year=2025):
    Assessment.objects.create(
        post=post or county.post(path), county=140821, year=year, sheet=county.plan.sheets[sheet].ordinal, period=period, status=status,
        filed_at=moment("2025-02-03 10:00"), scores=scores,
    )  # fmt: skip


def test_only_accepted_rows_of_the_year_count(county):
    assess(county, [5400, 2700, CELL_NOT_APPLICABLE], period=0)
    for period, status in enumerate((0, 1, 2), start=1):
        assess(county, [1, 1, 1], period=period, status=status)
    assess(county, [1, 1, 1], period=4, year=2024)
    found = reading(county)
    months = found.inputs.cells["month"][row_of(county, found)]
    assert months[0].tolist() == [5400, 2700, CELL_NOT_APPLICABLE]
    assert (months[1:] == CELL_NOT_FILED).all()


def test_rows_stand_by_county_and_person_and_know_their_township(county):
    found = reading(county)
    assert found.roster.person.tolist() == sorted(found.roster.person.tolist())
    assert len(found.roster) == 6
    row = row_of(county, found, JIA2)
    assert (found.inputs.county[row], found.inputs.township[row]) == (140821, 140821102)


def test_facts_are_values_or_say_that_they_do_not_apply(county):
    found = reading(county)
    row = row_of(county, found)
    assert found.inputs.roster["village_type"][row] == NOT_APPLICABLE
    assert found.inputs.roster["full_months_in_post"][row] >= 120
    RosterEntry.objects.filter(person=county.post(HUO).person).update(facts=[1, 34, 0, 2])
    found = reading(county)
    assert [found.inputs.roster[name][row] for name in county.plan.roster] == [1, 34, 0, 2]


def test_the_post_of_a_period_is_the_one_that_answers_for_its_last_month(county):
    """Huo took a second village in July: from then on it is the other village's row that counts."""
    entry = RosterEntry.objects.get(person=county.post(HUO).person)
    second = Post.objects.create(
        person=entry.person, territory=Territory.objects.get(path="140821101202"), duty="director", from_on=date(2025, 7, 1)
    )
    RosterPost.objects.filter(entry=entry).update(months=0b000000111111)
    RosterPost.objects.create(entry=entry, post=second, months=0b111111000000)
    for period in (5, 6):
        assess(county, [100 + period, 0, 0], period=period)
        assess(county, [200 + period, 0, 0], period=period, post=second)
    assess(county, [7], sheet="year")
    assess(county, [8], sheet="year", post=second)
    found = reading(county)
    row = row_of(county, found)
    assert found.inputs.cells["month"][row, 5:7, 0].tolist() == [105, 206]
    assert found.inputs.cells["year"][row, 0].tolist() == [8]


def test_whoever_came_in_march_does_not_answer_for_january(county):
    entry = RosterEntry.objects.get(person=county.post(HUO).person)
    for table in (RosterPost.objects.filter(entry=entry), RosterEntry.objects.filter(pk=entry.pk)):
        table.update(months=0b111111111100)
    assess(county, [1, 1, 1], period=0)
    found = reading(county)
    row = row_of(county, found)
    assert found.inputs.answers["month"][row].tolist() == [False] * 2 + [True] * 10
    assert found.inputs.answers["year"][row].tolist() == [True]
    assert found.inputs.cells["month"][row, 0].tolist() == [CELL_NOT_FILED] * 3


def test_what_the_predecessor_filed_is_nobody_elses(county):
    village = county.post(HUO).territory
    before = Post.objects.create(
        person=Person.objects.create(name="前嵋阳", territory=village), territory=village, duty="secretary",
        from_on=date(2010, 1, 1), until_on=date(2014, 12, 31),
    )  # fmt: skip
    assess(county, [1, 1, 1], post=before)
    assert (reading(county).inputs.cells["month"] == CELL_NOT_FILED).all()


def event(county, item, *, path=HUO, of="merit", on=date(2025, 5, 1), state="confirmed", **more):
    post = county.post(path)
    Event.objects.create(
        person=post.person, post=post, list_code=of, item_code=item, happened_on=on, state=state, evidence="证", recorded_by=county.cast["liu"],
        recorded_at=moment("2025-05-02 09:00"), confirmed_by=county.cast["chen"], confirmed_at=moment("2025-05-03 09:00"), **more,
    )  # fmt: skip


def test_confirmed_events_of_the_year_in_an_order_of_their_own(county):
    event(county, "practice", path=JIA2, points=150)
    event(county, "praise", count=2)
    event(county, "warning", of="discipline", on=date(2025, 12, 31))
    event(county, "praise", state="recorded")
    event(county, "praise", state="withdrawn")
    event(county, "praise", on=date(2024, 12, 31))
    event(county, "praise", on=date(2026, 1, 1))
    found = reading(county)
    huo, other = row_of(county, found), row_of(county, found, JIA2)
    rows = list(
        zip(*(getattr(found.inputs.events, name).tolist() for name in ("row", "list", "item", "points", "count")), strict=True)
    )
    assert rows == sorted([(huo, 0, 0, 0, 2), (huo, 1, 0, 0, 1), (other, 0, 1, 150, 1)])


def test_an_event_that_the_policy_does_not_know_is_told(county):
    event(county, "medal")
    with pytest.raises(RuleBroken) as broken:
        reading(county)
    assert broken.value.code == "event_not_in_policy"
    assert "merit/medal" in broken.value.message


def publish(county, year, number, results):
    """`results`: path → (outcome, star, supersedes)."""
    at, by = moment(f"{year + 1}-03-01 09:00"), county.cast["qin"]
    rating_year, _made = RatingYear.objects.get_or_create(
        territory=county.cast.county, year=year, defaults={"policy": county.policy, "stage": "published", "roster_frozen_at": at}
    )
    version = Publication.objects.filter(rating_year=rating_year).count() + 1
    decision = Decision.objects.create(
        rating_year=rating_year, version=version, policy=county.policy, policy_digest="", block=b"", inputs_digest="", result_digest="",
        decided_by=by, decided_at=at,
    )  # fmt: skip
    publication = Publication.objects.create(
        number=number, rating_year=rating_year, version=version, decision=decision, published_by=by, published_at=at, rows_digest="",
        hash=str(number),
    )  # fmt: skip
    return {
        path: PublishedRating.objects.create(
            publication=publication, county=140821, year=year, person=county.post(path).person, person_name="", post=county.post(path),
            territory=county.post(path).territory, village_code="", village_name="", township_name="", outcome=outcome, star=star,
            trace=b"", certificate_no=f"{number}-{path}" if star is not None else None, supersedes=supersedes,
        )
        for path, (outcome, star, supersedes) in results.items()
    }  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "star", "value"),
    [
        (Outcome.RATED, 4, 4),
        (Outcome.RATED, 0, 0),
        (Outcome.NONE, None, NONE),
        (Outcome.DISQUALIFIED, None, DISQUALIFIED),
        (Outcome.NOT_ELIGIBLE, None, NOT_APPLICABLE),
        (Outcome.UNRATABLE, None, NOT_APPLICABLE),
    ],
)
def test_last_years_result(county, outcome, star, value):
    publish(county, 2024, 1, {HUO: (outcome, star, None)})
    publish(county, 2023, 2, {HUO: (Outcome.RATED, 1, None)})
    found = reading(county)
    assert found.inputs.history["star"].shape == (6, 1)
    assert found.inputs.history["star"][row_of(county, found)].tolist() == [value]
    assert found.inputs.history["star"][row_of(county, found, JIA2)].tolist() == [NOT_APPLICABLE]


def test_a_corrected_result_is_the_one_in_force(county):
    first = publish(county, 2024, 1, {HUO: (Outcome.RATED, 2, None)})
    publish(county, 2024, 2, {HUO: (Outcome.RATED, 5, first[HUO])})
    found = reading(county)
    assert found.inputs.history["star"][row_of(county, found)].tolist() == [5]


def test_a_new_term_starts_anew_where_the_policy_says_so(cast, county):
    publish(county, 2024, 1, {HUO: (Outcome.RATED, 3, None), JIA2: (Outcome.RATED, 3, None)})
    Post.objects.filter(pk=county.post(HUO).pk).update(from_on=date(2025, 1, 1))
    text = county.policy.text.replace("every: year\neligible", "every: year\nrestart_when: new_term\neligible", 1)
    anew = PolicyVersion(text=text, digest=plan_digest(text))
    with connection.cursor() as cursor:
        found = read(cursor, plan_for(anew), year=2025, rating_year_ids=[county.rating_year.pk], counties=[140821])
    assert found.inputs.history["star"][row_of(county, found)].tolist() == [NOT_APPLICABLE]
    assert found.inputs.history["star"][row_of(county, found, JIA2)].tolist() == [3]
    carried_on = reading(county)
    assert carried_on.inputs.history["star"][row_of(county, carried_on)].tolist() == [3]


def plan_digest(text: str) -> str:
    from governance import policy

    return policy.load(text).digest


def test_inputs_that_nothing_holds_are_told_by_name(county):
    text = county.policy.text.replace(
        "history:\n", "facts:\n  income: {title: 经营性收入, unit: money, query: governance.income}\nhistory:\n", 1
    )
    with connection.cursor() as cursor, pytest.raises(RuleBroken) as broken:
        read(
            cursor, plan_for(PolicyVersion(text=text, digest=plan_digest(text))), year=2025, rating_year_ids=[county.rating_year.pk],
            counties=[140821],
        )  # fmt: skip
    assert broken.value.code == "inputs_without_source"
    assert "facts.income" in broken.value.message


def test_rows_of_another_width_are_not_taken_for_these(county):
    assess(county, [5400, 2700])
    with pytest.raises(ValueError, match=r"elements|buffer size"):
        reading(county)


def test_a_part_is_its_county_alone(county):
    event(county, "praise", path=JIA2)
    found = reading(county)
    ((code, rows),) = found.counties()
    assert (code, rows) == (140821, slice(0, 6))
    part = found.part(slice(3, 6))
    assert part.key.tolist() == found.roster.person[3:].tolist()
    assert part.events.row.tolist() == [row_of(county, found, JIA2) - 3]
    assert len(found.part(slice(0, 3)).events.row) == 0


def test_places_of_ids_far_apart():
    import numpy as np

    places = Places.of(np.array([7, 999, 1000, 5_000_123]), np.arange(4))
    assert places.find(np.array([5_000_123, 8, 7, 1000, 999, 2_000, 9_000_000])).tolist() == [3, -1, 0, 2, 1, -1, -1]
    assert Places.of(np.array([], np.int64), np.array([], np.int32)).find(np.array([1])).tolist() == [-1]


def test_an_empty_roster_reads_as_nothing(county):
    RosterPost.objects.all().delete()
    RosterEntry.objects.all().delete()
    found = reading(county)
    assert len(found.roster) == 0
    assert list(found.counties()) == []


def test_somebody_on_two_rosters_brings_history_and_events_to_both(county):
    from governance.services import policies
    from stars.services.years import open_year

    at = moment("2024-12-11 09:00")
    policies.adopt(county.policy.pk, territory=county.cast.other_county, year_from=2025, document_no="", by=None, at=at)
    other = open_year(territory=county.cast.other_county, year=2025, by=county.cast["tang"], at=moment("2025-01-02 09:00"))
    RosterEntry.objects.filter(rating_year=other).exclude(territory__path="140822101201").delete()
    RosterEntry.objects.filter(rating_year=other).update(person=county.post(HUO).person)
    publish(county, 2024, 1, {HUO: (Outcome.RATED, 4, None)})
    event(county, "praise")
    event(county, "praise", path=JIA2)
    years = RatingYear.objects.filter(pk__in=[county.rating_year.pk, other.pk]).select_related("territory")
    with connection.cursor() as cursor:
        found = read_years(cursor, county.plan, list(years))
    rows = [row for row, person in enumerate(found.roster.person) if person == county.post(HUO).person_id]
    assert found.inputs.county[rows].tolist() == [140821, 140822]
    assert found.inputs.history["star"][rows].tolist() == [[4], [4]]
    assert sorted(found.inputs.events.row.tolist()) == sorted([*rows, row_of(county, found, JIA2)])
