from django.contrib import admin

from burden.models import Matter
from governance.admin_base import ScopedAdmin, place_filter
from governance.duties import COUNTY, Duty


@admin.register(Matter)
class MatterAdmin(ScopedAdmin):
    viewers = COUNTY | {Duty.AUDITOR}
    editors = frozenset({Duty.COUNTY_STAFF})
    list_display = ("number", "title", "list", "basis", "territory", "valid_from", "valid_to")
    list_filter = (place_filter("territory__path"), "list")
    list_select_related = ("territory",)
    search_fields = ("title", "basis")
    autocomplete_fields = ("territory",)
