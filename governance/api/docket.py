"""The docket through the API: what the caller sees of it, with lights as of now."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers

from governance import clock
from governance.api_base.filters import Subtree, Word
from governance.api_base.views import ScopedViewSet
from governance.docket.ledger import Shown, light_of
from governance.docket.lists import with_light
from governance.duties import INSIDE, Duty
from governance.models import DocketEvent, DocketItem


class DocketEventOut(serializers.ModelSerializer):
    by: Any = serializers.StringRelatedField()

    class Meta:
        model = DocketEvent
        fields = ["number", "act", "at", "by", "text", "percent", "until_on"]


class DocketItemOut(serializers.ModelSerializer):
    territory: Any = serializers.SlugRelatedField(slug_field="path", read_only=True)
    unit: Any = serializers.StringRelatedField()
    checker: Any = serializers.StringRelatedField()
    light = serializers.SerializerMethodField()

    class Meta:
        model = DocketItem
        fields = [
            "id", "kind", "title", "body", "territory", "unit", "checker", "state", "light", "percent", "raised_at", "started_at",
            "due_at", "ended_at", "is_paused", "urgings", "unanswered", "reopenings", "version",
        ]  # fmt: skip

    @extend_schema_field(serializers.ChoiceField(choices=[one.value for one in Shown]))
    def get_light(self, item: DocketItem) -> str:
        return light_of(item, clock.now()).value


class DocketItemWithHistory(DocketItemOut):
    events = DocketEventOut(many=True)

    class Meta(DocketItemOut.Meta):
        fields = [*DocketItemOut.Meta.fields, "events"]


class ByLight(Word):
    def filter(self, queryset: QuerySet, value: str) -> QuerySet:
        return with_light(queryset, Shown(value), clock.now()) if value else queryset


class DocketFilter(FilterSet):
    state = Word(field_name="state", words={state.value: state.value for state in DocketItem.State})
    light = ByLight(words={one.value: one.value for one in Shown})
    territory = Subtree(field_name="territory__path", seen_by=DocketItem.seen_by)

    class Meta:
        model = DocketItem
        fields: list[str] = []


@extend_schema_view(
    list=extend_schema(summary=_("What the caller sees of the docket")),
    retrieve=extend_schema(summary=_("One item with its history")),
)
class DocketViewSet(ScopedViewSet):
    """Read only: acts are taken by people, at the docket's page."""

    queryset = DocketItem.objects.select_related("territory", "unit", "checker")
    serializer_class = DocketItemOut
    duties = INSIDE | {Duty.DEPARTMENT}
    filterset_class = DocketFilter

    def get_serializer_class(self) -> Any:
        return DocketItemWithHistory if self.action == "retrieve" else DocketItemOut

    def get_queryset(self) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset()
        return found.prefetch_related("events__by__person") if self.action == "retrieve" else found
