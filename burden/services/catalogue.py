"""A county's catalogue of matters: adopting a shipped list, numbered as its paper numbers it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import yaml
from django.db import transaction

from burden.models import Matter
from governance.authority import require
from governance.duties import Duty
from governance.models import Territory, User
from governance.services import audit

CATALOGUES = Path(__file__).parents[1] / "catalogues"


@transaction.atomic
def adopt_catalogue(name: str, *, county: Territory, by: User, on: date, at: datetime) -> int:
    """How many entries were added; those that the county has already stay as they are.  raises RuleBroken: not_your_duty"""
    require(by, Duty.COUNTY_STAFF, county)
    body = yaml.safe_load((CATALOGUES / f"{name}.yaml").read_text("utf-8"))
    held = set(Matter.objects.filter(territory=county, list=body["list"], valid_to=None).values_list("number", flat=True))
    added = Matter.objects.bulk_create(
        Matter(territory=county, list=body["list"], number=number, title=title, basis=body["basis"], valid_from=on)
        for number, title in enumerate(body["titles"], start=1)
        if number not in held
    )
    if added:
        audit.record("burden.adopt_catalogue", by=by, at=at, territory=county, subject=county, catalogue=name, added=len(added))
    return len(added)
