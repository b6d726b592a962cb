"""The docket's one service: every act on an item, whichever door it comes through.

An act names the version of the item that it was decided on. A second press finds the first one's line and changes nothing;
anything else that happened in between refuses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from governance.authority import require, require_other_person, require_side, require_unit
from governance.calendar import calendar_for
from governance.deadlines import ImpossibleHistory, Term, Until
from governance.docket import evidence, ledger
from governance.docket.demands import CHECKS, Said, fits, no_check, require_current
from governance.docket.kinds import Kind, kind_of
from governance.errors import RuleBroken
from governance.models import DocketEvent, DocketHelper, DocketItem, Territory, Unit, User
from governance.services import audit
from governance.workdays import LAST, OutOfCalendar, WorkingCalendar

State = DocketItem.State
Line = DocketEvent.Act
IN_HAND = frozenset({State.ASSIGNED, State.ACCEPTED})
OPEN = frozenset(State) - {State.STRUCK_OFF, State.WITHDRAWN}
WORK = (Line.ACCEPTED, Line.REPORTED, Line.ANSWERED)
MOST_TEXT = 2000


@dataclass(frozen=True)
class Rule:
    """
    line    what the ledger says of it        before, after   states; after None: it stays as it is
    side    who may: "owner" the responsible unit, "helper" that and those that help, "checker" the verifying unit, "raiser" who raises
    other   never by a person who did the work or asked for what is granted
    reason  words are needed
    """

    line: DocketEvent.Act
    side: str
    before: frozenset[State]
    after: State | None = None
    reason: bool = False
    other: bool = False


RULES = {
    "assign": Rule(Line.ASSIGNED, "raiser", frozenset({State.RAISED, State.RETURNED}) | IN_HAND, State.ASSIGNED),
    "accept": Rule(Line.ACCEPTED, "owner", frozenset({State.ASSIGNED}), State.ACCEPTED),
    "return": Rule(Line.RETURNED, "owner", frozenset({State.ASSIGNED}), State.RETURNED, reason=True),
    "report": Rule(Line.REPORTED, "helper", frozenset({State.ACCEPTED}), reason=True),
    "answer": Rule(Line.ANSWERED, "owner", frozenset({State.ACCEPTED}), State.ANSWERED, reason=True),
    "send_back": Rule(
        Line.SENT_BACK, "checker", frozenset({State.ANSWERED, State.VERIFIED}), State.ACCEPTED, reason=True, other=True
    ),
    "verify": Rule(Line.VERIFIED, "checker", frozenset({State.ANSWERED}), State.VERIFIED, other=True),
    "strike_off": Rule(Line.STRUCK_OFF, "checker", frozenset({State.VERIFIED}), State.STRUCK_OFF, other=True),
    "reopen": Rule(Line.REOPENED, "checker", frozenset({State.STRUCK_OFF}), State.ASSIGNED, reason=True),
    "withdraw": Rule(Line.WITHDRAWN, "raiser", OPEN, State.WITHDRAWN, reason=True, other=True),
    "pause": Rule(Line.PAUSED, "checker", IN_HAND, reason=True, other=True),
    "resume": Rule(Line.RESUMED, "checker", IN_HAND),
    "ask_extension": Rule(Line.EXTENSION_ASKED, "owner", IN_HAND, reason=True),
    "extend": Rule(Line.EXTENDED, "checker", IN_HAND, reason=True, other=True),
    "refuse_extension": Rule(Line.EXTENSION_REFUSED, "checker", IN_HAND, reason=True),
    "urge": Rule(Line.URGED, "checker", IN_HAND | {State.RETURNED}, reason=True),
    "answer_urge": Rule(Line.URGE_ANSWERED, "helper", OPEN, reason=True),
}


@dataclass(frozen=True)
class Charge:
    """A thing to be put on the docket. `subject` is what it is about, once per kind; `unit` None: not assigned yet."""

    kind: str
    title: str
    checker: Unit
    unit: Unit | None = None
    body: str = ""
    subject: str = ""
    term: Term | Until | None = None
    helpers: Sequence[Unit] = ()
    place: Territory | None = None  # where nothing is assigned yet; otherwise it is the unit's


@transaction.atomic
def raise_item(charge: Charge, *, by: User, at: datetime) -> DocketItem:
    """On the docket, and assigned if it names a unit; what is there already under its subject is returned as it is.

    raises RuleBroken: not_your_duty, title_missing, unit_ended, day_past, no_such_day
    """
    return raise_items([charge], by=by, at=at)[0]


@transaction.atomic
def raise_items(charges: Sequence[Charge], *, by: User, at: datetime) -> list[DocketItem]:
    """All of them or none.  raises RuleBroken: as `raise_item`"""
    for charge in charges:
        _check_charge(charge, by, at)
    found = _held(charges)
    new = [one for one in charges if not one.subject or (one.kind, one.subject) not in found]
    for charge, item in zip(new, _write(new, by, at), strict=True):
        found[charge.kind, charge.subject or str(id(charge))] = item
    return [found[charge.kind, charge.subject or str(id(charge))] for charge in charges]


@transaction.atomic
def act_on(
    item_id: int, act: str, said: Said, *, by: User, at: datetime, version: int | None = None, of_app: bool = False
) -> DocketItem:
    """`act` is a key of RULES; `version` the one that was looked at, None where only the state counts.

    of_app  the service of the kind's own app takes an act that the kind keeps

    raises RuleBroken: not_your_duty, own_page, not_your_unit, same_person, stale_item, wrong_state, reason_missing, evidence_missing,
           unit_missing, unit_ended, same_unit, term_missing, not_asked, day_past, no_such_day, clock_stands, clock_runs, not_urged,
           urging_unanswered
    """
    item = _locked(item_id)
    rule, kind = RULES[act], kind_of(item.kind)
    lines = list(item.events.order_by("number").select_related("by"))
    if act not in kind.kept:
        _require_side(rule.side, item, kind, by)
    elif not of_app:
        raise _own_page(item)
    if version is not None and version != item.version:
        if _is_second_press(lines, rule, version, said, by):
            return item
        raise _stale(item)
    _require_state(item, rule)
    _require_words(rule, said)
    if rule.other:
        require_other_person(by, *_doers(lines), *_askers(lines, rule))
    CHECKS.get(act, no_check)(item, kind, lines, said, by, at)
    _take(item, kind, rule, lines, said, by, at)
    return item


# ---- raising -------------------------------------------------------------------------------------


def _check_charge(charge: Charge, by: User, at: datetime) -> None:
    if not charge.title.strip():
        raise RuleBroken("title_missing", _("Give the matter a title: what is to be done."), field="title")
    kind = kind_of(charge.kind)
    if "raise" not in kind.kept:
        require(by, tuple(kind.raisers), _place(charge))
    for unit in (charge.unit, charge.checker, *charge.helpers):
        if unit is not None:
            require_current(unit, at)


def _place(charge: Charge) -> Territory:
    if charge.unit is not None:
        return charge.unit.territory
    return charge.place or charge.checker.territory


def _held(charges: Sequence[Charge]) -> dict[tuple[str, str], DocketItem]:
    subjects = {one.subject for one in charges if one.subject}
    rows = DocketItem.objects.select_for_update(of=("self",)).filter(subject__in=subjects) if subjects else ()
    return {(row.kind, row.subject): row for row in rows}


def _write(charges: Sequence[Charge], by: User, at: datetime) -> list[DocketItem]:
    drawn = [_draw(charge, by, at) for charge in charges]
    for item, lines in drawn:
        item.version = len(lines)
    _Clocks().set(drawn)
    items = DocketItem.objects.bulk_create(item for item, _lines in drawn)
    DocketEvent.objects.bulk_create(line for _item, lines in drawn for line in lines)
    DocketHelper.objects.bulk_create(
        DocketHelper(item=item, unit=unit) for item, charge in zip(items, charges, strict=True) for unit in charge.helpers
    )
    audit.record_many("docket.raise", by=by, at=at, subjects=[(item.territory, item) for item in items])
    return items


def _draw(charge: Charge, by: User, at: datetime) -> tuple[DocketItem, list[DocketEvent]]:
    item = DocketItem(
        kind=charge.kind, subject=charge.subject, title=charge.title.strip()[:200], body=charge.body, territory=_place(charge),
        unit=charge.unit, checker=charge.checker, raised_by=by, raised_at=at,
        state=State.ASSIGNED if charge.unit else State.RAISED,
    )  # fmt: skip
    lines = [DocketEvent(item=item, number=1, act=Line.RAISED, by=by, at=at)]
    if charge.unit:
        term = charge.term or kind_of(charge.kind).term
        lines.append(DocketEvent(item=item, number=2, act=Line.ASSIGNED, by=by, at=at, unit=charge.unit, **_columns(term)))
    return item, lines


@dataclass
class _Clocks:
    """Items raised together share calendars and, as often as not, their whole clock."""

    calendars: dict[str, WorkingCalendar] = field(default_factory=dict)  # by county: below it nobody adds days
    clocks: dict[tuple[Any, ...], dict[str, object]] = field(default_factory=dict)

    def set(self, drawn: Sequence[tuple[DocketItem, list[DocketEvent]]]) -> None:
        for item, lines in drawn:
            county = item.territory.county_path
            calendar = self.calendars.get(county) or calendar_for(item.territory)
            self.calendars[county] = calendar
            last = lines[-1]
            key = (county, last.act, last.at, last.term_count, last.term_unit, last.until_on)
            if key not in self.clocks:
                _project(item, lines, calendar)
                self.clocks[key] = {name: getattr(item, name) for name in (*ledger.NO_CLOCK, "calendar_version")}
            for name, value in self.clocks[key].items():
                setattr(item, name, value)
            for line in lines:
                line.calendar_version = item.calendar_version


# ---- who may -------------------------------------------------------------------------------------


def may(item: DocketItem, act: str, by: User) -> bool:
    """Whether the page shows the act's button: side and state; what else can refuse it is said when it is pressed."""
    rule = RULES[act]
    if act in kind_of(item.kind).kept or item.state not in rule.before or not fits(act, item):
        return False
    try:
        _require_side(rule.side, item, kind_of(item.kind), by)
    except RuleBroken:
        return False
    return True


