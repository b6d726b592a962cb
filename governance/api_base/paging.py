"""Pages by key: page 12,000 costs what page 1 costs, and rows added meanwhile shift nothing."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

MARK = b"after "


def cursor_of(key: int) -> str:
    return base64.urlsafe_b64encode(MARK + b"%d" % key).rstrip(b"=").decode()


def key_of(cursor: str) -> int:
    """raises ValidationError: bad_cursor, for everything that `cursor_of` did not make"""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).removeprefix(MARK)
        key = int(text) if text.isdigit() and len(text) < 19 else -1
    except (binascii.Error, ValueError):
        key = -1
    if key < 0 or cursor_of(key) != cursor:
        says = _("This cursor was not given out here; begin without one, or go on from the last that you were given.")
        raise exceptions.ValidationError({"cursor": [exceptions.ErrorDetail(says, "bad_cursor")]})
    return key


class Keyset(BasePagination):
    """`cursor` in every answer, the last one too: whoever asks again with it later hears only what is new."""

    parameters = ("cursor", "limit")
    usual, most = 100, 1000

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: APIView | None = None) -> list[Any]:
        self.request = request
        after, size = self.asked(request)
        rows = self.read(queryset, after, size + 1)
        self.has_more = len(rows) > size
        page = rows[:size]
        self.cursor = cursor_of(self.key(page[-1])) if page else request.query_params.get("cursor")
        return page

    def asked(self, request: Request) -> tuple[int, int]:
        """Behind which key, and how many rows.  raises ValidationError"""
        cursor = request.query_params.get("cursor")
        return 0 if cursor is None else key_of(cursor), self._size(request.query_params.get("limit"))

    def read(self, queryset: QuerySet, after: int, size: int) -> list[Any]:
        return list(queryset.filter(pk__gt=after).order_by("pk")[:size])

    def key(self, row: Any) -> int:
        return row.pk

    def get_paginated_response(self, data: Any) -> Response:
        following = replace_query_param(self.request.build_absolute_uri(), "cursor", self.cursor) if self.has_more else None
        return Response({"results": data, "next": following, "cursor": self.cursor})

    def _size(self, text: str | None) -> int:
        if text is None:
            return self.usual
        if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= self.most):
            says = _("Write a whole number from %(low)s to %(high)s.") % {"low": 1, "high": self.most}
            raise exceptions.ValidationError({"limit": [exceptions.ErrorDetail(says, "invalid")]})
        return int(text)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["results", "next", "cursor"],
            "properties": {
                "results": schema,
                "next": {"type": ["string", "null"], "format": "uri", "description": _("The next page; null at the end.")},
                "cursor": {
                    "type": ["string", "null"],
                    "description": _("Where this page ended; ask again with it for what came later."),
                },
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        return [
            {"name": "cursor", "in": "query", "schema": {"type": "string"}, "description": _("`cursor` of an earlier answer.")},
            {
                "name": "limit",
                "in": "query",
                "description": _("Rows on a page."),
                "schema": {"type": "integer", "minimum": 1, "maximum": self.most, "default": self.usual},
            },
        ]
