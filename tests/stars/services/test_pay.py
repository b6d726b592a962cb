"""What a publication gives, to the cent; what a correction changes of it."""

import pytest
from django.db import IntegrityError, transaction

from governance.duties import Duty
from stars.models import PayLine, PayList
from stars.services import stages
from stars.services.pay import make_pay_list
from tests.cast import appoint
from tests.stars.county import moment

HUO = "140821101201"


def lines_of(publication):
    return {
        line.rating.village_code: line
        for line in PayLine.objects.filter(pay_list__publication=publication).select_related("rating")
    }


def test_the_first_list_is_whole(county):
    county.file_all(shares={HUO: 95, "140821101202": 70, "140821101203": 50})
    county.close()
    publication = county.settle()
    lines = lines_of(publication)
    assert "140821101203" not in lines  # no star, no line
    huo, second = lines["140821101201"], lines["140821101202"]
    # three stars: 333.33 a month for twelve months, and 1,000.01 once
    assert (huo.tier, huo.monthly_cents, huo.months, huo.reward_cents) == ("reward_two", 33333, 12, 100001)
    assert huo.amount_cents == 33333 * 12 + 100001 == 499997
    # two stars: 200.05 a month, no reward
    assert (second.tier, second.monthly_cents, second.reward_cents, second.amount_cents) == ("no_reward", 20005, 0, 240060)
    pay_list = publication.pay_list
    assert pay_list.number == "140821-2025-1"
    assert pay_list.total_cents == sum(line.amount_cents for line in lines.values()) == 4 * 499997 + 240060


def test_who_is_not_yet_eligible_gets_nothing(county):
    appoint("新来", Duty.SECRETARY, county.cast.villages_of(county.cast.township)[1], since="2025-11-01")
    county.file_all()
    county.close()
    publication = county.settle()
    assert publication.ratings.filter(person_name="新来", outcome=3).exists()
    assert "新来" not in {line.rating.person_name for line in lines_of(publication).values()}


def correct(county, rows, at_day):
    act = {"by": county.cast["chen"], "at": moment(f"2026-{at_day} 09:00")}
    stages.open_correction(rating_year_id=county.rating_year.pk, reason="录入有误", **act)
    county.unlock(county.filing("year"), at=f"2026-{at_day} 09:00")
    stages.amend_scores(filing_id=county.filing("year").pk, rows=rows, reason="录入有误", **act)
    county.compute(f"2026-{at_day} 10:00")
    county.review(f"2026-{at_day} 11:00")
    county.decide(f"2026-{at_day} 12:00")
    county.publicise(f"2026-{at_day} 13:00")
    return county.publish("2026-12-01 09:00")


def test_a_correction_yields_the_difference_down_and_up_again(closed_county):
    county = closed_county
    first = county.settle()
    second = correct(county, {county.post(HUO).pk: [2000]}, "03-02")
    (line,) = lines_of(second).values()
    assert (line.monthly_cents, line.reward_cents) == (20005, 0)
    assert line.amount_cents == 240060 - 499997
    assert second.pay_list.number == "140821-2025-2"
    third = correct(county, {county.post(HUO).pk: [9900]}, "04-02")
    (line,) = lines_of(third).values()
    assert line.amount_cents == 499997 - 240060
    total = sum(PayList.objects.values_list("total_cents", flat=True))
    assert total == first.pay_list.total_cents


def test_a_correction_that_changes_no_money_has_an_empty_list(closed_county):
    closed_county.settle()
    second = correct(closed_county, {closed_county.post(HUO).pk: [9100]}, "03-02")
    assert second.ratings.get().star == 3
    assert (second.pay_list.total_cents, second.pay_list.lines.count()) == (0, 0)


def test_a_list_is_made_once(closed_county):
    publication = closed_county.settle()
    made = publication.pay_list
    assert make_pay_list(publication_id=publication.pk, at=moment("2026-06-01 09:00")) == made
    assert PayList.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        PayList.objects.create(publication=publication, number="x", total_cents=0, digest="", made_at=moment("2026-06-01 09:00"))
