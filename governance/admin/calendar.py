from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from governance import clock
from governance.admin_base import ScopedAdmin, asker
from governance.duties import COUNTY, Duty
from governance.models import CalendarNotice, Territory
from governance.notices import Notice, read_typed, typed
from governance.selectors.calendar import readable_notices
from governance.services.calendar import check_days, record_days

EDITORS = frozenset({Duty.COUNTY_STAFF})
COPIED = ("title", "document_no", "published_on", "reason")


class NoticeForm(forms.ModelForm):
    lines = forms.CharField(
        label=_("days and hours"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}),
        help_text=_(
            "A line for each: “2026-04-11至2026-04-13 放假 庙会”, “2026-04-18 上班 庙会调休”, “2026-05-01起 作息 08:00-12:00、15:00-18:30”."
        ),
    )


@admin.register(CalendarNotice)
class CalendarNoticeAdmin(ScopedAdmin):
    """The country's notices come by import_holidays; a county records its own, and corrects one by another."""

    viewers = COUNTY | {Duty.AUDITOR, Duty.SYSTEM_ADMIN}
    editors = EDITORS
    form = NoticeForm
    list_display = ("title", "document_no", "place", "published_on", "in_force", "recorded_by", "recorded_at")
    list_select_related = ("territory", "recorded_by__person", "superseded_by")
    date_hierarchy = "published_on"
    search_fields = ("title", "document_no", "reason")
    fields = ("territory", "title", "document_no", "published_on", "reason", "lines", "supersedes")
    readonly_fields = ("place", "said", "in_force", "recorded_by", "recorded_at")
    autocomplete_fields = ("territory",)
    list_before_template = "governance/parts/notices_links.html"
    change_form_before_template = "governance/parts/notice_links.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return readable_notices(asker(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.fields
        return ("place", *COPIED, "said", "supersedes", "in_force", "recorded_by", "recorded_at")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        for name in ("territory", "reason"):
            if name in form.base_fields:
                form.base_fields[name].required = True
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A correction begins with what it corrects, everything else with one's own county."""
        earlier = self.get_queryset(request).filter(pk=_number(request.GET.get("supersedes")), territory__isnull=False).first()
        if earlier is not None:
            said = {name: getattr(earlier, name) for name in COPIED}
            return {**said, "territory": earlier.territory_id, "lines": _typed(earlier), "supersedes": earlier.pk}
        own = Territory.objects.filter(path__in=asker(request).reach(self.editors), level=Territory.Level.COUNTY, valid_to=None)
        return {"territory": own.values_list("pk", flat=True).first()}

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "supersedes":
            field.queryset = field.queryset.filter(superseded_by=None)
        return field

    @admin.display(description=_("place"))
    def place(self, notice: CalendarNotice) -> str:
        return str(notice.territory or gettext("the whole country"))

    @admin.display(description=_("days and hours"))
    def said(self, notice: CalendarNotice) -> str:
        return format_html('<pre class="document" tabindex="0">{}</pre>', _typed(notice) or "—")

    @admin.display(description=_("in force"), boolean=True)
    def in_force(self, notice: CalendarNotice) -> bool:
        return notice.is_in_force

    def check_row(self, request: HttpRequest, form: forms.ModelForm) -> None:
        given = form.cleaned_data
        check_days(
            _read(given), territory=given["territory"], supersedes_id=form.instance.supersedes_id, by=asker(request), at=clock.now()
        )  # fmt: skip

    def save_row(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        notice = _read(form.cleaned_data)
        kept = record_days(
            notice, territory=obj.territory, supersedes_id=obj.supersedes_id, by=asker(request), at=clock.now(),
            tell=partial(messages.info, request),
        )  # fmt: skip
        obj.pk = kept.pk


def _read(given: dict[str, Any]) -> Notice:
    """raises RuleBroken: bad_days. A correction may take everything back, a new notice says something."""
    is_taken_back = bool(given["supersedes"]) and not given["lines"].strip()
    days, hours = ({}, {}) if is_taken_back else read_typed(given["lines"])
    return Notice(
        given["title"], given["document_no"], given["published_on"], reason=given["reason"].strip(), days=days, hours=hours
    )


def _typed(notice: CalendarNotice) -> str:
    days = {one.day: (one.kind, one.name) for one in notice.days.all()}
    return typed(days, {one.from_on: one.windows for one in notice.hours.all()})


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0
