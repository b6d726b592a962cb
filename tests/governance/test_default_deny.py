"""A door without a rule, a table that hangs nowhere, an admin table without duties: none of them starts."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import get_resolver, path
from rest_framework.permissions import IsAuthenticated
from rest_framework.views import APIView
from unfold.admin import ModelAdmin

from governance import access, checks
from governance.admin_base import ScopedAdmin
from governance.duties import COUNTY
from governance.models import Award, Person
from governance.views_base import page, public_page
from tests.cast import Cast


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse("secret")


class BareApi(APIView):
    permission_classes = [IsAuthenticated]


class BareAdmin(ModelAdmin):
    def secret(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("secret")

    def get_urls(self) -> list[Any]:
        return [path("secret/", self.admin_site.admin_view(self.secret)), *super().get_urls()]


ours = page(duties=COUNTY)(bare)
site = admin.AdminSite("second")
site.register(Award, BareAdmin)
urlpatterns = [path("ours/", ours), path("open/", public_page(bare)), path("bare/", bare)]


def test_the_product_passes() -> None:
    assert [*checks.check_routes(), *checks.check_tables(), *checks.check_admin()] == []
    assert len(list(checks.routes(get_resolver()))) > 50
    assert len(checks.our_tables()) > 30


def test_every_rule_is_a_rule() -> None:
    stated = [access.rule_of(view) for _route, view in checks.routes(get_resolver())]
    assert all(rule in (access.PUBLIC, access.ADMIN, "duties") or (isinstance(rule, frozenset) and rule) for rule in stated)


@override_settings(ROOT_URLCONF=__name__)
def test_a_bare_route_stops_the_start() -> None:
    assert [error.msg for error in checks.check_routes()] == ["The route 'bare/' states no access rule."]
    with pytest.raises(ImproperlyConfigured, match="bare/"):
        checks.refuse_unruled_start()


@pytest.mark.parametrize(
    ("view", "rule"), [(ours, COUNTY), (public_page(bare), access.PUBLIC), (bare, None), (BareApi.as_view(), None)]
)
def test_rule_of(view: Any, rule: Any) -> None:
    assert access.rule_of(view) == rule


def test_a_page_added_to_the_admin_states_its_own_rule() -> None:
    without = [pattern for pattern in site._registry[Award].get_urls() if access.rule_of(pattern.callback) is None]
    assert [str(pattern.pattern) for pattern in without] == ["secret/"]


@override_settings(ROOT_URLCONF=__name__)
def test_a_bare_route_is_refused_when_asked(db: None, client: Client) -> None:
    client.raise_request_exception = False
    assert client.get("/open/").content == b"secret"
    assert b"secret" not in client.get("/bare/").content
    assert client.get("/bare/").status_code == 403


def test_without_the_middleware_it_would_answer(rf: RequestFactory) -> None:
    """The twin: nothing but the wall keeps a bare view from answering."""
    request = rf.get("/bare/")
    wall = access.DefaultDeny(bare)
    assert wall(request).content == b"secret"
    with pytest.raises(PermissionDenied):
        wall.process_view(request, bare)


@pytest.mark.parametrize(("name", "status"), [("chen", 200), ("liu", 403), ("huo", 403), ("sun", 403)])
@override_settings(ROOT_URLCONF=__name__)
def test_a_page_opens_by_duty(cast: Cast, client: Client, name: str, status: int) -> None:
    client.force_login(cast[name])
    assert client.get("/ours/").status_code == status


@pytest.fixture
def table() -> Iterator[Any]:
    yield lambda **stated: SimpleNamespace(_meta=Person._meta, **stated)


@pytest.mark.parametrize(
    ("stated", "fault"),
    [
        ({}, "states none"),
        ({"scope_path": "territory__path", "scope_open": True}, "must state one"),
        ({"scope_path": "territory__name"}, "leads to no territory's path"),
        ({"scope_path": "teritory__path"}, "leads to no territory's path"),
        ({"scope_path": "name"}, "leads to no territory's path"),
        ({"scope_path": ("territory__path", "user__path")}, "'user__path'"),
        ({"scope_path": "territory__path", "seen_by": {"mayor"}}, "mayor"),
    ],
)
def test_a_table_that_hangs_nowhere(table: Any, stated: dict[str, Any], fault: str) -> None:
    faults = list(checks.faults_of_scope(table(**stated)))
    assert len(faults) == 1
    assert fault in faults[0]


@pytest.mark.parametrize("stated", [{"scope_path": "territory__path"}, {"scope_open": True}, {"scope_closed": True}])
def test_a_table_that_hangs(table: Any, stated: dict[str, Any]) -> None:
    assert list(checks.faults_of_scope(table(**stated))) == []


def test_an_admin_table_without_duties_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nobody(ScopedAdmin):
        pass

    monkeypatch.setattr(admin, "site", SimpleNamespace(_registry={Person: Nobody(Person, site), Award: BareAdmin(Award, site)}))
    assert [error.id for error in checks.check_admin()] == ["governance.E003"] * 2
