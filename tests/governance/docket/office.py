"""Units of the small county: an agriculture office with its liaison dai, a finance office with min, the places' own offices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from governance.docket.acts import Charge, act_on, raise_item
from governance.docket.demands import Said
from governance.docket.evidence import Evidence
from governance.docket.places import office_of
from governance.duties import Duty
from governance.models import DocketItem, Person, Unit, UnitMember, User
from tests.cast import SINCE, Cast, appoint

AT = datetime(2025, 3, 3, 2, tzinfo=UTC)  # a Monday, ten in the morning in Shanghai
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PDF = Evidence("现场照片.pdf", "application/pdf", b"%PDF-1.7 what was done")


@dataclass
class Offices:
    cast: Cast
    agriculture: Unit
    finance: Unit
    county: Unit
    township: Unit

    def __getitem__(self, name: str) -> User:
        return self.cast[name]


def found_offices(cast: Cast) -> Offices:
    cast.people["min"] = appoint("闵临猗", Duty.DEPARTMENT, cast.county, account="min")
    agriculture, finance = (_department(cast, name) for name in ("县农业农村局", "县财政局"))
    for unit, who in ((agriculture, "dai"), (finance, "min")):
        UnitMember.objects.create(unit=unit, person=cast.people[who].person, role="liaison", from_on=SINCE)
    return Offices(cast, agriculture, finance, office_of(cast.county), office_of(cast.township))


def _department(cast: Cast, name: str) -> Unit:
    return Unit.objects.create(territory=cast.county, kind="department", name=name, short_name=name[1:], from_on=SINCE)


def raised(offices: Offices, unit: Unit | None = None, **more: object) -> DocketItem:
    """By chen of the county, who also checks; to the agriculture office unless another is given."""
    charge = Charge("matter", "清理田间废弃物", offices.county, unit or offices.agriculture, **more)  # type: ignore[arg-type]
    return raise_item(charge, by=offices["chen"], at=AT)


def answered(offices: Offices) -> DocketItem:
    item = raised(offices)
    act_on(item.pk, "accept", Said(), by=offices["dai"], at=AT + HOUR)
    return act_on(item.pk, "answer", Said("已清理", evidence=[PDF]), by=offices["dai"], at=AT + DAY)


def verified(offices: Offices) -> DocketItem:
    return act_on(answered(offices).pk, "verify", Said(), by=offices["chen"], at=AT + 2 * DAY)


def struck_off(offices: Offices) -> DocketItem:
    return act_on(verified(offices).pk, "strike_off", Said(), by=offices["chen"], at=AT + 3 * DAY)


def join(offices: Offices, who: str, unit: Unit, *, until: date | None = None) -> None:
    person: Person = offices.cast.people[who].person
    UnitMember.objects.create(unit=unit, person=person, role="member", from_on=SINCE, until_on=until)
