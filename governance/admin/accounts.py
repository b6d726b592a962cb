from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from governance import clock
from governance.admin_base import ReadOnlyAdmin, ScopedAdmin, asker, place_filter
from governance.duties import Duty
from governance.errors import RuleBroken
from governance.models import ApiToken, User
from governance.services.accounts import check_new_account, create_account, reset_password, set_account_open, set_email
from governance.services.tokens import revoke_token

SECURITY = frozenset({Duty.SECURITY_ADMIN})


@admin.register(User)
class UserAdmin(ScopedAdmin):
    viewers = editors = SECURITY
    list_display = ("username", "person", "client_of", "is_active", "last_login")
    list_filter = (place_filter("person__territory__path"), "is_active")
    list_select_related = ("person", "client_of")
    search_fields = ("username", "person__name")
    autocomplete_fields = ("person",)
    fields = ("person", "username", "email", "is_active", "last_login", "date_joined")
    readonly_fields = ("last_login", "date_joined")
    readonly_on_change = ("person", "username")
    actions = ("give_new_password",)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.fields if obj else ("person", "username")

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        if "person" in form.base_fields:
            form.base_fields["person"].required = True
        return form

    def check_row(self, request: HttpRequest, form: ModelForm) -> None:
        if not form.instance.pk:
            check_new_account(person=form.instance.person, username=form.instance.username, by=asker(request))
        elif form.instance.person_id == asker(request).person_id:
            raise RuleBroken(
                "not_for_yourself", gettext("Nobody changes their own account here; ask another security administrator.")
            )

    def save_row(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        if change:
            set_account_open(user_id=obj.pk, is_open=obj.is_active, by=asker(request), at=clock.now())
            set_email(user_id=obj.pk, email=obj.email, by=asker(request), at=clock.now())
            return
        created, password = create_account(person_id=obj.person_id, username=obj.username, by=asker(request), at=clock.now())
        obj.pk = created.pk
        _show_once(request, created, password)

    @admin.action(permissions=["change"], description=_("Give a new password"))
    def give_new_password(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            try:
                _show_once(request, user, reset_password(user_id=user.pk, by=asker(request), at=clock.now()))
            except RuleBroken as broken:
                messages.error(request, broken.message)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Issued by `manage.py issue_api_token`; revoked here."""

    viewers = SECURITY
    list_display = ("name", "token_key", "user", "territory", "may_write", "created", "expiry", "revoked_at", "last_used_at")
    list_filter = (place_filter("territory__path"), "may_write")
    list_select_related = ("user__person", "territory")
    search_fields = ("name", "token_key", "user__username")
    exclude = ("digest",)
    actions = ("revoke",)

    @admin.action(permissions=["view"], description=_("Revoke"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        for token in queryset:
            revoke_token(token_id=token.pk, by=asker(request), at=clock.now())
            messages.success(request, gettext("“%(token)s” opens nothing from now on.") % {"token": token})


def _show_once(request: HttpRequest, user: User, password: str) -> None:
    messages.success(
        request,
        gettext("The password of %(account)s is %(password)s . It is shown this once; hand it over in person.")
        % {"account": user.username, "password": password},
    )
