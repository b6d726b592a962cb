"""Everybody is asked again in a world without strangers, and hears the same to the letter.

A canary shows a stranger's row. It does not show a stranger's number that was added to one's own, a count, an average, a
rank, or that a row exists; all of these change when the strangers are gone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from difflib import unified_diff

from tests.access.matrix import without_chance
from tests.access.walk import Get, Walk

SHOWN = 3  # lines of a difference
NOTICES = "/publicity/"
PROOFS = "/bundle.json"
SENT_AWAY = (302, 401, 405)  # before a row was asked for


def compared(walk: Walk) -> dict[Get, bytes]:
    """The walk's answers that are to be the same without strangers. A notice is everybody's; a proof holds a digest of each row of
    its publication, of which none can be read (tests/stars/test_bundle.py)."""
    return {
        (who, url, moment): digest
        for (who, url, moment), digest in walk.digests.items()
        if walk.answers[who, url, moment].status not in SENT_AWAY
        and not (moment and url.startswith(NOTICES))
        and not url.endswith(PROOFS)
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
