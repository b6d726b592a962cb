from django.contrib import admin

from governance.admin_base import ScopedAdmin
from governance.duties import INSIDE, Duty
from grids.models import Grid


@admin.register(Grid)
class GridAdmin(ScopedAdmin):
    viewers = INSIDE
    editors = (Duty.COUNTY_STAFF, Duty.TOWNSHIP_CLERK)
    list_display = ["name", "code", "kind", "territory", "parent", "organization", "households", "valid_from", "valid_to"]
    list_filter = ["kind"]
    list_select_related = ["territory", "parent__territory", "organization"]
    search_fields = ["name", "code", "territory__short_name"]
    autocomplete_fields = ["territory", "parent", "organization"]
