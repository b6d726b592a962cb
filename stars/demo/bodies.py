"""Coordination bodies of the demo: who belongs to them, what they met about, their lists, and what became of each matter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import yaml
from django.db.models import prefetch_related_objects

from governance.calendar import calendar_for
from governance.coordination.meetings import Decided, charge_decision, record_meeting
from governance.coordination.tasks import NewTask, add_tasks, open_list
from governance.deadlines import Until
from governance.docket.demands import Said
from governance.docket.evidence import Evidence
from governance.docket.places import office_of, offices_of
from governance.duties import Duty
from governance.models import DocketItem, MeetingDecision, Person, Post, Territory, Unit, UnitMember, User
from governance.workdays import WorkingCalendar, local_day, start_of
from stars.demo.histories import Act, History, write_histories
from stars.demo.names import draw_names
from stars.demo.office import HELD_SINCE, Office, open_accounts
from stars.services.rectification import ORDER

DATA = Path(__file__).parent / "data"
KAIFENG = "4102"
STAFF = [("kaifeng", Duty.COUNTY_STAFF, "市委组织部组织三科科长"), ("kaifeng2", Duty.COUNTY_STAFF, "市委组织部组织三科干部"), ("kaifeng-leader", Duty.COUNTY_LEADER, "市委组织部副部长")]  # fmt: skip
SIGNED_IN_UNIT = ("kaifeng-finance", "市财政局")
PHOTO = Evidence("办结佐证.pdf", "application/pdf", b"%PDF-1.4\n% demo\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")  # fmt: skip
LONGEST_OVERDUE = timedelta(days=45)
NOT_OURS = "按“三定”规定，此事项不属本单位职责，建议交由业务主管部门承办。"
UNCLEAR = "佐证只有会议照片，看不出落实结果，请补充台账和现场材料。"
PRESS = "已临近（超过）期限，请说明原因并明确办结日期。"
NEWS = [
    "已印发工作方案并召开推进会。",
    "完成底数摸排，建立台账。",
    "过半县（区）已完成，其余正在推进。",
    "进入收尾阶段，正在逐项核对。",
]
DONE = "已按要求完成，台账和现场材料附后。"


@dataclass
class Cast:
    """A place's coordination: its staff, its units by name, and who acts for each."""

    place: Territory
    staff: list[User]
    units: dict[str, Unit]
    liaisons: dict[int, User]  # by unit
    committee: Unit
    office: Unit


# ---- founding ------------------------------------------------------------------------------------


def found_kaifeng() -> Cast:
    book, place = _book("kaifeng"), Territory.objects.get(path=KAIFENG, valid_to=None)
    names = draw_names(60, seed=KAIFENG)
    staff = _people(place, names, [(user, duty, title) for user, duty, title in STAFF])
    units = _departments(place, book["units"])
    committee, office = _committee(place, book, units)
    _bodies(place, Unit.Kind.TASK_FORCE, book["task_forces"], committee, units)
    wanted = [(_account(KAIFENG, n, name), Duty.DEPARTMENT, f"{name}联络员") for n, name in enumerate(units)]
    liaisons = _people(place, names[len(STAFF) :], wanted)
    return _cast(place, staff, units, liaisons, committee, office)


def found_linyi(office: Office) -> Cast:
    book, place = _book("linyi"), office.county
    units = _departments(place, book["units"])
    committee, head_office = _committee(place, book, units)
    _bodies(place, Unit.Kind.GROUP, book["groups"], committee, units)
    _bodies(place, Unit.Kind.TASK_FORCE, book["task_forces"], committee, units)
    _bodies(place, Unit.Kind.SUPERVISION, book["supervision"], committee, units)
    others = [name for name in units if name != "县农业农村局"]
    wanted = [(_account(place.path, n, name), Duty.DEPARTMENT, f"{name}联络员") for n, name in enumerate(others)]
    found = dict(zip(others, _people(place, draw_names(60, seed=f"units {place.path}"), wanted), strict=True))
    found["县农业农村局"] = office.users["department"]
    staff = [office.users[name] for name in ("county", "county2", "county3")]
    return _cast(place, staff, units, [found[name] for name in units], committee, head_office)


