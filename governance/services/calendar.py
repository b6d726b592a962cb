"""Notices go on record: the State Council's from its file, a county's from what its staff typed. None is ever changed.

Deadlines of the docket and what else apps have registered follow at once, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from governance.authority import require
from governance.docket.notices import recalculate
from governance.duties import Duty
from governance.errors import RuleBroken
from governance.models import CalendarDay, CalendarHours, CalendarNotice, Territory, User
from governance.notices import Notice
from governance.services import audit
from governance.workdays import local_day

ONE_NOTICE_AT_A_TIME = 7_211_004  # an advisory lock's number: versions follow the order of commits

Tell = Callable[[str], None]
# where the calendar changed (None: the whole country), its version until now, by whom, when, and whom to tell what moved
Follower = Callable[[Territory | None, int, User | None, datetime, Tell], None]
_followers: dict[str, Follower] = {}


def _in_silence(_text: str) -> None:
    """Nobody waits for an answer."""


def follow_calendar(name: str, follower: Follower) -> None:
    """An app's deadlines move with the calendar."""
    _followers[name] = follower


@transaction.atomic
def import_notices(notices: list[Notice], *, by: User | None, at: datetime) -> list[CalendarNotice]:
    """The State Council's, in the order of their publication; those on record already are left alone. Returns the new ones.

    raises RuleBroken: older_notice, nothing_to_amend
    """
    before = _lock()
    added = [_import(notice, by, at) for notice in sorted(notices, key=lambda one: one.published_on)]
    new = [one for one in added if one is not None]
    if new:
        _move(None, before, by, at, _in_silence)
    return new


@transaction.atomic
def record_days(
    notice: Notice, *, territory: Territory, supersedes_id: int | None = None, by: User, at: datetime, tell: Tell = _in_silence
) -> CalendarNotice:
    """A county's own days and hours, or the correction of a notice of its own. The same once more changes nothing.

    tell  is told in a sentence of what moved

    raises RuleBroken: as check_days
    """
    before = _lock()
    if held := CalendarNotice.objects.filter(territory=territory, digest=notice.digest, supersedes=supersedes_id).first():
        require(by, Duty.COUNTY_STAFF, territory)
        return held
    check_days(notice, territory=territory, supersedes_id=supersedes_id, by=by, at=at)
    act = "calendar.correct" if supersedes_id else "calendar.add"
    row = _record(notice, act, territory=territory, supersedes_id=supersedes_id, by=by, at=at)
    _move(territory, before, by, at, tell)
    return row


def check_days(notice: Notice, *, territory: Territory, supersedes_id: int | None, by: User, at: datetime) -> None:
    """raises RuleBroken: not_your_duty, not_a_county, reason_needed, not_published_yet, not_yours_to_correct, corrected_already,
    says_the_same, document_on_record
    """
    require(by, Duty.COUNTY_STAFF, territory)
    if territory.level != Territory.Level.COUNTY:
        raise RuleBroken(
            "not_a_county", _("%(where)s is not a county; days of their own belong to counties.") % {"where": territory}, field="territory"
        )  # fmt: skip
    if not notice.reason:
        raise RuleBroken("reason_needed", _("Say why these days differ from the country's."), field="reason")
    if notice.published_on > local_day(at):
        raise RuleBroken(
            "not_published_yet", _("A document of a day to come can't be recorded yet; check its date."), field="published_on"
        )
    if supersedes_id is not None:
        _check_correction(supersedes_id, territory)
    if CalendarNotice.objects.filter(territory=territory, digest=notice.digest).exists():
        raise RuleBroken("says_the_same", _("A notice that says exactly the same is on record already."))
    same_paper = CalendarNotice.objects.filter(territory=territory, document_no=notice.document_no, superseded_by=None)
    if notice.document_no and supersedes_id is None and same_paper.exists():
        raise RuleBroken(
            "document_on_record",
            _("%(number)s is on record already; to change what it says, open that notice and correct it.")
            % {"number": notice.document_no},
            field="document_no",
        )


def _check_correction(supersedes_id: int, territory: Territory) -> None:
    earlier = CalendarNotice.objects.filter(pk=supersedes_id, territory=territory).first()
    if earlier is None:
        raise RuleBroken(
            "not_yours_to_correct",
            _("Only a notice of %(where)s itself can be corrected here.") % {"where": territory},
            field="supersedes",
        )
    if later := CalendarNotice.objects.filter(supersedes=earlier).first():
        raise RuleBroken(
            "corrected_already",
            _("%(notice)s is corrected by %(later)s already; correct that one.") % {"notice": earlier, "later": later},
            field="supersedes",
        )


def _import(notice: Notice, by: User | None, at: datetime) -> CalendarNotice | None:
    national = CalendarNotice.objects.filter(territory=None)
    if national.filter(digest=notice.digest).exists():
        return None
    if notice.amends and not national.filter(document_no=notice.amends).exists():
        raise RuleBroken(
            "nothing_to_amend",
            _("%(number)s changes %(amended)s, which is not on record; import that one first. Nothing was imported.")
            % {"number": notice.document_no, "amended": notice.amends},
        )
    earlier = national.filter(year=notice.year, superseded_by=None).first() if notice.year else None
    if earlier and earlier.published_on > notice.published_on:
        raise RuleBroken(
            "older_notice",
            _("%(year)d is arranged by %(later)s, which is later than %(number)s. Nothing was imported.")
            % {"year": notice.year, "later": earlier, "number": notice.document_no},
        )
    return _record(notice, "calendar.import", territory=None, supersedes_id=earlier.pk if earlier else None, by=by, at=at)


def _record(
    notice: Notice, act: str, *, territory: Territory | None, supersedes_id: int | None, by: User | None, at: datetime
) -> CalendarNotice:
    row = CalendarNotice(
        territory=territory, year=notice.year, title=notice.title, document_no=notice.document_no, published_on=notice.published_on,
        reason=notice.reason, supersedes_id=supersedes_id, digest=notice.digest, recorded_by=by, recorded_at=at,
    )  # fmt: skip
    row.full_clean()
    row.save()
    CalendarDay.objects.bulk_create(
        CalendarDay(notice=row, day=day, kind=kind, name=name) for day, (kind, name) in sorted(notice.days.items())
    )
    CalendarHours.objects.bulk_create(
        CalendarHours(notice=row, from_on=day, windows=windows) for day, windows in sorted(notice.hours.items())
    )
    audit.record(
        act, by=by, at=at, territory=territory, subject=row,
        document_no=notice.document_no, days=len(notice.days), hours=len(notice.hours), corrects=supersedes_id,
    )  # fmt: skip
    return row


def _move(territory: Territory | None, before: int, by: User | None, at: datetime, tell: Tell) -> None:
    recalculate(territory, by=by, at=at)
    for follow in _followers.values():
        follow(territory, before, by, at, tell)


def _lock() -> int:
    """The calendar's version, which stays until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_NOTICE_AT_A_TIME])
    return CalendarNotice.objects.aggregate(last=Max("pk"))["last"] or 0
