"""Are all parts up? For a load balancer, a container and the person who has just started the demo."""

from collections.abc import Callable

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from governance import pulse
from governance.views_base import public_page

STALE_AFTER = 60  # seconds


@public_page
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    parts = {name: "up" if up() else "down" for name, up in PARTS.items()}
    return JsonResponse({"parts": parts}, status=200 if set(parts.values()) == {"up"} else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _heard(part: str) -> Callable[[], bool]:
    def heard() -> bool:
        age = pulse.age(part)
        return age is not None and age < STALE_AFTER

    return heard


PARTS: dict[str, Callable[[], bool]] = {
    "web": lambda: True,  # it is answering
    "database": _database,
    "worker": _heard("worker"),
    "beat": _heard("beat"),
}
