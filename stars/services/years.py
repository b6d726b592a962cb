"""A rating year opens with its windows, filings and roster, and closes with its roster frozen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from governance.authority import require
from governance.calendar import calendar_for
from governance.duties import Duty
from governance.errors import RuleBroken
from governance.models import Territory, User
from governance.services import audit
from governance.services.policies import policy_for
from governance.workdays import WorkingCalendar
from stars import facts
from stars.engine.document import Sheet
from stars.engine.plan import Plan
from stars.models import Filing, FilingWindow, RatingYear
from stars.periods import end_of
from stars.plans import plan_for
from stars.selectors.prefill import unknown_sources
from stars.services.locks import lock_year
from stars.services.moves import Stage, is_repeated, move, require_stage
from stars.services.roster import refresh_roster
from stars.services.windows import window_of
from stars.wording import last_day, window_title

LEVELS = {"village": Territory.Level.VILLAGE, "township": Territory.Level.TOWNSHIP, "county": Territory.Level.COUNTY}
NAMED = 3  # windows that a sentence names before it counts the rest


@transaction.atomic
def open_year(*, territory: Territory, year: int, by: User, at: datetime) -> RatingYear:
    """The county's year under the policy in force for it; opening it twice is opening it once.

    raises RuleBroken: not_a_county, not_your_duty, no_policy, policy_not_yearly, policy_subject, stages_not_supported, unknown_roster_word
    """
    if territory.level != Territory.Level.COUNTY:
        raise RuleBroken("not_a_county", _("%(where)s is not a county; rating years belong to counties.") % {"where": territory})
    require(by, Duty.COUNTY_STAFF, territory)
    Territory.objects.select_for_update(of=("self",), no_key=True).get(pk=territory.pk)  # two colleagues may press at once
    if existing := RatingYear.objects.filter(territory=territory, year=year).first():
        return existing
    policy = policy_for(territory, year)
    plan = plan_for(policy)
    _require_supported(plan)
    rating_year = RatingYear.objects.create(territory=territory, year=year, policy=policy)
    calendar = calendar_for(territory)
    for sheet in plan.sheets.values():
        _open_sheet(rating_year, sheet, calendar)
    refresh_roster(rating_year, at=at)
    audit.record("stars.open_year", by=by, at=at, territory=territory, subject=rating_year, year=year, policy=policy.digest)
    return rating_year


@transaction.atomic
def extend_window(*, window_id: int, until: date, reason: str, by: User, at: datetime) -> FilingWindow:
    """File until the end of `until`, for everybody in the county.

    raises RuleBroken: not_your_duty, wrong_stage, reason_needed, not_later
    """
    rating_year = lock_year(FilingWindow.objects.values_list("rating_year_id", flat=True).get(pk=window_id))
    require(by, Duty.COUNTY_STAFF, rating_year.territory)
    require_stage(rating_year, Stage.OPEN)
    window = FilingWindow.objects.get(pk=window_id)
    window.rating_year = rating_year
    locks_at = end_of(until)
    if window.locks_at == locks_at:
        return window
    if not reason.strip():
        raise RuleBroken("reason_needed", _("Say why the window stays open longer."), field="reason")
    if locks_at < window.locks_at or locks_at <= at:
        raise RuleBroken(
            "not_later",
            _("%(filing)s closes at the end of %(day)s; an extension needs a later day that has not passed.")
            % {"filing": window_title(window), "day": last_day(window)},
            field="until",
        )
    window.locks_at = locks_at
    window.save(update_fields=["locks_at"])
    audit.record(
        "stars.extend_window",
        by=by,
        at=at,
        territory=rating_year.territory,
        subject=window,
        until=str(until),
        reason=reason.strip(),
    )
    return window


@transaction.atomic
def close_year(*, rating_year_id: int, by: User, at: datetime) -> RatingYear:
    """Every window has locked: the roster freezes.  raises RuleBroken: not_your_duty, wrong_stage, windows_open"""
    rating_year = lock_year(rating_year_id)
    require(by, Duty.COUNTY_STAFF, rating_year.territory)
    if rating_year.stage != Stage.OPEN and is_repeated(rating_year, Stage.CLOSED, by):
        return rating_year
    require_stage(rating_year, Stage.OPEN)
    _require_locked(rating_year, at)
    refresh_roster(rating_year, at=at)
    return move(rating_year, Stage.CLOSED, "stars.close_year", by=by, at=at, roster_frozen_at=at)


def _require_supported(plan: Plan) -> None:
    """What this product can run; whatever else a policy may lawfully say is told before anybody files."""
    head = plan.head
    if head.subject != "secretary":
        raise RuleBroken(
            "policy_subject", _("“%(policy)s” does not rate secretaries; adopt a policy that does.") % {"policy": head.title}
        )
    if head.every != "year":
        raise RuleBroken(
            "policy_not_yearly", _("“%(policy)s” does not rate by the year; adopt a yearly policy.") % {"policy": head.title}
        )
    if any(stage.body == "township_leader" for stage in head.settled_by):
        raise RuleBroken(
            "stages_not_supported",
            _("“%(policy)s” lets townships settle the whole county's result; name the county office or its leader.")
            % {"policy": head.title},
        )
    if unknown := facts.unknown_words(plan):
        raise RuleBroken(
            "unknown_roster_word",
            _("“%(policy)s” asks the roster for %(words)s, which nothing here can answer; correct the policy.")
            % {"policy": head.title, "words": ", ".join(unknown)},
        )
    if absent := unknown_sources(plan):
        raise RuleBroken(
            "unknown_source",
            _("“%(policy)s” prefills from %(words)s, which nothing here can answer; correct the policy.")
            % {"policy": head.title, "words": ", ".join(absent)},
        )


def _open_sheet(rating_year: RatingYear, sheet: Sheet, calendar: WorkingCalendar) -> None:
    windows = FilingWindow.objects.bulk_create(window_of(rating_year, sheet, period, calendar) for period in range(sheet.periods))
    filers = list(_filers(rating_year, sheet.filed_by))
    Filing.objects.bulk_create(Filing(window=window, territory=filer) for window in windows for filer in filers)


def _filers(rating_year: RatingYear, filed_by: str) -> Iterator[Territory]:
    """Places of the county that stand when the year opens."""
    here = Territory.objects.filter(path__prefix=rating_year.territory.path, level=LEVELS[filed_by])
    yield from here.filter(Q(valid_to=None) | Q(valid_to__gt=date(rating_year.year, 1, 1))).order_by("path")


def _require_locked(rating_year: RatingYear, at: datetime) -> None:
    waiting = list(rating_year.windows.filter(locks_at__gt=at).order_by("locks_at"))
    extended = Filing.objects.filter(window__rating_year=rating_year, extended_until__gt=at).select_related("window")
    waiting = sorted([*waiting, *(filing.own_window for filing in extended)], key=lambda window: window.locks_at)
    if waiting:
        for window in waiting:
            window.rating_year = rating_year
        last = waiting[-1]
        names = "；".join(window_title(window) for window in waiting[:NAMED])
        raise RuleBroken(
            "windows_open",
            _("Windows still open: %(count)d (%(names)s). The last locks at the end of %(day)s; close the year after that.")
            % {"count": len(waiting), "names": names, "day": last_day(last)},
        )
