"""Days of the calendar for tests that need a few, said by a notice of the country's or of a county's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from governance.models import CalendarNotice, Territory, User
from governance.notices import Notice
from governance.services.calendar import import_notices, record_days

AT = datetime(2025, 1, 2, 1, tzinfo=UTC)


def say(
    days: Mapping[str, str], *, county: Territory | None = None, by: User | None = None, name: str = "样例"
) -> CalendarNotice:
    """`days`: "2026-02-10" → "holiday" or "workday"; a county's are recorded by one of its staff."""
    said = {date.fromisoformat(day): (kind, name) for day, kind in days.items()}
    notice = Notice(f"关于{name}的通知", "县政办〔2024〕9号", date(2024, 12, 30), reason="样例" if county else "", days=said)
    if county is None:
        return import_notices([notice], by=None, at=AT)[0]
    assert by is not None
    return record_days(notice, territory=county, by=by, at=AT)
