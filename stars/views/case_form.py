"""The form of one worked case: a person is a block, each name with its value a line; what is left blank is no line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict

from stars.cases.document import MOST_SUBJECTS, PARTS, Case, Subject

BLANK = 3  # lines that wait to be filled in


@dataclass(frozen=True)
class Block:
    """number  in the names of its fields; lines are (name, value)"""

    number: int
    title: str
    given: list[tuple[str, str]]
    expect: list[tuple[str, str]]


def blocks_of(case: Case) -> list[Block]:
    return [Block(number, one.title, _lines(one.given), _lines(one.expect)) for number, one in enumerate(case.subjects)]


def _lines(values: Mapping[str, str]) -> list[tuple[str, str]]:
    return [*values.items(), *[("", "")] * BLANK]


def one_more(case: Case) -> Case:
    """Another person like the first one, of whom nothing is expected yet."""
    like = case.subjects[0] if case.subjects else Subject()
    return Case(case.title, (*case.subjects, Subject("", like.given, {}))[:MOST_SUBJECTS])


def posted(data: QueryDict) -> Case:
    numbers = range(min(_count(data), MOST_SUBJECTS))
    return Case(data.get("title", "").strip(), tuple(_subject(data, number) for number in numbers if not _left_out(data, number)))


def _count(data: QueryDict) -> int:
    text = data.get("people", "")
    return int(text) if text.isdecimal() and len(text) < 4 else 0


def _left_out(data: QueryDict, number: int) -> bool:
    return data.get("act") == f"without {number}"


def _subject(data: QueryDict, number: int) -> Subject:
    given, expect = (_posted_lines(data, part, number) for part in PARTS)
    return Subject(data.get(f"who-{number}", "").strip(), given, expect)


def _posted_lines(data: QueryDict, part: str, number: int) -> dict[str, str]:
    names, values = (data.getlist(f"{part}-{number}-{what}") for what in ("name", "value"))
    pairs = zip(names, values, strict=False)
    return {name.strip(): value.strip() for name, value in pairs if name.strip() and value.strip()}
