"""Policy documents: exact numbers, one canonical form and its digest. Knows no chapter of a policy.

A grammar (the document's `grammar` key) is registered by the app that understands it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

import yaml

MAX_BYTES = 256 * 1024
MAX_DEPTH = 16

WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")
DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,6}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}

PLAIN_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Problem:
    """One mistake: a stable code, the path of the key, and what the sentence about it needs."""

    code: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)


class PolicyErrors(ValueError):
    """All the mistakes of a document, in the order of the document's chapters."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{p.path}: {p.code}" for p in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class PolicyDocument:
    """A document as it was written, as it was read, and the SHA-256 of its canonical form."""

    text: str
    body: dict[Any, Any]
    digest: str


def load(source: str | bytes) -> PolicyDocument:
    """raises PolicyErrors: too_long, not_utf8, yaml_syntax, yaml_feature, duplicate_key, too_deep, not_a_mapping, bad_date"""
    text = _decode(source)
    body = _Reader(text).read()
    if not isinstance(body, dict):
        raise _refused("not_a_mapping", "")
    return PolicyDocument(text, body, sha256(canonical(body)).hexdigest())


def canonical(body: Any) -> bytes:
    """The form that the digest covers (docs/grammar.md, section 1): order counts, spelling and layout do not."""
    return json.dumps(_canonical(body), ensure_ascii=False, separators=(",", ":")).encode()


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {"m": [[_canonical(key), _canonical(one)] for key, one in value.items()]}
    if isinstance(value, list):
        return [_canonical(one) for one in value]
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return {"n": plain_number(value)}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    return value


def plain_number(value: int | Decimal) -> str:
    """90.50 -> '90.5', 90.00 -> '90', -0 -> '0'."""
    text = f"{Decimal(value):f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _decode(source: str | bytes) -> str:
    raw = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    if len(raw) > MAX_BYTES:
        raise _refused("too_long", "", bytes=len(raw), limit=MAX_BYTES)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused("not_utf8", "", position=error.start) from None


def _refused(code: str, path: str, **params: Any) -> PolicyErrors:
    return PolicyErrors([Problem(code, path, params)])


class _Reader:
    """Builds plain values from YAML events, so that no tag, alias or implicit type of YAML can have its way."""

    def __init__(self, text: str) -> None:
        self.events: Iterator[Any] = yaml.parse(text, Loader=PLAIN_PARSER)

    def read(self) -> Any:
        try:
            self._expect(yaml.StreamStartEvent, yaml.DocumentStartEvent)
            value = self._value(self._next(), ())
            self._expect(yaml.DocumentEndEvent, yaml.StreamEndEvent)
        except yaml.MarkedYAMLError as error:
            raise _refused("yaml_syntax", "", line=_line(error.problem_mark), problem=error.problem or "") from None
        except yaml.YAMLError as error:
            raise _refused("yaml_syntax", "", line=1, problem=str(error).splitlines()[0]) from None
        return value

    def _next(self) -> Any:
        event = next(self.events)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
            raise _refused("yaml_feature", "", line=_line(event.start_mark))
        return event

    def _expect(self, *kinds: type) -> None:
        for kind in kinds:
            event = self._next()
            if isinstance(event, yaml.StreamEndEvent) and kind is yaml.DocumentStartEvent:
                raise _refused("not_a_mapping", "")
            if not isinstance(event, kind):
                raise _refused("yaml_feature", "", line=_line(event.start_mark))

    def _value(self, event: Any, path: tuple[str, ...]) -> Any:
        if len(path) > MAX_DEPTH:
            raise _refused("too_deep", ".".join(path), limit=MAX_DEPTH)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return _scalar(event, path)

    def _mapping(self, path: tuple[str, ...]) -> dict[Any, Any]:
        values: dict[Any, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent) or event.value == "<<":
                raise _refused("yaml_feature", ".".join(path), line=_line(event.start_mark))
            key = _scalar(event, path)
            here = (*path, key_text(key))
            if key in values:
                raise _refused("duplicate_key", ".".join(here), line=_line(event.start_mark))
            values[key] = self._value(self._next(), here)
        return values

    def _sequence(self, path: tuple[str, ...]) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            values.append(self._value(event, (*path, str(len(values)))))
        return values


def _line(mark: Any) -> int:
    return mark.line + 1 if mark is not None else 1


def key_text(key: Any) -> str:
    """A key as it stands in a path."""
    return plain_number(key) if isinstance(key, int | Decimal) and not isinstance(key, bool) else str(key)


def _scalar(event: Any, path: tuple[str, ...]) -> Any:
    text = unicodedata.normalize("NFC", event.value).strip()
    if event.style:
        return text
    if text in WORDS:
        return WORDS[text]
    if WHOLE.fullmatch(text):
        return int(text)
    if DECIMAL.fullmatch(text):
        return Decimal(text)
    if DAY.fullmatch(text):
        return _day(text, path)
    return text


def _day(text: str, path: tuple[str, ...]) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _refused("bad_date", ".".join(path), value=text) from None


Excepted = Container[tuple[str, str]]  # (code, title) of findings that somebody has excepted under a document
Compiler = Callable[[PolicyDocument, Excepted], Any]
_grammars: dict[str, Compiler] = {}


def register(grammar: str, compiler: Compiler) -> None:
    """An app tells which grammar it understands; asked once, when the app starts."""
    _grammars[grammar] = compiler


def compile_document(document: PolicyDocument, excepted: Excepted = ()) -> Any:
    """The plan of a document, by the app that understands its grammar.

    raises  PolicyErrors: unknown_grammar, or whatever that app finds
    """
    grammar = document.body.get("grammar")
    if not isinstance(grammar, str) or grammar not in _grammars:
        raise _refused("unknown_grammar", "grammar", value=grammar, known=", ".join(sorted(_grammars)))
    return _grammars[grammar](document, excepted)
