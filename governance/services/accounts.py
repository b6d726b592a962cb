"""Accounts: opened, closed and given a new password by the security administrator, never for himself."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from governance.authority import require
from governance.duties import Duty
from governance.errors import RuleBroken
from governance.models import Person, Territory, User
from governance.services import audit

PASSWORD_BYTES = 12


@transaction.atomic
def create_account(*, person_id: int, username: str, by: User, at: datetime) -> tuple[User, str]:
    """The account and its first password, which nobody can read again.

    raises RuleBroken: not_your_duty, not_for_yourself, account_exists, name_taken
    """
    person = Person.objects.select_for_update(of=("self",)).select_related("territory").get(pk=person_id)
    check_new_account(person=person, username=username, by=by)
    password = new_password()
    user = User(username=username, person=person)
    user.set_password(password)
    user.full_clean()
    user.save()
    audit.record("account.create", by=by, at=at, territory=person.territory, subject=user)
    return user, password


def check_new_account(*, person: Person, username: str, by: User) -> None:
    """raises RuleBroken as `create_account` does"""
    _require_security(by, person.territory, person)
    if User.objects.filter(person=person).exists():
        raise RuleBroken(
            "account_exists",
            _("%(who)s has an account already; give it a new password instead.") % {"who": person},
            field="person",
        )
    if User.objects.filter(username__iexact=username).exists():
        raise RuleBroken(
            "name_taken", _("There is already an account “%(name)s”; choose another name.") % {"name": username}, field="username"
        )


@transaction.atomic
def reset_password(*, user_id: int, by: User, at: datetime) -> str:
    """The new password; every session of the account ends with the old one.  raises RuleBroken: not_your_duty, not_for_yourself"""
    user, place = _account(user_id, by)
    if user.person is None:
        raise RuleBroken("no_password", _("The account of a program has no password; issue it a token."))
    password = new_password()
    user.set_password(password)
    user.save()
    audit.record("account.reset_password", by=by, at=at, territory=place, subject=user)
    return password


@transaction.atomic
def set_account_open(*, user_id: int, is_open: bool, by: User, at: datetime) -> User:
    """A closed account sees nothing from its next request on.  raises RuleBroken: not_your_duty, not_for_yourself"""
    user, place = _account(user_id, by)
    if user.is_active != is_open:
        user.is_active = is_open
        user.save()
        audit.record("account.open" if is_open else "account.close", by=by, at=at, territory=place, subject=user)
    return user


@transaction.atomic
def set_email(*, user_id: int, email: str, by: User, at: datetime) -> User:
    """Where digests are mailed to; empty: nowhere.  raises RuleBroken: not_your_duty, not_for_yourself"""
    user, place = _account(user_id, by)
    if user.email != email:
        user.email = email
        user.save(update_fields=["email"])
        audit.record("account.email", by=by, at=at, territory=place, subject=user)
    return user


def new_password() -> str:
    return secrets.token_urlsafe(PASSWORD_BYTES)


def _account(user_id: int, by: User) -> tuple[User, Territory]:
    """raises RuleBroken: not_your_duty, not_for_yourself"""
    user = User.objects.select_for_update(of=("self",)).select_related("person__territory", "client_of").get(pk=user_id)
    place = user.person.territory if user.person else user.client_of
    if place is None:
        raise RuleBroken(
            "not_your_duty", _("This account belongs to no place; only the person who runs the server can change it.")
        )
    _require_security(by, place, user.person)
    return user, place


def _require_security(by: User, place: Territory, person: Person | None) -> None:
    require(by, Duty.SECURITY_ADMIN, place)
    if person is not None and by.person_id == person.pk:
        raise RuleBroken("not_for_yourself", _("Nobody changes their own account here; ask another security administrator."))
