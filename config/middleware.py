from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

LANGUAGES = dict(settings.LANGUAGES)


class LanguageByCookie:
    """Chinese whatever the browser prefers; the switch on the page sets a cookie, and only that counts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = chosen if chosen in LANGUAGES else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
        return response


def client_address(request: HttpRequest) -> str:
    """Who asks, for the lockout of failed sign-ins. Only our own proxy's word counts: whatever stands
    further left in the header was written by the browser."""
    nearest = str(request.META.get("REMOTE_ADDR", ""))
    if not settings.REST_FRAMEWORK["NUM_PROXIES"]:
        return nearest
    return str(request.headers.get("X-Forwarded-For", nearest).rsplit(",")[-1].strip())
