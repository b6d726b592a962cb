"""Parents of every admin table: what a person may see and change there follows from posts.

Drop-downs, side filters, searches and autocompletes are doors too; all of them ask `governance.scope`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline, TabularInline

from governance import clock
from governance.admin_history import history_page
from governance.authority import require
from governance.errors import RuleBroken
from governance.models import Territory, User
from governance.scope import choices_for, path_of, rows_in_reach
from governance.services import audit
from governance.views_base import refusals_on


class ByDuty:
    """Shared by tables and their inlines.

    viewers   duties that open the table; which rows, is the model's own statement (governance.scope)
    editors   duties that add and change rows where they are held; the table shows itself to them, too
    deleters  duties that may take back a row; nobody, unless a table says so
    """

    model: type[models.Model]
    viewers: Iterable[str] = ()
    editors: Iterable[str] = ()
    deleters: Iterable[str] = ()

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return _holds(request, self.viewers, obj) or self.has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return _holds(request, self.editors)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return not _is_insert_only(self.model) and _holds(request, self.editors, obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return not _is_insert_only(self.model) and _holds(request, self.deleters, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).filter(rows_in_reach(self.model, request.user))  # type: ignore[misc]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = choices_for(db_field.remote_field.model, request.user, self._choosers(db_field))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = choices_for(db_field.remote_field.model, request.user, self._choosers(db_field))
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]

    def _choosers(self, db_field: Any) -> frozenset[str] | None:
        """A row is filed under a place that one may change, not under every place that one may see."""
        return frozenset(self.editors) if db_field.remote_field.model is Territory else None


class ScopedAdmin(ByDuty, ModelAdmin):
    """Registers one table. Every change made here leaves a line in the audit trail."""

    readonly_on_change: tuple[str, ...] = ()
    list_filter_submit = True
    list_fullwidth = True
    list_per_page = 50
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return (*fields, *self.readonly_on_change) if obj else fields

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [_only_what_is_shown(self.model, one) for one in super().get_list_filter(request)]

    def get_form(self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        plain = super().get_form(request, obj, change=change, **kwargs)
        table = self

        class Checked(plain):  # type: ignore[misc, valid-type]
            def _post_clean(self) -> None:
                super()._post_clean()
                if not self.errors:
                    with refusals_on(self):
                        table.check_row(request, self)

        return Checked

    def check_row(self, request: HttpRequest, form: ModelForm) -> None:
        """What the office allows; `form.instance` is the row as it would be saved. A refusal stands beside what was typed.

        raises RuleBroken
        """
        place = form.cleaned_data.get("territory")
        if isinstance(place, Territory):
            try:
                require(asker(request), tuple(self.editors), place)
            except RuleBroken as broken:
                raise RuleBroken(broken.code, broken.message, field="territory") from None

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: models.Model, form: ModelForm, change: bool) -> None:
        self.save_row(request, obj, form, change)

    def save_row(self, request: HttpRequest, obj: models.Model, form: ModelForm, change: bool) -> None:
        """Where a table has a service for it, the table's admin calls the service here."""
        obj.save()
        record_change(request, obj, "change" if change else "add", fields=form.changed_data)

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        record_change(request, obj, "delete", was=str(obj))
        obj.delete()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for row in queryset:
            self.delete_model(request, row)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return history_page(self, request, object_id)


class ReadOnlyAdmin(ScopedAdmin):
    """A table that is only looked at here: rows come from services."""

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class ScopedTabularInline(ByDuty, TabularInline):
    extra = 0


class ScopedStackedInline(ByDuty, StackedInline):
    extra = 0


class PlaceFilter(admin.SimpleListFilter):
    """Narrows a table to one of the places below one's own. `path_lookup` leads to a territory's path."""

    title = _("place")
    parameter_name = "place"
    path_lookup = "territory__path"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        reach = choices_for(Territory, request.user).filter(valid_to=None)
        top = reach.order_by("level").values_list("level", flat=True).first()
        if top is None:
            return []
        below = reach.filter(level__in=(top, top + 1)).order_by("path")[:120]
        return [(place.path, place.short_name) for place in below]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(**{f"{self.path_lookup}__prefix": self.value()}) if self.value() else queryset


def place_filter(lookup: str) -> type[PlaceFilter]:
    return type("PlaceFilter", (PlaceFilter,), {"path_lookup": lookup})


def asker(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def record_change(request: HttpRequest, obj: models.Model, verb: str, **detail: Any) -> None:
    path = path_of(obj) if hasattr(obj, "scope_path") else None
    audit.record(
        f"admin.{verb}", by=asker(request), at=clock.now(), territory=_current(path) if path else None, subject=obj, **detail
    )


def _current(path: str) -> Territory | None:
    return Territory.objects.filter(path=path).order_by("-valid_from").first()


def _holds(request: HttpRequest, duties: Iterable[str], obj: models.Model | None = None) -> bool:
    user: Any = request.user
    if not user.is_authenticated or not user.has_duty(*duties):
        return False
    path = path_of(obj) if obj is not None and hasattr(obj, "scope_path") else None
    return path is None or any(user.holds(duty, path) for duty in duties)


def _is_insert_only(model: type[models.Model]) -> bool:
    return getattr(model, "insert_only", False)


def _only_what_is_shown(model: type[models.Model], one: Any) -> Any:
    """Django's filter on a foreign key offers every row there is; this one those that the table shows."""
    if isinstance(one, str) and "__" not in one and model._meta.get_field(one).is_relation:
        return (one, admin.RelatedOnlyFieldListFilter)
    return one
