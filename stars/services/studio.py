"""New drafts: from a version, from a shipped preset, from nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from governance.errors import RuleBroken
from governance.models import PolicyVersion, User
from governance.policy import load
from governance.presets import preset_files
from governance.proof import proof_of
from governance.services.policies import newest, require_keeper, seat, store_policy
from stars.studio.text import PolicyText
from stars.studio.writing import Typed


@transaction.atomic
def draft_from(version_id: int, *, today: date, by: User, at: datetime) -> PolicyVersion:
    """The same text with today's date, and with its cases; pressed twice it is the same draft.

    raises RuleBroken: not_your_duty
    """
    require_keeper(by)
    version = PolicyVersion.objects.select_for_update(of=("self",)).get(pk=version_id)
    day = today
    while True:
        text = PolicyText(version.text).set(("dated",), day)
        held = PolicyVersion.objects.filter(code=version.code, digest=load(text).digest).first()
        if held is None or held.state == PolicyVersion.State.DRAFT:
            return store_policy(text, by=by, at=at, came_from=version)
        day += timedelta(days=1)


@transaction.atomic
def draft_from_preset(name: str, *, today: date, by: User, at: datetime) -> PolicyVersion:
    """The county's own copy under a code of its own, with the cases that go with the preset.  raises RuleBroken: not_your_duty, no_preset"""
    require_keeper(by)
    file = next((one for one in preset_files() if one.stem == name), None)
    if file is None:
        raise RuleBroken("no_preset", _("There is no preset “%(name)s”; choose one of the list.") % {"name": name})
    text = PolicyText(file.read_text(encoding="utf-8"))
    text = PolicyText(text.set(("dated",), today))
    version = store_policy(text.set(("code",), Typed(unused_code(by))), by=by, at=at)
    if proof := proof_of(text.value(("grammar",))):
        proof.ship(version, file, by=by, at=at)
    return version


def unused_code(by: User) -> str:
    """ "county-140821-1": of the place that writes it."""
    place = seat(by)
    stem = f"county-{place.path}" if place else "county"
    number = 1
    while newest(f"{stem}-{number}"):
        number += 1
    return f"{stem}-{number}"
