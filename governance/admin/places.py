from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.forms import ChoiceField, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from governance import village_types
from governance.admin_base import ReadOnlyAdmin, ScopedAdmin, place_filter
from governance.duties import COUNTY, Duty
from governance.models import PartyOrganization, Territory, TerritorySuccession

LOOKERS = COUNTY | {Duty.AUDITOR}


class VillageTypeFilter(admin.SimpleListFilter):
    title = _("village type")
    parameter_name = "village_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(village_types.titles().items())

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(village_type=self.value()) if self.value() else queryset


@admin.register(Territory)
class TerritoryAdmin(ScopedAdmin):
    """Names and codes are the state's and come by import; what the county knows better is filled in here."""

    viewers = LOOKERS | {Duty.SECURITY_ADMIN, Duty.SYSTEM_ADMIN}
    editors = frozenset({Duty.COUNTY_STAFF})
    list_display = ("short_name", "code", "level", "kind", "type_title", "households", "population", "valid_from", "valid_to")
    list_filter = (place_filter("path"), "level", "kind", VillageTypeFilter)
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

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        titles = [models.When(village_type=word, then=models.Value(title)) for word, title in village_types.titles().items()]
        return (
            super()
            .get_queryset(request)
            .annotate(named_type=models.Case(*titles, default="village_type", output_field=models.CharField()))
        )

    @admin.display(description=_("village type"), ordering="village_type")
    def type_title(self, place: Any) -> str:
        return str(place.named_type)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        if "village_type" in form.base_fields:
            known = {obj.village_type: obj.village_type, "": "—"} | village_types.titles() if obj else {}
            form.base_fields["village_type"] = ChoiceField(
                choices=known.items(), required=False, label=_("village type"), widget=UnfoldAdminSelectWidget
            )
        return form


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
