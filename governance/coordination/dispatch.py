"""A task list as it stands, as a wall of aspects and units, and as it stood at the end of a month: read off the ledgers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Prefetch, QuerySet

from governance import deadlines
from governance.calendar import calendar_for
from governance.docket import ledger
from governance.docket.acts import RULES
from governance.docket.ledger import Shown
from governance.models import DocketEvent, DocketHelper, DocketItem, Task, TaskList, User
from governance.workdays import DAY, MILLISECOND, WorkingCalendar, last_day_before, local_day, start_of

State = DocketItem.State
# a line of the ledger → the state that it leaves
AFTER = {DocketEvent.Act.RAISED: State.RAISED} | {rule.line: rule.after for rule in RULES.values() if rule.after}


@dataclass
class Line:
    """A task at a moment. `overdue_days`: calendar days past the last one, 0 while there is time"""

    task: Task
    state: DocketItem.State
    light: Shown
    last_day: date | None
    struck_off_on: date | None
    overdue_days: int
    urgings: int  # in the month
    news: str  # the latest report of the month
    percent: int | None

    @property
    def item(self) -> DocketItem:
        return self.task.item

    @property
    def is_done(self) -> bool:
        return self.state == State.STRUCK_OFF


@dataclass
class Sums:
    title: str
    tasks: int = 0
    done: int = 0
    done_in_month: int = 0
    lights: Counter[Shown] = field(default_factory=Counter)  # of what isn't done

    def add(self, line: Line, since: date) -> None:
        self.tasks += 1
        self.done += line.is_done
        self.done_in_month += bool(line.is_done and line.struck_off_on and line.struck_off_on >= since)
        if not line.is_done:
            self.lights[line.light] += 1

    @property
    def red(self) -> int:
        return self.lights[Shown.RED]

    @property
    def amber(self) -> int:
        return self.lights[Shown.AMBER]

    @property
    def green(self) -> int:
        return self.lights[Shown.GREEN]


@dataclass
class Dispatch:
    task_list: TaskList
    month: date  # its first day
    until: datetime  # the moment it tells of: the month's end, or now in a running month
    lines: list[Line]
    whole: Sums
    aspects: list[Sums]
    units: list[Sums]
    is_partial: bool  # there are tasks of the list that this person doesn't see

    @property
    def overdue(self) -> list[Line]:
        return sorted(
            (one for one in self.lines if one.light == Shown.RED and not one.is_done), key=lambda one: -one.overdue_days
        )

    @property
    def done_in_month(self) -> list[Line]:
        return [one for one in self.lines if one.is_done and one.struck_off_on and one.struck_off_on >= self.month]

    @property
    def urged(self) -> list[Line]:
        return [one for one in self.lines if one.urgings]


def tasks_of(task_list: TaskList, user: User) -> QuerySet[Task]:
    """Those that this person sees, in the order of the document."""
    rows: QuerySet[Task] = Task.objects.visible_to(user).filter(aspect__task_list=task_list)
    helpers = Prefetch("item__helpers", DocketHelper.objects.select_related("unit"))
    related = rows.select_related("aspect", "item__unit", "item__checker", "item__territory")
    return related.prefetch_related(helpers).order_by("aspect__number", "number")


def dispatch(task_list: TaskList, user: User, month: date, now: datetime) -> Dispatch:
    """Of the tasks that the person sees, as they stood at the month's end."""
    until = min(start_of(_next_month(month)) - MILLISECOND, now)
    calendars: dict[tuple[int, int], WorkingCalendar] = {}
    tasks = tasks_of(task_list, user).filter(item__raised_at__lte=until)
    lines = [_line(task, month, until, calendars) for task in tasks.prefetch_related("item__events")]
    lines = [line for line in lines if line.state != State.WITHDRAWN]
    whole, aspects, units = (
        Sums(task_list.title),
        defaultdict[str, Sums](lambda: Sums("")),
        defaultdict[str, Sums](lambda: Sums("")),
    )
    for line in lines:
        whole.add(line, month)
        for sums, title in ((aspects, line.task.aspect.title), (units, str(line.item.unit or ""))):
            sums[title].title = title
            sums[title].add(line, month)
    is_partial = Task.objects.filter(aspect__task_list=task_list).count() > tasks_of(task_list, user).count()
    return Dispatch(task_list, month, until, lines, whole, list(aspects.values()), list(units.values()), is_partial)


def _line(task: Task, month: date, until: datetime, calendars: dict[tuple[int, int], WorkingCalendar]) -> Line:
    item = task.item
    known = sorted((line for line in item.events.all() if line.at <= until), key=lambda line: line.number)
    key = (item.territory_id, item.calendar_version)
    if key not in calendars:
        calendars[key] = calendar_for(item.territory, version=item.calendar_version)
    due, light = _clock(known, calendars[key], until)
    in_month = [line for line in known if local_day(line.at) >= month]
    struck_off = next((line for line in reversed(known) if line.act == DocketEvent.Act.STRUCK_OFF), None)
    news = next((line for line in reversed(in_month) if line.act in ("reported", "answered")), None)
    last_day = last_day_before(due) if due else None
    return Line(
        task, next(AFTER[DocketEvent.Act(line.act)] for line in reversed(known) if line.act in AFTER), light, last_day,
        struck_off_on=local_day(struck_off.at) if struck_off else None,
        overdue_days=max((local_day(until) - last_day).days, 0) if last_day and light == Shown.RED else 0,
        urgings=sum(line.act == DocketEvent.Act.URGED for line in in_month), news=news.text if news else "",
        percent=next((line.percent for line in reversed(known) if line.percent is not None), None),
    )  # fmt: skip


def _clock(known: Sequence[DocketEvent], calendar: WorkingCalendar, until: datetime) -> tuple[datetime | None, Shown]:
    events = ledger.clock_events(known)
    if not events:
        return None, Shown.NONE
    present = deadlines.verdict(events, calendar, until).current
    return present.due_at, ledger.light_of_round(present, until)


def _next_month(month: date) -> date:
    return (month + 31 * DAY).replace(day=1)


# ---- the wall ------------------------------------------------------------------------------------


@dataclass
class Wall:
    units: list[str]
    rows: list[tuple[str, list[list[tuple[Task, Shown]]]]]  # aspect, and for each unit its tasks with their lights


def wall(tasks: Sequence[Task], now: datetime) -> Wall:
    """Aspects down, responsible units across; a unit stands where its first task does."""
    units = list(dict.fromkeys(str(task.item.unit) for task in tasks))
    cells: dict[tuple[str, str], list[tuple[Task, Shown]]] = defaultdict(list)
    for task in tasks:
        cells[task.aspect.title, str(task.item.unit)].append((task, ledger.light_of(task.item, now)))
    aspects = list(dict.fromkeys(task.aspect.title for task in tasks))
    return Wall(units, [(aspect, [cells[aspect, unit] for unit in units]) for aspect in aspects])
