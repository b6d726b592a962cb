"""What happened to the secretaries of a county-year besides their scores: sanctions of a few, praise and talks for others."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from random import Random

from governance.calendar import calendar_for
from governance.duties import Duty
from governance.models import Post, User
from stars.demo.seed import Noted, Step
from stars.models import Event, RatingYear
from stars.periods import start_of

PRAISED, BLAMED = 0.10, 0.04  # shares of those whom nothing disqualified
LIKELY = {  # of the policy's items, how often one is the one
    "merit": {"county_praise": 9, "good_practice": 5, "city_praise": 3, "province_praise": 1},
    "demerit": {"overdue_task": 6, "overdue_order": 3, "criticism": 2, "admonition": 1},
}
SANCTIONS = ["party_sanction", "party_sanction", "office_sanction"]
EVIDENCE = {
    "county_praise": "县委、县政府通报表扬文件",
    "good_practice": "县委组织部《党建工作简报》刊发的经验材料",
    "city_praise": "市委组织部表扬通报",
    "province_praise": "省委组织部表彰决定",
    "overdue_task": "乡镇重点任务台账与催办单",
    "overdue_order": "整改通知书与复查记录",
    "criticism": "县委督查室通报",
    "admonition": "诫勉谈话记录",
    "party_sanction": "县纪委监委党纪处分决定书",
    "office_sanction": "县纪委监委政务处分决定书",
}


def noted(rating_year: RatingYear, vetoed: Collection[str], *, recorder: User, confirmer: User, now: datetime) -> Iterator[Noted]:
    """What was recorded and confirmed by now; `vetoed` are paths of villages."""
    calendar = calendar_for(rating_year.territory)
    for post, list_code, item_code, day in _drawn(rating_year, vetoed):
        minutes = timedelta(minutes=int(post.territory.path[-2:]) % 60)  # not everybody at the stroke of the hour
        recorded = Step(Event.State.RECORDED, recorder, start_of(calendar.add(day, 1)) + timedelta(hours=10) + minutes)
        confirmed = Step(Event.State.CONFIRMED, confirmer, start_of(calendar.add(day, 2)) + timedelta(hours=9) + minutes)
        if confirmed.at < now:
            yield Noted(post, list_code, item_code, day, EVIDENCE[item_code], recorded, confirmed)


def _drawn(rating_year: RatingYear, vetoed: Collection[str]) -> Iterator[tuple[Post, str, str, date]]:
    year, county = rating_year.year, rating_year.territory.path
    random = Random(f"events {county} {year}")
    posts = Post.objects.filter(
        territory__path__prefix=county, duty=Duty.SECRETARY, from_on__lt=date(year, 1, 1), until_on=None
    )  # fmt: skip
    for post in posts.select_related("territory", "person").order_by("territory__path"):
        day = date(year, random.randint(2, 11), random.randint(1, 26))
        chance = random.random()
        if post.territory.path in vetoed:
            yield post, "discipline", random.choice(SANCTIONS), day
        elif chance < PRAISED + BLAMED:
            list_code = "merit" if chance < PRAISED else "demerit"
            items = LIKELY[list_code]
            yield post, list_code, random.choices(list(items), list(items.values()))[0], day
