"""A row of every table in every territory, each text field of it marked with the territory it hangs on."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import numpy as np
import xlsxwriter
from django.apps import apps
from django.core.cache import cache
from django.db import models, transaction
from django.db.models import NOT_PROVIDED, Model
from django.utils import timezone

from governance.models import DocketBlob, Person, PolicyVersion, Post, Territory, User
from governance.policy import load
from governance.scope import path_of
from governance.services.tokens import issue_token
from stars.cases.document import stored
from stars.cells import NOT_FILED, format_score
from stars.engine import canonical
from stars.engine.compile import compile_policy
from stars.engine.inputs import Inputs
from stars.engine.plan import Plan
from stars.models import PayList, PolicyCase, PolicyException
from stars.offline.form import FORMAT, KIND
from stars.selectors.answering import applies
from tests.access.canary import mark, name, number
from tests.cast import Cast, add_place, make_cast
from tests.stars.county import NEWCOMER

OURS = ("governance", "stars", "grids", "burden")
AT = datetime(2025, 3, 3, 2, tzinfo=UTC)
DAY = date(2025, 3, 3)
VACANT = "140821102204"  # a village that nobody holds: in no table but the tree
OTHER_PROVINCE = ("15", "1501")  # what lies above one's own county is no secret; this does not
ABOVE = {12: 9, 9: 6, 6: 4, 4: 2, 2: 0}  # length of a path, and of that of the place above
LATER = datetime(2099, 1, 1, tzinfo=UTC)


class NothingToPointTo(LookupError):
    """The row would need another that this territory does not have."""


@dataclass
class World:
    """`stand` makes it stand, whole or as it would be without strangers; what stood before is gone."""

    cast: Cast
    plan: Plan
    ground: str  # a savepoint: nothing of it stands there yet
    draft: PolicyVersion
    rows: dict[tuple[type[Model], str], Model] = field(default_factory=dict)  # (table, path) → the row seeded there
    token: str = ""  # of the client
    everything: list[tuple[Model, str]] = field(default_factory=list)  # every row there is, and where it hangs

    def of(self, model: type[Model], path: str) -> Model | None:
        return self.rows.get((model, path))

    def nearest(self, model: type[Model], path: str) -> Model | None:
        """The row here, or the one of the nearest place above that has one."""
        row = self.of(model, path)
        if row or not path or model is Territory:
            return row
        return self.nearest(model, path[: ABOVE[len(path)]])

    def stand(self, reach: str = "") -> None:
        """Inside `reach`, on the way up to it, and nowhere else; what a row points to stands with it."""
        transaction.savepoint_rollback(self.ground)
        cache.clear()
        for row, place in self._kept(reach):
            if reach and isinstance(row, PayList) and not place.startswith(reach):
                row = copy.copy(row)
                row.total_cents += 1  # a sum of strangers' numbers, kept on a row above
            row.save_base(raw=True, force_insert=True)

    def _kept(self, reach: str) -> list[tuple[Model, str]]:
        by_key = {(type(row), row.pk): row for row, _place in self.everything}
        kept: set[tuple[type[Model], Any]] = set()
        wanted = [key for key, (_row, place) in zip(by_key, self.everything, strict=True) if _is_near(place, reach)]
        while wanted:
            key = wanted.pop()
            if key not in kept:
                kept.add(key)
                wanted += [one for one in _pointed_to(by_key[key]) if one in by_key]
        return [(row, place) for row, place in self.everything if (type(row), row.pk) in kept]


def _place_of(row: Model) -> str:
    """Where it hangs; nowhere, and it stands in every world."""
    if hasattr(row, "scope_path"):
        return path_of(row) or ""
    return row.territory.path if getattr(row, "territory", None) else ""


def _is_near(place: str, reach: str) -> bool:
    return place.startswith(reach) or reach.startswith(place)


def _pointed_to(row: Model) -> Iterator[tuple[type[Model], Any]]:
    for one in row._meta.concrete_fields:
        if one.is_relation:
            yield one.related_model, getattr(row, one.attname)


def our_models() -> list[type[Model]]:
    return [m for label in OURS for m in apps.get_app_config(label).get_models() if not hasattr(m, "pgh_tracked_model")]


def make_world(policy_text: str) -> World:
    document = load(policy_text)
    ground = transaction.savepoint()
    cast, plan = make_cast(), compile_policy(document)
    draft = _policy(policy_text.replace(plan.code, "matrix"), title=plan.title)
    case = PolicyCase.objects.create(policy=draft, title="=matrix", subjects=stored(NEWCOMER.subjects))
    exception = PolicyException.objects.create(
        policy=draft, code="burden_check_in", wording="matrix", reason="matrix", document_no="matrix", by=cast["an"], at=AT
    )
    world = World(cast, plan, ground, draft)
    for path in OTHER_PROVINCE:
        add_place(cast, path, path)
    _rename(world)
    policy = _policy(policy_text, title=plan.title, state=PolicyVersion.State.IN_FORCE, in_force_at=AT)
    for path, place in cast.places.items():
        world.rows[Territory, path] = place
        world.rows[PolicyVersion, path] = policy
        world.rows[PolicyCase, path] = case
        world.rows[PolicyException, path] = exception
    for model in _in_order():
        for path in cast.places:
            Seeder(world, path).row(model)
    add_place(cast, VACANT, name(VACANT))
    client = cast["client"]
    issued = issue_token(account_id=client.pk, territory=cast.county, name="matrix", by=cast["bao"], at=timezone.now())
    world.token = issued[1]
    world.everything = [(row, _place_of(row)) for model in our_models() for row in model._base_manager.order_by("pk")]
    return world


def _policy(text: str, **values: Any) -> PolicyVersion:
    document = load(text)
    return PolicyVersion.objects.create(
        code=document.body["code"], subject="secretary", text=text, digest=document.digest, **values
    )


def _rename(world: World) -> None:
    for path, place in world.cast.places.items():
        place.name = place.short_name = name(path)
        place.households = place.population = number(path)
        place.save()
        world.cast.organizations[path].name = name(path)
        world.cast.organizations[path].save()
        world.rows[type(world.cast.organizations[path]), path] = world.cast.organizations[path]
    accounts = {user.person_id: who for who, user in world.cast.people.items()}
    for person in Person.objects.select_related("territory"):
        person.name = "·".join([name(person.territory.path), *([accounts[person.pk]] if person.pk in accounts else [])])
        person.save()
        if person.pk in accounts:
            world.cast.people[accounts[person.pk]].person = person
        world.rows.setdefault((Person, person.territory.path), person)
    for post in Post.objects.select_related("territory").order_by("-duty"):
        post.title = mark(post.territory.path)
        post.save()
        world.rows[Post, post.territory.path] = post
    for user in world.cast.people.values():
        world.rows.setdefault((User, path_of(user)), user)
    for post in world.cast.secretaries.values():
        world.rows[Post, post.territory.path] = post
        world.rows[Person, post.territory.path] = post.person


def _in_order() -> list[type[Model]]:
    """Tables that hang on the tree, those that others point to first."""
    hanging = [m for m in our_models() if getattr(m, "scope_path", None) and m.__name__ not in DONE]
    placed: list[type[Model]] = []
    while hanging:
        ready = [m for m in hanging if not _waits_for(m, hanging)]
        assert ready, [m.__name__ for m in hanging]
        placed += ready
        hanging = [m for m in hanging if m not in ready]
    return placed


DONE = {"Territory", "Person", "Post", "PartyOrganization", "User"}


def _waits_for(model: type[Model], others: list[type[Model]]) -> bool:
    targets = {f.related_model for f in model._meta.get_fields() if f.many_to_one or (f.one_to_one and f.concrete)}
    return any(target in others and target is not model for target in targets)


@dataclass
class Seeder:
    world: World
    path: str

    def row(self, model: type[Model]) -> None:
        """One row of `model` here, unless the table hangs on another level of the tree."""
        levels = LEVELS.get(model.__name__)
        if levels and len(self.path) not in levels:
            return
        special = SPECIAL.get(model.__name__, lambda _s: {})(self)
        try:
            values = {
                f.name: self.value(model, f) for f in model._meta.concrete_fields if not self.skipped(f) and f.name not in special
            }
        except NothingToPointTo:
            return
        row = model._base_manager.create(**values | special)
        self.world.rows[model, self.path] = row

    def skipped(self, field: models.Field) -> bool:
        return bool(field.auto_created or (field.primary_key and not field.is_relation))

    def value(self, model: type[Model], field: models.Field) -> Any:
        if field.is_relation:
            return self.related(field)
        if field.choices:
            return field.default if field.default is not NOT_PROVIDED else field.choices[0][0]
        if isinstance(field, models.CharField | models.TextField):
            return self.text(field)
        return self.plain(field)

    def text(self, field: models.Field) -> str:
        most = field.max_length or 10_000
        wanted = mark(self.path) + (f"-{field.model.__name__}" if field.unique else "")
        return wanted[:most] if most >= len(mark(self.path)) else "x" * min(3, most)

    def plain(self, field: models.Field) -> Any:
        kind = field.get_internal_type()
        if kind == "ArrayField":
            return [number(self.path)]
        if kind == "JSONField":
            return {"mark": mark(self.path), "number": number(self.path)}
        if kind == "BinaryField":
            return mark(self.path).encode()
        if kind == "DateTimeField":
            return AT
        if kind == "DateField":
            return None if field.null else DAY
        if kind == "UUIDField":
            return None if field.null else UUID(int=number(self.path))
        if kind in ("BooleanField",):
            return False
        return number(self.path)

    def related(self, field: models.Field) -> Any:
        target = field.related_model
        if target._meta.label == "governance.User":
            # not chen and tang, so that these may review it
            return self.world.cast.people["geng" if self.path.startswith("140822") else "he"]
        if target is field.model:
            return None
        row = self.world.nearest(target, self.path)
        if row is None and not field.null:
            raise NothingToPointTo
        return row


CHECKED = {
    "rows": 0,
    "accepted": 0,
    "listed": 0,
    "absent": [],
    "changed": 0,
    "emptied": 0,
    "more_mistakes": 0,
    "columns": [],
    "scores": {},
    "versions": {},
}
COUNTY, TOWNSHIP, VILLAGE = {6}, {9}, {12}
LEVELS: dict[str, set[int]] = {
    "RatingYear": COUNTY, "StageMove": COUNTY, "FilingWindow": COUNTY, "Decision": COUNTY, "Publication": COUNTY,
    "PayList": COUNTY, "Filing": TOWNSHIP, "Upload": TOWNSHIP, "OfflineUpload": TOWNSHIP, "Assessment": VILLAGE, "AssessmentChange": VILLAGE,
    "DeadlineRequest": TOWNSHIP, "CellEdit": VILLAGE, "CellRemark": VILLAGE,
    "FormMinutes": COUNTY, "Event": VILLAGE, "RosterEntry": VILLAGE, "RosterPost": VILLAGE, "Rating": VILLAGE, "PublishedRating": VILLAGE,
    "PayLine": VILLAGE, "UnitMember": COUNTY | TOWNSHIP | VILLAGE, "CalendarNotice": COUNTY, "CalendarDay": COUNTY, "CalendarHours": COUNTY,
    "Objection": VILLAGE, "Objector": VILLAGE, "ObjectionStep": VILLAGE,
    "Training": COUNTY | TOWNSHIP, "Trainee": VILLAGE,
}  # fmt: skip


def _workbook(seeder: Seeder) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        workbook.add_worksheet().write_string(0, 0, mark(seeder.path))
    return buffer.getvalue()


def _data_file(seeder: Seeder) -> bytes:
    """Of the offline form: one score in the first village, as if it had been downloaded with what is seeded there."""
    village = min(one for one in seeder.world.cast.secretaries if one.startswith(seeder.path))
    policy = seeder.world.rows[PolicyVersion, seeder.path]
    page = {
        "county": seeder.path[:6],
        "year": "2025",
        "territory": seeder.path,
        "quarter": "0",
        "policy": policy.digest,
        "versions": {},
    }
    cell = f"0/0/{seeder.world.cast.secretaries[village].pk}/0"
    edit = {"cell": cell, "base": format_score(number(village)), "typed": "0", "at": AT.isoformat()}
    data = {"kind": KIND, "format": FORMAT, "page": page, "saved_at": AT.isoformat(), "cells": [edit]}
    return json.dumps(data).encode()


def _county(seeder: Seeder) -> int:
    return int(seeder.path[:6])


def _block(seeder: Seeder) -> bytes:
    """Inputs of everybody, of whom nothing is known, bound as a decision binds them."""
    people = Person.objects.order_by("pk").values_list("pk", flat=True)
    return canonical.pack(Inputs.blank(seeder.world.plan, np.array(people, dtype=np.int64)), {})


def _blob(seeder: Seeder) -> DocketBlob:
    content = mark(seeder.path).encode()
    return DocketBlob.objects.get_or_create(
        sha256=sha256(content).hexdigest(), defaults={"size": len(content), "content": content}
    )[0]


def _sum_of_lines(seeder: Seeder) -> int:
    """A list whose lines don't add up to it is not exported."""
    return sum(number(path) for path in seeder.world.cast.places if len(path) == 12 and path.startswith(seeder.path))


