"""The description of the API: OpenAPI 3.1, with what every operation may answer besides success."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from rest_framework.serializers import ListSerializer

from governance.api_base.problems import CONTENT_TYPE

PROBLEM = {
    "type": "object",
    "description": _("RFC 9457 problem details. `code` is stable; `title` and `detail` are for people."),
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {name: {"type": "string"} for name in ("field", "code", "message")},
            },
        },
    },
}
ALWAYS = {
    "400": _("Something in the request is not understood."),
    "401": _("No token, or one that is unknown, revoked or expired."),
    "403": _("This account may not do that."),
    "404": _("There is no such thing, or not for this account."),
    "405": _("This address knows no such method."),
    "406": _("This address has no such format."),
    "429": _("Too many requests; wait as long as Retry-After says."),
    "500": _("A mistake of the server."),
    "503": _("The server can't answer now; try again after Retry-After."),
}
WHEN_WRITING = {
    "413": _("The request is too large."),
    "415": _("The request is not JSON."),
    "422": _("Understood and refused: a rule forbids it."),
}


class Described(AutoSchema):
    """What an operation does is said by its summary, in the reader's language; docstrings are for those who read the code."""

    def get_description(self) -> str:
        return ""

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        """With the length of a list of serializers, which drf-spectacular leaves out."""
        schema = super()._map_serializer_field(field, direction, bypass_extensions)
        if isinstance(field, ListSerializer) and field.min_length:
            schema["minItems"] = field.min_length
        if isinstance(field, ListSerializer) and field.max_length:
            schema["maxItems"] = field.max_length
        return schema


class BearerToken(OpenApiAuthenticationExtension):
    target_class = "governance.api_base.access.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return build_bearer_security_scheme_object(header_name="Authorization", token_prefix="Bearer")  # noqa: S106


class SessionCookie(SessionScheme):
    target_class = "governance.api_base.access.SignedIn"


def add_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """A post-processing hook of drf-spectacular."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for operations in result["paths"].values():
        for method, operation in operations.items():
            for status, says in {**ALWAYS, **(WHEN_WRITING if method in ("put", "post") else {})}.items():
                operation["responses"].setdefault(status, _response(status, says))
    return result


def _response(status: str, says: str) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": str(says),
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in ("429", "503"):
        response["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": _("Seconds.")}}
    return response
