"""Which duty a person holds where. Seeing a row is not leave to change it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from governance.errors import RuleBroken

if TYPE_CHECKING:
    from governance.models import Territory, Unit, User


def require(by: User, duty: str | tuple[str, ...], territory: Territory) -> None:
    """raises RuleBroken: not_your_duty, unless `by` holds (one of) the duty on the territory or above it today."""
    duties = (duty,) if isinstance(duty, str) else duty
    if not any(by.holds(one, territory.path) for one in duties):
        raise RuleBroken(
            "not_your_duty",
            _("%(who)s holds no post that allows this at %(where)s; ask the county organization department.")
            % {"who": by, "where": territory},
        )


def is_same_person(one: User, other: User) -> bool:
    """Whatever account each of them signs in with."""
    return one.pk == other.pk or bool(one.person_id and one.person_id == other.person_id)


def require_side(by: User, unit: Unit | None, duties: Iterable[str], territory: Territory) -> None:
    """raises RuleBroken: not_your_duty, unless `by` acts for the unit today or holds one of `duties` on the territory or above it."""
    if unit is None or unit.pk not in by.unit_ids:
        require(by, tuple(duties), territory)


def require_unit(by: User, *units: Unit | None) -> None:
    """raises RuleBroken: not_your_unit, unless `by` acts for one of the units today."""
    if not any(unit is not None and unit.pk in by.unit_ids for unit in units):
        raise RuleBroken(
            "not_your_unit",
            _("%(who)s doesn't act for %(unit)s; somebody of that unit must do this.") % {"who": by, "unit": units[0] or "—"},
        )


def require_other_person(by: User, *earlier: User | None) -> None:
    """raises RuleBroken: same_person. Filer, reviewer and decider are three people, not three accounts."""
    for other in earlier:
        if other and is_same_person(by, other):
            raise RuleBroken(
                "same_person",
                _("%(who)s did the step before this one; somebody else must do this step.") % {"who": by},
            )