def _scores(seeder: Seeder) -> list[int]:
    sheet = next(iter(seeder.world.plan.sheets.values()))
    plan, facts = seeder.world.plan, _facts(seeder)
    # a score that no page would take back keeps a whole row from being saved where its cell can't be written
    return [number(seeder.path) if applies(one, plan, facts) else NOT_FILED for one in sheet.indicators]


def _villages(seeder: Seeder) -> list[int]:
    return [place.pk for path, place in seeder.world.cast.places.items() if len(path) == 12 and path.startswith(seeder.path)]


def _facts(seeder: Seeder) -> list[int]:
    return [0] * len(seeder.world.plan.roster)


NO_CLOCK = dict.fromkeys(("started_at", "ended_at", "due_at", "amber_at"))
SPECIAL: dict[str, Any] = {
    "RatingYear": lambda s: {"year": 2025, "stage": "published", "roster_frozen_at": AT, "publicity_from": DAY, "publicity_until": DAY},
    "StageMove": lambda s: {"before": "open", "after": "closed"},
    "FilingWindow": lambda s: {
        "sheet": 0, "period": 0, "sheet_code": "month", "starts_on": DAY, "ends_on": date(2025, 3, 31),
        "opens_at": AT, "due_at": datetime(2099, 4, 8, tzinfo=UTC), "locks_at": datetime(2099, 4, 15, tzinfo=UTC),
    },
    "Filing": lambda s: {"version": 1},
    "DeadlineRequest": lambda s: {
        "kind": "unlock", "state": "granted", "villages": _villages(s), "until_at": LATER, "reason": mark(s.path),
        "decided_by": s.world.cast.people["client" if s.path.startswith("140822") else "an"], "decided_at": AT},  # who amends is another
    "Assessment": lambda s: {"county": _county(s), "year": 2025, "sheet": 0, "period": 0, "scores": _scores(s)},
    "AssessmentChange": lambda s: {"before": None, "after": _scores(s)},
    "RosterEntry": lambda s: {"county": _county(s), "township": int(s.path[:9]), "months": 4095, "facts": _facts(s)},
    "RosterPost": lambda s: {"months": 4095},
    "Rating": lambda s: {"trace": bytes(s.world.plan.width), "outcome": 0, "star": 3, "grade": None, "score": number(s.path), "reason": 0},
    "PublishedRating": lambda s: {
        "trace": bytes(s.world.plan.width), "county": _county(s), "year": 2025, "outcome": 0, "star": 3, "grade": None, "score": number(s.path), "certificate_no": mark(s.path)},
    "Objection": lambda s: {"kind": "publicity", "published": None},
    # its link is no secret: it is printed on certificates and hangs in public
    "Publication": lambda s: {"version": 1, "number": _county(s), "hash": sha256(s.path.encode()).hexdigest(), **dict.fromkeys(("rows_digest", "previous_hash"), "")},
    "Decision": lambda s: {"version": 1, "block": _block(s), **dict.fromkeys(("policy_digest", "inputs_digest", "result_digest"), "")},
    "PayList": lambda s: {"total_cents": _sum_of_lines(s)},
    "CellEdit": lambda s: {"place": 0, "theirs_by": None},
    "CellRemark": lambda s: {"place": 0},
    "Event": lambda s: {"list_code": "merit", "item_code": "county_praise"},
    "Upload": lambda s: {"quarter": 0, "workbook": _workbook(s), "cells": {}, "mistakes": [], "checked": CHECKED, "job": None},
    "OfflineUpload": lambda s: {"quarter": 0, "workbook": _data_file(s), "mistakes": []},
    "ApiToken": lambda s: {"revoked_at": None, "expiry": LATER, "digest": sha256(s.path.encode()).hexdigest()},
    "PolicyAdoption": lambda s: {"year_from": 2025},
    "Unit": lambda s: {"kind": "task_force", "until_on": None},
    "UnitMember": lambda s: {"member_unit": None, "until_on": None},
    "DocketItem": lambda s: {"kind": "matter", "state": "assigned", "version": 1, "percent": None, "unanswered": 0, **NO_CLOCK},
    "DocketEvent": lambda s: {"act": "raised", "number": 1, "percent": None, "term_count": None},
    "DocketFile": lambda s: {"blob": _blob(s), "content_type": "application/pdf"},
    "TaskList": lambda s: {"year": 2025},
    "TaskUpload": lambda s: {"workbook": _workbook(s), "rows": [], "mistakes": []},
    "CalendarNotice": lambda s: {"year": None, "published_on": DAY, "digest": mark(s.path)},
    "CalendarHours": lambda s: {"windows": "08:00-12:00"},
    "TerritorySuccession": lambda s: {"before": s.world.cast.places[s.path], "after": s.world.cast.places[s.path]},
}  # fmt: skip
