"""Why a village has no line of its own on the roster."""

from governance.duties import Duty
from governance.models import Post, Territory
from stars.selectors.gaps import gaps
from stars.services.roster import refresh_roster
from tests.cast import appoint
from tests.stars.county import moment

HUO, SECOND, THIRD = "140821101201", "140821101202", "140821101203"


def reasons(county, who="chen", **where):
    return {gap.village.path: gap.reason for gap in gaps(county.now(), county.cast[who], **where)}


def test_vacant_held_beside_another_or_not_yet_seen(county):
    assert reasons(county) == {}
    Post.objects.filter(pk=county.post(SECOND).pk).update(until_on="2025-03-10")
    Post.objects.filter(pk=county.post(THIRD).pk).update(until_on="2025-03-10")
    Post.objects.create(
        person=county.post(HUO).person, territory=county.post(SECOND).territory, duty=Duty.SECRETARY, from_on="2025-03-11"
    )
    new = Territory.objects.create(
        path="140821102204",
        code="140821102204",
        level=5,
        parent=county.cast.sibling,
        name="临晋丁村",
        short_name="临晋丁村",
        valid_from="2015-01-01",
    )
    refresh_roster(county.now(), at=moment("2025-04-01 09:00"))
    found = reasons(county)
    assert list(found) == [SECOND, THIRD, new.path]
    assert "霍嵋阳" in found[SECOND]
    assert "嵋阳甲村" in found[SECOND]
    assert "嵋阳丙村书记" in found[THIRD]
    assert "2025年3月10日" in found[THIRD]
    assert len(set(found.values())) == 3
    appoint("新来", Duty.SECRETARY, new, since="2025-04-02")
    assert "新来" in reasons(county)[new.path]
    assert list(reasons(county, within="140821102")) == [new.path]
    assert list(reasons(county, "lei")) == [SECOND, THIRD]
    assert reasons(county, "sun") == {}
