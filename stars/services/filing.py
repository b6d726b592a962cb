"""What is filed: saved while the window is open, submitted, passed by the township, accepted by the county, or sent back.

A filing is edited as a draft only; one that was sent back is a draft again. After the lock stars.services.stages.amend_scores is the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.authority import require, require_other_person
from governance.duties import Duty
from governance.errors import RuleBroken
from governance.models import User
from governance.services import audit
from stars.models import Assessment, AssessmentChange, Filing, RatingYear
from stars.plans import plan_for
from stars.selectors.answering import FILERS, MissingCell, assessments_of, cell_key, missing_cells, sheet_of
from stars.selectors.checks import findings
from stars.selectors.drafts import open_edits
from stars.services import rows as filed_rows
from stars.services.locks import lock_filing
from stars.services.minutes import add_seconds
from stars.wording import last_day, opening_day, shown_moment, window_title

State, Status = Filing.State, Assessment.Status
STATUS = {
    State.DRAFT: Status.DRAFT,
    State.SUBMITTED: Status.SUBMITTED,
    State.PASSED: Status.PASSED,
    State.ACCEPTED: Status.ACCEPTED,
}
NAMED = 5  # missing cells that a sentence names before it counts the rest


class Incomplete(RuleBroken):
    """`cells` are all the cells that are missing."""

    def __init__(self, cells: list[MissingCell]) -> None:
        named = "；".join(f"{cell.village} · {cell.indicator}" for cell in cells[:NAMED])
        sentence = _("Empty cells: %(count)d (%(named)s). Fill them in and submit again.")
        more = _("Empty cells: %(count)d (%(named)s and others). Fill them in and submit again.")
        chosen = sentence if len(cells) <= NAMED else more
        super().__init__("incomplete", chosen % {"count": len(cells), "named": named}, field=cells[0].key)
        self.cells = cells


class Blocked(RuleBroken):
    """`cells` are those that a blocking check found, by cell key, each with why and what to do."""

    def __init__(self, cells: dict[str, str]) -> None:
        sentence = ngettext(
            "%(count)d cell does not pass the checks. It is marked; correct it and submit again.",
            "%(count)d cells do not pass the checks. They are marked; correct them and submit again.",
            len(cells),
        )
        super().__init__("checks_failed", sentence % {"count": len(cells)}, field=next(iter(cells)))
        self.cells = cells


class Unsettled(RuleBroken):
    """`cells` are what the submitter typed and no row holds, by cell key, each with why."""

    def __init__(self, cells: dict[str, str]) -> None:
        sentence = ngettext(
            "%(count)d cell holds what you typed and could not be saved. Correct it or take it back, then submit again.",
            "%(count)d cells hold what you typed and could not be saved. Correct them or take them back, then submit again.",
            len(cells),
        )
        super().__init__("unsettled", sentence % {"count": len(cells)}, field=next(iter(cells)))
        self.cells = cells


@transaction.atomic
def save_scores(
    *, filing_id: int, rows: Mapping[int, Sequence[int]], version: int | None, by: User, at: datetime, door: str
) -> Filing:
    """Keep what a clerk has typed. Saving what is there already changes nothing, whatever its version.

    rows     post -> hundredths, NOT_FILED or NOT_APPLICABLE, in the policy's indicator order
    version  of the filing as the page showed it; None: whatever it is now
    raises   RuleBroken: not_your_duty, window_not_open, window_locked, not_editable, stale_version and those of services.rows
    """
    filing = lock_filing(filing_id)
    require_filer(by, filing)
    rules = filed_rows.Rules(filing, by)
    changes = filed_rows.differences(rules, rows)
    if not changes:
        return filing
    require_editable(filing, at)
    filed_rows.check(rules, changes)
    if version is not None and version != filing.version:
        raise _stale(filing)
    filed_rows.write(filing, changes, status=Status.DRAFT, by=by, at=at, door=door)
    return filing


@transaction.atomic
def submit_filing(*, filing_id: int, by: User, at: datetime, seconds: int | None = None) -> Filing:
    """Hand it to the reviewers.

    seconds  that the form took, if the page measured them; kept as a sum over all units
    raises   RuleBroken: not_your_duty, window_not_open, window_locked, already_submitted, unsettled, incomplete, checks_failed
    """
    filing = lock_filing(filing_id)
    require_filer(by, filing)
    if filing.state != State.DRAFT:
        return _again(filing, by, "submitted")
    _require_open(filing, at)
    if unsettled := open_edits([filing], by):
        raise Unsettled(
            {
                cell_key(filing, edit.post_id, edit.place): edit.message or _("somebody else changed it first")
                for edit in unsettled
            }
        )
    if missing := missing_cells(filing, plan_for(filing.window.rating_year.policy)):
        raise Incomplete(missing)
    if blocking := [one for one in findings(filing, at) if one.rule.blocking]:
        raise Blocked({cell_key(filing, one.post_id, one.place): one.text for one in blocking})
    add_seconds(filing, seconds, is_first=filing.first_submitted_at is None)
    first = filing.first_submitted_at or at
    return _move(
        filing, State.SUBMITTED, "stars.submit_filing", by=by, at=at, submitted_by=by, submitted_at=at, first_submitted_at=first
    )


@transaction.atomic
def pass_filing(*, filing_id: int, by: User, at: datetime) -> Filing:
    """The township's yes.

    raises RuleBroken: not_your_duty, no_such_review, not_submitted, already_passed, same_person, year_closed, children_waiting
    """
    filing = lock_filing(filing_id)
    require(by, Duty.TOWNSHIP_LEADER, filing.territory)
    _require_reviewer(filing, "township")
    if filing.passed_by_id:
        return _again(filing, by, "passed")
    _require_state(filing, State.SUBMITTED)
    _require_review(filing, by)
    _require_children(filing)
    last = "county" not in _reviewers(filing)
    after = State.ACCEPTED if last else State.PASSED
    return _move(
        filing, after, "stars.pass_filing", by=by, at=at, passed_by=by, passed_at=at, township_saw=filing.changes.count()
    )


@transaction.atomic
def accept_filing(*, filing_id: int, by: User, at: datetime) -> Filing:
    """The county's yes: the rows count.  raises RuleBroken: as pass_filing"""
    filing = lock_filing(filing_id)
    require(by, Duty.COUNTY_STAFF, filing.territory)
    _require_reviewer(filing, "county")
    if filing.accepted_by_id:
        return _again(filing, by, "accepted")
    _require_state(filing, State.PASSED if "township" in _reviewers(filing) else State.SUBMITTED)
    _require_review(filing, by, filing.passed_by)
    _require_children(filing)
    seen = filing.changes.count()
    return _move(filing, State.ACCEPTED, "stars.accept_filing", by=by, at=at, accepted_by=by, accepted_at=at, county_saw=seen)


