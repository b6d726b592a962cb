"""What `governance.proof` asks of a rating policy: worked cases that hold, and exceptions from burden rules on record."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from governance.models import PolicyVersion, User
from governance.policy import Excepted
from stars.services import cases, exceptions


class RatingProof:
    def excepted(self, version: PolicyVersion) -> Excepted:
        return exceptions.excepted_of(version)

    def prove(self, version: PolicyVersion) -> None:
        """raises RuleBroken: no_worked_case, worked_case_fails"""
        cases.require_cases_hold(version)

    def inherit(self, version: PolicyVersion, earlier: PolicyVersion, *, by: User | None, at: datetime) -> None:
        cases.inherit_cases(version, earlier)
        exceptions.inherit_exceptions(version, earlier)

    def ship(self, version: PolicyVersion, file: Path, *, by: User | None, at: datetime) -> None:
        """raises PolicyErrors"""
        cases.take_shipped(version, file, by=by, at=at)
