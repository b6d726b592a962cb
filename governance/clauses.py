"""The clauses of the burden rules that can be checked by machine, read from burden_clauses.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from governance.policy import load

FILE = Path(__file__).with_name("burden_clauses.yaml")


@dataclass(frozen=True)
class Clause:
    """exception  what the clause itself lets pass; empty: nothing
    words, spared  what a title may not hold, and what is taken out of it before; None: no words are looked for
    sources        of facts, each with the wordings that ask for the same
    """

    code: str
    document: str
    number: str
    date: date | None
    says: str
    exception: str
    words: re.Pattern[str] | None
    spared: re.Pattern[str] | None
    sources: Mapping[str, re.Pattern[str]]

    @property
    def cited(self) -> str:
        return f"{self.document}{self.number}（{self.says}）"

    def is_broken_by(self, title: str) -> bool:
        if self.words is None:
            return False
        return bool(self.words.search(self.spared.sub("", title) if self.spared else title))

    def source_of(self, title: str) -> str:
        """The source that holds what the title asks for; empty where none does."""
        return next((source for source, words in self.sources.items() if words.search(title)), "")


def _any_of(patterns: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(patterns), re.IGNORECASE) if patterns else None


def _clause(code: str, given: Mapping[str, Any]) -> Clause:
    sources = {source: re.compile("|".join(words)) for source, words in given.get("sources", {}).items()}
    words, spared = (_any_of(given.get(name, [])) for name in ("words", "spared"))
    return Clause(
        code, given["document"], given["number"], given["date"], given["says"], given["exception"] or "", words, spared, sources
    )


def read_clauses(text: bytes) -> dict[str, Clause]:
    return {code: _clause(code, given) for code, given in load(text).body["clauses"].items()}


CLAUSES: Mapping[str, Clause] = read_clauses(FILE.read_bytes())