@transaction.atomic
def return_filing(*, filing_id: int, reason: str, by: User, at: datetime) -> Filing:
    """Send it back as a draft.

    raises RuleBroken: not_your_duty, reason_needed, not_submitted, same_person, window_locked, parents_accepted
    """
    filing = lock_filing(filing_id)
    county = filing.state in (State.PASSED, State.ACCEPTED) or "township" not in _reviewers(filing)
    if filing.state == State.DRAFT and filing.returned_by_id == by.pk and filing.return_reason == reason.strip():
        return filing
    require(by, Duty.COUNTY_STAFF if county else Duty.TOWNSHIP_LEADER, filing.territory)
    if not reason.strip():
        raise RuleBroken(
            "reason_needed", _("Say why the filing goes back, so that the clerk knows what to change."), field="reason"
        )
    if filing.state == State.DRAFT:
        raise _not_waiting(filing)
    _require_open(filing, at)
    require_other_person(by, *writers_of(filing))
    _require_no_parents(filing)
    nobody = {f"{act}_{what}": None for act in ("submitted", "passed", "accepted") for what in ("by", "at")}
    seen = {"county_saw" if county else "township_saw": filing.changes.count()}
    kept = {"returned_by": by, "returned_at": at, "return_reason": reason.strip(), **seen}
    return _move(filing, State.DRAFT, "stars.return_filing", by=by, at=at, **nobody, **kept)


def require_filer(by: User, filing: Filing) -> None:
    filer = sheet_of(plan_for(filing.window.rating_year.policy), filing.window).filed_by
    require(by, FILERS[filer], filing.territory)


def require_editable(filing: Filing, at: datetime) -> None:
    """raises RuleBroken: window_not_open, window_locked, not_editable"""
    _require_open(filing, at)
    _require_draft(filing)


def _move(filing: Filing, after: str, act: str, *, by: User, at: datetime, **fields: object) -> Filing:
    """The filing and its rows change state together."""
    before, filing.state = filing.state, after
    for name, value in fields.items():
        setattr(filing, name, value)
    filing.save(update_fields=["state", *fields])
    assessments_of(filing).update(status=STATUS[State(after)])
    RatingYear.objects.filter(pk=filing.window.rating_year_id).update(changed_at=at)
    audit.record(act, by=by, at=at, territory=filing.territory, subject=filing, before=before, after=after)
    return filing


def _again(filing: Filing, by: User, act: str) -> Filing:
    """A step that was taken: the same person is pressing twice, another comes too late."""
    if getattr(filing, f"{act}_by_id") == by.pk:
        return filing
    raise RuleBroken(
        f"already_{act}",
        _("%(filing)s: %(who)s did this on %(when)s; it waits for the next step. Ask for its return to change it.")
        % {
            "filing": window_title(filing.window),
            "who": getattr(filing, f"{act}_by"),
            "when": shown_moment(getattr(filing, f"{act}_at")),
        },
    )


