"""What the county trained its secretaries in, a training a quarter; nearly everybody came."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from governance.calendar import calendar_for
from governance.duties import Duty
from governance.models import Territory, User
from governance.services.trainings import posts_on, record_training
from stars.periods import start_of

HELD = [  # month, day from which on, title, hours
    (3, 17, "党组织书记集中轮训", 16),
    (6, 9, "抓党建促乡村振兴专题培训", 8),
    (9, 8, "基层治理与信访化解业务培训", 8),
    (11, 3, "党务工作与财务规范培训", 6),
]
EXCUSED, ABSENT = 0.03, 0.03


def train(county: Territory, year: int, *, recorder: User, now: datetime) -> None:
    """Each is recorded on the next working day, if that has come."""
    calendar = calendar_for(county)
    for number, (month, day, title, hours) in enumerate(HELD, start=1):
        held_on = calendar.add(date(year, month, day), 1)
        at = start_of(calendar.add(held_on, 1)) + timedelta(hours=9, minutes=40)
        if at < now:
            record_training(
                territory=county, title=f"{year}年{title}", held_on=held_on, hours=hours, place="县委党校",
                document_no=f"{county.short_name[:1]}组通字〔{year}〕{6 * number}号", people=_attendance(county, held_on),
                by=recorder, at=at,
            )  # fmt: skip


def _attendance(county: Territory, day: date) -> str:
    random = Random(f"training {county.path} {day}")
    lines = ["全体 到会"]
    for post in posts_on(county, day).filter(duty=Duty.SECRETARY):
        chance = random.random()
        if chance < EXCUSED + ABSENT:
            lines.append(f"{post.territory.parent} {post.territory} {post.person.name} {'请假' if chance < EXCUSED else '缺席'}")
    return "\n".join(lines)
