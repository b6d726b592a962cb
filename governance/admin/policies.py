from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from governance import clock
from governance.admin_base import ScopedAdmin, asker, place_filter
from governance.duties import COUNTY, Duty
from governance.errors import RuleBroken
from governance.models import PolicyAdoption, PolicyVersion
from governance.policy import PolicyErrors
from governance.policy_words import sentences
from governance.services.policies import adopt, bring_into_force, check_adoption, check_document, redraft_policy, store_policy

LOOKERS = COUNTY | {Duty.AUDITOR}


@admin.register(PolicyVersion)
class PolicyVersionAdmin(ScopedAdmin):
    """Drafts are written here as documents; in force nothing of them changes any more."""

    viewers = LOOKERS
    editors = COUNTY
    list_display = ("title", "code", "subject", "state", "in_force_at", "short_digest")
    list_filter = ("state", "subject")
    search_fields = ("title", "code", "digest")
    fields = ("title", "code", "subject", "state", "digest", "in_force_by", "in_force_at", "text")
    readonly_fields = ("title", "code", "subject", "state", "digest", "in_force_by", "in_force_at", "document")
    actions = ("put_into_force",)

    @admin.display(description=_("digest"))
    def short_digest(self, version: PolicyVersion) -> str:
        return version.digest[:12]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("text",)
        return self.fields if obj.state == PolicyVersion.State.DRAFT else (*self.fields[:-1], "document")

    @admin.display(description=_("document"))
    def document(self, version: PolicyVersion) -> str:
        return format_html('<pre class="document" tabindex="0">{}</pre>', version.text)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.state == PolicyVersion.State.DRAFT)

    def check_row(self, request: HttpRequest, form: ModelForm) -> None:
        try:
            check_document(form.cleaned_data["text"], but_for=form.instance.pk)
        except PolicyErrors as errors:
            raise RuleBroken("bad_policy", "\n".join(sentences(errors)), field="text") from None

    def save_row(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        if change:
            redraft_policy(obj.pk, obj.text, by=asker(request), at=clock.now())
        else:
            stored = store_policy(obj.text, by=asker(request), at=clock.now())
            obj.pk, obj.title = stored.pk, stored.title

    @admin.action(permissions=["change"], description=_("Bring into force"))
    def put_into_force(self, request: HttpRequest, queryset: QuerySet[PolicyVersion]) -> None:
        for version in queryset:
            try:
                bring_into_force(version.pk, by=asker(request), at=clock.now())
                messages.success(request, gettext("“%(title)s” is in force and frozen.") % {"title": version})
            except RuleBroken as broken:
                messages.error(request, broken.message)


@admin.register(PolicyAdoption)
class PolicyAdoptionAdmin(ScopedAdmin):
    """A place adopts, and later adopts something else; what it once adopted stays on record."""

    viewers = LOOKERS
    editors = COUNTY
    list_display = ("territory", "policy", "year_from", "document_no", "adopted_by", "adopted_at")
    list_filter = (place_filter("territory__path"), "year_from")
    list_select_related = ("territory", "policy", "adopted_by__person")
    search_fields = ("territory__short_name", "policy__title", "document_no")
    autocomplete_fields = ("territory", "policy")
    fields = ("territory", "policy", "year_from", "document_no", "reason", "adopted_by", "adopted_at")
    readonly_fields = ("adopted_by", "adopted_at")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else ("territory", "policy", "year_from", "document_no", "reason")

    def check_row(self, request: HttpRequest, form: ModelForm) -> None:
        given = form.cleaned_data
        check_adoption(**{"version" if name == "policy" else name: value for name, value in given.items()}, by=asker(request))

    def save_row(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        given = {name: getattr(obj, name) for name in ("territory", "year_from", "document_no", "reason")}
        obj.pk = adopt(obj.policy_id, **given, by=asker(request), at=clock.now()).pk
