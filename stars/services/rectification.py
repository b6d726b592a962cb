"""Whoever is published without a star or disqualified puts things right by a day: an order on the docket, until it is struck off.

The grammar has no chapter for it. The days are the policy's parameter `rectification_days`, where it has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.deadlines import Term
from governance.docket.acts import OPEN, Charge, act_on, raise_items
from governance.docket.demands import Said
from governance.docket.kinds import Kind, register
from governance.docket.places import offices_of
from governance.duties import COUNTY, Duty
from governance.models import DocketItem, Territory, User
from governance.record import language_of_record
from governance.services.audit import name_of
from governance.workdays import Unit as Count
from stars.engine.plan import Plan
from stars.models import Outcome, Publication, PublishedRating
from stars.plans import plan_for

PARAMETER = "rectification_days"
USUAL_DAYS = 90  # POLICY: no published text gives a number of days
ORDERED = (Outcome.NONE, Outcome.DISQUALIFIED)


def _page(item: DocketItem) -> str | None:
    return reverse("stars:rating", args=[int(item.subject.rpartition(":")[2])])


ORDER = Kind(
    "rectification",
    gettext_lazy("Rectification order"),
    Term(USUAL_DAYS, Count.DAYS),
    raisers=COUNTY,
    verifiers=COUNTY | {Duty.TOWNSHIP_LEADER},
    restarts=False,
    page=_page,
)


def register_kind() -> None:
    register(ORDER)


def order_rectification(publication: Publication, *, by: User, at: datetime) -> list[DocketItem]:
    """One order for each row of the publication without a star or disqualified; what a correction puts right is withdrawn.

    Village to do it, township to verify it. A person whose order is open keeps it.
    """
    rows = list(publication.ratings.select_related("territory__parent").order_by("pk"))
    earlier = _open_orders([row.supersedes_id for row in rows if row.supersedes_id])
    wanted = [row for row in rows if row.outcome in ORDERED]
    for row in rows:
        if row.supersedes_id in earlier and row.outcome not in ORDERED:
            with language_of_record():
                reason = _("Publication %(number)d corrects the result; nothing is left to put right.") % {
                    "number": publication.number
                }
            act_on(earlier[row.supersedes_id].pk, "withdraw", Said(reason), by=by, at=at)
    new = [row for row in wanted if row.supersedes_id not in earlier]
    term = _term(plan_for(publication.decision.policy))
    with language_of_record():
        charges = _charges(new, publication.rating_year.year, term)
    return raise_items(charges, by=by, at=at)


def order_for(published: PublishedRating) -> DocketItem | None:
    """The order that a result brought with it, or that it has kept from the result that it corrects."""
    about = [f"{PublishedRating._meta.label}:{pk}" for pk in (published.pk, published.supersedes_id) if pk]
    return DocketItem.objects.filter(kind=ORDER.name, subject__in=about).select_related("unit", "checker").order_by("-pk").first()


def _term(plan: Plan) -> Term:
    parameter = plan.parameters.get(PARAMETER)
    return Term(parameter.value if parameter else USUAL_DAYS, Count.DAYS)


def _charges(rows: Sequence[PublishedRating], year: int, term: Term) -> list[Charge]:
    places: list[Territory] = [row.territory for row in rows]
    offices = offices_of([*places, *(place.parent for place in places if place.parent)])
    return [
        Charge(
            ORDER.name,
            _("%(village)s, %(person)s: put right what kept %(year)d without a star")
            % {"village": row.village_name, "person": row.person_name, "year": year},
            offices[row.territory.parent_id or row.territory_id],
            offices[row.territory_id],
            body=_(
                "Result of %(year)d: %(outcome)s. Write down what is wrong, put it right one by one, and hand in what proves it."
            )
            % {"year": year, "outcome": Outcome(row.outcome).label},
            subject=name_of(row),
            term=term,
        )
        for row in rows
    ]


def _open_orders(published: Sequence[int]) -> dict[int | None, DocketItem]:
    """By the published rating that they are about."""
    subjects = {f"{PublishedRating._meta.label}:{pk}": pk for pk in published}
    found = DocketItem.objects.filter(kind=ORDER.name, subject__in=subjects, state__in=OPEN)
    return {subjects[item.subject]: item for item in found}
