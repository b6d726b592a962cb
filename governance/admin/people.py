from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _

from governance import clock
from governance.admin_base import ScopedAdmin, ScopedTabularInline, asker, place_filter
from governance.duties import COUNTY, OF_VILLAGES, Duty
from governance.errors import RuleBroken
from governance.models import Award, Person, Post, Trainee
from governance.services.posts import assign_post, check_assigner, check_post, end_post

LOOKERS = COUNTY | {Duty.AUDITOR}


class PostsOfPerson(ScopedTabularInline):
    model = Post
    viewers = LOOKERS | {Duty.SECURITY_ADMIN}
    fields = ("territory", "duty", "title", "from_on", "until_on", "ending")


class AwardsOfPerson(ScopedTabularInline):
    model = Award
    viewers = LOOKERS
    editors = frozenset({Duty.COUNTY_STAFF})
    fields = ("level", "title", "awarded_on", "document_no")


class TrainingsOfPerson(ScopedTabularInline):
    """Entered at the training."""

    model = Trainee
    viewers = LOOKERS
    fields = ("training", "state")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("training")


@admin.register(Person)
class PersonAdmin(ScopedAdmin):
    viewers = LOOKERS | {Duty.SECURITY_ADMIN}
    editors = frozenset({Duty.COUNTY_STAFF})
    list_display = ("name", "sex", "born_on", "education", "territory")
    list_filter = (place_filter("territory__path"), "sex", "education")
    list_select_related = ("territory",)
    search_fields = ("name", "territory__short_name")
    autocomplete_fields = ("territory",)
    inlines = (PostsOfPerson, AwardsOfPerson, TrainingsOfPerson)


@admin.register(Post)
class PostAdmin(ScopedAdmin):
    """A post is given and ended, never rewritten."""

    viewers = LOOKERS | {Duty.SECURITY_ADMIN}
    editors = frozenset({Duty.COUNTY_STAFF, Duty.SECURITY_ADMIN})
    list_display = ("person", "territory", "duty", "title", "from_on", "until_on", "ending")
    list_filter = (place_filter("territory__path"), "duty", "ending")
    list_select_related = ("person", "territory")
    search_fields = ("person__name", "territory__short_name", "title")
    autocomplete_fields = ("person", "territory", "organization")
    fields = ("person", "territory", "organization", "duty", "title", "from_on", "until_on", "ending")
    readonly_on_change = ("person", "territory", "organization", "duty", "title", "from_on")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.duty in self._duties(request))

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "duty":
            kwargs["choices"] = [(duty.value, duty.label) for duty in Duty if duty in self._duties(request)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def check_row(self, request: HttpRequest, form: ModelForm) -> None:
        post, user = form.instance, asker(request)
        if post.pk:
            if post.until_on is None:
                raise RuleBroken("no_end", _("A post is changed only by ending it: give its last day."), field="until_on")
            check_assigner(user, duty=post.duty, territory=post.territory, person=post.person)
        else:
            given = {name: form.cleaned_data[name] for name in ("person", "territory", "duty", "from_on", "until_on")}
            check_post(**given, by=user)

    def save_row(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        if change:
            end_post(post_id=obj.pk, until_on=obj.until_on, ending=obj.ending, by=asker(request), at=clock.now())
            return
        given = {name: getattr(obj, name) for name in ("territory", "duty", "from_on", "until_on", "title", "organization")}
        obj.pk = assign_post(person_id=obj.person_id, **given, by=asker(request), at=clock.now()).pk

    def _duties(self, request: HttpRequest) -> frozenset[str]:
        """Village posts are the department's, those of offices the security administrator's."""
        return frozenset(Duty) if asker(request).has_duty(Duty.SECURITY_ADMIN) else OF_VILLAGES


@admin.register(Award)
class AwardAdmin(ScopedAdmin):
    viewers = LOOKERS
    editors = frozenset({Duty.COUNTY_STAFF})
    list_display = ("person", "level", "title", "awarded_on", "document_no")
    list_filter = (place_filter("person__territory__path"), "level")
    list_select_related = ("person",)
    search_fields = ("person__name", "title", "document_no")
    autocomplete_fields = ("person",)
