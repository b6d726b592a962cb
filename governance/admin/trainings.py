from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from governance import clock
from governance.admin_base import ScopedAdmin, asker, place_filter
from governance.attendance import written_attendance
from governance.duties import COUNTY, Duty
from governance.models import Trainee, Training
from governance.services.trainings import check_training, correct_training, posts_on, record_training

GIVEN = ("title", "held_on", "hours", "place", "document_no")


class TrainingForm(forms.ModelForm):
    people = forms.CharField(
        label=_("who was to come"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 12}),
        help_text=_(
            "A line for each, typed or pasted from Excel: township, village, name, 到会/请假/缺席. “全体 到会” stands for all secretaries "
            "of the place on that day; lines below it name those who were excused or missing."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["people"] = _written(self.instance)


@admin.register(Training)
class TrainingAdmin(ScopedAdmin):
    viewers = COUNTY | {Duty.AUDITOR}
    editors = frozenset({Duty.COUNTY_STAFF})
    form = TrainingForm
    list_display = ("title", "held_on", "hours", "territory", "invited", "missing", "document_no")
    list_filter = (place_filter("territory__path"),)
    list_select_related = ("territory",)
    date_hierarchy = "held_on"
    search_fields = ("title", "document_no")
    autocomplete_fields = ("territory",)
    fields = ("territory", *GIVEN, "people")
    readonly_fields = ("said", "recorded_by", "recorded_at")
    readonly_on_change = ("territory",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        counts = {"invited": Count("trainees"), "missing": Count("trainees", filter=Q(trainees__state=Trainee.State.ABSENT))}
        return super().get_queryset(request).annotate(**counts)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.fields
        people = "people" if self.has_change_permission(request, obj) else "said"
        return ("territory", *GIVEN, people, "recorded_by", "recorded_at")

    @admin.display(description=_("invited"), ordering="invited")
    def invited(self, training: Any) -> int:
        return training.invited

    @admin.display(description=_("absent"), ordering="missing")
    def missing(self, training: Any) -> int:
        return training.missing

    @admin.display(description=_("who was to come"))
    def said(self, training: Training) -> str:
        return _written(training) or "—"

    def check_row(self, request: HttpRequest, form: forms.ModelForm) -> None:
        training = form.instance
        check_training(
            territory=training.territory, held_on=training.held_on, people=form.cleaned_data["people"], by=asker(request),
            at=clock.now(), is_correction=bool(training.pk),
        )  # fmt: skip

    def save_row(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        given = {name: getattr(obj, name) for name in GIVEN} | {"people": form.cleaned_data["people"]}
        if change:
            correct_training(training_id=obj.pk, **given, by=asker(request), at=clock.now())
            return
        obj.pk = record_training(territory=obj.territory, **given, by=asker(request), at=clock.now()).pk


def _written(training: Training) -> str:
    trainees = training.trainees.select_related("person").order_by("pk")
    return written_attendance(trainees, posts_on(training.territory, training.held_on))
