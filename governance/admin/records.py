from django.contrib import admin

from governance.admin_base import ReadOnlyAdmin, place_filter
from governance.duties import COUNTY, Duty
from governance.models import AuditEntry, Job


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    viewers = COUNTY | {Duty.AUDITOR, Duty.SYSTEM_ADMIN}
    list_display = (
        "operation",
        "territory",
        "key",
        "state",
        "done",
        "total",
        "attempts",
        "worker",
        "requested_by",
        "requested_at",
        "finished_at",
    )
    list_filter = (place_filter("territory__path"), "state", "operation")
    list_select_related = ("territory", "requested_by__person")
    search_fields = ("operation", "key")
    exclude = ("lease",)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    viewers = frozenset({Duty.AUDITOR, Duty.AUDIT_ADMIN})
    list_display = ("at", "by", "act", "territory", "subject", "detail")
    list_filter = (place_filter("territory__path"), "act")
    list_select_related = ("by__person", "territory")
    search_fields = ("act", "subject", "by__username")
    date_hierarchy = "at"
