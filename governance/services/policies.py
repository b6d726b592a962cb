"""Policy documents from draft into force, and which one a territory rates by."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from governance import policy
from governance.authority import require
from governance.clauses import CLAUSES
from governance.duties import COUNTY
from governance.errors import RuleBroken
from governance.models import PolicyAdoption, PolicyVersion, Territory, User
from governance.policy_words import sentences
from governance.proof import proof_of
from governance.services import audit

FIRST_YEAR, LAST_YEAR = 2000, 2100


@transaction.atomic
def store_policy(text: str, *, by: User | None, at: datetime, came_from: PolicyVersion | None = None) -> PolicyVersion:
    """A draft of the document, or the version that says exactly the same already.

    came_from  whose proof it inherits; without one the newest version of the same code
    raises     governance.policy.PolicyErrors with every mistake of the document; RuleBroken: not_your_duty
    """
    require_keeper(by)
    document = check_document(text, like=came_from)
    held = PolicyVersion.objects.filter(code=document.body["code"], digest=document.digest).first()
    if held:
        return held
    earlier = came_from or newest(document.body["code"])
    version = PolicyVersion.objects.create(
        code=document.body["code"], title=document.body["title"], subject=document.body["subject"],
        text=document.text, digest=document.digest,
    )  # fmt: skip
    audit.record("policy.store", by=by, at=at, territory=seat(by), subject=version, code=version.code, digest=version.digest)
    proof = proof_of(document.body["grammar"])
    if proof and earlier:
        proof.inherit(version, earlier, by=by, at=at)
    return version


@transaction.atomic
def redraft_policy(policy_id: int, text: str, *, seen: str = "", by: User | None, at: datetime) -> PolicyVersion:
    """Another text for a draft.

    seen    digest of the text that its editor began with; empty: whatever stands there is replaced
    raises  PolicyErrors; RuleBroken: not_your_duty, policy_frozen, policy_changed, policy_stored_already
    """
    version = draft_to_change(policy_id, by=by)
    if seen and seen != version.digest:
        raise RuleBroken(
            "policy_changed",
            _(
                "Somebody else has saved “%(title)s” since you opened it; compare the two, then take theirs or put yours in its place."
            )
            % {"title": version},
        )
    document = check_document(text, but_for=policy_id)
    version.code, version.title, version.subject = (document.body[key] for key in ("code", "title", "subject"))
    version.text, version.digest = document.text, document.digest
    version.save()
    audit.record("policy.redraft", by=by, at=at, territory=seat(by), subject=version, code=version.code, digest=version.digest)
    return version


@transaction.atomic
def bring_into_force(policy_id: int, *, by: User | None, at: datetime) -> PolicyVersion:
    """Freezes the version; the one in force under the same code until now is superseded, and counts where it was adopted.

    raises RuleBroken: not_your_duty, policy_superseded, policy_mistaken, policy_altered, or whatever stands against it (governance.proof)
    """
    require_keeper(by)
    version = PolicyVersion.objects.select_for_update(of=("self",)).get(pk=policy_id)
    if version.state == PolicyVersion.State.IN_FORCE:
        return version
    if version.state == PolicyVersion.State.SUPERSEDED:
        raise RuleBroken(
            "policy_superseded",
            _("“%(title)s” was superseded by a later version; store it as a new version to bring it back.") % {"title": version},
        )
    document = _checked_again(version)
    if document.digest != version.digest:
        raise RuleBroken(
            "policy_altered",
            _("The text of “%(title)s” is not the one that was stored; store the document again.") % {"title": version},
        )
    if proof := proof_of(document.body["grammar"]):
        proof.prove(version)
    earlier = PolicyVersion.objects.filter(code=version.code, state=PolicyVersion.State.IN_FORCE)
    earlier.update(state=PolicyVersion.State.SUPERSEDED)
    version.state, version.in_force_by, version.in_force_at = PolicyVersion.State.IN_FORCE, by, at
    version.save()
    audit.record("policy.in_force", by=by, at=at, territory=seat(by), subject=version, code=version.code, digest=version.digest)
    return version


def _checked_again(version: PolicyVersion) -> policy.PolicyDocument:
    """Rules may have become stricter since the draft was stored.  raises RuleBroken: policy_mistaken"""
    try:
        return check_document(version.text, but_for=version.pk)
    except policy.PolicyErrors as errors:
        raise RuleBroken(
            "policy_mistaken",
            _("“%(title)s” can't come into force before this is corrected: %(mistake)s")
            % {"title": version, "mistake": sentences(errors)[0]},
        ) from errors


@transaction.atomic
def load_preset(file: Path, *, by: User | None, at: datetime) -> PolicyVersion:
    """Stored with what the release ships to prove it, and brought into force; what is there already stays.

    raises  PolicyErrors; RuleBroken: as bring_into_force
    """
    version = store_policy(file.read_text(encoding="utf-8"), by=by, at=at)
    if version.state != PolicyVersion.State.DRAFT:
        return version
    if proof := proof_of(policy.load(version.text).body["grammar"]):
        proof.ship(version, file, by=by, at=at)
    return bring_into_force(version.pk, by=by, at=at)


def draft_to_change(policy_id: int, *, by: User | None) -> PolicyVersion:
    """The draft, locked.  raises RuleBroken: not_your_duty, policy_frozen"""
    require_keeper(by)
    version = PolicyVersion.objects.select_for_update(of=("self",)).get(pk=policy_id)
    if version.state != PolicyVersion.State.DRAFT:
        raise RuleBroken(
            "policy_frozen",
            _("“%(title)s” is frozen since it came into force; store the new text as a new version.") % {"title": version},
        )
    return version


@transaction.atomic
def adopt(
    policy_id: int,
    *,
    territory: Territory,
    year_from: int,
    document_no: str,
    reason: str = "",
    by: User | None,
    at: datetime,
) -> PolicyAdoption:
    """The territory rates by this version from that year on, until it adopts another.

    reason  why it takes the place of another policy that was adopted for that very year
    raises  RuleBroken: not_your_duty, policy_not_in_force, year_out_of_range, second_assessment
    """
    _require_adopter(by, territory)
    version = PolicyVersion.objects.select_for_update(of=("self",)).get(pk=policy_id)
    held = PolicyAdoption.objects.filter(policy=version, territory=territory, year_from=year_from).first()
    if held and held == _adoption(territory, year_from, version.subject):
        return held
    check_adoption(version, territory=territory, year_from=year_from, document_no=document_no, reason=reason, by=by)
    return _record_adoption(version, territory, year_from, document_no, reason, by, at)


def check_document(text: str, *, but_for: int | None = None, like: PolicyVersion | None = None) -> policy.PolicyDocument:
    """`but_for`: the draft that is to say this; then no other version may say it. `like`: whose exceptions hold for a new version,
    if not those of the newest of its code.

    raises PolicyErrors; RuleBroken: policy_stored_already
    """
    document = policy.load(text)
    policy.compile_document(document, _excepted(document, but_for, like))
    same = PolicyVersion.objects.filter(code=document.body["code"], digest=document.digest)
    if but_for is not None and same.exclude(pk=but_for).exists():
        raise RuleBroken("policy_stored_already", _("Another version says exactly the same already."), field="text")
    return document


def _excepted(document: policy.PolicyDocument, version_id: int | None, like: PolicyVersion | None) -> policy.Excepted:
    proof = proof_of(document.body.get("grammar"))
    version = PolicyVersion.objects.filter(pk=version_id).first() if version_id else like or newest(document.body.get("code"))
    return proof.excepted(version) if proof and version else ()


def newest(code: object) -> PolicyVersion | None:
    return PolicyVersion.objects.filter(code=str(code)).order_by("-pk").first()


def check_adoption(
    version: PolicyVersion, *, territory: Territory, year_from: int, document_no: str, reason: str, by: User | None
) -> None:
    """raises RuleBroken: not_your_duty, policy_not_in_force, year_out_of_range, second_assessment"""
    _require_adopter(by, territory)
    if not FIRST_YEAR <= year_from <= LAST_YEAR:
        raise RuleBroken(
            "year_out_of_range",
            _("%(year)s is not a year between %(first)s and %(last)s.") % {"year": year_from, "first": FIRST_YEAR, "last": LAST_YEAR},
            field="year_from",
        )  # fmt: skip
    if version.state != PolicyVersion.State.IN_FORCE:
        raise RuleBroken(
            "policy_not_in_force",
            _("“%(title)s” is not in force; only a version in force can be adopted.") % {"title": version},
            field="policy",
        )
    _refuse_second_assessment(version, territory, year_from, document_no=document_no, reason=reason)


def _refuse_second_assessment(
    version: PolicyVersion, territory: Territory, year_from: int, *, document_no: str, reason: str
) -> None:
    """One comprehensive assessment a year: of the same subjects by another policy only with a reason, under a document."""
    same_year = PolicyAdoption.objects.filter(territory=territory, year_from=year_from, policy__subject=version.subject)
    other = same_year.exclude(policy__code=version.code).order_by("-pk").first()
    if other is None or (document_no.strip() and reason.strip()):
        return
    raise RuleBroken(
        "second_assessment",
        _(
            "%(where)s has adopted “%(other)s” for %(year)s already, and %(clause)s. To put “%(title)s” in its place, write the "
            "reason and the number of the document that approves it (%(exception)s)."
        )
        % {
            "where": territory, "other": other.policy, "year": year_from, "title": version,
            "clause": CLAUSES["second_assessment"].cited, "exception": CLAUSES["second_assessment"].exception,
        },
        field="document_no" if reason.strip() else "reason",
    )  # fmt: skip


def policy_for(territory: Territory, year: int, subject: str = "secretary") -> PolicyVersion:
    """What the nearest place adopted: the territory itself, or the first above it.

    raises RuleBroken: no_policy
    """
    found = _adoption(territory, year, subject)
    if found is None:
        raise RuleBroken(
            "no_policy",
            _("%(where)s has adopted no policy for %(year)s, nor has any place above it; adopt one first.")
            % {"where": territory, "year": year},
        )
    return found.policy


def _adoption(territory: Territory, year: int, subject: str) -> PolicyAdoption | None:
    above = [territory.path[:digits] for digits in (2, 4, 6, 9, 12)]
    found = PolicyAdoption.objects.filter(territory__path__in=above, year_from__lte=year, policy__subject=subject)
    nearest_first = sorted(
        found.select_related("policy", "territory"),
        key=lambda one: (len(one.territory.path), one.year_from, one.pk),
        reverse=True,
    )
    return nearest_first[0] if nearest_first else None


def _record_adoption(
    version: PolicyVersion, territory: Territory, year_from: int, document_no: str, reason: str, by: User | None, at: datetime
) -> PolicyAdoption:
    adoption = PolicyAdoption(
        policy=version, territory=territory, year_from=year_from, document_no=document_no, reason=reason, adopted_by=by,
        adopted_at=at,
    )  # fmt: skip
    adoption.full_clean(exclude=["adopted_by"])  # the system adopts for a demo
    adoption.save()
    audit.record(
        "policy.adopt", by=by, at=at, territory=territory, subject=adoption,
        code=version.code, digest=version.digest, year_from=year_from, document_no=document_no, reason=reason,
    )  # fmt: skip
    return adoption


def _require_adopter(by: User | None, territory: Territory) -> None:
    if by is not None:
        require(by, tuple(COUNTY), territory)


def seat(by: User | None) -> Territory | None:
    """The county whose auditors read the line."""
    paths = by.reach(COUNTY) if by else ()
    return Territory.objects.filter(path__in=paths, valid_to=None).first()


def require_keeper(by: User | None) -> None:
    """raises RuleBroken: not_your_duty"""
    if by is not None and not by.has_duty(*COUNTY):
        raise RuleBroken(
            "not_your_duty",
            _("%(who)s holds no post that allows this; policies are kept by the county organization department.") % {"who": by},
        )
