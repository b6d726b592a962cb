"""What the burden rules forbid a policy to ask for, with the clause. The words are looked for in titles and names."""

from __future__ import annotations

from collections.abc import Iterator

from governance.clauses import CLAUSES
from governance.policy import Excepted, key_text
from stars.engine.place import Place

BANS = ("burden_check_in", "burden_online_time", "burden_likes", "burden_photos", "burden_log_in")
ALLOWED_BY_DOCUMENT = ("ranking_unauthorised", "veto_unauthorised")  # with `authorised_by` beside it
RANKING, VETO = (CLAUSES[code].cited for code in ALLOWED_BY_DOCUMENT)
KNOWN = "known_already"
ASKED = ("village", "township")


class _Everything:
    """For a text that was checked when it was stored: a clause that came later does not stop the years that it governs."""

    def __contains__(self, _found: object) -> bool:
        return True


CHECKED_ALREADY: Excepted = _Everything()


def may_be_excepted(code: str) -> bool:
    """The clause itself allows an exception, and no key of the document says it."""
    return code in BANS and bool(CLAUSES[code].exception)


def refuse(root: Place, excepted: Excepted = ()) -> None:
    """Notes every title and name that asks for what is forbidden, but for what the clause allows and somebody has excepted."""
    if excepted is CHECKED_ALREADY:
        return
    for holder, place, text in _texts(root):
        for code in BANS:
            if CLAUSES[code].is_broken_by(text) and not (may_be_excepted(code) and (code, text) in excepted):
                exception = CLAUSES[code].exception if may_be_excepted(code) else ""
                place.fail(code, text=text, clause=CLAUSES[code].cited, exception=exception)
        for code in ALLOWED_BY_DOCUMENT:
            if CLAUSES[code].is_broken_by(text) and not (isinstance(holder, dict) and holder.get("authorised_by")):
                place.fail(code, text=text, clause=CLAUSES[code].cited)
    _refuse_what_is_known(root)


def _refuse_what_is_known(root: Place) -> None:
    """An indicator that asks townships or villages for what a source of facts holds, and does not name it."""
    for sheet in _children(root, "sheets"):
        if not isinstance(sheet.value, dict) or sheet.value.get("filed_by") not in ASKED:
            continue
        for indicator in _children(sheet, "indicators"):
            title = indicator.value.get("title") if isinstance(indicator.value, dict) else None
            if isinstance(title, str) and "fact" not in indicator.value and (source := CLAUSES[KNOWN].source_of(title)):
                indicator.below("title", title).fail("known_already", text=title, clause=CLAUSES[KNOWN].cited, source=source)


def _children(place: Place, key: str) -> list[Place]:
    chapter = place.value.get(key) if isinstance(place.value, dict) else None
    if not isinstance(chapter, dict):
        return []
    within = place.below(key, chapter)
    return [within.below(name, value) for name, value in chapter.items()]


def _texts(place: Place) -> Iterator[tuple[object, Place, str]]:
    """Each title with the mapping in which it stands, and each name with the mapping that it names."""
    if isinstance(place.value, dict):
        for key, value in place.value.items():
            below = place.below(key, value)
            if isinstance(value, dict) and "title" in value:
                yield value, below, key_text(key).replace("_", " ")
            if key == "title" and isinstance(value, str):
                yield place.value, below, value
            yield from _texts(below)
    elif isinstance(place.value, list):
        for i, value in enumerate(place.value):
            yield from _texts(place.below(i, value))
