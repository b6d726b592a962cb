"""What a control or a button does to the text: one function for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from governance.policy import PolicyErrors, load
from stars.engine.vocabulary import KINDS
from stars.studio import starts
from stars.studio.kinds import comparison_of, word
from stars.studio.names import Names
from stars.studio.text import NoSuchPlace, Path, PolicyText
from stars.studio.writing import Typed


class CannotEdit(ValueError):
    """The edit does not fit the document as it is now."""


def edited(text: str, op: str, path: Path, values: Sequence[str], *, today: date, missing: Sequence[str] = ()) -> str:
    """The new text.

    values   what was typed or chosen, several for a choice of many; none of them: what is optional is taken out
    missing  keys of rows that the checks ask for, for `rows`
    raises   PolicyErrors, if the text can't be read; CannotEdit
    """
    doc = PolicyText(text)
    doc.body  # noqa: B018  a text that can't be read is refused before anything is cut from it
    value = values[0].strip() if values else ""
    try:
        if op in WRITES:
            return doc.set(path, WRITES[op](value))
        return OPS[op](doc, path, value, values, today, missing)
    except (KeyError, IndexError, NoSuchPlace, StopIteration):
        raise CannotEdit(op) from None


def _read(value: str) -> Any:
    """A value in braces, as the document would hold it."""
    try:
        return load(f"x: {value}\n").body["x"]
    except (PolicyErrors, KeyError):
        return value


WRITES: Mapping[str, Callable[[str], Any]] = {
    "text": str,
    "typed": Typed,
    "yaml": _read,
    "bool": lambda value: value == "true",
}

Op = Callable[[PolicyText, Path, str, Sequence[str], date, Sequence[str]], str]


def _remove(doc: PolicyText, path: Path, *_more: Any) -> str:
    return doc.remove(path) if doc.value(path[:-1]) is not None and _is_there(doc, path) else doc.text


def _is_there(doc: PolicyText, path: Path) -> bool:
    parent = doc.value(path[:-1])
    keys = (
        [str(key) for key in parent]
        if isinstance(parent, dict)
        else [str(n) for n in range(len(parent))]
        if isinstance(parent, list)
        else []
    )
    return path[-1] in keys


def _words(doc: PolicyText, path: Path, _value: str, values: Sequence[str], *_more: Any) -> str:
    chosen = [Typed(one) for one in values if one]
    return doc.set(path, chosen) if chosen else _remove(doc, path)


def _rename(doc: PolicyText, path: Path, value: str, *_more: Any) -> str:
    return doc.rename(path, value) if value and not _is_there(doc, (*path[:-1], value)) else doc.text


def _new(doc: PolicyText, path: Path, value: str, _values: Sequence[str], today: date, *_more: Any) -> str:
    chapter = path[0]
    names = Names(doc.body)
    if chapter == "tenure":
        return doc.set(path, starts.TENURE)
    name = names.unused(chapter, starts.STEMS[chapter])
    made = starts.step(value or "sum", names) if chapter == "steps" else starts.named(chapter, names, today)
    return doc.set((chapter, name), made)


def _row(doc: PolicyText, path: Path, value: str, *_more: Any) -> str:
    """One more of what is listed there."""
    held, names = doc.value(path), Names(doc.body)
    if path[-1] in ("indicators", "items", "words"):
        keys = [str(key) for key in held] if isinstance(held, dict) else []
        stem = {"indicators": "item", "items": "event", "words": f"{path[1]}_word"}[path[-1]]
        key = next(f"{stem}_{n}" for n in range(1, len(keys) + 2) if f"{stem}_{n}" not in keys)
        return doc.set((*path, key), starts.entry_of(path[-1]))
    if isinstance(held, dict) and list(held) in (["any"], ["all"]):
        join = next(iter(held))
        return doc.set((*path, join, str(len(held[join]))), Typed(value))
    if isinstance(held, dict):
        return doc.set((*path, value), starts.row_value(path, names))
    rows = held if isinstance(held, list) else []
    return doc.set((*path, str(len(rows))), starts.row(path, value, names))


def _rows(doc: PolicyText, path: Path, _value: str, _values: Sequence[str], _today: date, missing: Sequence[str]) -> str:
    for key in missing:
        doc = PolicyText(doc.set((*path, key), starts.row_value(path, Names(doc.body))))
    return doc.text


def _add(doc: PolicyText, path: Path, value: str, *_more: Any) -> str:
    return doc.set(path, starts.key_of_step(value, Names(doc.body)))


def _kind(doc: PolicyText, path: Path, value: str, *_more: Any) -> str:
    """Title, source and the like stay; what the old kind asked for goes."""
    held = doc.value(path)
    if value not in KINDS or not isinstance(held, dict):
        raise CannotEdit("kind")
    by_itself = {word(kind) for kind in KINDS}  # titles that nobody has written
    kept = {
        key: held[key] for key in ("title", "source", "evidence", "authorised_by") if key in held and held[key] not in by_itself
    }
    return doc.set(path, starts.step(value, Names(doc.body), but_for=path[-1]) | kept)


def _comparison(part: str) -> Op:
    def op(doc: PolicyText, path: Path, value: str, *_more: Any) -> str:
        how, ref, asked = comparison_of(doc.value(path))
        how, ref, asked = (value if part == one else old for one, old in (("how", how), ("ref", ref), ("asked", asked)))
        return doc.set(path, Typed(ref) if how == "holds" else {how: {ref: Typed(asked or "0")}})

    return op


OPS: Mapping[str, Op] = {
    "remove": _remove,
    "up": lambda doc, path, *_more: doc.move(path, -1),
    "down": lambda doc, path, *_more: doc.move(path, 1),
    "words": _words,
    "rename": _rename,
    "new": _new,
    "row": _row,
    "rows": _rows,
    "add": _add,
    "kind": _kind,
    "how_of": _comparison("how"),
    "ref_of": _comparison("ref"),
    "asked_of": _comparison("asked"),
}
