"""The first three administrators of a place, whom nobody inside can appoint yet."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from governance.duties import ADMINISTRATORS, Duty
from governance.errors import RuleBroken
from governance.models import Person, Post, Territory, User
from governance.services import audit
from governance.services.accounts import new_password
from governance.services.posts import check_place


@transaction.atomic
def appoint_administrators(territory: Territory, named: dict[Duty, tuple[str, str]], *, on: date, at: datetime) -> dict[str, str]:
    """`named`: duty → (person's name, user name), each of the three duties once. Returns the passwords by user name.

    raises RuleBroken: three_persons, administrators_exist, name_taken, duty_not_here
    """
    usernames = {username for _name, username in named.values()}
    if set(named) != ADMINISTRATORS or len(usernames) != len(ADMINISTRATORS):
        raise RuleBroken("three_persons", _("Name three different persons: for the system, for security and for audit."))
    if Post.objects.current(on).filter(territory=territory, duty__in=ADMINISTRATORS).exists():
        raise RuleBroken(
            "administrators_exist",
            _("%(where)s has its administrators already; its security administrator appoints the next.") % {"where": territory},
        )
    if User.objects.filter(username__in=usernames).exists():
        raise RuleBroken("name_taken", _("One of these accounts exists already; choose other names."))
    return dict(_appoint(territory, duty, *one, on=on, at=at) for duty, one in named.items())


def _appoint(territory: Territory, duty: Duty, name: str, username: str, *, on: date, at: datetime) -> tuple[str, str]:
    check_place(territory, duty, on)
    person = Person.objects.create(name=name, territory=territory)
    post = Post.objects.create(person=person, territory=territory, duty=duty, from_on=on)
    user, password = User(username=username, person=person), new_password()
    user.set_password(password)
    user.full_clean()
    user.save()
    audit.record("account.create", by=None, at=at, territory=territory, subject=user)
    audit.record("post.assign", by=None, at=at, territory=territory, subject=post, duty=duty)
    return username, password
