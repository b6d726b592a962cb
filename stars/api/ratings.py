"""Published ratings: pages, one with its trace, streams; and the publications they came in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, viewsets
from rest_framework.generics import GenericAPIView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api_base.paging import Keyset
from governance.api_base.views import Guarded, InReach, ScopedViewSet
from governance.duties import PUBLISHED
from stars.api.filters import PublicationFilter, RatingFilter
from stars.api.shapes import PublicationOut, RatingDetailOut, RatingOut
from stars.api.trace import explained
from stars.models import Publication, PublishedRating
from stars.selectors import pull

IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description=_("ETag of the answer that is already held.")
)
UNCHANGED = OpenApiResponse(description=_("Nothing was published since the answer with this ETag."))


class RatingPages(Keyset):
    def read(self, queryset: QuerySet, after: int, size: int) -> list[dict[str, Any]]:
        return pull.page_query(queryset, after=after, size=size)

    def key(self, row: dict[str, Any]) -> int:
        return row["id"]


class Tagged:
    """Mixin: whoever holds the answer already hears 304, before a single row is read."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        tag = getattr(self, "tag", None)
        if tag and response.status_code in (200, 304):
            response.headers["ETag"] = tag
            response.headers["Cache-Control"] = "private, no-cache"
        return response

    def unchanged(self, request: Request) -> HttpResponse | None:
        tag = f'"{pull.state_tag(request.user, request.build_absolute_uri())}"'  # before the rows: never newer than they are
        response = get_conditional_response(request._request, etag=tag)
        self.tag = tag
        return response


class RatingViewSet(Tagged, ScopedViewSet):
    queryset = PublishedRating.objects.all()
    duties = PUBLISHED
    filterset_class = RatingFilter
    pagination_class = RatingPages

    @extend_schema(
        summary=_("Published ratings, in the order in which they were published"),
        responses={200: RatingOut(many=True), 304: UNCHANGED},
        parameters=[IF_NONE_MATCH],
    )
    def list(self, request: Request) -> HttpResponseBase:
        ratings = self.filter_queryset(self.get_queryset())
        self.paginator.asked(request)  # a mistake is one even for those who hold the answer to it
        if unchanged := self.unchanged(request):
            return unchanged
        return self.get_paginated_response(self.paginate_queryset(ratings))

    @extend_schema(summary=_("One published rating with every step of its arithmetic"), responses=RatingDetailOut)
    def retrieve(self, request: Request, pk: str) -> Response:
        rating = self.get_object()
        row = pull.page_query(PublishedRating.objects.filter(pk=rating.pk), after=0, size=1)[0]
        newer = PublishedRating.objects.filter(supersedes=rating).values_list("pk", flat=True).first()
        return Response({**row, "superseded_by": newer, **explained(rating)})


class Format(BaseRenderer):
    """Names a format for the negotiation; PostgreSQL has written the answer already."""

    charset = None

    def render(self, data: Any, *_context: Any) -> Any:
        return data


class CsvFormat(Format):
    media_type, format = "text/csv", "csv"


class NdjsonFormat(Format):
    media_type, format = "application/x-ndjson", "ndjson"


class RatingStream(Tagged, Guarded, InReach, GenericAPIView):
    """All rows in one answer, never held here. What may be seen is settled at the start."""

    queryset = PublishedRating.objects.all()
    duties = PUBLISHED
    filterset_class = RatingFilter
    pagination_class = None
    request_cost = 10

    def answer(
        self, request: Request, blocks: Callable[[QuerySet[PublishedRating]], Iterator[bytes]], content_type: str
    ) -> HttpResponseBase:
        ratings = self.filter_queryset(self.get_queryset())
        if unchanged := self.unchanged(request):
            return unchanged
        headers = {"Content-Disposition": f'attachment; filename="ratings.{self.renderer_classes[0].format}"'}
        content = () if request.method == "HEAD" else blocks(ratings)
        return StreamingHttpResponse(content, content_type=content_type, headers=headers)


class RatingsCsv(RatingStream):
    renderer_classes = [CsvFormat]
    charsets = ("utf-8", "gb18030")
    other_parameters = ("charset",)

    @extend_schema(
        summary=_("Published ratings as CSV with a header"),
        responses={(200, "text/csv"): str, 304: UNCHANGED},
        parameters=[IF_NONE_MATCH, OpenApiParameter("charset", str, enum=charsets, default="utf-8")],
    )
    def get(self, request: Request) -> HttpResponseBase:
        charset = request.query_params.get("charset", "utf-8")
        if charset not in self.charsets:
            says = _("Choose one of %(known)s.") % {"known": ", ".join(self.charsets)}
            raise exceptions.ValidationError({"charset": [exceptions.ErrorDetail(says, "invalid_choice")]})
        return self.answer(request, partial(pull.csv_stream, charset=charset), f"text/csv; charset={charset}; header=present")


class RatingsNdjson(RatingStream):
    renderer_classes = [NdjsonFormat]

    @extend_schema(
        summary=_("Published ratings, one JSON object a line"),
        responses={(200, "application/x-ndjson"): str, 304: UNCHANGED},
        parameters=[IF_NONE_MATCH],
    )
    def get(self, request: Request) -> HttpResponseBase:
        return self.answer(request, pull.ndjson_stream, "application/x-ndjson")


class PublicationPages(Keyset):
    """The key is the publication's number, so a cursor stands where `updated_since` stands."""

    def read(self, queryset: QuerySet, after: int, size: int) -> list[Publication]:
        return list(queryset.filter(number__gt=after).order_by("number")[:size])

    def key(self, row: Publication) -> int:
        return row.number


@extend_schema_view(list=extend_schema(summary=_("Acts of publishing, each with its digests and its link in the county's chain")))
class PublicationViewSet(Guarded, InReach, mixins.ListModelMixin, viewsets.GenericViewSet):
    """Acts of publishing, each with the digests that it is bound to and its link in the county's chain."""

    queryset = Publication.objects.select_related("rating_year__territory", "decision").defer("decision__block")
    serializer_class = PublicationOut
    duties = PUBLISHED
    filterset_class = PublicationFilter
    pagination_class = PublicationPages
