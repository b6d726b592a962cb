"""How far a county's rating years are; nothing of their results."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets

from governance.api_base.views import Guarded
from governance.duties import OFFICE
from stars.api.filters import RatingYearFilter
from stars.api.shapes import RatingYearOut
from stars.models import RatingYear
from stars.selectors.desk import years_near


@extend_schema_view(
    list=extend_schema(summary=_("Rating years of the counties near: stage and dates")),
    retrieve=extend_schema(summary=_("One rating year: stage and dates")),
)
class RatingYearViewSet(Guarded, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """A county's rating years: stage and dates."""

    queryset = RatingYear.objects.all()
    serializer_class = RatingYearOut
    duties = OFFICE
    filterset_class = RatingYearFilter
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[RatingYear]:
        return years_near(self.request.user, self.duties).defer("policy__text")
