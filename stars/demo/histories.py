"""Histories of docket items in bulk: the rows that the docket's service leaves behind when the same people take the same acts.

tests/stars/test_demo_docket.py takes these acts through the service and holds this module to every row of every table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from governance.calendar import calendar_for
from governance.docket import ledger
from governance.docket.acts import RULES, Rule, act_name, detail_of, draw_line
from governance.docket.demands import Said
from governance.models import AuditEntry, DocketBlob, DocketEvent, DocketFile, DocketItem, User
from governance.services.audit import name_of
from governance.workdays import WorkingCalendar

CHANGED = [
    "state", "percent", "unit", "territory", "version", *ledger.NO_CLOCK, "urgings", "unanswered", "reopenings", "calendar_version",
]  # fmt: skip


@dataclass(frozen=True)
class Act:
    name: str  # a key of governance.docket.acts.RULES
    by: User
    at: datetime
    said: Said = field(default_factory=Said)


@dataclass
class History:
    """An item as it was raised, with its ledger prefetched, and what happened to it since."""

    item: DocketItem
    acts: Sequence[Act]


@transaction.atomic
def write_histories(histories: Sequence[History]) -> None:
    """Each history's acts are in the order of their moments."""
    calendars: dict[str, WorkingCalendar] = {}
    drawn = [one for history in histories for one in _draw(history, calendars)]
    drawn.sort(key=lambda one: one[0].at)
    # as an upsert: bulk_update's CASE for each column takes several times as long
    DocketItem.objects.bulk_create(
        [history.item for history in histories], update_conflicts=True, unique_fields=["id"], update_fields=CHANGED
    )
    DocketEvent.objects.bulk_create(line for line, _said in drawn)
    _keep_evidence(drawn)
    AuditEntry.objects.bulk_create(
        AuditEntry(
            act=act_name(_rule_of(line)), by=line.by, at=line.at, territory=line.item.territory, subject=name_of(line.item),
            detail=detail_of(line, said),
        )
        for line, said in drawn
    )  # fmt: skip


def _draw(history: History, calendars: dict[str, WorkingCalendar]) -> list[tuple[DocketEvent, Said]]:
    item = history.item
    lines, drawn = sorted(item.events.all(), key=lambda line: line.number), []
    for act in history.acts:
        line = draw_line(item, RULES[act.name], lines, act.said, by=act.by, at=act.at)
        lines.append(line)
        drawn.append((line, act.said))
    county = item.territory.county_path
    calendar = calendars.get(county) or calendar_for(item.territory)
    calendars[county] = calendar
    if drawn:
        ledger.project(item, lines, calendar)
    for line, _said in drawn:
        line.calendar_version = calendar.version
    return drawn


def _keep_evidence(drawn: Sequence[tuple[DocketEvent, Said]]) -> None:
    files = [(line, one) for line, said in drawn for one in said.evidence]
    blobs = {one.sha256: one.content for _line, one in files}
    DocketBlob.objects.bulk_create(
        [DocketBlob(sha256=digest, size=len(content), content=content) for digest, content in blobs.items()],
        ignore_conflicts=True,
    )
    DocketFile.objects.bulk_create(
        DocketFile(event=line, blob_id=one.sha256, name=one.name, content_type=one.content_type, size=len(one.content))
        for line, one in files
    )


_BY_LINE = {rule.line: rule for rule in RULES.values()}


def _rule_of(line: DocketEvent) -> Rule:
    return _BY_LINE[DocketEvent.Act(line.act)]