def _require_side(side: str, item: DocketItem, kind: Kind, by: User) -> None:
    if side == "owner":
        require_unit(by, item.unit)
    elif side == "helper":
        require_unit(by, item.unit, *(helper.unit for helper in item.helpers.select_related("unit")))
    else:
        require_side(by, item.checker, kind.raisers if side == "raiser" else kind.verifiers, item.territory)


def _doers(lines: Sequence[DocketEvent]) -> list[User | None]:
    """Who worked on it since it was last assigned or reopened."""
    doers: list[User | None] = []
    for line in lines:
        if line.act in (Line.ASSIGNED, Line.REOPENED):
            doers = []
        elif line.act in WORK:
            doers.append(line.by)
    return doers


def _askers(lines: Sequence[DocketEvent], rule: Rule) -> list[User | None]:
    return [line.by for line in lines if line.act == Line.EXTENSION_ASKED] if rule.line == Line.EXTENDED else []


# ---- what every act asks ------------------------------------------------------------------------


def _require_state(item: DocketItem, rule: Rule) -> None:
    if item.state not in rule.before:
        raise RuleBroken(
            "wrong_state",
            _("“%(item)s” is “%(state)s”; this can't be done with it now. Look at its history for the next step.")
            % {"item": item, "state": item.get_state_display()},
        )


