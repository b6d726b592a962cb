"""Two versions of a policy compared in words: every difference once, at the name that people know it by.

The documents themselves are compared, so that nothing that the digest covers can change unseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from governance.policy import plain_number
from stars.engine.vocabulary import CHAPTERS, KINDS, WORDS

# chapters whose names are used by themselves, the first that has one
NAMED = ("steps", "sheets", "roster", "facts", "history", "linked")


@dataclass(frozen=True)
class Change:
    """where   names from the outside in, "月考核 · 支部建设 · 满分"
    before, after  as text; empty where it was not there, or is no longer
    """

    where: str
    before: str
    after: str


def redline(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Of the documents' bodies, in the order of the newer one; what it lacks stands where it stood."""
    return list(_Redline(old, new).between((), old, new))


@dataclass(frozen=True)
class _Redline:
    old: Mapping[str, Any]
    new: Mapping[str, Any]

    def between(self, path: tuple[str, ...], old: Any, new: Any) -> Iterator[Change]:
        if _same(old, new):
            return
        if not isinstance(old, dict) or not isinstance(new, dict):
            yield self._change(path, old, new)
            return
        for key in _keys(old, new):
            inner = (*path, str(key))
            if key not in new:
                yield self._change(inner, old[key], None)
            elif key not in old:
                yield self._change(inner, None, new[key])
            else:
                yield from self.between(inner, old[key], new[key])
        kept, now = [key for key in old if key in new], [key for key in new if key in old]
        if (
            kept != now and not set(kept) <= WORDS
        ):  # the order of names is the order of columns; that of the grammar's words is nothing
            before, after = ("、".join(self._title((*path, str(key))) for key in keys) for keys in (kept, now))
            yield Change(" · ".join([*self._names(path), _("order")]), before, after)

    def _change(self, path: tuple[str, ...], old: Any, new: Any) -> Change:
        before, after = (
            "" if value is None else self._text(body, value, path[-1]) for body, value in ((self.old, old), (self.new, new))
        )
        return Change(" · ".join(self._names(path)), before, after)

    def _names(self, path: tuple[str, ...]) -> list[str]:
        """Of a named thing its title, of a key of the grammar its word; the chapter and the wrapping keys go without saying."""
        names = [self._title(path[:n]) for n in range(1, len(path) + 1)]
        shown = [name for name, key in zip(names, path, strict=True) if key not in ("indicators", "items", "words")]
        return shown[1:] if len(shown) > 1 and path[0] in (*CHAPTERS, "steps") else shown

    def _title(self, path: tuple[str, ...]) -> str:
        for body in (self.new, self.old):
            found = _at(body, path)
            if isinstance(found, dict) and "title" in found:
                return str(found["title"])
        if len(path) > 1 and path[-2] == "words":
            return str(_at(self.new, path) or _at(self.old, path))
        key = path[-1]
        if key in WORDS and not (len(path) > 1 and path[-2] in KINDS):
            return pgettext("policy", key)
        return self._reference(self.new if _known(self.new, key) or _word_of_a_scale(self.new, key) else self.old, key)

    def _text(self, body: Mapping[str, Any], value: Any, key: str) -> str:
        """`key`: where the value stands."""
        if isinstance(value, dict):
            if "title" in value:
                rest = {inner: one for inner, one in value.items() if inner != "title"}
                return f"{value['title']}（{self._text(body, rest, key)}）" if rest else str(value["title"])
            between = "、" if all(isinstance(one, dict) and "title" in one for one in value.values()) else "；"
            return between.join(self._entry(body, key, str(inner), one) for inner, one in value.items())
        if isinstance(value, list):
            return "、".join(self._text(body, one, key) for one in value)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, int | Decimal):
            return plain_number(value)
        if isinstance(value, date):
            return value.isoformat()
        return pgettext("policy", value) if key == "every" else self._reference(body, str(value))

    def _entry(self, body: Mapping[str, Any], place: str, key: str, value: Any) -> str:
        """A named thing goes by its title, whatever it is called in the document."""
        text = self._text(body, value, key)
        if isinstance(value, dict) and "title" in value:
            return text
        name = pgettext("policy", key) if key in WORDS and place not in KINDS else self._reference(body, key)
        return f"{name}：{text}"

    def _reference(self, body: Mapping[str, Any], text: str) -> str:
        """What the policy names so, by its title, a parameter with its value; any other text as it is."""
        if text.startswith("$"):
            parameter = _at(body, ("parameters", text[1:]))
            return f"{parameter['title']} {self._text(body, parameter['value'], '')}" if isinstance(parameter, dict) else text
        found = _known(body, text)
        return str(found["title"]) if found else _word_of_a_scale(body, text) or pgettext("policy", text)


def _same(old: Any, new: Any) -> bool:
    """As the digest sees it: 90 and 90.00 are one number, true and 1 are not."""
    if isinstance(old, dict) and isinstance(new, dict):
        return list(old) == list(new) and all(_same(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_same, old, new))
    return isinstance(old, bool) == isinstance(new, bool) and old == new


def _keys(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Those of the newer in its order; each that it lacks behind the one that it stood behind."""
    keys = list(new)
    before: str | None = None
    for key in old:
        if key not in new:
            keys.insert(keys.index(before) + 1 if before is not None else 0, key)
        before = key
    return keys


def _known(body: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """What a policy calls so: by itself, with its chapter as in "roster.village_type", or with its sheet or list of events."""
    outer, _dot, own = name.rpartition(".")
    if outer:
        places = [(outer, own), ("sheets", outer, "indicators", own), ("events", outer, "items", own)]
    else:
        places = [(chapter, own) for chapter in NAMED]
    for place in places:
        found = _at(body, place)
        if isinstance(found, dict) and "title" in found:
            return found
    return None


def _word_of_a_scale(body: Mapping[str, Any], text: str) -> str:
    scales = body.get("scales")
    for scale in scales.values() if isinstance(scales, dict) else ():
        word = _at(scale, ("words", text))
        if word is not None:
            return str(word)
    return ""


def _at(body: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        if not isinstance(body, dict) or key not in body:
            return None  # a number as key, as in {5: 500}, has no title below it
        body = body[key]
    return body
