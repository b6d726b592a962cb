"""Worked cases of a draft: written, taken out, brought in and handed on; and the proof that a policy in force has held them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from governance.errors import RuleBroken
from governance.models import PolicyVersion, User
from governance.policy import PolicyErrors, Problem, canonical, load
from governance.services import audit
from governance.services.policies import draft_to_change, seat
from stars.cases.document import MOST_CASES, Case, from_stored, stored
from stars.cases.running import Ran, run
from stars.cases.words import result_title, result_value, told
from stars.models import PolicyCase
from stars.plans import plan_for


def cases_of(version: PolicyVersion) -> list[PolicyCase]:
    return list(PolicyCase.objects.filter(policy=version).order_by("pk"))


def run_cases(version: PolicyVersion) -> list[tuple[PolicyCase, Ran]]:
    rows = cases_of(version)
    return list(zip(rows, run(plan_for(version), [as_case(row) for row in rows]), strict=True))


def as_case(row: PolicyCase) -> Case:
    return from_stored(row.title, row.subjects)


def digest_of(row: PolicyCase) -> str:
    """What an editor has seen; another one means that somebody else has changed the case since."""
    said = [[one.title, *map(list, one.given.items()), *map(list, one.expect.items())] for one in as_case(row).subjects]
    return sha256(canonical([row.title, said])).hexdigest()


@transaction.atomic
def save_case(
    policy_id: int, case: Case, *, case_id: int | None = None, seen: str = "", by: User | None, at: datetime
) -> PolicyCase:
    """A new case, or another wording of one. One that fails is kept: the policy may still have to change.

    seen    `digest_of` the case when its editor opened it
    raises  PolicyErrors with every mistake; RuleBroken: not_your_duty, policy_frozen, too_many_cases, case_changed
    """
    version = draft_to_change(policy_id, by=by)
    rows = cases_of(version)
    row = _to_change(rows, case_id, seen) if case_id else PolicyCase(policy=version)
    if row.pk is None and len(rows) >= MOST_CASES:
        raise RuleBroken("too_many_cases", _("A policy has at most %(most)s cases; take one out first.") % {"most": MOST_CASES})
    _refuse_unreadable(version, [case], taken={one.title for one in rows if one.pk != row.pk})
    row.title, row.subjects = case.title, stored(case.subjects)
    row.save()
    audit.record("policy.save_case", by=by, at=at, territory=seat(by), subject=version, title=row.title)
    return row


def _to_change(rows: Sequence[PolicyCase], case_id: int, seen: str) -> PolicyCase:
    row = next((one for one in rows if one.pk == case_id), None)
    if row is None or (seen and digest_of(row) != seen):
        raise RuleBroken("case_changed", _("Somebody else has changed or removed this case since you opened it; open it again."))
    return row


@transaction.atomic
def remove_case(policy_id: int, case_id: int, *, by: User | None, at: datetime) -> None:
    """Taking out what is out already changes nothing.  raises RuleBroken: not_your_duty, policy_frozen"""
    version = draft_to_change(policy_id, by=by)
    row = PolicyCase.objects.filter(policy=version, pk=case_id).first()
    if row:
        row.delete()
        audit.record("policy.remove_case", by=by, at=at, territory=seat(by), subject=version, title=row.title)


@transaction.atomic
def replace_cases(policy_id: int, cases: Sequence[Case], *, by: User | None, at: datetime) -> int:
    """These and no others, as a workbook has them; how many.

    raises  PolicyErrors with every mistake of all of them; RuleBroken: not_your_duty, policy_frozen, too_many_cases
    """
    version = draft_to_change(policy_id, by=by)
    if len(cases) > MOST_CASES:
        raise RuleBroken("too_many_cases", _("A policy has at most %(most)s cases; take one out first.") % {"most": MOST_CASES})
    _refuse_unreadable(version, cases, taken=set())
    PolicyCase.objects.filter(policy=version).delete()
    _create(version, cases)
    audit.record("policy.import_cases", by=by, at=at, territory=seat(by), subject=version, count=len(cases))
    return len(cases)


def _create(version: PolicyVersion, cases: Sequence[Case]) -> None:
    PolicyCase.objects.bulk_create(PolicyCase(policy=version, title=case.title, subjects=stored(case.subjects)) for case in cases)


def _refuse_unreadable(version: PolicyVersion, cases: Sequence[Case], *, taken: set[str]) -> None:
    """raises PolicyErrors; where there are several cases, the path begins with the place of the case"""
    problems: list[Problem] = []
    titles = set(taken)
    for place, ran in enumerate(run(plan_for(version), cases), 1):
        before = f"{place}." if len(cases) > 1 else ""
        title = ran.case.title
        if not title or title in titles:
            problems.append(Problem("title_twice" if title else "no_title", before.rstrip("."), {"title": title}))
        titles.add(title)
        problems += [Problem(one.code, f"{before}{one.path}".rstrip("."), one.params) for one in ran.problems]
    if problems:
        raise PolicyErrors(problems)


def require_cases_hold(version: PolicyVersion) -> None:
    """raises RuleBroken: no_worked_case, worked_case_fails"""
    ran = run_cases(version)
    if not ran:
        raise RuleBroken(
            "no_worked_case",
            _("“%(title)s” has no worked case that shows what it does; write at least one on its page “Worked cases”.")
            % {"title": version},
        )
    for _row, one in ran:
        if not one.holds:
            raise RuleBroken("worked_case_fails", _failure(version, one))


def inherit_cases(version: PolicyVersion, earlier: PolicyVersion) -> None:
    _create(version, [as_case(row) for row in cases_of(earlier)])


def take_shipped(version: PolicyVersion, file: Path, *, by: User | None, at: datetime) -> None:
    """What lies beside a preset, unless somebody has written cases already.  raises PolicyErrors"""
    shipped = file.parent / "cases" / file.name
    if shipped.exists() and not PolicyCase.objects.filter(policy=version).exists():
        replace_cases(version.pk, shipped_cases(shipped), by=by, at=at)


def shipped_cases(file: Path) -> list[Case]:
    """{cases: [{title, subjects: [{title, given, expect}]}]}"""
    return [from_stored(one["title"], one["subjects"]) for one in load(file.read_bytes()).body["cases"]]


def _failure(version: PolicyVersion, ran: Ran) -> str:
    said = {"title": version, "case": ran.case.title}
    if ran.problems:
        return _("The worked case “%(case)s” of “%(title)s” can't be read: %(problem)s") % (
            said | {"problem": told(ran.problems[0])}
        )
    person = next(one for one in ran.people if one.mismatches)
    one = person.mismatches[0]
    plan = plan_for(version)
    expected, found = (result_value(plan, one, value) for value in (one.expected.value, one.found))
    said |= {"who": person.title or "—", "name": result_title(plan, one), "expected": expected, "found": found}
    if len(ran.people) == 1:
        return (
            _(
                "The worked case “%(case)s” of “%(title)s” fails: %(name)s is expected to be %(expected)s and comes out as %(found)s. "
                "Correct the case or the policy."
            )
            % said
        )
    return (
        _(
            "The worked case “%(case)s” of “%(title)s” fails: for %(who)s %(name)s is expected to be %(expected)s and comes out as "
            "%(found)s. Correct the case or the policy."
        )
        % said
    )