def _require_words(rule: Rule, said: Said) -> None:
    if rule.reason and not said.text.strip():
        raise RuleBroken("reason_missing", _("Write a sentence: what was done, or why."), field="text")
    if len(said.text) > MOST_TEXT:
        raise RuleBroken(
            "text_too_long", _("At most %(most)d characters; put the rest into a file.") % {"most": MOST_TEXT}, field="text"
        )


# ---- taking it -----------------------------------------------------------------------------------


def _take(item: DocketItem, kind: Kind, rule: Rule, lines: list[DocketEvent], said: Said, by: User, at: datetime) -> None:
    line = draw_line(item, rule, lines, said, by=by, at=at)
    write_line(item, line, [*lines, line])
    if said.evidence:
        evidence.keep(line, said.evidence)
    audit.record(act_name(rule), by=by, at=at, territory=item.territory, subject=item, **detail_of(line, said))
    if rule.line == Line.STRUCK_OFF:
        kind.on_struck_off(item, by, at)
    if rule.line == Line.REOPENED:
        kind.on_reopened(item, by, at)


def draw_line(item: DocketItem, rule: Rule, lines: Sequence[DocketEvent], said: Said, *, by: User, at: datetime) -> DocketEvent:
    """The line that an act leaves, unsaved; on `item`, unsaved, what the act changes but for its clock."""
    kind = kind_of(item.kind)
    line = DocketEvent(
        item=item, number=item.version + 1, act=rule.line, by=by, at=at, text=said.text.strip(), percent=said.percent,
        **_columns(_term_of(rule, kind, lines, said)),
    )  # fmt: skip
    _EFFECTS.get(rule.line, lambda _item, _line: None)(item, line)
    if rule.line == Line.ASSIGNED:
        item.unit = line.unit = Unit.objects.select_related("territory").get(pk=said.unit_id or 0)
        item.territory = item.unit.territory
        line.restarts = kind.restarts
    item.state, item.version = rule.after or item.state, line.number
    return line


