"""What if: who moves, the money, the work; by the year's own data, for those who may see them, and nothing is written."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.db import connection

from governance.models import PolicyVersion
from governance.services.policies import store_policy
from stars.models import FormMinutes, RatingYear, RosterEntry
from stars.selectors.whatif import what_if
from tests.stars.county import POLICY, County, moment
from tests.stars.views.conftest import SignIn, Travel

HUO = "140821101201"


def draft(county: County, *swaps: tuple[str, str]) -> PolicyVersion:
    text = POLICY.replace("code: small-county", "code: draft-county")
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    return store_policy(text, by=county.cast["chen"], at=moment("2026-02-20 09:00"))


STRICTER = ("{from: 90, gives: good}", "{from: 95, gives: good}")
DEARER = ("2: 200.05", "2: 250")


def everything() -> str:
    """A digest of every row of every table."""
    found = hashlib.sha256()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        for (table,) in cursor.fetchall():
            if table != "django_session":
                cursor.execute(f"SELECT coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '') FROM {table} t")
                found.update(table.encode() + cursor.fetchone()[0].encode())
    return found.hexdigest()


@pytest.fixture
def rated(closed_county: County) -> County:
    closed_county.compute()
    return closed_county


def test_the_same_rules_move_nobody(rated: County) -> None:
    found = what_if(rated.now(), draft(rated))
    assert not found.moved.any() and found.movers() == []
    assert found.total.more == 0 and found.before.cells == found.after.cells


def test_a_stricter_grade_moves_those_below_it_and_says_why(rated: County) -> None:
    found = what_if(rated.now(), draft(rated, STRICTER))
    rows = {row.star for row in rated.rating_year.ratings.all() if row.star is not None}
    assert rows == {3}, "ninety of a hundred is good: two stars, and one for the tenure"
    assert found.total.down == found.moved.sum() > 0 and found.total.up == 0
    mover = found.movers()[0]
    assert (mover.before, mover.after) == ((0, 3), (0, 2))
    assert mover.why[0] == "等次：好 → 中"
    assert (mover.pay_before, mover.pay_after) == (33333, 20005)


def test_money_by_result_by_township_by_type_sums_to_the_total(rated: County) -> None:
    from stars.selectors.whatif import townships, village_types

    found = what_if(rated.now(), draft(rated, STRICTER, DEARER))
    types = found.groups(village_types(found.after.plan), found.carried.inputs.roster["village_type"])
    places = found.groups(townships(rated.rating_year), found.carried.inputs.township)
    for groups in (types, places):
        assert sum(one.people for one in groups) == found.total.people
        assert sum(one.pay_after for one in groups) == found.total.pay_after
    assert sum(one.pay_before for one in found.levels) == found.total.pay_before
    assert sum(one.people_after for one in found.levels) == found.total.people


def test_the_year_costs_what_the_pay_list_says(rated: County) -> None:
    from stars.models import PayList
    from stars.services.pay import make_pay_list

    found = what_if(rated.now(), draft(rated))
    rated.review(), rated.decide(), rated.publicise()
    make_pay_list(publication_id=rated.publish().pk, at=moment("2026-02-14 09:00"))
    assert found.before.year_cents == found.after.year_cents == PayList.objects.get().total_cents > 0


def test_who_is_not_rated_costs_nothing(rated: County) -> None:
    """Though the steps of the policy give everybody an amount."""
    RosterEntry.objects.filter(rating_year=rated.rating_year, person=rated.post(HUO).person_id).update(facts=[0, 3, 0, 0])
    found = what_if(rated.now(), draft(rated, DEARER))
    levels = {(one.outcome, one.star): one for one in found.levels}
    assert levels[3, None].people_after == 1 and levels[3, None].pay_after == levels[3, None].pay_before == 0
    assert found.after.ratings.pay_cents.min() > 0, "the twin: by the steps alone there would be money"


def test_it_is_the_engine_s_own_result(rated: County) -> None:
    """Under a policy brought into force and computed for real, everybody has what the trial said."""
    version = draft(rated, STRICTER, DEARER)
    said = what_if(rated.now(), version)
    RatingYear.objects.filter(pk=rated.rating_year.pk).update(policy=version)
    rated.compute()
    real = dict(rated.rating_year.ratings.values_list("entry__person", "star"))
    star = said.after.ratings.star.tolist()
    assert {person: (None if star[n] < 0 else star[n]) for n, person in enumerate(said.key.tolist())} == real


def test_of_a_decided_year_the_data_are_those_that_were_decided_on(rated: County) -> None:
    rated.review(), rated.decide()
    before = what_if(rated.now(), draft(rated, STRICTER)).total
    with connection.cursor() as cursor:
        cursor.execute("UPDATE stars_assessment SET scores = array_fill(0::smallint, ARRAY[cardinality(scores)])")
    assert what_if(rated.now(), PolicyVersion.objects.get(code="draft-county")).total == before


def test_hours_go_by_the_measured_pace(rated: County) -> None:
    assert what_if(rated.now(), draft(rated)).before.minutes is None
    FormMinutes.objects.create(
        rating_year=rated.rating_year,
        sheet_code="month",
        period=0,
        level=9,
        count=5,
        seconds=6000,
        told_count=5,
        told_seconds=6000,
    )
    more = (
        "      order: {title: 平安稳定, max: 30}\n",
        "      order: {title: 平安稳定, max: 30}\n      road: {title: 村道养护, max: 20}\n",
    )
    text = PolicyVersion.objects.get(code="draft-county").text.replace(*more)
    found = what_if(rated.now(), store_policy(text, by=rated.cast["chen"], at=moment("2026-02-21 09:00")))
    assert found.before.minutes and found.after.minutes and found.after.cells > found.before.cells
    assert found.after.minutes / found.before.minutes == pytest.approx(found.after.cells / found.before.cells, rel=0.01)


def test_the_page_computes_and_writes_nothing(rated: County, sign_in: SignIn, travel: Travel) -> None:
    version = draft(rated, STRICTER)
    travel("2026-02-20 10:00")
    client = sign_in("chen")
    url = f"/policies/{version.pk}/what-if/"
    assert url in client.get(f"/policies/{version.pk}/").content.decode()
    before = everything()
    html = client.get(url, {"year": rated.rating_year.pk, "budget": 100}).content.decode()
    assert everything() == before
    assert "等次：好 → 中" in html and "超出" in html and "嵋阳镇" in html
    assert client.get(url).status_code == 200
    assert client.get(url, {"year": 999_999}).status_code == 422


@pytest.mark.parametrize(("who", "status"), [("an", 200), ("liu", 403), ("lei", 403), ("huo", 403), ("dai", 403)])
def test_who_may_try(rated: County, sign_in: SignIn, travel: Travel, who: str, status: int) -> None:
    travel("2026-02-20 10:00")
    version = draft(rated, STRICTER)
    assert sign_in(who).get(f"/policies/{version.pk}/what-if/").status_code == status


def test_another_county_s_year_is_not_offered(rated: County, sign_in: SignIn, travel: Travel, monkeypatch: Any) -> None:
    travel("2026-02-20 10:00")
    version = draft(rated, STRICTER)
    client, url = sign_in("tang"), f"/policies/{version.pk}/what-if/"
    assert "临猗县" not in client.get(url).content.decode()
    refused = client.get(url, {"year": rated.rating_year.pk})
    assert refused.status_code == 422 and "嵋阳镇" not in refused.content.decode()
    everybody = RatingYear.objects.all()
    monkeypatch.setattr(type(everybody), "visible_to", lambda rows, _user: rows)
    assert client.get(url, {"year": rated.rating_year.pk}).status_code == 200, "the twin: without the scope it would be"


def test_a_draft_that_needs_what_no_part_of_the_system_holds(rated: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2026-02-20 10:00")
    version = draft(
        rated,
        (
            "  star: {title: 上年星级, unit: star, max: 5, years_back: 1}",
            "  star: {title: 上年星级, unit: star, max: 5, years_back: 3}",
        ),
    )
    assert sign_in("chen").get(f"/policies/{version.pk}/what-if/", {"year": rated.rating_year.pk}).status_code == 200
