"""API tokens: issued and revoked by the security administrator; the text is shown once and kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_network

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from knox.crypto import create_token_string, hash_token
from knox.settings import CONSTANTS, knox_settings

from governance.authority import require, require_other_person
from governance.duties import Duty
from governance.errors import RuleBroken
from governance.models import ApiToken, Territory, User
from governance.services import audit


@transaction.atomic
def open_client(*, username: str, territory: Territory, by: User, at: datetime) -> User:
    """An account for a program of this place: no person, no password.  raises RuleBroken: not_your_duty, name_taken"""
    require(by, Duty.SECURITY_ADMIN, territory)
    if User.objects.filter(username__iexact=username).exists():
        raise RuleBroken(
            "name_taken", _("There is already an account “%(name)s”; choose another name.") % {"name": username}, field="username"
        )
    client = User(username=username, client_of=territory)
    client.set_unusable_password()
    client.full_clean(exclude=["password"])
    client.save()
    audit.record("governance.open_client", by=by, at=at, territory=territory, subject=client)
    return client


@transaction.atomic
def issue_token(
    *,
    account_id: int,
    territory: Territory,
    name: str,
    by: User,
    at: datetime,
    expires_at: datetime | None = None,
    may_write: bool = False,
    networks: Sequence[str] = (),
) -> tuple[ApiToken, str]:
    """The token and its text, which nobody can read again.

    territory   where the token ends: the account's own reach, or a part of it
    expires_at  None: after settings.API_TOKEN_DAYS
    networks    addresses or CIDR ranges it may come from; none: from anywhere
    raises      RuleBroken: not_your_duty, same_person, account_closed, outside_reach, expires_too_late, expired, bad_network
    """
    account = User.objects.select_for_update(of=("self",)).get(pk=account_id)
    require(by, Duty.SECURITY_ADMIN, territory)
    require_other_person(by, account)
    expiry = expires_at or at + timedelta(days=settings.API_TOKEN_DAYS)
    _require_account(account, territory)
    _require_expiry(expiry, at)
    text = knox_settings.TOKEN_PREFIX + create_token_string()
    token = ApiToken(
        digest=hash_token(text), token_key=text[: CONSTANTS.TOKEN_KEY_LENGTH], user=account, created=at, expiry=expiry, name=name,
        territory=territory, may_write=may_write, networks=[_network(one) for one in networks], issued_by=by,
    )  # fmt: skip
    token.full_clean()
    token.save(force_insert=True)
    audit.record(
        "governance.issue_token", by=by, at=at, territory=territory, subject=_subject(token),
        account=account.username, expires=expiry.isoformat(), may_write=may_write, networks=token.networks,
    )  # fmt: skip
    return token, text


@transaction.atomic
def revoke_token(*, token_id: str, by: User, at: datetime) -> ApiToken:
    """From now on it opens nothing. Revoking twice changes nothing.  raises RuleBroken: not_your_duty"""
    token = ApiToken.objects.select_for_update(of=("self",)).select_related("territory").get(pk=token_id)
    require(by, Duty.SECURITY_ADMIN, token.territory)
    if token.revoked_at is None:
        token.revoked_at, token.revoked_by = at, by
        token.save(update_fields=["revoked_at", "revoked_by"])
        audit.record("governance.revoke_token", by=by, at=at, territory=token.territory, subject=_subject(token))
    return token


def _subject(token: ApiToken) -> str:
    """The part of the text that is no secret; the digest would not fit and says less."""
    return f"{token._meta.label}:{token.token_key}"


def _require_account(account: User, territory: Territory) -> None:
    if not account.is_active:
        raise RuleBroken(
            "account_closed", _("The account “%(name)s” is closed; open it first.") % {"name": account.username}, field="account"
        )
    if not any(territory.path.startswith(at) for _duty, at in account.duties):
        raise RuleBroken(
            "outside_reach",
            _("“%(name)s” has no duty at %(where)s; choose a place inside its own.")
            % {"name": account.username, "where": territory},
            field="territory",
        )


def _require_expiry(expiry: datetime, at: datetime) -> None:
    if expiry <= at:
        raise RuleBroken("expired", _("The token would expire before it is issued; choose a later day."), field="expires_at")
    if expiry > at + timedelta(days=settings.API_TOKEN_DAYS_AT_MOST):
        says = _("A token lives at most %(days)s days; choose an earlier day.") % {"days": settings.API_TOKEN_DAYS_AT_MOST}
        raise RuleBroken("expires_too_late", says, field="expires_at")


def _network(text: str) -> str:
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError as error:
        says = _("“%(text)s” is neither an address nor a range; write 10.1.2.3 or 10.1.0.0/16.") % {"text": text}
        raise RuleBroken("bad_network", says, field="networks") from error
