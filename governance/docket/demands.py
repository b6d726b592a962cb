"""What single acts on a matter of the docket ask for besides side, state and words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from governance.authority import require_side
from governance.deadlines import Term, Until
from governance.docket.evidence import Evidence
from governance.docket.kinds import Kind
from governance.errors import RuleBroken
from governance.models import DocketEvent, DocketItem, Unit, User
from governance.workdays import local_day

State, Line = DocketItem.State, DocketEvent.Act


@dataclass(frozen=True)
class Said:
    """What comes with an act; each act uses what it needs."""

    text: str = ""
    unit_id: int | None = None
    term: Term | Until | None = None
    percent: int | None = None
    evidence: Sequence[Evidence] = ()


def no_check(_item: DocketItem, _kind: Kind, _lines: Sequence[DocketEvent], _said: Said, _by: User, _at: datetime) -> None:
    """Side and state are all that this act asks."""


def _check_assign(item: DocketItem, kind: Kind, _lines: Sequence[DocketEvent], said: Said, by: User, at: datetime) -> None:
    unit = Unit.objects.select_related("territory").filter(pk=said.unit_id).first() if said.unit_id else None
    if unit is None:
        raise RuleBroken("unit_missing", _("Choose the unit that this is assigned to."), field="unit")
    require_current(unit, at)
    require_side(by, item.checker if unit.territory_id == item.checker.territory_id else None, kind.raisers, unit.territory)
    if unit.pk == item.unit_id and item.state != State.RETURNED:
        raise RuleBroken("same_unit", _("“%(item)s” is with %(unit)s already.") % {"item": item, "unit": unit}, field="unit")


def _check_answer(item: DocketItem, kind: Kind, _lines: Sequence[DocketEvent], said: Said, _by: User, _at: datetime) -> None:
    if item.unanswered:
        raise RuleBroken(
            "urging_unanswered",
            _("“%(item)s” was urged with an opinion that nobody has answered; answer the urging first, then hand in the result.")
            % {"item": item},
        )
    if kind.needs_evidence and not said.evidence:
        raise RuleBroken(
            "evidence_missing", _("An answer needs evidence: add a photo, a scan or a document of what was done."), field="proof"
        )


def _check_extend(item: DocketItem, _kind: Kind, _lines: Sequence[DocketEvent], said: Said, _by: User, _at: datetime) -> None:
    if said.term is None:
        raise RuleBroken("term_missing", _("Give the new last day."), field="until")


def _check_refuse(item: DocketItem, _kind: Kind, lines: Sequence[DocketEvent], _said: Said, _by: User, _at: datetime) -> None:
    if not _asked_for_more(lines):
        raise RuleBroken("not_asked", _("Nobody waits for more time on “%(item)s”.") % {"item": item})


def _check_pause(item: DocketItem, _kind: Kind, _lines: Sequence[DocketEvent], _said: Said, _by: User, _at: datetime) -> None:
    if item.is_paused:
        raise RuleBroken("clock_stands", _("The clock of “%(item)s” stands already.") % {"item": item})


def _check_resume(item: DocketItem, _kind: Kind, _lines: Sequence[DocketEvent], _said: Said, _by: User, _at: datetime) -> None:
    if not item.is_paused:
        raise RuleBroken("clock_runs", _("The clock of “%(item)s” runs already.") % {"item": item})


def _check_answer_urge(
    item: DocketItem, _kind: Kind, _lines: Sequence[DocketEvent], _said: Said, _by: User, _at: datetime
) -> None:
    if not item.unanswered:
        raise RuleBroken("not_urged", _("No urging of “%(item)s” waits for an answer.") % {"item": item})


CHECKS = {
    "assign": _check_assign, "answer": _check_answer, "extend": _check_extend, "refuse_extension": _check_refuse,
    "ask_extension": _check_extend, "pause": _check_pause, "resume": _check_resume, "answer_urge": _check_answer_urge,
}  # fmt: skip


_FITS: dict[str, Callable[[DocketItem], bool]] = {
    "pause": lambda item: not item.is_paused,
    "resume": lambda item: item.is_paused,
    "answer_urge": lambda item: item.unanswered > 0,
    "refuse_extension": lambda item: _asked_for_more(list(item.events.order_by("number"))),
}


def fits(act: str, item: DocketItem) -> bool:
    """Whether the item is such that the act could be taken now; what it comes with is not known yet."""
    return act not in _FITS or _FITS[act](item)


def _asked_for_more(lines: Sequence[DocketEvent]) -> bool:
    """Whether a request for more time waits for its answer."""
    asked = False
    for line in lines:
        if line.act == Line.EXTENSION_ASKED:
            asked = True
        elif line.act in (Line.EXTENDED, Line.EXTENSION_REFUSED, Line.ASSIGNED, Line.REOPENED):
            asked = False
    return asked


def require_current(unit: Unit, at: datetime) -> None:
    """raises RuleBroken: unit_ended"""
    today = local_day(at)
    if unit.from_on > today or (unit.until_on is not None and unit.until_on < today):
        raise RuleBroken(
            "unit_ended",
            _("%(unit)s is not there on %(day)s; choose the unit that took over its work.") % {"unit": unit, "day": today},
            field="unit",
        )