def _book(name: str) -> dict[str, Any]:
    return yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8"))


def _account(path: str, number: int, name: str) -> str:
    return SIGNED_IN_UNIT[0] if name == SIGNED_IN_UNIT[1] else f"unit-{path}-{number + 1:02}"


def _people(place: Territory, names: Sequence[tuple[str, str]], wanted: Sequence[tuple[str, str, str]]) -> list[User]:
    people = Person.objects.bulk_create(
        Person(name=name, sex=sex, territory=place, education=Person.Education.BACHELOR)
        for (name, sex), _one in zip(names, wanted, strict=False)
    )
    Post.objects.bulk_create(
        Post(person=person, territory=place, duty=duty, title=title, from_on=HELD_SINCE)
        for person, (_user, duty, title) in zip(people, wanted, strict=True)
    )
    accounts = open_accounts([user for user, _duty, _title in wanted], people)
    return [accounts[user] for user, _duty, _title in wanted]


def _departments(place: Territory, names: Sequence[str]) -> dict[str, Unit]:
    made = Unit.objects.bulk_create(
        Unit(territory=place, kind=Unit.Kind.DEPARTMENT, name=name, short_name=name, from_on=HELD_SINCE) for name in names
    )
    return {unit.name: unit for unit in made}


def _committee(place: Territory, book: dict[str, Any], units: dict[str, Unit]) -> tuple[Unit, Unit]:
    """The committee with its member units, and the office that keeps its lists and verifies."""
    committee = Unit.objects.create(
        territory=place, kind=Unit.Kind.COMMITTEE, name=book["committee"], short_name=book["short_name"], from_on=HELD_SINCE,
        duty="统筹研究党建引领基层治理重大事项，党委书记任总召集人。",
    )  # fmt: skip
    office = Unit.objects.create(
        territory=place, kind=Unit.Kind.OFFICE, name=book["office"], short_name="治理办", parent=committee, from_on=HELD_SINCE,
        duty="承担日常工作：分解任务、调度督办、核验销号。",
    )  # fmt: skip
    UnitMember.objects.bulk_create(UnitMember(unit=committee, member_unit=unit, from_on=HELD_SINCE) for unit in units.values())
    _lead([committee, office])
    return committee, office


