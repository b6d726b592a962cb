"""How often somebody has asked within this minute, counted in the cache that all web processes share."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from django.core.cache import caches

logger = logging.getLogger(__name__)
MINUTE = 60


class CountingFailed(Exception):
    """A limit that can't be counted is no limit: whoever asked is to be refused."""


@dataclass(frozen=True)
class Used:
    """Requests of the running minute, this one among them, and the seconds that are left of it."""

    count: int
    left: float


def count_request(who: str, cost: int = 1) -> Used:
    """`who` names what is limited and whom: "api:token:17".  raises CountingFailed"""
    now = time.time()
    return Used(_counted(f"{who}:{int(now // MINUTE)}", cost), MINUTE - now % MINUTE)


def _counted(key: str, cost: int) -> int:
    cache = caches["shared"]
    try:
        if cache.add(key, cost, 2 * MINUTE):
            return cost
        return cache.incr(key, cost)
    except ValueError:  # its minute ended in between
        return cost
    except Exception as error:
        logger.exception("The cache that counts requests does not answer")
        raise CountingFailed from error
