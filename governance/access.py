"""Default deny: a view answers only if it says who may ask it.

The rule is an attribute of the view, put there by `governance.views_base` or by a permission class of the API;
the admin's own views are ruled by the admin site and by `governance.admin_base`. A route without a rule stops
the start (governance.checks) and, should it get past that, is refused when asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

PUBLIC = "public"
ADMIN = "admin"


def rule_of(view: Callable[..., Any]) -> Any:
    """The stated rule: PUBLIC, ADMIN, a set of duties, or whatever a permission class states; None if there is none."""
    if (stated := getattr(view, "access_rule", None)) is not None:
        return stated
    if hasattr(view, "cls"):
        return _rule_of_api_view(view)
    return ADMIN if _is_of_admin(view) else None


def _rule_of_api_view(view: Any) -> Any:
    classes = getattr(view, "initkwargs", {}).get("permission_classes", getattr(view.cls, "permission_classes", ()))
    return next((one.access_rule for one in classes if hasattr(one, "access_rule")), None)


def _is_of_admin(view: Callable[..., Any]) -> bool:
    """Django's and the theme's own admin views behind the site's log-in, and the log-in itself; none of ours."""
    innermost = list(_layers(view))[-1]
    if isinstance(getattr(view, "__self__", None), AdminSite):
        return view.__name__ == "login"
    behind_login = any(_is_behind_login(layer) for layer in _layers(view))
    return behind_login and innermost.__module__.split(".")[0] in {"django", "unfold"}


def _is_behind_login(layer: Callable[..., Any]) -> bool:
    code = getattr(layer, "__code__", None)
    return hasattr(layer, "admin_site") or hasattr(layer, "model_admin") or (
        code is not None and code.co_qualname.startswith("AdminSite.admin_view.")
    )


def _layers(view: Callable[..., Any]) -> Iterator[Any]:
    layer: Any = view
    while layer is not None:
        yield layer
        layer = getattr(layer, "__wrapped__", None)


class DefaultDeny:
    """Middleware: the last wall behind the start-up check."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_arguments: Any) -> None:
        if rule_of(view) is None:
            raise PermissionDenied
