"""Exceptions from burden rules on a draft: only what the clause itself lets pass, by a named person, with reason and document."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from governance.clauses import CLAUSES
from governance.errors import RuleBroken
from governance.models import PolicyVersion, User
from governance.policy import PolicyErrors
from governance.services import audit
from governance.services.policies import check_document, draft_to_change, seat
from stars.engine.burden_words import BANS, may_be_excepted
from stars.models import PolicyException


def exceptable() -> list[str]:
    """Codes of the clauses that allow an exception."""
    return [code for code in BANS if may_be_excepted(code)]


def excepted_of(version: PolicyVersion) -> frozenset[tuple[str, str]]:
    return frozenset(PolicyException.objects.filter(policy=version).values_list("code", "wording"))


@transaction.atomic
def except_finding(
    policy_id: int, *, code: str, wording: str, reason: str, document_no: str, by: User, at: datetime
) -> PolicyException:
    """From then on the draft may hold this title. The same again changes nothing.

    raises RuleBroken: not_your_duty, policy_frozen, no_exception, not_forbidden, exception_unfounded
    """
    version = draft_to_change(policy_id, by=by)
    wording, reason, document_no = (unicodedata.normalize("NFC", text).strip() for text in (wording, reason, document_no))
    _check(code, wording, reason, document_no)
    held = PolicyException.objects.filter(policy=version, code=code, wording=wording).first()
    if held:
        return held
    row = PolicyException.objects.create(
        policy=version, code=code, wording=wording, reason=reason, document_no=document_no, by=by, at=at
    )
    audit.record(
        "policy.except", by=by, at=at, territory=seat(by), subject=version, code=code, title=wording, reason=reason,
        document_no=document_no,
    )  # fmt: skip
    return row


def _check(code: str, wording: str, reason: str, document_no: str) -> None:
    clause = CLAUSES.get(code)
    if clause is None or not may_be_excepted(code):
        raise RuleBroken(
            "no_exception",
            _("%(clause)s allows no exception; take the wording out of the policy.")
            % {"clause": clause.cited if clause else code},
            field="code",
        )
    if not clause.is_broken_by(wording):
        raise RuleBroken(
            "not_forbidden",
            _("“%(wording)s” is not what %(clause)s forbids; it needs no exception.")
            % {"wording": wording, "clause": clause.cited},
            field="wording",
        )
    if not reason or not document_no:
        raise RuleBroken(
            "exception_unfounded",
            _("An exception needs a reason and the number of the document that allows it (%(exception)s); write both.")
            % {"exception": clause.exception},
            field="document_no" if reason else "reason",
        )


@transaction.atomic
def withdraw_exception(policy_id: int, exception_id: int, *, by: User, at: datetime) -> None:
    """raises RuleBroken: not_your_duty, policy_frozen, exception_in_use"""
    version = draft_to_change(policy_id, by=by)
    row = PolicyException.objects.filter(policy=version, pk=exception_id).first()
    if row is None:
        return
    row.delete()
    try:
        check_document(version.text, but_for=version.pk)
    except PolicyErrors:
        raise RuleBroken(
            "exception_in_use",
            _("The policy still says “%(wording)s”; take that out first, then withdraw the exception.")
            % {"wording": row.wording},
        ) from None
    audit.record("policy.withdraw_exception", by=by, at=at, territory=seat(by), subject=version, title=row.wording)


def inherit_exceptions(version: PolicyVersion, earlier: PolicyVersion) -> None:
    """With who excepted them, when, why and under which document."""
    held = PolicyException.objects.filter(policy=earlier).order_by("pk")
    PolicyException.objects.bulk_create(
        PolicyException(
            policy=version, code=one.code, wording=one.wording, reason=one.reason, document_no=one.document_no, by_id=one.by_id,
            at=one.at,
        )
        for one in held
    )  # fmt: skip
