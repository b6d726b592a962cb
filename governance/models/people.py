from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

import pghistory
from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from governance import clock
from governance.duties import ADMIN_SITE, INSIDE, OF_PLACES, Duty
from governance.models.base import Scoped
from governance.models.organization import PartyOrganization
from governance.models.territory import Territory
from governance.models.unit import Unit, UnitMember
from governance.scope import ScopedQuerySet


@pghistory.track()
class Person(Scoped):
    class Education(models.TextChoices):
        JUNIOR = "junior", _("Junior secondary or below")
        SENIOR = "senior", _("Senior secondary")
        COLLEGE = "college", _("College")
        BACHELOR = "bachelor", _("Bachelor or above")

    scope_path = "territory__path"
    seen_by = INSIDE | {Duty.SECURITY_ADMIN}

    name = models.CharField(_("name"), max_length=60)
    sex = models.CharField(_("sex"), max_length=1, choices=[("m", _("male")), ("f", _("female"))], blank=True)
    born_on = models.DateField(_("born on"), null=True, blank=True)
    education = models.CharField(_("education"), max_length=12, choices=Education.choices, blank=True)
    territory = models.ForeignKey(
        Territory, models.PROTECT, related_name="people", verbose_name=_("territory that keeps the file")
    )

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["territory__path", "name", "pk"]

    def __str__(self) -> str:
        return self.name


class PostQuerySet(ScopedQuerySet):
    def current(self, day: date) -> PostQuerySet:
        return self.filter(Q(until_on=None) | Q(until_on__gte=day), from_on__lte=day)


@pghistory.track()
class Post(Scoped):
    """A person's duty at a place, from a day until a day (both included)."""

    class Ending(models.TextChoices):
        MOVED = "moved", _("Moved to another post")
        TERM = "term", _("End of term")
        RETIRED = "retired", _("Retired")
        REMOVED = "removed", _("Removed for violation")
        OTHER = "other", _("Other reason")

    scope_path = "territory__path"
    seen_by = INSIDE | {Duty.SECURITY_ADMIN}

    person = models.ForeignKey(Person, models.PROTECT, related_name="posts", verbose_name=_("person"))
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="posts", verbose_name=_("territory"))
    organization = models.ForeignKey(
        PartyOrganization, models.PROTECT, null=True, blank=True, related_name="posts", verbose_name=_("Party organization")
    )
    duty = models.CharField(_("duty"), max_length=20, choices=Duty.choices)
    title = models.CharField(_("title"), max_length=60, blank=True)
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)
    ending = models.CharField(_("reason of the end"), max_length=12, choices=Ending.choices, blank=True)

    objects = PostQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ["territory__path", "duty", "from_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")),
                name="post_dates_in_order",
                violation_error_message=_("A post can't end before it begins."),
            ),
            models.UniqueConstraint(
                fields=["person", "territory", "duty"],
                condition=Q(until_on=None),
                name="post_once_at_a_time",
                violation_error_message=_("This person already holds this duty at this place."),
            ),
        ]
        indexes = [models.Index(fields=["territory", "duty"], name="post_territory_duty")]

    def __str__(self) -> str:
        return f"{self.person} · {self.territory} · {self.get_duty_display()}"


@pghistory.track()
class Award(Scoped):
    class Level(models.TextChoices):
        NATIONAL = "national", _("National")
        PROVINCE = "province", _("Provincial")
        CITY = "city", _("City")
        COUNTY = "county", _("County")

    scope_path = "person__territory__path"

    person = models.ForeignKey(Person, models.PROTECT, related_name="awards", verbose_name=_("person"))
    level = models.CharField(_("level"), max_length=12, choices=Level.choices)
    title = models.CharField(_("title"), max_length=80)
    awarded_on = models.DateField(_("awarded on"))
    document_no = models.CharField(_("document number"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("award")
        verbose_name_plural = _("awards")
        ordering = ["-awarded_on", "pk"]

    def __str__(self) -> str:
        return f"{self.person} · {self.title}"


class AccountManager(UserManager.from_queryset(ScopedQuerySet)):  # type: ignore[misc]
    use_in_migrations = False

    def create_superuser(self, *args: Any, **kwargs: Any) -> User:
        raise ValidationError(
            _("No account stands above the rules. Appoint administrators with `manage.py appoint_administrators`.")
        )


class User(AbstractUser):
    """An account of a person, or of an API client (`client_of` set, no person, no password).

    What it may do follows from the posts held today and from nothing else: no flag, group or permission table.
    """

    scope_path = ("person__territory__path", "client_of__path")
    seen_by = frozenset({Duty.SECURITY_ADMIN})

    is_superuser = False  # not a column: nobody can be made one
    groups = None  # type: ignore[assignment]
    user_permissions = None  # type: ignore[assignment]

    person = models.OneToOneField(Person, models.PROTECT, null=True, blank=True, related_name="user", verbose_name=_("person"))
    client_of = models.ForeignKey(
        Territory, models.PROTECT, null=True, blank=True, related_name="api_clients", verbose_name=_("API client of")
    )

    objects = AccountManager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.person.name if self.person else self.username

    def get_full_name(self) -> str:
        return self.person.name if self.person else ""

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False

    @property
    def is_staff(self) -> bool:  # type: ignore[override]
        """Whether the admin site opens."""
        return self.has_duty(*ADMIN_SITE)

    @cached_property
    def duties(self) -> tuple[tuple[str, str], ...]:
        """(duty, path) of every post held today; an account without a post has none and sees nothing."""
        if not self.is_active:
            return ()
        if self.client_of:
            return ((Duty.API_CLIENT.value, self.client_of.path),)
        if not self.person_id:
            return ()
        posts = Post.objects.filter(person_id=self.person_id).current(clock.today())
        return tuple(posts.order_by("pk").values_list("duty", "territory__path"))

    @cached_property
    def units(self) -> tuple[tuple[int, str], ...]:
        """(unit, path of its place) of every unit that this account acts for today: by membership, or by a post at a place's own office."""
        if not self.duties or not self.person_id:
            return ()
        today = clock.today()
        by_membership = UnitMember.objects.current(today).filter(person_id=self.person_id).values("unit")
        own_places = [path for duty, path in self.duties if duty in OF_PLACES]
        by_post = Q(kind=Unit.Kind.PLACE, territory__path__in=own_places)
        found = Unit.objects.current(today).filter(Q(pk__in=by_membership) | by_post)
        return tuple(found.order_by("pk").values_list("pk", "territory__path"))

    @property
    def unit_ids(self) -> tuple[int, ...]:
        return tuple(unit for unit, _path in self.units)

    def reach(self, duties: Iterable[str] = INSIDE) -> tuple[str, ...]:
        """Subtrees that this account may see by one of `duties`, as path prefixes, none inside another."""
        paths = sorted({path for duty, path in self.duties if duty in set(duties)})
        return tuple(p for i, p in enumerate(paths) if not any(p.startswith(q) for q in paths[:i]))

    def holds(self, duty: str, path: str) -> bool:
        return any(duty == held and path.startswith(at) for held, at in self.duties)

    def has_duty(self, *duties: str) -> bool:
        return any(held in duties for held, _at in self.duties)
