from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from governance.admin_base import ReadOnlyAdmin, ScopedAdmin, place_filter
from governance.duties import COUNTY, Duty
from governance.models import CalendarDay, PartyOrganization, Territory, TerritorySuccession
from governance.scope import rows_in_reach

LOOKERS = COUNTY | {Duty.AUDITOR}


@admin.register(Territory)
class TerritoryAdmin(ScopedAdmin):
    """Names and codes are the state's and come by import; what the county knows better is filled in here."""

    viewers = LOOKERS | {Duty.SECURITY_ADMIN, Duty.SYSTEM_ADMIN}
    editors = frozenset({Duty.COUNTY_STAFF})
    list_display = ("short_name", "code", "level", "kind", "village_type", "households", "population", "valid_from", "valid_to")
    list_filter = (place_filter("path"), "level", "kind", "village_type")
    search_fields = ("short_name", "name", "code")
    fields = (
        "name",
        "short_name",
        "code",
        "level",
        "parent",
        "kind",
        "village_type",
        "households",
        "population",
        "valid_from",
        "valid_to",
    )
    readonly_fields = ("name", "code", "level", "parent", "kind", "valid_from", "valid_to")

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(TerritorySuccession)
class TerritorySuccessionAdmin(ReadOnlyAdmin):
    viewers = LOOKERS
    list_display = ("before", "after", "on", "document_no")
    list_select_related = ("before", "after")


@admin.register(PartyOrganization)
class PartyOrganizationAdmin(ScopedAdmin):
    viewers = LOOKERS
    editors = frozenset({Duty.COUNTY_STAFF})
    list_display = ("name", "kind", "territory", "parent", "valid_from", "valid_to")
    list_filter = (place_filter("territory__path"), "kind")
    list_select_related = ("territory", "parent")
    search_fields = ("name", "territory__short_name")
    autocomplete_fields = ("territory", "parent")


@admin.register(CalendarDay)
class CalendarDayAdmin(ScopedAdmin):
    """The country's days come from the State Council's notices (load_calendar); a county adds its own."""

    viewers = LOOKERS | {Duty.SYSTEM_ADMIN}
    editors = deleters = frozenset({Duty.COUNTY_STAFF})
    list_display = ("day", "kind", "name", "territory", "source")
    list_filter = ("kind",)
    list_select_related = ("territory",)
    date_hierarchy = "day"
    search_fields = ("name", "source")
    autocomplete_fields = ("territory",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """The country's days and those of the own county; which days another county adds is its own affair."""
        near = Territory.objects.filter(rows_in_reach(Territory, request.user))
        return super().get_queryset(request).filter(Q(territory=None) | Q(territory__in=near))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _is_of_own_county(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_of_own_county(request, obj)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        if "territory" in form.base_fields:
            form.base_fields["territory"].required = True
        return form


def _is_of_own_county(request: HttpRequest, day: CalendarDay | None) -> bool:
    user: Any = request.user
    return day is None or (day.territory is not None and user.holds(Duty.COUNTY_STAFF, day.territory.path))