def _require_open(filing: Filing, at: datetime) -> None:
    window = filing.window
    if at < window.opens_at:
        raise RuleBroken(
            "window_not_open",
            _("%(filing)s opens on %(day)s; come back then.") % {"filing": window_title(window), "day": opening_day(window)},
        )
    if filing.is_locked(at) or window.rating_year.stage != RatingYear.Stage.OPEN:
        raise RuleBroken(
            "window_locked",
            _(
                "%(filing)s locked at the end of %(day)s; ask the county organization department to extend it or to amend the scores."
            )
            % {"filing": window_title(window), "day": last_day(filing.own_window)},
        )


def _require_draft(filing: Filing) -> None:
    if filing.state != State.DRAFT:
        raise RuleBroken(
            "not_editable",
            _("%(filing)s was submitted by %(who)s on %(when)s and can't be edited; ask the reviewer to return it.")
            % {"filing": window_title(filing.window), "who": filing.submitted_by, "when": shown_moment(filing.submitted_at)},
        )


def _stale(filing: Filing) -> RuleBroken:
    last = AssessmentChange.objects.filter(filing=filing).select_related("by__person").order_by("-pk").first()
    if last is None:
        return RuleBroken("stale_version", _("What you had before you is not what is stored. Compare, then save again."))
    return RuleBroken(
        "stale_version",
        _("%(who)s saved this page at %(when)s, after you opened it. What you typed is still here: compare, then save again.")
        % {"who": last.by, "when": shown_moment(last.at)},
    )


def _reviewers(filing: Filing) -> tuple[str, ...]:
    return sheet_of(plan_for(filing.window.rating_year.policy), filing.window).reviewed_by


def _require_reviewer(filing: Filing, body: str) -> None:
    if body not in _reviewers(filing):
        raise RuleBroken(
            "no_such_review",
            _("The policy asks for no review of %(filing)s at this level.") % {"filing": window_title(filing.window)},
        )


def _require_state(filing: Filing, state: str) -> None:
    if filing.state != state:
        raise _not_waiting(filing)


def _not_waiting(filing: Filing) -> RuleBroken:
    return RuleBroken(
        "not_submitted",
        _("%(filing)s is “%(state)s” and does not wait for this step; reload the page.")
        % {"filing": window_title(filing.window), "state": filing.get_state_display()},
    )


def _require_review(filing: Filing, by: User, *earlier: User | None) -> None:
    """Reviewed before the county-year is, by somebody who wrote none of it."""
    rating_year = filing.window.rating_year
    if rating_year.stage not in (RatingYear.Stage.OPEN, RatingYear.Stage.CLOSED, RatingYear.Stage.COMPUTED):
        raise RuleBroken(
            "year_closed",
            _("%(year)s is “%(stage)s”; its filings no longer move. Ask the county to send the year back.")
            % {"year": rating_year, "stage": rating_year.get_stage_display()},
        )
    require_other_person(by, filing.submitted_by, *earlier, *writers_of(filing))


def _require_children(filing: Filing) -> None:
    """Parent after children, where the policy orders it."""
    names = sheet_of(plan_for(filing.window.rating_year.policy), filing.window).accepted_after
    waiting = _related(filing).filter(
        window__sheet_code__in=names, territory__path__prefix=filing.territory.path,
        window__starts_on__gte=filing.window.starts_on, window__ends_on__lte=filing.window.ends_on,
    ).exclude(state=State.ACCEPTED)  # fmt: skip
    if found := list(waiting):
        raise RuleBroken(
            "children_waiting",
            _("%(filing)s waits for %(count)d others that must be accepted first: %(named)s. Review those, then come back.")
            % {"filing": window_title(filing.window), "count": len(found), "named": _named(found)},
        )


def _require_no_parents(filing: Filing) -> None:
    """Nothing is taken from under a filing that was accepted because of it."""
    plan = plan_for(filing.window.rating_year.policy)
    names = [sheet.name for sheet in plan.sheets.values() if filing.window.sheet_code in sheet.accepted_after]
    accepted = _related(filing).filter(
        window__sheet_code__in=names, window__starts_on__lte=filing.window.starts_on, window__ends_on__gte=filing.window.ends_on,
        state__in=(State.PASSED, State.ACCEPTED),
    )  # fmt: skip
    if found := [one for one in accepted if filing.territory.path.startswith(one.territory.path)]:
        raise RuleBroken(
            "parents_accepted",
            _("%(filing)s is the ground on which others were passed: %(named)s. Return those first.")
            % {"filing": window_title(filing.window), "named": _named(found)},
        )


def _related(filing: Filing) -> QuerySet[Filing]:
    found = Filing.objects.filter(window__rating_year=filing.window.rating_year_id)
    return found.select_related("window__rating_year__policy", "territory").order_by("window__ends_on", "territory__path")


def _named(filings: Sequence[Filing]) -> str:
    named = "；".join(f"{one.territory} {window_title(one.window)}" for one in filings[:NAMED])
    return f"{named} …" if len(filings) > NAMED else named


def writers_of(filing: Filing) -> list[User]:
    return list(User.objects.filter(pk__in=AssessmentChange.objects.filter(filing=filing).values("by")))
