"""Deadlines as pure functions of what happened and of one version of the calendar: no database, no clock, no words.

Replaying a history under another version of the calendar gives the deadline that would have been; `withdrawn` says what
becomes of deadlines and of lateness when a holiday is announced late. The rules, each with its worked example in
docs/calendar.md:

- The day of an event isn't counted, and a term of days ends with its last day (Civil Code, articles 201 and 203). Working
  hours count from the event on.
- A date is the days up to it, with its own and the one on which it was set, so that standing still moves it.
- A clock that stands still counts nothing: no working hour meanwhile, and no day that it stood still on, be it for a minute.
- Late is whoever answers at the deadline or after it; the millisecond before it is in time.
"""

from governance.deadlines.events import (
    Event,
    Extended,
    ImpossibleHistory,
    Paused,
    Reopened,
    Resumed,
    Started,
    Stopped,
    Term,
    Transferred,
    Until,
)
from governance.deadlines.verdicts import (
    Change,
    Effect,
    Light,
    Round,
    State,
    Verdict,
    deadline_of,
    verdict,
    withdrawn,
)

__all__ = [
    "Change",
    "Effect",
    "Event",
    "Extended",
    "ImpossibleHistory",
    "Light",
    "Paused",
    "Reopened",
    "Resumed",
    "Round",
    "Started",
    "State",
    "Stopped",
    "Term",
    "Transferred",
    "Until",
    "Verdict",
    "deadline_of",
    "verdict",
    "withdrawn",
]
