"""Default deny: a view answers only if it says who may ask it.

The rule is an attribute of the view, put there by `governance.views_base` or by a permission class of the API;
the admin's own views are ruled by the admin site and by `governance.admin_base`. A route without a rule stops
the start (governance.checks) and, should it get past that, is refused when asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.options import BaseModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin
from unfold.sites import UnfoldAdminSite

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
    """One of the views that every admin site or admin table has, where it belongs; a page that we add states its own rule."""
    layers = list(_layers(view))
    name, module = getattr(layers[-1], "__name__", ""), getattr(layers[-1], "__module__", "")
    is_standard = module.startswith("django.") or hasattr(UnfoldAdminSite, name) or hasattr(ModelAdmin, name)
    return is_standard and any(map(_belongs_to_admin, layers))


def _belongs_to_admin(layer: Any) -> bool:
    owner = getattr(layer, "__self__", None)
    return hasattr(layer, "admin_site") or hasattr(layer, "model_admin") or isinstance(owner, AdminSite | BaseModelAdmin)


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
