"""Who comes in at /api/, and how often."""

from __future__ import annotations

import math
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

import knox.auth
from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from knox.crypto import hash_token
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from governance import clock
from governance.access import PUBLIC
from governance.api_base.problems import Unavailable
from governance.models import ApiToken, User
from governance.rates import MINUTE, CountingFailed, count_request

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this module


class TokenAuthentication(knox.auth.TokenAuthentication):
    """`Authorization: Bearer …`. No session is read or opened; the account reaches no further than its token."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        found = super().authenticate(request)
        if found:
            user, token = found
            _refuse_elsewhere(token, request)
            user.duties = tuple(_narrowed(user.duties, token.territory.path))
            user.units = tuple(unit for unit in user.units if unit[1].startswith(token.territory.path))
            _note_use(token)
        return found

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        digest = hash_token(token.decode("ascii", "replace"))
        found = ApiToken.objects.select_related("user__client_of", "territory").filter(digest=digest).first()
        if not found:
            raise AuthenticationFailed(_("This token is not known here."), "token_unknown")
        if found.revoked_at:
            raise AuthenticationFailed(
                _("This token was revoked; ask the security administrator for a new one."), "token_revoked"
            )
        if not found.is_live(clock.now()):
            raise AuthenticationFailed(
                _("This token has expired; ask the security administrator for a new one."), "token_expired"
            )
        if not found.user.is_active:
            raise AuthenticationFailed(_("The account of this token is closed."), "account_closed")
        return found.user, found


class SignedIn(SessionAuthentication):
    """A person in a browser."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as refused:
            raise PermissionDenied(
                _("The CSRF token is missing or old; send the cookie's value as X-CSRFToken."), "csrf_failed"
            ) from refused


class HasDuty(BasePermission):
    """The view names the duties that may enter, as `duties`; a view that names none lets nobody in."""

    access_rule = "duties"

    def has_permission(self, request: Request, view: APIView) -> bool:
        duties = getattr(view, "duties", ())
        if not (request.user.is_authenticated and request.user.has_duty(*duties)):
            return False
        if request.method in SAFE_METHODS or not isinstance(request.auth, ApiToken) or request.auth.may_write:
            return True
        self.message, self.code = (
            _("This token may read only; ask the security administrator for one that may write."),
            "read_only",
        )
        return False


class Anyone(BasePermission):
    """Stated by a view whose content is no secret: the description of the API itself."""

    access_rule = PUBLIC

    def has_permission(self, request: Request, view: APIView) -> bool:
        return True


class RequestsAMinute(BaseThrottle):
    """Counted for each token, account or address."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        who, key = _caller(request)
        try:
            used = count_request(f"api:{who}:{key}", getattr(view, "request_cost", 1))
        except CountingFailed as failed:
            raise Unavailable(_("The server can't count requests just now; try again in a few seconds.")) from failed
        self.left = used.left
        return used.count <= settings.API_REQUESTS_A_MINUTE[who]

    def wait(self) -> float:
        return math.ceil(self.left)


def _caller(request: Request) -> tuple[str, str]:
    if isinstance(request.auth, ApiToken):
        return "token", request.auth.pk
    if request.user.is_authenticated:
        return "account", str(request.user.pk)
    return "anonymous", request.META.get("REMOTE_ADDR", "")


def _narrowed(duties: tuple[tuple[str, str], ...], path: str) -> list[tuple[str, str]]:
    """Every duty as far as it reaches inside `path`."""
    inside = []
    for duty, at in duties:
        if at.startswith(path):
            inside.append((duty, at))
        elif path.startswith(at):
            inside.append((duty, path))
    return inside


def _refuse_elsewhere(token: ApiToken, request: Request) -> None:
    if token.networks and not _is_inside(request.META.get("REMOTE_ADDR", ""), token.networks):
        raise AuthenticationFailed(_("This token may not be used from this address."), "token_elsewhere")


def _is_inside(address: str, networks: list[str]) -> bool:
    try:
        return any(ip_address(address) in ip_network(network) for network in networks)
    except ValueError:  # a local socket has no address
        return False


def _note_use(token: ApiToken) -> None:
    at = clock.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=at - timedelta(seconds=MINUTE))
    if not token.last_used_at or token.last_used_at < at - timedelta(seconds=MINUTE):
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=at)
