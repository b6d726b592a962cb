"""What the demo writes of the docket in bulk is what the service leaves: every row of every table, all columns but the rows' own numbers."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

from governance.deadlines import Until
from governance.docket.acts import RULES, act_on
from governance.docket.demands import Said
from governance.models import DocketItem
from governance.workdays import local_day
from stars.demo.histories import Act, History, write_histories
from tests.cast import Cast
from tests.governance.docket.office import AT, DAY, PDF, Offices, found_offices, raised

WHOLE = [
    "urge", "ask_extension", "refuse_extension", "ask_extension", "extend", "pause", "resume", "accept", "answer_urge", "report", "answer",
    "send_back", "answer", "verify", "strike_off", "reopen", "accept", "withdraw",
]  # fmt: skip
BACK = ["return", "assign", "accept", "assign"]
OWNERS = {"ask_extension", "accept", "answer_urge", "report", "answer", "return"}


def everything() -> dict[str, list[str]]:
    """By table, its rows without their own numbers."""
    found = {}
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        for model in (one for one in apps.get_models() if one._meta.db_table in tables):
            cursor.execute(f'SELECT to_jsonb(t) FROM "{model._meta.db_table}" t')
            found[model._meta.db_table] = sorted(_without_own_number(row) for (row,) in cursor.fetchall())
    return found


def _without_own_number(row: str) -> str:
    kept: dict[str, Any] = {name: value for name, value in json.loads(row).items() if name not in ("id", "event_id", "item_id")}
    return re.sub(r"DocketItem:\d+", "DocketItem", json.dumps(kept, sort_keys=True))


def history(offices: Offices, names: list[str]) -> list[tuple[str, Act]]:
    acts, owner = [], "dai"
    for number, name in enumerate(names, 1):
        at = AT + number * DAY
        unit = offices.finance.pk if owner == "dai" else offices.agriculture.pk
        said = Said(
            "因为",
            unit if name == "assign" else None,
            Until(local_day(at) + timedelta(days=40)),
            50,
            [PDF] if name == "answer" else (),
        )
        acts.append((name, Act(name, offices[owner if name in OWNERS else "chen" if name != "extend" else "he"], at, said)))
        if name == "assign":
            owner = "min" if owner == "dai" else "dai"
    return acts


@pytest.mark.parametrize(
    "names", [WHOLE, *(WHOLE[:n] for n in (1, 5, 6, 11, 14)), BACK], ids=lambda names: f"{len(names)}-{names[-1]}"
)
def test_the_same_rows(cast: Cast, names: list[str]) -> None:
    offices = found_offices(cast)
    item = raised(offices)
    with transaction.atomic():
        for name, act in history(offices, names):
            act_on(item.pk, name, act.said, by=act.by, at=act.at)
        by_service = everything()
        transaction.set_rollback(True)
    with transaction.atomic():
        item = DocketItem.objects.select_related("territory", "unit__territory", "checker").get(pk=item.pk)
        write_histories([History(item, [act for _name, act in history(offices, names)])])
        in_bulk = everything()
        transaction.set_rollback(True)
    assert {table for table in by_service if by_service[table] != in_bulk[table]} == set()
    assert by_service["governance_docketevent"] and set(names) <= set(RULES)
