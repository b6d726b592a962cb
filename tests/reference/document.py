"""Reads a policy document as section 1 of docs/grammar.md says, without the product's own reader."""

import re
import unicodedata
from datetime import date
from fractions import Fraction
from typing import Any

import yaml

WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def read(text: str) -> dict:
    return _value(yaml.compose(text, Loader=yaml.BaseLoader))


def _value(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {_value(key): _value(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    return _scalar(node.value, plain=node.style is None)


def _scalar(text: str, *, plain: bool) -> Any:
    if plain:
        if text in ("", "null", "~"):
            return None
        if text in ("true", "false"):
            return text == "true"
        if WHOLE.fullmatch(text):
            return int(text)
        if DECIMAL.fullmatch(text):
            return Fraction(text)
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
    return unicodedata.normalize("NFC", text).strip()
