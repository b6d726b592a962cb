"""Units, bodies and lists in the admin; the docket is looked at here, and acted on at its own page alone."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from governance.admin_base import ReadOnlyAdmin, ScopedAdmin, ScopedTabularInline, place_filter
from governance.duties import COUNTY, Duty
from governance.models import DocketEvent, DocketItem, Meeting, TaskList, Unit, UnitMember

LOOKERS = COUNTY | {Duty.AUDITOR}
STAFF = frozenset({Duty.COUNTY_STAFF})


class MembersOfUnit(ScopedTabularInline):
    model = UnitMember
    fk_name = "unit"
    viewers = LOOKERS
    editors = STAFF
    fields = ("person", "member_unit", "role", "from_on", "until_on")
    autocomplete_fields = ("person", "member_unit")


@admin.register(Unit)
class UnitAdmin(ScopedAdmin):
    viewers = LOOKERS
    editors = STAFF
    list_display = ("short_name", "kind", "territory", "parent", "from_on", "until_on")
    list_filter = (place_filter("territory__path"), "kind")
    list_select_related = ("territory", "parent")
    search_fields = ("name", "short_name", "territory__short_name")
    autocomplete_fields = ("territory", "parent")
    readonly_on_change = ("territory",)
    inlines = (MembersOfUnit,)


@admin.register(TaskList)
class TaskListAdmin(ScopedAdmin):
    """Tasks come from a workbook at the list's own page; here its title and document are put right."""

    viewers = LOOKERS
    editors = STAFF
    list_display = ("title", "year", "territory", "body", "document_no")
    list_filter = (place_filter("territory__path"), "year")
    list_select_related = ("territory", "body")
    search_fields = ("title", "document_no")
    autocomplete_fields = ("territory", "body")
    readonly_on_change = ("territory", "body")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # opened at its own page, for a body of the place


@admin.register(Meeting)
class MeetingAdmin(ReadOnlyAdmin):
    viewers = LOOKERS
    list_display = ("title", "body", "held_on", "recorded_by")
    list_filter = (place_filter("body__territory__path"),)
    list_select_related = ("body", "recorded_by__person")
    search_fields = ("title", "body__name")


class LinesOfItem(ScopedTabularInline):
    model = DocketEvent
    viewers = LOOKERS
    fields = ("number", "act", "by", "at", "unit", "text")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(DocketItem)
class DocketItemAdmin(ReadOnlyAdmin):
    viewers = LOOKERS
    list_display = ("title", "kind", "territory", "unit", "checker", "state", "due_at", "reopenings")
    list_filter = (place_filter("territory__path"), "state", "kind")
    list_select_related = ("territory", "unit", "checker")
    search_fields = ("title", "subject")
    inlines = (LinesOfItem,)
