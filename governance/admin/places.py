from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from governance.admin_base import ReadOnlyAdmin, ScopedAdmin, place_filter
from governance.duties import COUNTY, Duty
from governance.models import PartyOrganization, Territory, TerritorySuccession

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