def _lead(bodies: Sequence[Unit]) -> None:
    """A head and a deputy for each: county leaders, who have no account here."""
    roles = (UnitMember.Role.HEAD, UnitMember.Role.DEPUTY)
    names = draw_names(len(roles) * len(bodies), seed=" ".join(body.name for body in bodies))
    place = bodies[0].territory
    people = Person.objects.bulk_create(
        Person(name=name, sex=sex, territory=place, education=Person.Education.BACHELOR) for name, sex in names
    )
    UnitMember.objects.bulk_create(
        UnitMember(unit=bodies[n // len(roles)], person=person, role=roles[n % len(roles)], from_on=HELD_SINCE)
        for n, person in enumerate(people)
    )


def _bodies(place: Territory, kind: str, names: Sequence[str], committee: Unit, units: dict[str, Unit]) -> None:
    """Each with three of the units, the first of them leading."""
    made = Unit.objects.bulk_create(
        Unit(territory=place, kind=kind, name=name, short_name=name, parent=committee, from_on=HELD_SINCE) for name in names
    )
    of_all = list(units.values())
    UnitMember.objects.bulk_create(
        UnitMember(
            unit=body, member_unit=of_all[(3 * n + place_in) % len(of_all)], from_on=HELD_SINCE,
            role=UnitMember.Role.MEMBER if place_in else UnitMember.Role.HEAD,
        )
        for n, body in enumerate(made) for place_in in range(3)
    )  # fmt: skip
    _lead(made)


def _cast(
    place: Territory, staff: list[User], units: dict[str, Unit], liaisons: Sequence[User], committee: Unit, office: Unit
) -> Cast:
    UnitMember.objects.bulk_create(
        UnitMember(unit=unit, person_id=user.person_id, role=UnitMember.Role.LIAISON, from_on=HELD_SINCE)
        for unit, user in zip(units.values(), liaisons, strict=True)
    )
    UnitMember.objects.bulk_create(UnitMember(unit=office, person_id=user.person_id, from_on=HELD_SINCE) for user in staff[:2])
    return Cast(
        place, staff, units, {unit.pk: user for unit, user in zip(units.values(), liaisons, strict=True)}, committee, office
    )


# ---- living --------------------------------------------------------------------------------------


def live_in_kaifeng(cast: Cast, now: datetime) -> None:
    """A list of the year, and monthly meetings of last year and this one."""
    today, items = local_day(now), []
    year = today.year if today >= date(today.year, 3, 1) else today.year - 1
    issued = start_of(calendar_for(cast.place).add(date(year, 2, 20), 0)) + timedelta(hours=9)
    items += _list(cast, year, issued)
    items += _meetings(cast, _agenda_of_kaifeng(cast), range(year - 1, today.year + 1), now)
    write_histories(_told(cast, items, now))


def live_in_linyi(cast: Cast, office: Office, own_township: str, orders: Sequence[DocketItem], now: datetime) -> None:
    """Monthly meetings whose decisions go to the county's departments and to the township that the newcomer tries; and what
    became of the rectification orders."""
    place = next(one for one in office.townships if one.path == own_township)
    agenda = [
        (text, office_of(place) if unit == "乡镇" else cast.units[unit], int(days))
        for text, unit, days in (line.split(" | ") for line in _book("linyi")["decisions"])
    ]
    cast.liaisons[office_of(place).pk] = office.clerk(place)
    year = local_day(now).year
    items = _meetings(cast, agenda, range(year - 1, year + 1), now)
    _secretaries_of(cast, orders)
    heads = {unit.pk: office.head(unit.territory) for unit in offices_of(office.townships).values()}
    write_histories(_told(cast, [*items, *orders], now, heads))


def _list(cast: Cast, year: int, issued: datetime) -> list[DocketItem]:
    book = _book("kaifeng")
    task_list = open_list(
        body=cast.office, year=year, title=book["list"]["title"], document_no=book["list"]["document_no"].format(year=year),
        by=cast.staff[0], at=issued,
    )  # fmt: skip
    tasks = [
        NewTask(
            aspect, title, measure, cast.units[lead], [cast.units[name] for name in helpers.split("、")],
            date(year, *map(int, due.split("-"))),
        )
        for aspect, lines in book["aspects"].items() for title, measure, lead, helpers, due in (line.split(" | ") for line in lines)
    ]  # fmt: skip
    return [task.item for task in add_tasks(task_list_id=task_list.pk, tasks=tasks, by=cast.staff[0], at=issued)]


def _agenda_of_kaifeng(cast: Cast) -> list[tuple[str, Unit, int]]:
    lines = [line.split(" | ") for lines in _book("kaifeng")["aspects"].values() for line in lines]
    return [(f"{title}：{measure}，下次会议前报结果", cast.units[lead], 30) for title, measure, lead, _helpers, _due in lines]


def _meetings(cast: Cast, agenda: Sequence[tuple[str, Unit, int]], years: range, now: datetime) -> list[DocketItem]:
    """On the tenth of each second month or the working day after; two decisions each, which go on the docket the same day."""
    calendar, made, items = calendar_for(cast.place), 0, []
    for day in (date(year, month, 9) for year in years for month in range(2, 13, 2)):
        held_on = calendar.add(day, 1)
        at = start_of(held_on) + timedelta(hours=17)
        if at > now:
            break
        chosen = [agenda[(made + n) % len(agenda)] for n in range(2)]
        made += 2
        attendances = {unit: ("absent" if (made + n) % 19 == 0 else "present", "") for n, unit in enumerate(cast.units.values())}
        meeting = record_meeting(
            body=cast.committee, title=f"{held_on.year}年{held_on.month}月例会", held_on=held_on, by=cast.staff[0], at=at, place="市委第一会议室" if cast.place.path == KAIFENG else "县委会议室",
            chair="总召集人", agenda="听取任务进展\n研判超期事项\n审议下一步安排", attendances=attendances,
            decisions=[Decided(text, unit, calendar.add(held_on + timedelta(days=days), 1)) for text, unit, days in chosen],
        )  # fmt: skip
        for decision in MeetingDecision.objects.filter(meeting=meeting).order_by("number"):
            item = charge_decision(decision_id=decision.pk, by=cast.staff[0], at=at).item
            if item is not None:
                items.append(item)
    return items


def _secretaries_of(cast: Cast, orders: Sequence[DocketItem]) -> None:
    """Whoever has an order answers it in his own name."""
    posts = Post.objects.filter(territory__in=[item.territory_id for item in orders], duty=Duty.SECRETARY, until_on=None)
    by_place = {post.territory_id: post for post in posts.select_related("person__user", "territory")}
    new = {pk: post for pk, post in by_place.items() if not hasattr(post.person, "user")}
    accounts = open_accounts(
        [f"secretary-{post.territory.path}" for post in new.values()], [post.person for post in new.values()]
    )
    users = {post.person_id: user for post, user in zip(new.values(), accounts.values(), strict=True)}
    for item in orders:
        if post := by_place.get(item.territory_id):
            cast.liaisons[item.unit_id or 0] = users.get(post.person_id) or post.person.user


# ---- what became of a matter ---------------------------------------------------------------------

FATES = (  # in turn; the word says what is out of the ordinary
    "plain", "plain", "late", "plain", "sent_back", "plain", "urged", "plain", "extended", "plain", "returned", "plain", "paused",
    "plain", "reopened", "open",
)  # fmt: skip


def _told(cast: Cast, items: Sequence[DocketItem], now: datetime, heads: dict[int, User] | None = None) -> list[History]:
    """`heads`: who verifies, by the verifying unit, where it isn't the staff."""
    prefetch_related_objects(items, "events")
    calendar = calendar_for(cast.place)
    tellers = [
        _Teller(cast, item, Random(f"docket {item.title} {n}"), calendar, (heads or {}).get(item.checker_id, cast.staff[1]), now)
        for n, item in enumerate(items)
    ]
    return [History(one.item, [act for act in one.acts(FATES[n % len(FATES)]) if act.at < now]) for n, one in enumerate(tellers)]


@dataclass
class _Teller:
    cast: Cast
    item: DocketItem
    random: Random
    calendar: WorkingCalendar
    checker: User
    now: datetime

    def acts(self, fate: str) -> Iterator[Act]:
        """Those up to any day; the caller leaves out what is still to come. Nobody answers where nobody acts for the unit."""
        owner = self.cast.liaisons.get(self.item.unit_id or 0)
        if owner is None or self.item.due_at is None:
            return
        last = local_day(self.item.due_at - timedelta(seconds=1))
        day = self.calendar.add(local_day(self.item.raised_at), self.random.randint(1, 3))
        if fate == "open" and last + LONGEST_OVERDUE < local_day(self.now):
            fate = "urged"
        if fate == "returned":
            yield Act("return", owner, self.at(day), Said(NOT_OURS))
            other = self.random.choice([unit for unit in self.cast.units.values() if unit.pk != self.item.unit_id])
            day = self.calendar.add(day, 2)
            yield Act("assign", self.cast.staff[0], self.at(day), Said("经研究调整承办单位", other.pk, Until(last)))
            owner, day = self.cast.liaisons[other.pk], self.calendar.add(day, 1)
        yield Act("accept", owner, self.at(day))
        yield from self.under_way(fate, owner, day, last)
        if fate == "open":
            return
        answered = self.calendar.add(
            last, {"late": 6, "urged": 4, "extended": 12, "paused": 10}.get(fate, -self.random.randint(1, 8))
        )
        answered = max(answered, self.calendar.add(day, 1))
        yield from self.settled(fate, owner, answered)

    def under_way(self, fate: str, owner: User, begun: date, last: date) -> Iterator[Act]:
        days = max((last - begun).days, 4)
        told = []
        for n, news in enumerate(NEWS[: min(4, max(1, days // 30))]):
            day = self.calendar.add(begun + timedelta(days=days * (n + 1) // 5), 1)
            told.append(Act("report", owner, self.at(day), Said(news, percent=[25, 45, 70, 90][n])))
        half = self.calendar.add(begun + timedelta(days=days // 2), 1)
        if fate == "paused":
            told.append(Act("pause", self.checker, self.at(half, 16), Said("上级正在制定统一标准，待标准下发后恢复计时。")))
            told.append(Act("resume", self.checker, self.at(self.calendar.add(half, 8), 16)))
        if fate == "extended":
            until = Until(self.calendar.add(last, 15))
            told.append(
                Act(
                    "ask_extension",
                    owner,
                    self.at(self.calendar.add(last, -6), 15),
                    Said("涉及招投标程序，申请延期。", term=until),
                )
            )
            told.append(
                Act(
                    "extend", self.checker, self.at(self.calendar.add(last, -4), 15), Said("同意延期，不再二次延期。", term=until)
                )
            )
        if fate in ("urged", "open"):
            told.append(Act("urge", self.checker, self.at(self.calendar.add(last, 1), 9), Said(PRESS)))
        if fate == "urged":
            told.append(Act("answer_urge", owner, self.at(self.calendar.add(last, 2), 16), Said("已倒排工期，本周内办结。")))
        yield from sorted(told, key=lambda act: act.at)

    def settled(self, fate: str, owner: User, day: date) -> Iterator[Act]:
        yield Act("answer", owner, self.at(day, 17), Said(DONE, percent=100, evidence=[PHOTO]))
        if fate == "sent_back":
            day = self.calendar.add(day, 2)
            yield Act("send_back", self.checker, self.at(day), Said(UNCLEAR))
            day = self.calendar.add(day, 3)
            yield Act("answer", owner, self.at(day, 17), Said("已补充台账和现场材料。", percent=100, evidence=[PHOTO]))
        day = self.calendar.add(day, self.random.randint(2, 5))
        yield Act("verify", self.checker, self.at(day), Said("经现场核查，属实。"))
        day = self.calendar.add(day, 1)
        yield Act("strike_off", self.checker, self.at(day))
        if fate == "reopened":
            day = self.calendar.add(day, 40)
            yield Act(
                "reopen", self.checker, self.at(day), Said("回访发现问题反弹，重新立项。", term=Until(self.calendar.add(day, 25)))
            )
            yield Act("accept", owner, self.at(self.calendar.add(day, 1)))
            yield Act("report", owner, self.at(self.calendar.add(day, 8)), Said("已组织回头看。", percent=50))

    def at(self, day: date, hour: int = 0) -> datetime:
        return start_of(day) + timedelta(
            hours=hour or self.random.choice([9, 10, 11, 15, 16]), minutes=self.random.randint(0, 59)
        )


def open_orders(county: str) -> list[DocketItem]:
    rows = DocketItem.objects.filter(kind=ORDER.name, territory__path__prefix=county).order_by("territory__path")
    return list(rows.select_related("territory", "unit__territory", "checker__territory"))
