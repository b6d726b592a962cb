"""A case as it is stored and as it is written: names and values are text, in the order in which they were given."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from governance.policy import plain_number

MOST_CASES, MOST_SUBJECTS, MOST_LINES, MOST_TEXT = 200, 60, 200, 200
HEADING = re.compile(r"\[(.*)\]")
PARTS = ("given", "expect")
LINE = re.compile(r"([^:：]+)[:：](.*)")


@dataclass(frozen=True)
class Subject:
    """given   name of an input → value     expect  name of a result → value"""

    title: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    expect: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    title: str
    subjects: tuple[Subject, ...]


def stored(subjects: Iterable[Subject]) -> list[dict[str, Any]]:
    """As the table holds them: pairs, for JSON in a database keeps no order of names."""
    return [{"title": one.title, **{part: list(map(list, getattr(one, part).items())) for part in PARTS}} for one in subjects]


def from_stored(title: str, subjects: Sequence[Mapping[str, Any]]) -> Case:
    """Of the table, or of a file, which has mappings in the places of pairs, and numbers and lists in those of values."""
    return Case(title, tuple(_subject(one) for one in subjects))


def _subject(one: Mapping[str, Any]) -> Subject:
    given, expect = ({str(key): _text(value) for key, value in dict(one.get(part, {})).items()} for part in PARTS)
    return Subject(str(one.get("title", "")), given, expect)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal):
        return plain_number(value)
    return unicodedata.normalize("NFC", str(value)).strip()


def written(subjects: Sequence[Subject], part: str) -> str:
    """`part` (given or expect) as lines "name: value", below a line "[title]" for each subject where there are several."""
    lines: list[str] = []
    for place, subject in enumerate(subjects, 1):
        if len(subjects) > 1:
            lines.append(f"[{subject.title or place}]")
        lines += [f"{name}: {value}" for name, value in getattr(subject, part).items()]
    return "\n".join(lines)


def from_written(given: str, expect: str) -> tuple[Subject, ...]:
    """raises ValueError with the first line that is not "name: value" """
    inputs, results = _sections(given), _sections(expect)
    titles = list(dict.fromkeys([*inputs, *results]))
    alone = len(titles) == 1
    return tuple(
        Subject("" if alone and title == "1" else title, inputs.get(title, {}), results.get(title, {})) for title in titles
    )


def _sections(text: str) -> dict[str, dict[str, str]]:
    sections: dict[str, dict[str, str]] = {}
    lines: dict[str, str] | None = None
    for line in filter(None, map(str.strip, text.splitlines())):
        if heading := HEADING.fullmatch(line):
            lines = sections.setdefault(heading[1].strip(), {})
        elif pair := LINE.fullmatch(line):
            lines = sections.setdefault("1", {}) if lines is None else lines
            lines[pair[1].strip()] = pair[2].strip()
        else:
            raise ValueError(line)
    return sections or {"1": {}}
