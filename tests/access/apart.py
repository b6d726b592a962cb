"""Everybody is asked again in a world without strangers, and hears the same to the letter.

A canary shows a stranger's row. It does not show a stranger's number that was added to one's own, a count, an average, a
rank, or that a row exists; all of these change when the strangers are gone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from difflib import unified_diff
from itertools import islice

from tests.access.guards import Request, Site
from tests.access.matrix import without_chance
from tests.access.walk import Get, Walk

SHOWN = 3  # lines of a difference
NOTICES = "/publicity/"
SENT_AWAY = (302, 401, 405)  # before a row was asked for
SUSPECTS = 3  # answers that changed when a filter was taken away, of each filter


def compared(walk: Walk) -> dict[Get, bytes]:
    """The walk's answers that are to be the same without strangers. A notice is everybody's."""
    return {
        (who, url, moment): digest
        for (who, url, moment), digest in walk.digests.items()
        if walk.answers[who, url, moment].status not in SENT_AWAY and not (moment and url.startswith(NOTICES))
    }


def differences(walk: Walk, heard: Mapping[Get, bytes]) -> dict[Get, str]:
    """Of the requests with the digests of their answers: those that are answered otherwise where no strangers are, and how."""
    otherwise: dict[Get, str] = {}
    for reach, requests in _by_reach(walk, heard).items():
        walk.stand(reach)
        for who, url, moment in requests:
            reply = walk.reply(who, "GET", url, moment=moment)
            if reply.digest != heard[who, url, moment]:
                otherwise[who, url, moment] = reply.text
    walk.stand()
    return {
        (who, url, at): _lines(walk.reply(who, "GET", url, moment=at).text, text) for (who, url, at), text in otherwise.items()
    }


def seen_apart(walk: Walk, reached: Mapping[Site, Iterable[Request]]) -> set[Site]:
    """The filters of which one, taken away, lets an answer depend on strangers."""
    suspects = {site: dict(islice(_changed(walk, site, requests), SUSPECTS)) for site, requests in reached.items()}
    by_reach = _by_reach(walk, [get for found in suspects.values() for get in found])
    seen: set[Site] = set()
    for reach, requests in by_reach.items():
        walk.stand(reach)
        for site, found in suspects.items():
            with walk.watch.without(site):
                if any(walk.reply(get[0], "GET", get[1], moment=get[2]).digest != found[get] for get in requests if get in found):
                    seen.add(site)
    walk.stand()
    return seen


def _changed(walk: Walk, site: Site, requests: Iterable[Request]) -> Iterator[tuple[Get, bytes]]:
    """Answers that are others without the filter."""
    heard = compared(walk)
    for *get, door in requests:
        if door is None and tuple(get) in heard:
            with walk.watch.without(site):
                digest = walk.reply(get[0], "GET", get[1], moment=get[2]).digest
            if digest != heard[tuple(get)]:
                yield tuple(get), digest


def _by_reach(walk: Walk, heard: Iterable[Get]) -> dict[str, list[Get]]:
    """Who has no reach meets refusals alone."""
    found: dict[str, list[Get]] = defaultdict(list)
    for request in heard:
        for reach in walk.reaches[request[0]]:
            found[reach].append(request)
    return found


def _lines(whole: str, apart: str) -> str:
    before, after = (without_chance(text).splitlines() for text in (whole, apart))
    changed = [line for line in unified_diff(before, after, lineterm="", n=0) if not line.startswith(("---", "+++", "@@"))]
    return " | ".join(line.strip()[:200] for line in changed[:SHOWN]) or "its headers"
