"""Minutes that a form takes, measured at the page and kept as a sum: whose they are is never asked."""

from __future__ import annotations

from bisect import bisect_left

from stars.models import Filing, FormMinutes
from stars.models.minutes import FEWEST, MINUTES

MOST = 8 * 3600  # seconds; more than a day at the form is a broken clock


def add_seconds(filing: Filing, seconds: int | None, *, is_first: bool) -> None:
    """The caller holds the filing's lock and has just taken it in. What was sent back and filed anew adds its time, but is no
    other filing."""
    if seconds is None or not 0 < seconds <= MOST:
        return
    window = filing.window
    key = {
        "rating_year_id": window.rating_year_id, "sheet_code": window.sheet_code, "period": window.period, "level": filing.territory.level,
    }  # fmt: skip
    FormMinutes.objects.bulk_create([FormMinutes(**key)], ignore_conflicts=True)
    form = FormMinutes.objects.select_for_update(of=("self",)).get(**key)
    form.seconds += seconds
    if is_first:
        form.count += 1
        form.bars[bisect_left(MINUTES, -(-seconds // 60))] += 1
        if form.count % FEWEST == 0:
            form.told_count, form.told_seconds, form.told_bars = form.count, form.seconds, form.bars
    form.save()
