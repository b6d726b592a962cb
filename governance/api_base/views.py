"""Parents of every endpoint: default deny, rows in reach, limits counted even for those who are turned away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from rest_framework import exceptions, mixins, viewsets
from rest_framework.request import Request

from governance.api_base.problems import TooLarge
from governance.models.base import Scoped

if TYPE_CHECKING:
    from rest_framework.generics import GenericAPIView as OfGenericView
    from rest_framework.views import APIView as OfView
else:  # at run time they are mixins
    OfGenericView = OfView = object


class Guarded(OfView):
    """Mixin of an APIView.

    duties        who may enter (HasDuty); none stated, nobody enters
    request_cost  how many ordinary requests one of these counts as
    """

    duties: frozenset[str] = frozenset()
    request_cost = 1
    http_method_names = ["get", "head"]

    def perform_authentication(self, request: Request) -> None:
        try:
            super().perform_authentication(request)
        except exceptions.AuthenticationFailed:
            self.check_throttles(request)  # guessing at tokens is counted, by address
            raise

    def permission_denied(self, request: Request, message: str | None = None, code: str | None = None) -> None:
        self.check_throttles(request)
        super().permission_denied(request, message=message, code=code)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge(_("The request is larger than %(limit)s bytes.") % {"limit": settings.DATA_UPLOAD_MAX_MEMORY_SIZE})

    def finalize_response(self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store")
        patch_vary_headers(response, ["Authorization", "Cookie"])
        return response


class InReach(OfGenericView):
    """Mixin of a generic view: rows outside of the caller's reach don't exist."""

    def get_queryset(self) -> QuerySet[Scoped]:
        return super().get_queryset().visible_to(self.request.user)


class ScopedViewSet(Guarded, InReach, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    lookup_value_regex = "[0-9]{1,18}"
