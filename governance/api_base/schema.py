"""The description of the API: OpenAPI 3.1, with what every operation may answer besides success."""

from __future__ import annotations

from typing import Any

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from governance.api_base.access import Anyone
from governance.api_base.problems import CONTENT_TYPE
from governance.api_base.views import Guarded

PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details. `code` is stable; `title` and `detail` are for people.",
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
    "400": "Something in the request is not understood.",
    "401": "No token, or one that is unknown, revoked or expired.",
    "403": "This account may not do that.",
    "404": "There is no such thing, or not for this account.",
    "405": "This address knows no such method.",
    "406": "This address has no such format.",
    "429": "Too many requests; wait as long as Retry-After says.",
    "500": "A mistake of the server.",
    "503": "The server can't answer now; try again after Retry-After.",
}
WHEN_WRITING = {
    "413": "The request is too large.",
    "415": "The request is not JSON.",
    "422": "Understood and refused: a rule forbids it.",
}


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
        "description": says,
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in ("429", "503"):
        response["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    return response


class SchemaView(Guarded, SpectacularJSONAPIView):
    permission_classes = [Anyone]
    request_cost = 5  # it is made anew each time


class DocsView(Guarded, SpectacularSwaggerSplitView):
    """Swagger UI with its script in a file of its own, which the content security policy asks for."""

    permission_classes = [Anyone]
    url_name = "api-schema"
