"""Marks to follow a cell up: two kinds of lines of the one ledger, which hold nothing up."""

from uuid import UUID

import pytest

from governance.errors import RuleBroken
from stars.models import CellRemark, Filing
from stars.selectors.checks import desk_of
from stars.selectors.follow_ups import follow_up_count, follow_ups_of, open_follow_ups
from stars.services import remarks
from stars.services.remarks import add_remark
from tests.stars.county import County, moment

HUO = "140821101201"
AT = "2025-02-05 10:00"


@pytest.fixture
def january(county: County) -> Filing:
    return county.filing("month", 0)


def say(county: County, filing: Filing, kind: str, *, by: str = "lei", key: int = 1, place: int = 0) -> CellRemark:
    return add_remark(
        filing_id=filing.pk, post_id=county.post(HUO).pk, place=place, key=UUID(int=key), text="请核对会议记录", kind=kind,
        by=county.cast[by], at=moment(AT),
    )  # fmt: skip


def counted(filing: Filing) -> int:
    return Filing.objects.annotate(n=follow_up_count()).get(pk=filing.pk).n


def test_marked_by_one_closed_by_another_and_marked_again(county: County, january: Filing) -> None:
    say(county, january, "follow")
    say(county, january, "follow", place=1, key=2)
    assert [(one.place, one.by) for one in follow_ups_of([january])] == [(0, county.cast["lei"]), (1, county.cast["lei"])]
    say(county, january, "closed", by="liu", key=3)
    assert (counted(january), [one.place for one in follow_ups_of([january])]) == (1, [1])
    say(county, january, "follow", by="chen", key=4)
    assert counted(january) == 2
    assert CellRemark.objects.count() == 4, "lines are only added"
    assert not follow_ups_of([county.filing("month", 1)])


def test_a_mark_is_set_once_and_closed_once(county: County, january: Filing) -> None:
    with pytest.raises(RuleBroken) as broken:
        say(county, january, "closed")
    assert broken.value.code == "not_followed_up"
    mark = say(county, january, "follow")
    assert say(county, january, "follow").pk == mark.pk, "sent again, it is made once"
    with pytest.raises(RuleBroken) as broken:
        say(county, january, "follow", by="liu", key=2)
    assert broken.value.code == "followed_up_already"
    assert "雷嵋阳" in broken.value.message


def test_without_the_turn_there_would_be_two_marks(county: County, january: Filing, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin."""
    monkeypatch.setattr(remarks, "_check_turn", lambda *_asked: None)
    say(county, january, "follow")
    say(county, january, "follow", key=2)
    assert open_follow_ups().count() == 2


@pytest.mark.parametrize("who", ["zhao", "huo", "tang", "an"])
def test_others_mark_nothing(county: County, january: Filing, who: str) -> None:
    with pytest.raises(RuleBroken) as broken:
        say(county, january, "follow", by=who)
    assert broken.value.code == "not_your_duty"


def test_open_marks_hold_nothing_up(county: County, january: Filing) -> None:
    county.save(january, county.rows(january), at=AT)
    say(county, january, "follow", by="liu")
    assert county.submit(january, at=AT).state == "submitted"
    say(county, january, "follow", place=1, key=2)
    assert county.accept(january, at="2025-02-06 10:00").state == "accepted"
    assert counted(january) == 2


def test_a_mark_asks_and_answers_no_advice(county: County, january: Filing) -> None:
    say(county, january, "follow")
    assert desk_of(january, moment(AT)).answers == set()
    say(county, january, "closed", key=2)
    assert desk_of(january, moment(AT)).answers == {(county.post(HUO).pk, 0)}
