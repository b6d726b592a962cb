"""Errors as RFC 9457 problem details: a stable `code` for programs, a sentence for people."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.settings import api_settings

from governance.errors import RuleBroken

logger = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"
NOT_YOURS = {"not_your_duty", "not_your_village", "same_person"}  # refusals of a person, not of what was sent


class TooLarge(exceptions.APIException):
    status_code = 413
    default_code = "too_large"


class Unavailable(exceptions.APIException):
    status_code = 503
    default_code = "unavailable"
    wait = 5


def problem(
    status: int, code: str, detail: str, *, errors: list[dict[str, str]] | None = None, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}
    if errors:
        body["errors"] = errors
    text = json.dumps(body, ensure_ascii=False)
    return HttpResponse(text, status=status, content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store", **(headers or {})})


def on_error(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """None leaves what nobody foresaw to Django, which logs it; config.errors gives it this shape."""
    if isinstance(exc, RuleBroken):
        return _refusal(exc)
    known = _as_api_exception(exc)
    if known is None:
        return None
    if isinstance(known.detail, list | dict):
        return _mistakes(known)
    return problem(known.status_code, known.get_codes(), str(known.detail), headers=_headers(known))


def _refusal(broken: RuleBroken) -> HttpResponse:
    status = 403 if broken.code in NOT_YOURS else 422
    errors = [{"field": broken.field, "code": broken.code, "message": broken.message}] if broken.field else None
    return problem(status, broken.code, broken.message, errors=errors)


def _as_api_exception(exc: Exception) -> exceptions.APIException | None:
    if isinstance(exc, exceptions.ParseError):
        return exceptions.ParseError(_("The request is not valid JSON in UTF-8: %(where)s") % {"where": exc.detail})
    if isinstance(exc, exceptions.APIException):
        return exc
    if isinstance(exc, Http404):
        return exceptions.NotFound()  # Django's own words would name the table
    if isinstance(exc, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(exc, ValidationError):
        return exceptions.ValidationError(detail=_details(exc))
    if isinstance(exc, OperationalError):
        logger.error("The database did not answer an API request", exc_info=exc)
        return Unavailable(_("The database does not answer just now; try again in a few seconds."))
    if isinstance(exc, RecursionError):
        return exceptions.ParseError(_("The request is nested too deeply; send the shape that the documentation shows."))
    return None


def _details(invalid: ValidationError) -> dict[str, list[exceptions.ErrorDetail]]:
    by_field = invalid.error_dict if hasattr(invalid, "error_dict") else {api_settings.NON_FIELD_ERRORS_KEY: invalid.error_list}
    return {
        field: [exceptions.ErrorDetail(message, error.code or "invalid") for error in errors for message in error.messages]
        for field, errors in by_field.items()
    }


def _mistakes(exc: exceptions.APIException) -> HttpResponse:
    errors = list(_flat(exc.detail))
    detail = _("The request has %(count)s mistakes; each is listed under “errors”.") % {"count": len(errors)}
    if len(errors) == 1:
        detail = " ".join(part for part in (errors[0]["field"] and f"{errors[0]['field']}:", errors[0]["message"]) if part)
    return problem(exc.status_code, "invalid", detail, errors=errors, headers=_headers(exc))


def _flat(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """{"rows": [{"post": ["…"]}]} → field "rows.0.post", so that a client can point at the place."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            yield from _flat(inner, path if key == api_settings.NON_FIELD_ERRORS_KEY else f"{path}.{key}".lstrip("."))
    elif isinstance(detail, list) and any(isinstance(inner, dict | list) for inner in detail):
        for place, inner in enumerate(detail):
            yield from _flat(inner, f"{path}.{place}".lstrip("."))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _flat(inner, path)
    else:
        yield {"field": path, "code": getattr(detail, "code", None) or "invalid", "message": str(detail)}


def _headers(exc: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if auth_header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers
