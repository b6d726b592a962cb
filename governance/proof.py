"""What a text proves before it comes into force: the app that understands a grammar says how."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Protocol

from governance.models import PolicyVersion, User
from governance.policy import Excepted


class Proof(Protocol):
    def excepted(self, version: PolicyVersion) -> Excepted:
        """What somebody has excepted from the checks of its text."""

    def prove(self, version: PolicyVersion) -> None:
        """raises RuleBroken with the first thing that stands against it"""

    def inherit(self, version: PolicyVersion, earlier: PolicyVersion, *, by: User | None, at: datetime) -> None:
        """A new draft begins with what its predecessor was proved by."""

    def ship(self, version: PolicyVersion, file: Path, *, by: User | None, at: datetime) -> None:
        """What the release ships beside a preset."""


_proofs: dict[str, Proof] = {}


def prove_with(grammar: str, proof: Proof) -> None:
    """An app registers its own when it starts; a grammar without one asks for nothing."""
    _proofs[grammar] = proof


def proof_of(grammar: object) -> Proof | None:
    return _proofs.get(grammar) if isinstance(grammar, str) else None
