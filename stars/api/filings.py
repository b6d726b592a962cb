"""Filings through the API: read, scores written by the system of whoever files, and the reviewers' yes or no."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from governance import clock
from governance.api_base.replies import answered_once
from governance.api_base.views import ScopedViewSet
from governance.duties import INSIDE
from governance.errors import RuleBroken
from stars.api.filters import FilingFilter
from stars.api.shapes import FilingOut, ReviewIn, ScoresIn, ScoresOut
from stars.cells import NOT_FILED, format_score, parse_score
from stars.engine.document import Sheet
from stars.models import AssessmentChange, Filing
from stars.plans import plan_for
from stars.selectors.answering import Answering, answering_in, sheet_of, stored_rows
from stars.services.filing import accept_filing, pass_filing, return_filing, save_scores

ACTS = {"pass": pass_filing, "accept": accept_filing}
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key", {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"}, OpenApiParameter.HEADER,
    description=_("Optional. Sent again with the same key and body, the request hears the first answer and does nothing twice."),
)  # fmt: skip


@extend_schema_view(
    list=extend_schema(summary=_("What the caller's places file: sheet, period, dates, state")),
    retrieve=extend_schema(summary=_("One filing")),
)
class FilingViewSet(ScopedViewSet):
    """What the caller's places file: sheet, period, dates, state."""

    queryset = Filing.objects.select_related("territory", "window__rating_year")
    serializer_class = FilingOut
    duties = INSIDE
    filterset_class = FilingFilter
    http_method_names = ["get", "head", "put", "post"]

    @extend_schema(summary=_("The rows of a filing, with the indicators that they are scored by"), responses=ScoresOut)
    @action(detail=True, url_path="scores")
    def scores(self, request: Request, pk: str) -> Response:
        return Response(shown(self.get_object()))

    @extend_schema(
        summary=_("Save rows of a filing as a draft"), request=ScoresIn, responses=FilingOut, parameters=[IDEMPOTENCY_KEY]
    )
    @scores.mapping.put
    def save_scores(self, request: Request, pk: str) -> Response:
        """Those rows that are not sent stay as they are; submitting is left to the page."""
        filing = self.get_object()
        sent = ScoresIn(data={} if request.data is None else request.data)
        sent.is_valid(raise_exception=True)
        return Response(answered_once(request, clock.now(), lambda: self._saved(filing, sent.validated_data)))

    @extend_schema(
        summary=_("Pass a filing for the township, accept it for the county, or send it back with a reason"),
        request=ReviewIn, responses=FilingOut,
    )  # fmt: skip
    @action(detail=True, url_path="review", methods=["post"])
    def review(self, request: Request, pk: str) -> Response:
        """Sent twice, it is one step."""
        filing = self.get_object()
        sent = ReviewIn(data={} if request.data is None else request.data)
        sent.is_valid(raise_exception=True)
        act, reason = sent.validated_data["act"], sent.validated_data["reason"]
        if act == "return":
            return_filing(filing_id=filing.pk, reason=reason, by=request.user, at=clock.now())
        else:
            ACTS[act](filing_id=filing.pk, by=request.user, at=clock.now())
        return Response(FilingOut(self.get_queryset().get(pk=filing.pk)).data)

    def _saved(self, filing: Filing, sent: dict[str, Any]) -> dict[str, Any]:
        rows = read_rows(sent["rows"], sheet_of(plan_for(filing.window.rating_year.policy), filing.window))
        save_scores(
            filing_id=filing.pk, rows=rows, version=sent["version"], by=self.request.user, at=clock.now(),
            door=AssessmentChange.Door.API,
        )  # fmt: skip
        return FilingOut(self.get_queryset().get(pk=filing.pk)).data


def read_rows(rows: list[dict[str, Any]], sheet: Sheet) -> dict[int, list[int]]:
    """raises RuleBroken with the place of the score as its field: those of parse_score, wrong_columns, repeated_post"""
    read: dict[int, list[int]] = {}
    for place, row in enumerate(rows):
        if row["post"] in read:
            raise RuleBroken(
                "repeated_post",
                _("Post %(post)s occurs twice; send each once.") % {"post": row["post"]},
                field=f"rows.{place}.post",
            )
        if len(row["scores"]) != len(sheet.indicators):
            says = _("This row has %(found)d scores; the sheet has %(wanted)d items.")
            counts = {"found": len(row["scores"]), "wanted": len(sheet.indicators)}
            raise RuleBroken("wrong_columns", says % counts, field=f"rows.{place}.scores")
        read[row["post"]] = [_read(text, sheet, place, number) for number, text in enumerate(row["scores"])]
    return read


def _read(text: str, sheet: Sheet, place: int, number: int) -> int:
    indicator = sheet.indicators[number]
    try:
        return parse_score(text, maximum=indicator.max, partial=bool(indicator.part))
    except RuleBroken as broken:
        raise RuleBroken(broken.code, broken.message, field=f"rows.{place}.scores.{number}") from broken


def shown(filing: Filing) -> dict[str, Any]:
    sheet = sheet_of(plan_for(filing.window.rating_year.policy), filing.window)
    stored = {post_id: row.scores for post_id, row in stored_rows(filing).items()}
    empty = [NOT_FILED] * len(sheet.indicators)
    return {
        "version": filing.version,
        "indicators": [{"name": one.name, "title": one.title, "maximum": format_score(one.max)} for one in sheet.indicators],
        "rows": [_row(one, stored.get(post_id, empty)) for post_id, one in answering_in(filing, sheet).items()],
    }


def _row(one: Answering, scores: list[int]) -> dict[str, Any]:
    village = one.post.territory
    return {
        "post": one.post.pk,
        "village_code": village.code,
        "village_name": village.short_name,
        "person_name": one.post.person.name,
        "scores": [format_score(score) for score in scores],
    }
