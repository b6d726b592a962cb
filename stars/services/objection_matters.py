"""An objection is a matter of the docket: the county's office answers it by a day, and a colleague strikes it off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.deadlines import Term
from governance.docket.acts import Charge, act_on, raise_item
from governance.docket.demands import Said
from governance.docket.kinds import Kind, register
from governance.docket.places import office_of
from governance.models import DocketItem, User
from governance.record import language_of_record
from governance.services.audit import name_of
from governance.workdays import Unit as Count
from stars.models import Objection
from stars.plans import plan_for
from stars.selectors.objections import ANSWERED_IN, DAYS, days


def _page(item: DocketItem) -> str | None:
    return reverse("stars:objection", args=[int(item.subject.rpartition(":")[2])])


MATTER = Kind(
    "objection",
    gettext_lazy("Objection to a result"),
    Term(DAYS["objection_days"], Count.WORKING_DAYS),
    needs_evidence=False,
    restarts=False,
    page=_page,
    kept=frozenset({"raise", "assign", "accept", "return", "report", "answer", "send_back", "reopen", "withdraw"}),
)


def register_kind() -> None:
    register(MATTER)


def put_on_docket(objection: Objection, *, by: User, at: datetime) -> DocketItem:
    """It names who is rated, and never who objects."""
    rating_year, entry, kind = objection.rating_year, objection.entry, Objection.Kind(objection.kind)
    office = office_of(rating_year.territory)
    term = Term(days(plan_for(rating_year.policy), ANSWERED_IN[kind]), Count.WORKING_DAYS)
    with language_of_record():
        titles = {
            Objection.Kind.PUBLICITY: _("%(village)s, %(person)s: answer the objection to the result of %(year)d"),
            Objection.Kind.REVIEW: _("%(village)s, %(person)s: answer the request for review of the result of %(year)d"),
            Objection.Kind.APPEAL: _("%(village)s, %(person)s: answer the appeal about the result of %(year)d"),
        }
        title = titles[kind] % {"village": entry.territory, "person": entry.person, "year": rating_year.year}
        body = _("Check it and answer it on its own page, by somebody who had no hand in the result.")
    return raise_item(Charge(MATTER.name, title, office, office, body, name_of(objection), term), by=by, at=at)


def take_on_docket(objection: Objection, acts: Sequence[str], *, by: User, at: datetime) -> None:
    """`acts` with the state that the objection has come to as their words."""
    with language_of_record():
        words = str(objection.get_state_display())
    for item in items_of([objection]).values():
        for act in acts:
            act_on(item.pk, act, Said(words), by=by, at=at, of_app=True)


def items_of(objections: Sequence[Objection]) -> dict[int, DocketItem]:
    """By objection."""
    subjects = {name_of(one): one.pk for one in objections}
    return {subjects[item.subject]: item for item in DocketItem.objects.filter(kind=MATTER.name, subject__in=subjects)}
