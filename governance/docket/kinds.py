"""What an app says of the things that it puts on the docket; the app registers its kinds when it starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from governance.deadlines import Term
from governance.duties import COUNTY, OFFICE, Duty
from governance.workdays import Unit as Count

if TYPE_CHECKING:
    from governance.models import DocketItem, User

    Hook = Callable[[DocketItem, User, datetime], None]


def nothing(_item: DocketItem, _by: User, _at: datetime) -> None:
    """No hook."""


@dataclass(frozen=True)
class Kind:
    """
    raisers    duties that raise, assign and withdraw it, held on the place; the verifying unit assigns and withdraws, too
    verifiers  duties on the place that do what the verifying unit does: verify, send back, strike off, extend, pause, urge
    term       unless another is given
    restarts   whether the clock begins anew for the unit that an item is passed on to
    page       where the item's own fields are shown; None: on the docket alone
    kept       acts that the app's own service takes, and nobody on the docket; "raise" may be one of them. It has asked who may
    on_struck_off, on_reopened  called in the transaction of the act
    """

    name: str
    title: Any  # lazily translated
    term: Term
    raisers: frozenset[str] = COUNTY
    verifiers: frozenset[str] = COUNTY
    needs_evidence: bool = True
    restarts: bool = True
    kept: frozenset[str] = frozenset()
    page: Callable[[DocketItem], str | None] = lambda _item: None
    on_struck_off: Hook = nothing
    on_reopened: Hook = nothing


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    _kinds[kind.name] = kind


def kinds() -> list[Kind]:
    return list(_kinds.values())


def kind_of(name: str) -> Kind:
    """A kind that no app registers any more keeps its rows: they are shown, and only the county's own duties act on them."""
    return _kinds.get(name) or Kind(name, name, Term(30, Count.DAYS))


MATTER = Kind(
    "matter",
    _("Matter assigned by hand"),
    Term(10, Count.WORKING_DAYS),
    raisers=OFFICE - {Duty.AUDITOR, Duty.TOWNSHIP_CLERK},
    verifiers=OFFICE - {Duty.AUDITOR, Duty.TOWNSHIP_CLERK},
)
register(MATTER)
