"""What the admin's frame shows of ours: the pages' menu beside its own tables."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from stars.menu import items


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    pages = [
        {"title": item.title, "icon": item.icon, "link": item.url, "active": False}
        for item in items(request)
        if item.url != request.path
    ]
    return [{"title": None, "items": pages}, *(_group(app) for app in admin.site.get_app_list(request))]


def _group(app: dict[str, Any]) -> dict[str, Any]:
    rows = [{"title": model["name"], "link": model["admin_url"], "icon": "table_rows"} for model in app["models"]]
    return {"title": app["name"], "separator": True, "collapsible": True, "items": rows}


def account_links(request: HttpRequest) -> list[dict[str, str]]:
    return [{"title": _("Change password"), "link": reverse("password_change")}]
