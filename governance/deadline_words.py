"""What the holder of a clock is told when a notice changes a deadline."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from governance.deadlines import Change, Effect
from governance.workdays import SHANGHAI, end_of, last_day_before


def note(change: Change, notice: str) -> str:
    """`notice`: the one that the newer calendar ends with, title and number."""
    before, after = change.before.due_at, change.after.due_at
    moments = _moments(notice, before, after)
    if change.effect == Effect.KEPT:
        return (
            _(
                "%(notice)s would move the deadline from %(before)s to %(after)s, which had passed before it was known. %(before)s holds."
            )
            % moments
        )
    if change.lateness_stands:
        return (
            _("By %(notice)s the deadline moves from %(before)s to %(after)s. It was missed all the same; the lateness stands.")
            % moments
        )
    return moved(notice, before, after, is_withdrawn=change.effect == Effect.WITHDRAWN)


def moved(notice: str, before: datetime | None, after: datetime | None, *, is_withdrawn: bool) -> str:
    """is_withdrawn: what was late by the deadline before is in time by the one after"""
    if is_withdrawn:
        sentence = _("By %(notice)s the deadline moves from %(before)s to %(after)s. The lateness noted until now is withdrawn.")
    else:
        sentence = _("By %(notice)s the deadline moves from %(before)s to %(after)s.")
    return sentence % _moments(notice, before, after)


def _moments(notice: str, before: datetime | None, after: datetime | None) -> dict[str, str]:
    return {"notice": notice, "before": last_moment(before), "after": last_moment(after)}


def last_moment(due_at: datetime | None) -> str:
    """The last that is in time, as people say it: a day, or a day and a minute before which it must be done."""
    if due_at is None:
        return _("open while the clock stands still")
    last_day = last_day_before(due_at)
    if due_at == end_of(last_day):
        return _("the end of %(day)s") % {"day": date_format(last_day, "Y-m-d")}
    return _("before %(moment)s") % {"moment": timezone.localtime(due_at, SHANGHAI).strftime("%Y-%m-%d %H:%M")}
