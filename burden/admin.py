from django.contrib import admin

from burden.models import Matter
from governance.admin_base import ScopedAdmin
from governance.duties import INSIDE, Duty


@admin.register(Matter)
class MatterAdmin(ScopedAdmin):
    viewers = INSIDE | {Duty.DEPARTMENT}
    editors = (Duty.COUNTY_STAFF,)
    list_display = ["number", "title", "list", "basis", "territory", "valid_from", "valid_to"]
    list_filter = ["list"]
    list_select_related = ["territory"]
    search_fields = ["title", "basis"]
    autocomplete_fields = ["territory"]
