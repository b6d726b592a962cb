"""What every page of ours begins with: who may ask, and how a refusal reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import BaseForm
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.access import PUBLIC
from governance.errors import RuleBroken
from governance.models import User

View = Callable[..., HttpResponseBase]


class PersonRequest(HttpRequest):
    """What a view behind `page` is asked with: somebody is signed in."""

    user: User


def page(*, duties: Iterable[str]) -> Callable[[View], View]:
    """For people who hold one of `duties` somewhere today; which rows they meet is `visible_to`'s to say."""
    allowed = frozenset(duties)

    def for_these(view: View) -> View:
        @wraps(view)
        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not request.user.has_duty(*allowed):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        asked.access_rule = allowed  # type: ignore[attr-defined]
        return asked

    return for_these


def public_page(view: View) -> View:
    """For everybody, signed in or not."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    asked.access_rule = PUBLIC  # type: ignore[attr-defined]
    return asked


def sent_from(name: str, *arguments: str) -> Callable[[View], View]:
    """A form's address. Who comes to it without a form, as after signing in anew, is led to the page that holds the form: the
    route `name` with these arguments of the own one."""

    def for_this(view: View) -> View:
        @wraps(view)
        @require_http_methods(["GET", "HEAD", "POST"])
        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            messages.info(request, _("Nothing was sent and nothing was changed; do it once more from this page."))
            return redirect(name, *(kwargs[argument] for argument in arguments))

        return asked

    return for_this


@contextmanager
def refusals_on(form: BaseForm) -> Iterator[None]:
    """What a service refuses becomes an error on the form, and what was typed stays."""
    try:
        yield
    except RuleBroken as broken:
        form.add_error(broken.field if broken.field in form.fields else None, broken.message)
    except ValidationError as invalid:
        form.add_error(None, invalid.messages)
