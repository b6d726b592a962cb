"""Who is rated, for which months which post answers, and the facts that freeze with them."""

from datetime import date

import pytest

from governance.duties import Duty
from governance.models import Award, Post, Territory
from stars.facts import NOT_APPLICABLE
from stars.models import RosterEntry, RosterPost
from stars.services.roster import refresh_roster
from tests.cast import appoint
from tests.stars.county import moment

HUO, SECOND, THIRD = "140821101201", "140821101202", "140821101203"
YEAR_END = moment("2026-01-05 09:00")
ALL = 0b1111_1111_1111


def entry_of(county, path):
    return RosterEntry.objects.get(person=county.post(path).person, rating_year=county.rating_year)


def months_of(entry):
    """By village, the months answered for, counted from 1."""
    rows = RosterPost.objects.filter(entry=entry).select_related("post__territory")
    return {row.post.territory.path: [month + 1 for month in range(12) if row.months >> month & 1] for row in rows}


def refresh(county, at=YEAR_END):
    return refresh_roster(county.now(), at=at)


def test_the_secretaries_of_the_county_and_nobody_else(county):
    people = set(RosterEntry.objects.values_list("person__name", flat=True))
    assert people == {post.person.name for path, post in county.cast.secretaries.items() if path.startswith("140821")}
    assert len(people) == 6
    assert set(RosterEntry.objects.values_list("months", flat=True)) == {ALL}


def test_a_second_look_changes_nothing(county):
    before = list(RosterEntry.objects.order_by("pk").values())
    assert refresh(county) is False
    assert list(RosterEntry.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(
    "until, months",
    [("2025-12-31", ALL), ("2025-12-30", None), ("2025-06-30", None)],
)
def test_who_leaves_before_the_last_day_is_not_rated(county, until, months):
    Post.objects.filter(pk=county.post(HUO).pk).update(until_on=until)
    refresh(county)
    entry = RosterEntry.objects.filter(person=county.post(HUO).person).first()
    assert (entry.months if entry else None) == months


def test_while_the_year_runs_today_stands_for_its_last_day(county):
    Post.objects.filter(pk=county.post(HUO).pk).update(until_on="2025-06-30")
    refresh(county, moment("2025-06-30 09:00"))
    assert months_of(entry_of(county, HUO)) == {HUO: [1, 2, 3, 4, 5, 6]}
    refresh(county, moment("2025-07-01 00:00"))
    assert not RosterEntry.objects.filter(person=county.post(HUO).person).exists()


@pytest.mark.parametrize("since, first", [("2025-03-31", 3), ("2025-04-01", 4), ("2025-12-31", 12)])
def test_a_month_is_answered_for_by_who_holds_the_post_on_its_last_day(county, since, first):
    Post.objects.filter(pk=county.post(HUO).pk).update(from_on=since)
    refresh(county)
    assert months_of(entry_of(county, HUO)) == {HUO: list(range(first, 13))}


def test_two_villages_make_one_star_and_one_row_a_month(county):
    """huo takes the neighbour's village as well in May; the post held longer answers."""
    Post.objects.filter(pk=county.post(SECOND).pk).update(until_on="2025-05-10")
    Post.objects.create(
        person=county.post(HUO).person, territory=county.post(SECOND).territory, duty=Duty.SECRETARY, from_on="2025-05-11"
    )
    refresh(county)
    assert months_of(entry_of(county, HUO)) == {HUO: list(range(1, 13))}
    assert RosterEntry.objects.filter(rating_year=county.rating_year).count() == 5


def test_who_moves_answers_first_here_then_there(county):
    Post.objects.filter(pk=county.post(HUO).pk).update(until_on="2025-05-30")
    Post.objects.filter(pk=county.post(SECOND).pk).update(until_on="2025-05-30")
    Post.objects.create(
        person=county.post(HUO).person, territory=county.post(SECOND).territory, duty=Duty.SECRETARY, from_on="2025-05-31"
    )
    refresh(county)
    entry = entry_of(county, HUO)
    assert months_of(entry) == {HUO: [1, 2, 3, 4], SECOND: [5, 6, 7, 8, 9, 10, 11, 12]}
    assert (entry.months, entry.territory.path) == (ALL, SECOND)


def test_of_two_posts_begun_on_one_day_the_lower_path_answers(county):
    day = county.post(HUO).from_on
    Post.objects.filter(pk=county.post(SECOND).pk).update(until_on=day)
    Post.objects.create(person=county.post(HUO).person, territory=county.post(SECOND).territory, duty=Duty.SECRETARY, from_on=day)
    refresh(county)
    assert months_of(entry_of(county, HUO)) == {HUO: list(range(1, 13))}


def test_facts_stand_in_the_policys_order(county):
    """village_type, full_months_in_post, full_decades_in_post, county_awards"""
    Territory.objects.filter(path=HUO).update(village_type="industry")
    Territory.objects.filter(path=SECOND).update(village_type="no such word")
    person = county.post(HUO).person
    for day in ("2019-06-28", "2025-12-31", "2026-01-01"):
        Award.objects.create(person=person, level="county", title="优秀", awarded_on=day)
    Award.objects.create(person=person, level="city", title="优秀", awarded_on="2020-06-28")
    refresh(county)
    assert entry_of(county, HUO).facts == [1, 132, 1, 2]
    assert entry_of(county, SECOND).facts == [NOT_APPLICABLE, 132, 1, 0]


def test_facts_keep_within_the_policys_bounds(county):
    for _ in range(5):
        Award.objects.create(person=county.post(HUO).person, level="county", title="优秀", awarded_on="2020-06-28")
    refresh(county)
    assert entry_of(county, HUO).facts[3] == 3


def test_years_before_a_removal_do_not_count(county):
    person, village = county.post(HUO).person, county.post(THIRD).territory
    Post.objects.filter(pk=county.post(HUO).pk).update(from_on="2023-01-01")
    Post.objects.create(
        person=person,
        territory=village,
        duty=Duty.SECRETARY,
        from_on="2005-01-01",
        until_on="2020-12-31",
        ending=Post.Ending.REMOVED,
    )
    refresh(county)
    assert entry_of(county, HUO).facts[1:3] == [36, 0]


def test_a_frozen_roster_moves_for_nothing(closed_county):
    before = list(RosterEntry.objects.order_by("pk").values())
    Post.objects.filter(pk=closed_county.post(HUO).pk).update(until_on="2025-06-30")
    Award.objects.create(person=closed_county.post(SECOND).person, level="county", title="优秀", awarded_on="2020-06-28")
    assert refresh(closed_county) is False
    assert list(RosterEntry.objects.order_by("pk").values()) == before


def test_a_change_of_the_roster_marks_the_year_for_computing(county):
    assert county.now().changed_at == moment("2025-01-02 09:00")
    appoint("新来", Duty.SECRETARY, county.cast.village, since=date(2025, 3, 1))
    assert refresh(county, moment("2025-03-02 09:00"))
    assert county.now().changed_at == moment("2025-03-02 09:00")
