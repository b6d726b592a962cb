"""Who holds which duty where. A post is what opens doors, so nobody gives one to himself."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from governance.authority import require
from governance.duties import ADMINISTRATORS, COUNTY, OF_TOWNSHIPS, OF_VILLAGES, Duty
from governance.errors import RuleBroken
from governance.models import PartyOrganization, Person, Post, Territory, User
from governance.services import audit

Level = Territory.Level


@transaction.atomic
def assign_post(
    *, person_id: int, territory: Territory, duty: str, from_on: date, by: User, at: datetime,
    until_on: date | None = None, title: str = "", organization: PartyOrganization | None = None,
) -> Post:  # fmt: skip
    """raises  RuleBroken: not_your_duty, not_for_yourself, duty_not_here, place_not_there, administrators_apart;
    ValidationError, if the dates are wrong or the person holds this duty there already
    """
    person = Person.objects.select_for_update(of=("self",)).get(pk=person_id)
    check_post(person=person, territory=territory, duty=duty, from_on=from_on, until_on=until_on, by=by)
    post = Post(
        person=person, territory=territory, duty=duty, title=title, organization=organization, from_on=from_on, until_on=until_on
    )
    post.full_clean()
    post.save()
    audit.record(
        "post.assign", by=by, at=at, territory=territory, subject=post,
        person=person.pk, duty=duty, from_on=from_on.isoformat(), until_on=until_on and until_on.isoformat(),
    )  # fmt: skip
    return post


@transaction.atomic
def end_post(*, post_id: int, until_on: date, ending: str, by: User, at: datetime) -> Post:
    """`until_on` is the last day in post. The same end again changes nothing.

    raises RuleBroken: not_your_duty, not_for_yourself; ValidationError, if it would end before it began
    """
    post = Post.objects.select_for_update(of=("self",)).select_related("person", "territory").get(pk=post_id)
    check_assigner(by, duty=post.duty, territory=post.territory, person=post.person)
    if (post.until_on, post.ending) == (until_on, ending):
        return post
    post.until_on, post.ending = until_on, ending
    post.full_clean()
    post.save()
    audit.record(
        "post.end",
        by=by,
        at=at,
        territory=post.territory,
        subject=post,
        duty=post.duty,
        until_on=until_on.isoformat(),
        ending=ending,
    )
    return post


def check_post(*, person: Person, territory: Territory, duty: str, from_on: date, until_on: date | None, by: User) -> None:
    """raises RuleBroken as `assign_post` does"""
    check_assigner(by, duty=duty, territory=territory, person=person)
    check_place(territory, duty, from_on)
    check_administrators_apart(person, duty, from_on, until_on)


def check_assigner(by: User, *, duty: str, territory: Territory, person: Person) -> None:
    """Village posts are the organization department's business; whatever opens an office's doors is the security administrator's."""
    require(by, (Duty.SECURITY_ADMIN, Duty.COUNTY_STAFF) if duty in OF_VILLAGES else Duty.SECURITY_ADMIN, territory)
    if by.person_id == person.pk:
        raise RuleBroken("not_for_yourself", _("Nobody gives or ends a post of their own; ask another administrator."))


def check_place(territory: Territory, duty: str, from_on: date) -> None:
    levels = (
        (Level.VILLAGE,) if duty in OF_VILLAGES
        else (Level.TOWNSHIP,) if duty in OF_TOWNSHIPS
        else (Level.PROVINCE, Level.CITY, Level.COUNTY)
    )  # fmt: skip
    if territory.level not in levels:
        raise RuleBroken(
            "duty_not_here",
            _("“%(duty)s” is no post of %(where)s; choose a place of the right level.")
            % {"duty": Duty(duty).label, "where": territory},
            field="territory",
        )
    if territory.valid_to and territory.valid_to <= from_on:
        raise RuleBroken(
            "place_not_there",
            _("%(where)s has ended on %(day)s; choose the place that took its area.")
            % {"where": territory, "day": territory.valid_to},
            field="territory",
        )


def check_administrators_apart(person: Person, duty: str, from_on: date, until_on: date | None) -> None:
    """Whoever grants, whoever runs the system and whoever reads the trail are three persons, and none of them rates anybody."""
    if duty not in ADMINISTRATORS and duty not in COUNTY | OF_TOWNSHIPS | OF_VILLAGES | {Duty.AUDITOR}:
        return
    at_that_time = Post.objects.filter(Q(until_on=None) | Q(until_on__gte=from_on), person=person)
    if until_on:
        at_that_time = at_that_time.filter(from_on__lte=until_on)
    held = set(at_that_time.values_list("duty", flat=True)) - {duty}
    clash = held if duty in ADMINISTRATORS else held & ADMINISTRATORS
    if clash:
        raise RuleBroken(
            "administrators_apart",
            _("%(who)s holds “%(held)s” at that time; an administrator holds no second duty.")
            % {"who": person, "held": Duty(sorted(clash)[0]).label},
            field="duty",
        )
