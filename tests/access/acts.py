"""What is sent to a door where no form of its page says it: a workbook, scores as JSON, an act on chosen rows of a list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID

from django.contrib import admin
from django.db.models import Model

from governance.models import PolicyVersion
from tests.access.bodies import Body
from tests.access.doors import Door
from tests.access.routes import admin_model, answering_post
from tests.access.world import World

BUTTONS = ("/confirm/", "/draft/", "/force/", "<step:step>/")  # addresses that only a button of another page leads to

EXCEPTION = {"act": ["except"], "code": ["burden_check_in"], "wording": ["防汛签到"], "reason": ["matrix"], "document_no": ["1"]}
CASE = {
    "act": ["save"],
    "title": ["matrix 2"],
    "people": ["1"],
    "expect-0-name": ["outcome"],
    "expect-0-value": ["not_eligible"],
}


def told(door: Door, world: World, page: str, workbook: bytes) -> list[Body] | None:
    """None: the forms of the page say it.

    page      what a reader gets there
    workbook  the form that goes with the page, where it takes one
    """
    pattern, model = door.route.pattern, admin_model(door.route)
    if pattern.endswith("/upload/"):
        return [Body(files={"workbook": workbook})]
    if pattern.endswith("/cases/"):
        return [Body(files={"workbook": workbook})]
    if pattern == "policies/new/":
        return [Body({"preset": ["kaifeng-secretary-2025"]})]
    if pattern in ("policies/new/empty/", "policies/<int:policy_version_id>/edit/"):
        return [Body({"act": ["save"], "text": [world.draft.text.replace("code: matrix", "code: matrix-3")]})]
    if pattern.endswith("/exceptions/"):
        return [Body(EXCEPTION)]
    if pattern.endswith("/cases/new/"):
        return [Body(CASE)]
    if pattern.endswith("/cells/"):
        return [_edit(door, world)]
    if pattern.startswith("api/") and pattern.endswith("/review/"):
        return [Body(json={"act": act, "reason": "matrix"}, act=act) for act in ("pass", "accept", "return")]
    if pattern.endswith(BUTTONS):
        return [Body({"reason": ["matrix"]})]
    if pattern.startswith("api/"):
        return [_scores(json.loads(page))] if pattern.endswith("/scores/") else []
    if model is PolicyVersion and pattern.endswith(("/add/", "/change/")):
        return [Body({"text": [world.draft.text.replace("code: matrix", "code: matrix-2")]}, names_the_place=True)]
    if model and door.route.name.endswith("_changelist"):
        return list(_on_chosen(door, model, world))
    return None


def _scores(read: dict) -> Body:
    rows = [{"post": row["post"], "scores": ["0" if score else "" for score in row["scores"]]} for row in read["rows"]]
    return Body(json={"version": read["version"], "rows": rows}, verb="PUT")


def _edit(door: Door, world: World) -> Body:
    """One cell of the sheet."""
    edit = {"cell": f"0/0/{answering_post(world, door.path).pk}/0", "key": str(UUID(int=1)), "text": "0", "base": ""}
    return Body(json={"as": 0, "seen": {}, "edits": [edit]})


def _on_chosen(door: Door, model: type[Model], world: World) -> Iterator[Body]:
    """Every act that the table has; `post` answers the question whether to delete."""
    row, table = world.draft if model is PolicyVersion else world.of(model, door.path), admin.site.get_model_admin(model)
    for name in (*table.actions, *(["delete_selected"] if table.deleters else [])) if row else ():
        chosen = {"action": [name], "_selected_action": [str(row.pk)], "index": ["0"], "post": ["yes"]}
        yield Body(chosen, names_the_place=True, act=name)
