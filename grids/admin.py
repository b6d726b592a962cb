from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from governance.admin_base import ScopedAdmin, place_filter
from governance.duties import COUNTY, Duty
from grids.models import Grid
from grids.services.importing import check_grid


@admin.register(Grid)
class GridAdmin(ScopedAdmin):
    viewers = COUNTY | {Duty.AUDITOR}
    editors = frozenset({Duty.COUNTY_STAFF})
    list_display = ("name", "code", "kind", "territory", "parent", "organization", "households", "valid_from", "valid_to")
    list_filter = (place_filter("territory__path"), "kind")
    list_select_related = ("territory", "parent__territory", "organization")
    search_fields = ("name", "code", "territory__short_name")
    autocomplete_fields = ("territory", "parent", "organization")

    def check_row(self, request: HttpRequest, form: ModelForm) -> None:
        super().check_row(request, form)
        check_grid(form.instance)
