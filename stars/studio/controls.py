"""What a form is made of: controls, each for one place of the document, in groups that can be added, moved and taken out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from governance.policy import Problem, key_text

Path = tuple[str, ...]
Options = list[tuple[str, str]]  # value, what is read


@dataclass
class Control:
    """write  how what is typed gets into the text (stars.studio.edits)     suggest  the list of suggestions of a text"""

    path: Path
    label: str
    look: str  # text | select | check | many | date
    write: str
    value: str = ""
    options: Options = field(default_factory=list)
    is_optional: bool = False
    suggest: str = ""
    chosen: tuple[str, ...] = ()
    mistakes: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"{self.write}:{'/'.join(self.path)}"

    @property
    def address(self) -> str:
        return "/".join(self.path)


@dataclass
class Button:
    op: str
    path: Path
    label: str
    value: str = ""
    options: Options = field(default_factory=list)  # to choose from before it is pressed

    @property
    def key(self) -> str:
        return f"{self.op}:{'/'.join(self.path)}:{self.value}"

    @property
    def address(self) -> str:
        return "/".join(self.path)


@dataclass
class Group:
    """is_line  its controls stand side by side     is_part  one of several: it can be moved and taken out"""

    path: Path
    title: str
    controls: list[Control] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)
    is_line: bool = False
    is_part: bool = False
    name: str = ""
    mistakes: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return "/".join(self.path)

    def every(self) -> Iterable[Control | Group]:
        yield self
        yield from self.controls
        for one in self.groups:
            yield from one.every()

    @property
    def faults(self) -> int:
        return sum(len(one.mistakes) for one in self.every())


def as_typed(value: object) -> str:
    """As a control shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return key_text(value)


def place_mistakes(chapters: list[Group], problems: Iterable[Problem], said: Iterable[str]) -> list[tuple[Problem, str]]:
    """Each at the innermost place that has it; those of no place are given back."""
    places = [one for chapter in chapters for one in chapter.every()]
    left = []
    for problem, sentence in zip(problems, said, strict=True):
        path = tuple(problem.path.split(".")) if problem.path else ()
        near = [one for one in places if one.path and path[: len(one.path)] == one.path]
        if near:
            max(near, key=lambda one: (len(one.path), isinstance(one, Control))).mistakes.append(sentence)
        else:
            left.append((problem, sentence))
    return left
