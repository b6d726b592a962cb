from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from governance.act_titles import act_title, detail_text, subject_title
from governance.admin_base import ReadOnlyAdmin, place_filter
from governance.duties import COUNTY, Duty
from governance.models import AuditEntry, Job


class ByAct(admin.SimpleListFilter):
    """Offers what the table holds, by its name for people. `act_field` is where the act stands."""

    title = _("act")
    parameter_name = "act"
    act_field = "act"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        acts = model_admin.get_queryset(request).order_by().values_list(self.act_field, flat=True).distinct()
        return sorted((act, act_title(act)) for act in acts)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(**{self.act_field: self.value()}) if self.value() else queryset


class ByOperation(ByAct):
    title = _("operation")
    act_field = "operation"


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    viewers = COUNTY | {Duty.AUDITOR, Duty.SYSTEM_ADMIN}
    list_display = (
        "operation_title",
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
    list_filter = (place_filter("territory__path"), "state", ByOperation)
    list_select_related = ("territory", "requested_by__person")
    search_fields = ("operation", "key")
    exclude = ("lease",)

    @admin.display(description=_("operation"), ordering="operation")
    def operation_title(self, job: Job) -> str:
        return act_title(job.operation)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    viewers = frozenset({Duty.AUDITOR, Duty.AUDIT_ADMIN})
    list_display = ("at", "by", "act_title", "territory", "subject_title", "detail_text")
    fields = ("at", "by", "act_title", "territory", "subject_title", "detail_text")
    list_filter = (place_filter("territory__path"), ByAct)
    list_select_related = ("by__person", "territory")
    search_fields = ("act", "subject", "by__username")
    date_hierarchy = "at"

    @admin.display(description=_("act"), ordering="act")
    def act_title(self, entry: AuditEntry) -> str:
        return act_title(entry.act)

    @admin.display(description=_("subject"), ordering="subject")
    def subject_title(self, entry: AuditEntry) -> str:
        return subject_title(entry.subject)

    @admin.display(description=_("detail"))
    def detail_text(self, entry: AuditEntry) -> str:
        return detail_text(entry.detail)
