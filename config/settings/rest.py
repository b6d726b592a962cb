"""The API: who comes in, in what shape it answers, how often. governance/api_base has the code."""

from typing import Any

from django.utils.translation import gettext_lazy as _

KNOX_TOKEN_MODEL = "governance.ApiToken"  # noqa: S105
MIGRATION_MODULES = {"knox": None}  # its own table would stand empty beside ours
REST_KNOX = {"AUTH_HEADER_PREFIX": "Bearer", "TOKEN_PREFIX": "xh_"}

API_TOKEN_DAYS = 90
API_TOKEN_DAYS_AT_MOST = 365
API_REQUESTS_A_MINUTE = {"token": 600, "account": 600, "anonymous": 60}
CERTIFICATE_LOOKUPS_A_MINUTE = 20  # of one address: serial numbers can be guessed, papers are typed in one by one

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "governance.api_base.access.TokenAuthentication",
        "governance.api_base.access.SignedIn",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["governance.api_base.access.HasDuty"],
    "DEFAULT_THROTTLE_CLASSES": ["governance.api_base.access.RequestsAMinute"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["governance.api_base.filters.StrictFilters"],
    "DEFAULT_PAGINATION_CLASS": "governance.api_base.paging.Keyset",
    "DEFAULT_SCHEMA_CLASS": "governance.api_base.schema.Described",
    "EXCEPTION_HANDLER": "governance.api_base.problems.on_error",
    "NUM_PROXIES": 0,
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "ENUM_NAME_OVERRIDES": {"DocketItemStateEnum": "governance.models.DocketItem.State"},
    "TITLE": _("Xingheng API"),
    "DESCRIPTION": _("Published ratings of village and community Party secretaries, and the filings they are made from."),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v[0-9]+",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "governance.api_base.schema.add_problems",
    ],
}
