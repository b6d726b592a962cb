"""Values as YAML in the way in which policies are written: chapters and sheets in lines, everything else in braces."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from governance.policy import DAY, DECIMAL, WHOLE, WORDS, key_text

PLAIN = re.compile(r"[\w$\-（《“][\w$.\-／（）《》“”、。，；：·〔〕+%×—…/ ]*")  # what needs no quotes, in braces as well
MARKS = (": ", " #", "- ")
IN_LINES = (  # paths whose mappings have a line for each entry; * is any name
    ("scales",), ("parameters",), ("sheets",), ("events",), ("facts",), ("roster",), ("history",), ("linked",), ("steps",),
    ("sheets", "*"), ("sheets", "*", "indicators"), ("events", "*"), ("events", "*", "items"),
)  # fmt: skip
INDENT = 2


class Typed(str):
    """What was typed where a number, a name or a date belongs: it stands as typed, unless it would break the line."""


def written(value: Any, path: tuple[str, ...] = (), column: int | None = None) -> str:
    """column  of the keys of the mapping in which it will stand, if that has lines of its own; a mapping in lines begins with one"""
    if isinstance(value, Mapping):
        if column is not None and value and _in_lines(path):
            inner = column + INDENT
            return "".join(f"\n{' ' * inner}{entry(key, one, path, inner)}" for key, one in value.items())
        return "{" + ", ".join(entry(key, one, path) for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(written(one) for one in value) + "]"
    return scalar(value)


def entry(key: Any, value: Any, path: tuple[str, ...] = (), column: int | None = None) -> str:
    text, name = written(value, (*path, key_text(key)), column), scalar(Typed(key) if isinstance(key, str) else key)
    return f"{name}:{text}" if text.startswith("\n") else f"{name}: {text}"


def scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value, typed=isinstance(value, Typed))
    return key_text(value)


def _text(text: str, *, typed: bool) -> str:
    text = " ".join(text.split())
    is_plain = PLAIN.fullmatch(text) and not any(mark in f"{text} " for mark in MARKS) and not text.endswith((":", " "))
    looks_like_more = text in WORDS or any(one.fullmatch(text) for one in (WHOLE, DECIMAL, DAY))
    if (is_plain and not looks_like_more) or (typed and (is_plain or looks_like_more)):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _in_lines(path: tuple[str, ...]) -> bool:
    return any(len(path) == len(one) and all(part in ("*", key) for part, key in zip(one, path, strict=True)) for one in IN_LINES)
