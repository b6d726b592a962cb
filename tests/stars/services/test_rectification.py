"""A result without a star brings its order; the order is tracked until somebody else strikes it off; a correction withdraws it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.translation import override

from governance.docket.acts import act_on
from governance.docket.demands import Said
from governance.docket.evidence import Evidence
from governance.errors import RuleBroken
from governance.models import DocketItem
from governance.workdays import MILLISECOND, local_day
from stars.services import rectification, stages
from stars.services.rectification import ORDER, order_for
from tests.stars.county import moment

HUO = "140821101201"
PDF = Evidence("整改报告.pdf", "application/pdf", b"%PDF-1.7")


@pytest.fixture
def published(county, anchors):
    county.file_all(shares={HUO: 50})
    county.close()
    publication = county.settle()
    return publication.ratings.get(territory__path=HUO)


def test_an_order_with_its_deadline(published):
    item = DocketItem.objects.get(kind=ORDER.name)
    assert order_for(published) == item
    assert (item.territory, item.unit.territory.path, item.checker.territory.path) == (published.territory, HUO, HUO[:9])
    assert local_day(item.due_at - MILLISECOND) == local_day(item.started_at) + timedelta(days=90)


def test_tracked_until_somebody_else_strikes_it_off(published, county):
    item, at = DocketItem.objects.get(), moment("2026-03-01 10:00")
    people = county.cast
    act_on(item.pk, "accept", Said(), by=people["huo"], at=at)
    act_on(item.pk, "answer", Said("逐条整改", evidence=[PDF]), by=people["huo"], at=at)
    with pytest.raises(RuleBroken):
        act_on(item.pk, "verify", Said(), by=people["huo"], at=at)
    for act in ("verify", "strike_off"):
        item = act_on(item.pk, act, Said(), by=people["lei"], at=at)
    assert item.state == DocketItem.State.STRUCK_OFF


def test_a_policy_says_the_days(published):
    class Plan:
        parameters = {rectification.PARAMETER: type("P", (), {"value": 30})()}

    assert rectification._term(Plan()).count == 30
    Plan.parameters = {}
    assert rectification._term(Plan()).count == 90


@pytest.mark.parametrize(("share", "state"), [(100, "withdrawn"), (60, "assigned")])
def test_a_correction_withdraws_what_it_puts_right(published, county, share, state):
    act = {"by": county.cast["chen"], "at": moment("2026-03-02 09:00")}
    stages.open_correction(rating_year_id=county.rating_year.pk, reason="录入有误", **act)
    county.unlock(county.filing("year"), at="2026-03-02 09:00")
    stages.amend_scores(filing_id=county.filing("year").pk, rows={county.post(HUO).pk: [share * 100]}, reason="录入有误", **act)
    county.compute("2026-03-02 11:00")
    county.review("2026-03-03 09:00")
    county.decide("2026-03-04 09:00")
    county.publicise("2026-03-05 09:00")
    corrected = county.publish("2026-03-13 09:00").ratings.get()
    item = DocketItem.objects.get()
    assert (item.state, order_for(corrected)) == (state, item)


def test_what_is_stored_is_in_the_site_s_language(county):
    """Whoever publishes with English screens leaves a docket that everybody else can read."""
    county.file_all(shares={HUO: 50})
    county.close()
    with override("en"):
        county.settle()
    item = DocketItem.objects.get(kind=ORDER.name)
    assert item.title.endswith("2025 年度评星限期整改") and "Result" not in item.body
