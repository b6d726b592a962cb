"""A request that is sent again with its Idempotency-Key hears the first answer, and nothing happens twice."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.request import Request

from governance.errors import RuleBroken
from governance.models import ApiReply

HEADER = "Idempotency-Key"
KEY = r"[!-~]{1,200}"
KEPT = timedelta(days=2)


def answered_once(request: Request, at: datetime, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """`act()`, or what it returned when this account first sent this key. A refused act leaves no key behind.

    raises  RuleBroken: key_reused, if the key came with another request
    """
    key = request.headers.get(HEADER)
    if key is None:
        return act()
    if not re.fullmatch(KEY, key):
        says = _("Write 1 to 200 visible ASCII characters.")
        raise exceptions.ValidationError({HEADER: [exceptions.ErrorDetail(says, "invalid")]})
    with transaction.atomic():
        ApiReply.objects.filter(user=request.user, at__lt=at - KEPT).delete()
        reply = ApiReply(user=request.user, key=key, request_digest=_digest(request), at=at)
        if not _is_first(reply):
            return _first_answer(reply)
        reply.body = act()
        reply.save(update_fields=["body"])
        return reply.body


def _is_first(reply: ApiReply) -> bool:
    """Waits for a request with the same key that is under way."""
    try:
        with transaction.atomic():
            reply.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _first_answer(reply: ApiReply) -> dict[str, Any]:
    first = ApiReply.objects.get(user=reply.user, key=reply.key)
    if first.request_digest != reply.request_digest:
        raise RuleBroken(
            "key_reused", _("This Idempotency-Key came with another request before; use a new key for each request.")
        )
    return first.body


def _digest(request: Request) -> str:
    said = [request.method, request.get_full_path(), request.data]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
