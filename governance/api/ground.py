"""The ground through the API: places in reach, and the texts that ratings were made by."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets

from governance.api_base.filters import Subtree, WholeNumber
from governance.api_base.views import Guarded, InReach
from governance.duties import PUBLISHED
from governance.models import PolicyVersion, Territory


class TerritoryOut(serializers.ModelSerializer):
    class Meta:
        model = Territory
        fields = ["id", "path", "code", "level", "name", "short_name", "kind", "village_type", "valid_from", "valid_to"]


class TerritoryFilter(FilterSet):
    level = WholeNumber(low=1, high=5)
    territory = Subtree(field_name="path", seen_by=Territory.seen_by)

    class Meta:
        model = Territory
        fields: list[str] = []


@extend_schema_view(list=extend_schema(summary=_("Places that the caller sees, those that have ended too")))
class TerritoryViewSet(Guarded, InReach, mixins.ListModelMixin, viewsets.GenericViewSet):
    """Places that the caller sees, those that have ended too."""

    queryset = Territory.objects.all()
    serializer_class = TerritoryOut
    duties = PUBLISHED
    filterset_class = TerritoryFilter


class PolicyOut(serializers.ModelSerializer):
    class Meta:
        model = PolicyVersion
        fields = ["digest", "code", "title", "subject", "state", "in_force_at", "text"]


@extend_schema_view(retrieve=extend_schema(summary=_("A policy that is or was in force, as text")))
class PolicyViewSet(Guarded, InReach, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """A policy that is or was in force, as text. Its digest is what ratings and publications name."""

    queryset = PolicyVersion.objects.exclude(state=PolicyVersion.State.DRAFT)
    serializer_class = PolicyOut
    duties = PUBLISHED
    lookup_field = "digest"
    lookup_value_regex = "[0-9a-f]{64}"
