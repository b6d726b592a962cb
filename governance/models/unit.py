from __future__ import annotations

from datetime import date

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from governance.models.base import Scoped
from governance.models.territory import Territory
from governance.scope import ScopedQuerySet


class DatedQuerySet(ScopedQuerySet):
    def current(self, day: date) -> DatedQuerySet:
        return self.filter(Q(until_on=None) | Q(until_on__gte=day), from_on__lte=day)


def dates_in_order(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(until_on=None) | Q(until_on__gte=F("from_on")),
        name=name,
        violation_error_message=_("The last day can't be before the first."),
    )


@pghistory.track()
class Unit(Scoped):
    """Whoever can be charged with a matter: a department, a place's own office, or a body that coordinates several of them."""

    class Kind(models.TextChoices):
        DEPARTMENT = "department", _("Department")
        PLACE = "place", _("Office of a place")
        COMMITTEE = "committee", _("Committee")
        OFFICE = "office", _("Coordinating office")
        GROUP = "group", _("Group")
        TASK_FORCE = "task_force", _("Task force")
        SUPERVISION = "supervision", _("Supervision team")

    scope_path = "territory__path"

    territory = models.ForeignKey(Territory, models.PROTECT, related_name="units", verbose_name=_("place"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=80)
    short_name = models.CharField(_("short name"), max_length=40)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("body above")
    )
    duty = models.TextField(_("what it is for"), blank=True)
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("unit or coordination body")
        verbose_name_plural = _("units and coordination bodies")
        ordering = ["territory__path", "kind", "pk"]
        constraints = [
            dates_in_order("unit_dates_in_order"),
            models.UniqueConstraint(
                fields=["territory", "name"],
                condition=Q(until_on=None),
                name="unit_once_at_a_place",
                violation_error_message=_("There is already a unit of this name at this place."),
            ),
            models.UniqueConstraint(
                fields=["territory"], condition=Q(kind="place", until_on=None), name="unit_one_office_of_a_place",
                violation_error_message=_("This place has its office already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.short_name

    @classmethod
    def concerns(cls, units: tuple[int, ...]) -> Q:
        """One's own units, the bodies that they belong to or stand under, and what belongs to them or stands under them."""
        return (
            Q(pk__in=units)
            | Q(parent__in=units)
            | Q(pk__in=cls.objects.filter(pk__in=units).values("parent"))
            | Q(pk__in=UnitMember.objects.filter(member_unit__in=units).values("unit"))
            | Q(pk__in=UnitMember.objects.filter(unit__in=units).values("member_unit"))
        )

    @property
    def is_body(self) -> bool:
        return self.kind in BODIES


BODIES = frozenset({
    Unit.Kind.COMMITTEE, Unit.Kind.OFFICE, Unit.Kind.GROUP, Unit.Kind.TASK_FORCE, Unit.Kind.SUPERVISION,
})  # fmt: skip


@pghistory.track()
class UnitMember(Scoped):
    """A person who acts for a unit, or a unit that belongs to a coordination body, from a day until a day."""

    class Role(models.TextChoices):
        HEAD = "head", _("Head")
        DEPUTY = "deputy", _("Deputy head")
        MEMBER = "member", _("Member")
        LIAISON = "liaison", _("Liaison")

    scope_path = "unit__territory__path"

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="members", verbose_name=_("unit"))
    person = models.ForeignKey(
        "governance.Person", models.PROTECT, null=True, blank=True, related_name="memberships", verbose_name=_("person")
    )
    member_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="memberships", verbose_name=_("member unit")
    )
    role = models.CharField(_("role"), max_length=8, choices=Role.choices, default=Role.MEMBER)
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("member of a unit")
        verbose_name_plural = _("members of units")
        ordering = ["unit", "pk"]
        constraints = [
            dates_in_order("member_dates_in_order"),
            models.CheckConstraint(
                condition=Q(person=None) ^ Q(member_unit=None),
                name="member_person_or_unit",
                violation_error_message=_("A member is a person or a unit: give one of the two."),
            ),
            models.CheckConstraint(
                condition=Q(member_unit=None) | ~Q(member_unit=F("unit")),
                name="member_not_itself",
                violation_error_message=_("A body can't be a member of itself."),
            ),
            models.UniqueConstraint(
                fields=["unit", "person"], condition=Q(until_on=None, person__isnull=False), name="member_person_once",
                violation_error_message=_("This person is a member already."),
            ),
            models.UniqueConstraint(
                fields=["unit", "member_unit"], condition=Q(until_on=None, member_unit__isnull=False), name="member_unit_once",
                violation_error_message=_("This unit is a member already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.unit} · {self.person or self.member_unit}"

    @classmethod
    def concerns(cls, units: tuple[int, ...]) -> Q:
        """Who else is in one's own units, and in the bodies that these belong to."""
        return Q(unit__in=units) | Q(unit__in=cls.objects.filter(member_unit__in=units).values("unit"))
