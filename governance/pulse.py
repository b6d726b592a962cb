"""Signs of life of the worker and of beat, where the health page can read them."""

import time

from django.core.cache import caches


def mark(part: str) -> None:
    caches["shared"].set(f"pulse:{part}", time.time(), timeout=None)


def age(part: str) -> float | None:
    """Seconds since the part was last heard; None if never."""
    at = caches["shared"].get(f"pulse:{part}")
    return None if at is None else max(0.0, time.time() - at)


def forget(part: str) -> None:
    """Before a start: what was heard of the part's predecessor doesn't count."""
    caches["shared"].delete(f"pulse:{part}")