def act_name(rule: Rule) -> str:
    """As the audit trail has it."""
    return f"docket.{rule.line}"


def detail_of(line: DocketEvent, said: Said) -> dict[str, int]:
    return {"line": line.number, "files": len(said.evidence)}


def write_line(
    item: DocketItem, line: DocketEvent, lines: Sequence[DocketEvent], calendar: WorkingCalendar | None = None
) -> None:
    """Append a line and set the item's clock by the whole ledger; the caller holds the item's lock.

    raises RuleBroken: day_past, no_such_day
    """
    _project(item, lines, calendar or calendar_for(item.territory))
    item.version, line.calendar_version = line.number, item.calendar_version
    item.full_clean(validate_unique=False, validate_constraints=False)
    item.save()
    line.save(force_insert=True)


def _term_of(rule: Rule, kind: Kind, lines: Sequence[DocketEvent], said: Said) -> Term | Until | None:
    if rule.line == Line.ASSIGNED:
        is_first = not any(line.act == Line.ASSIGNED for line in lines)
        return said.term or (kind.term if is_first else None)
    if rule.line == Line.REOPENED:
        return said.term or kind.term
    return said.term if rule.line in (Line.EXTENDED, Line.EXTENSION_ASKED, Line.SENT_BACK) else None


def _project(item: DocketItem, lines: Sequence[DocketEvent], calendar: WorkingCalendar) -> None:
    until = lines[-1].until_on
    if until is not None and until > LAST:
        raise _no_such_day()
    try:
        ledger.project(item, lines, calendar)
    except ImpossibleHistory as impossible:
        raise RuleBroken("day_past", _("That day is over; give a day that is still to come."), field="until") from impossible
    except OutOfCalendar as outside:
        raise _no_such_day() from outside


def _no_such_day() -> RuleBroken:
    return RuleBroken("no_such_day", _("The calendar doesn't reach so far; give a day before 2120."), field="until")


def _columns(term: Term | Until | None) -> dict[str, Any]:
    if isinstance(term, Until):
        return {"until_on": term.day}
    return {"term_count": term.count, "term_unit": term.unit.value} if term else {}


def _urged(item: DocketItem, _line: DocketEvent) -> None:
    item.urgings, item.unanswered = item.urgings + 1, item.unanswered + 1


def _nothing_to_answer(item: DocketItem, _line: DocketEvent) -> None:
    item.unanswered = 0


def _struck_off(item: DocketItem, _line: DocketEvent) -> None:
    item.percent = 100


def _reopened(item: DocketItem, _line: DocketEvent) -> None:
    item.reopenings, item.percent = item.reopenings + 1, None


def _reported(item: DocketItem, line: DocketEvent) -> None:
    if line.percent is not None:
        item.percent = line.percent


_EFFECTS = {
    Line.URGED: _urged, Line.URGE_ANSWERED: _nothing_to_answer, Line.WITHDRAWN: _nothing_to_answer, Line.REOPENED: _reopened,
    Line.REPORTED: _reported, Line.STRUCK_OFF: _struck_off,
}  # fmt: skip


def _locked(item_id: int) -> DocketItem:
    rows = DocketItem.objects.select_for_update(of=("self",))
    return rows.select_related("territory", "unit__territory", "checker__territory").get(pk=item_id)


def _is_second_press(lines: Sequence[DocketEvent], rule: Rule, version: int, said: Said, by: User) -> bool:
    """The line that followed on what was looked at is this very act by this very account."""
    after = next((line for line in lines if line.number == version + 1), None)
    return after is not None and (after.act, after.by_id, after.text) == (rule.line, by.pk, said.text.strip())


def _own_page(item: DocketItem) -> RuleBroken:
    return RuleBroken("own_page", _("“%(item)s” is taken further on its own page; open it from there.") % {"item": item})


def _stale(item: DocketItem) -> RuleBroken:
    return RuleBroken(
        "stale_item",
        _("“%(item)s” has changed since this page was opened; look at it again, then decide.") % {"item": item},
    )
