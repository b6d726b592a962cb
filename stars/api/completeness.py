"""How complete and how timely a place and the places below it file, as figures."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from django_filters import Filter, FilterSet
from drf_spectacular.utils import extend_schema, set_override
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from governance import clock
from governance.api_base.filters import Subtree, Text, WholeNumber, Word
from governance.api_base.views import Guarded, InReach
from governance.duties import OFFICE
from governance.models import Territory
from stars.api.filters import YEARS
from stars.models import Filing
from stars.selectors.completeness import GRAINS, NAMES, Row, completeness_table

CODE = r"[a-z][a-z0-9_]{0,23}"


class Grain(Word):
    """What the figures are split by; it narrows nothing."""

    def filter(self, queryset: QuerySet, value: str) -> QuerySet:
        return queryset


class SheetCode(Filter):
    field_class = Text

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(shape=CODE, says=_("Write the code of a form, as /filings/ tells it."), **kwargs)
        set_override(self, "field", {"type": "string", "pattern": f"^{CODE}$"})


class CompletenessFilter(FilterSet):
    year = WholeNumber(field_name="window__rating_year__year", help_text=_("This year, if not said."), **YEARS)
    territory = Subtree(
        field_name="territory__path", seen_by=OFFICE, help_text=_("Where the caller's reach begins, if not said.")
    )
    by = Grain(
        words={grain: grain for grain in GRAINS}, help_text=_("What the figures are split by; `year`, the default: nothing.")
    )
    sheet = SheetCode(field_name="window__sheet_code")

    class Meta:
        model = Filing
        fields: list[str] = []


class CountsOut(serializers.Serializer):
    territory = serializers.CharField(source="path")
    name = serializers.CharField()
    level = serializers.IntegerField()
    part = serializers.CharField(allow_blank=True, help_text=_("Number of the month or quarter, or code of the form."))
    expected = serializers.IntegerField(help_text=_("Forms whose window has opened; the sum of the six that follow but `filed`."))
    filed = serializers.IntegerField(help_text=_("on_time + by_extension + late"))
    on_time = serializers.IntegerField()
    by_extension = serializers.IntegerField(help_text=_("After the window's due moment, inside a granted extension."))
    late = serializers.IntegerField()
    missing = serializers.IntegerField(help_text=_("Not handed in and past its due moment."))
    waiting = serializers.IntegerField(help_text=_("Not handed in and not due yet."))


class CompletenessOut(serializers.Serializer):
    year = serializers.IntegerField()
    territory = serializers.CharField()
    by = serializers.ChoiceField(choices=GRAINS)
    at = serializers.DateTimeField()
    whole = CountsOut(many=True, help_text=_("The place asked for."))
    below = CountsOut(many=True, help_text=_("The places one level below, and what the place files itself."))


class CompletenessView(Guarded, InReach, GenericAPIView):
    queryset = Filing.objects.all()
    serializer_class = CompletenessOut
    duties = OFFICE
    filterset_class = CompletenessFilter
    pagination_class = None

    @extend_schema(
        summary=_("Forms expected, handed in, on time, by extension, late and missing, of a place and the places below it")
    )
    def get(self, request: Request) -> Response:
        self.filter_queryset(self.get_queryset())  # refuses what is not understood or outside of the caller's reach
        asked, at = request.query_params, clock.now()
        path, year = asked.get("territory") or request.user.reach(OFFICE)[0], int(asked.get("year") or clock.today().year)
        place = Territory.objects.visible_to(request.user).filter(path=path).order_by("-valid_from").first()
        if place is None:
            raise Http404
        by = asked.get("by", "year")
        table = completeness_table(request.user, place=place, year=year, at=at, by=by, sheet=asked.get("sheet", ""))
        figures = {"whole": [_flat(row) for row in table.whole], "below": [_flat(row) for row in table.rows]}
        return Response(CompletenessOut({"year": year, "territory": place.path, "by": by, "at": at, **figures}).data)


def _flat(row: Row) -> dict[str, Any]:
    counts = {name: getattr(row.counts, name) for name in (*NAMES, "filed")}
    return {"path": row.path, "name": row.name, "level": row.level, "part": row.part, **counts}
