"""Edits of a YAML text at a path: what is not edited keeps its comments and its layout to the letter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml

from governance.policy import PLAIN_PARSER, key_text, load
from stars.studio.writing import Typed, entry, written

Path = tuple[str, ...]


class NoSuchPlace(LookupError):
    """The path leads nowhere in this document."""


@dataclass(frozen=True)
class Part:
    """An entry of a mapping or an item of a list: its key, where it begins and ends in the text, its value."""

    key: str
    start: int
    end: int
    value: yaml.Node


@dataclass(frozen=True)
class PolicyText:
    """raises PolicyErrors, from every method, where the text can't be read"""

    text: str

    @cached_property
    def body(self) -> Any:
        return load(self.text).body

    @cached_property
    def root(self) -> Any:
        return yaml.compose(self.text, Loader=PLAIN_PARSER)

    def value(self, path: Path) -> Any:
        """None where nothing is."""
        found = self.body
        for key in path:
            found = _child(found, key)
        return found

    def line(self, path: Path) -> int:
        """From 1; of the nearest place above, where the path leads nowhere."""
        node, line = self.root, 1
        for key in path:
            part = next((one for one in self._parts(node) if one.key == key), None)
            if part is None:
                break
            node, line = part.value, self.text.count("\n", 0, part.start) + 1
        return line

    # -- edits, each of which gives the new text ---------------------------------------------------------------------------

    def set(self, path: Path, value: Any) -> str:
        """Puts the value there; what is missing on the way is made."""
        above, node = self._deepest(path)
        if len(above) == len(path):
            return self._replaced(path, value)
        for key in reversed(path[len(above) + 1 :]):
            value = {key: value}
        if not isinstance(node, yaml.MappingNode | yaml.SequenceNode):
            return self._replaced(above, {path[len(above)]: value})
        return self._added(above, node, path[len(above)], value)

    def remove(self, path: Path) -> str:
        """With what stands around it, if that is then empty."""
        parent, parts = self._around(path)
        if len(parts) == 1 and path[:-1]:
            return self.remove(path[:-1])
        place = _place(parts, path[-1])
        if parent.flow_style:
            start, end = (parts[place - 1].end, parts[place].end) if place else (parts[0].start, parts[1].start)
            return self.text[:start] + self.text[end:]
        if not self._has_its_lines(parts):
            return self._rewritten(path[:-1], [key for key in range(len(parts)) if key != place])
        start, end = self._lines(parts[place])
        return self.text[:start] + self.text[end:]

    def move(self, path: Path, by: int) -> str:
        """Before the one above it (by -1) or behind the one below it (by 1); at the end it stays."""
        parent, parts = self._around(path)
        place = _place(parts, path[-1])
        other = place + by
        if not 0 <= other < len(parts):
            return self.text
        first, second = (parts[one] for one in sorted((place, other)))
        if parent.flow_style:
            spans = (first.start, first.end), (second.start, second.end)
        elif self._has_its_lines(parts):
            spans = self._lines(first), self._lines(second)
        else:
            order = list(range(len(parts)))
            order[place], order[other] = order[other], order[place]
            return self._rewritten(path[:-1], order)
        (a, b), (c, d) = spans
        text = self.text
        between, tail = text[b:c], text[c:d]
        if not parent.flow_style and not tail.endswith("\n"):
            return text[:a] + tail + "\n" + between + text[a:b].rstrip("\n") + text[d:]
        return text[:a] + tail + between + text[a:b] + text[d:]

    def rename(self, path: Path, key: str) -> str:
        """Another key for the same value, in its place."""
        parent, parts = self._around(path)
        part = parts[_place(parts, path[-1])]
        old = self._raw_key(parent, part)
        return f"{self.text[: part.start]}{written(Typed(key))}{self.text[part.start + len(old) :]}"

    # -- how it is done ----------------------------------------------------------------------------------------------------

    def _deepest(self, path: Path) -> tuple[Path, yaml.Node]:
        node = self.root
        for depth, key in enumerate(path):
            part = next((one for one in self._parts(node) if one.key == key), None)
            if part is None:
                return path[:depth], node
            node = part.value
        return path, node

    def _around(self, path: Path) -> tuple[Any, list[Part]]:
        above, node = self._deepest(path[:-1])
        parts = list(self._parts(node)) if above == path[:-1] else []
        if not any(one.key == path[-1] for one in parts):
            raise NoSuchPlace(".".join(path))
        return node, parts

    def _parts(self, node: yaml.Node) -> Iterator[Part]:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                yield Part(_key(key), key.start_mark.index, self._end(value, key.end_mark.index + 1), value)
        elif isinstance(node, yaml.SequenceNode):
            for place, value in enumerate(node.value):
                start = value.start_mark.index
                start = start if node.flow_style else self.text.rindex("-", 0, start)
                yield Part(str(place), start, self._end(value, start + 1), value)

    def _end(self, node: yaml.Node, least: int) -> int:
        """Where its last letter is; a mapping in lines ends for the parser only where the next thing begins."""
        if isinstance(node, yaml.MappingNode | yaml.SequenceNode) and not node.flow_style:
            return max((part.end for part in self._parts(node)), default=least)
        end = node.end_mark.index
        return max(least, len(self.text[:end].rstrip()))

    def _replaced(self, path: Path, value: Any) -> str:
        if not path:
            return "\n".join(entry(key, one, (), 0) for key, one in value.items()) + "\n"
        parent, parts = self._around(path)
        part = parts[_place(parts, path[-1])]
        is_mapping = isinstance(parent, yaml.MappingNode)
        in_lines = is_mapping and not parent.flow_style
        column = self._column(part.start) if in_lines else None
        new = written(value, path, column)
        if is_mapping:
            start = self.text.index(":", part.start + len(self._raw_key(parent, part))) + 1
        else:
            start = part.start + (not parent.flow_style)  # behind the dash
        gap = "" if new.startswith("\n") or (not is_mapping and parent.flow_style) else " "
        end = max(part.end, start)
        return self.text[:start] + gap + new + self.text[end:]

    def _raw_key(self, parent: Any, part: Part) -> str:
        key = next(key for key, value in parent.value if value is part.value)
        return self.text[key.start_mark.index : key.end_mark.index]

    def _added(self, above: Path, node: Any, key: str, value: Any) -> str:
        parts = list(self._parts(node))
        is_mapping = isinstance(node, yaml.MappingNode)
        if node.flow_style:
            new = entry(key, value) if is_mapping else written(value)
            at = parts[-1].end if parts else node.start_mark.index + 1
            return self.text[:at] + (", " if parts else "") + new + self.text[at:]
        column = self._column(parts[0].start)
        new = entry(key, value, above, column) if is_mapping else f"- {written(value)}"
        at = self._line_end(parts[-1].end)
        return f"{self.text[:at]}\n{' ' * column}{new}{self.text[at:]}"

    def _rewritten(self, path: Path, order: list[int]) -> str:
        """A collection whose first entry shares its line with something else: written anew in braces, in this order."""
        value = self.value(path)
        if isinstance(value, dict):
            pairs = list(value.items())
            return self._replaced(path, {pairs[place][0]: pairs[place][1] for place in order})
        return self._replaced(path, [value[place] for place in order])

    def _has_its_lines(self, parts: list[Part]) -> bool:
        return all(not self.text[self._line_start(one.start) : one.start].strip() for one in parts)

    def _lines(self, part: Part) -> tuple[int, int]:
        end = self._line_end(part.end)
        return self._line_start(part.start), min(end + 1, len(self.text))

    def _line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def _line_end(self, at: int) -> int:
        found = self.text.find("\n", at)
        return len(self.text) if found < 0 else found

    def _column(self, at: int) -> int:
        return at - self._line_start(at)


def _key(node: yaml.Node) -> str:
    return str(node.value).strip()


def _place(parts: list[Part], key: str) -> int:
    return next(place for place, one in enumerate(parts) if one.key == key)


def _child(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return next((one for name, one in value.items() if key_text(name) == key), None)
    if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
        return value[int(key)]
    return None
