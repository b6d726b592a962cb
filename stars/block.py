"""Everything that one county-year's ratings are computed from, as bytes: what a decision binds and verification reads."""

from __future__ import annotations

from stars.engine import canonical
from stars.engine.inputs import Inputs
from stars.engine.plan import Plan


def block_of(plan: Plan, inputs: Inputs) -> bytes:
    """The inputs of one county under one policy; what the same inputs mean under another is another block."""
    return canonical.pack(inputs, _header(plan))


def digest_of(block: bytes) -> str:
    return canonical.digest(block)


def inputs_digest(plan: Plan, inputs: Inputs) -> str:
    """The digest of the block that these inputs would make."""
    return canonical.digest_unpacked(inputs, _header(plan))


def _header(plan: Plan) -> dict[str, str]:
    return {"policy": plan.digest}


def inputs_of(block: bytes) -> Inputs:
    """In the order of persons.  raises ValueError where the bytes are no block"""
    return canonical.unpack(block)[0]
