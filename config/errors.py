"""Pages for what went wrong: what happened, and what to do next, in the reader's language."""

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance.api_base.problems import problem

API_CODES = {400: "bad_request", 403: "permission_denied", 404: "not_found", 413: "too_large", 500: "error"}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        advice = _("A page may send 6 MB. Send the table in parts, or upload it as an Excel file without pictures.")
        return _page(request, 413, _("Too much was sent at once"), advice)
    advice = _("Go back, reload the page and try again. If you were sending a very large table, send it as an Excel file.")
    return _page(request, 400, _("The request could not be read"), advice)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    advice = _(
        "Your posts do not include this page. If they should, ask the county organization department to check the dates of your post."
    )
    return _page(request, 403, _("This is not part of your duties"), str(exception) or advice, leave=True)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    advice = _("The address may be mistyped, or the record lies outside the places that you are responsible for.")
    return _page(request, 404, _("There is no such page"), advice)


def nothing_here(request: HttpRequest, **_arguments: str) -> HttpResponse:
    raise Http404


def failed(request: HttpRequest) -> HttpResponse:
    advice = _(
        "Your last step changed nothing. Try again in a minute; if it happens again, tell the system administrator the time and what you were doing."
    )
    return _page(request, 500, _("Something went wrong on our side"), advice)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    advice = _(
        "You signed in or out in another window after this page was opened. Go back, copy what you typed, reload the page and send it again."
    )
    return _page(request, 403, _("The page was too old"), advice)


def _page(request: HttpRequest, status: int, title: str, advice: str, *, leave: bool = False) -> HttpResponse:
    """leave  offer to sign out: whoever holds no post would otherwise have no way to another account"""
    if request.path_info.startswith("/api/"):
        return problem(status, API_CODES[status], f"{title}: {advice}")
    context = {"status": status, "title": title, "advice": advice, "language": get_language()}
    context["leave"] = leave and hasattr(request, "user") and request.user.is_authenticated
    text = render_to_string("parts/error.html", context, request if leave else None)
    return HttpResponse(text, status=status)
