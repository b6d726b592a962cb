"""What the offline form carries beside the sheet: which page it is of, and what the checks need to run in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stars.cells import NOT_APPLICABLE, NOT_FILED
from stars.selectors.checks import Desk, desk_of, rules
from stars.selectors.grid import Grid
from stars.workbooks.layout import fingerprint, pages

KIND = "xingheng-offline-form"
FORMAT = 1
PAGE = ("county", "year", "territory", "quarter", "policy", "versions")


def page_of(grid: Grid) -> dict[str, Any]:
    """The part of a form's fingerprint that the offline form has too."""
    form = fingerprint(grid)
    return {name: getattr(form, name) for name in PAGE}


def checks_of(grid: Grid) -> dict[str, Any]:
    """The rules of stars/checks.yaml and, of the windows that are open, what static/js/offline-checks.js asks of them.

    scores are hundredths, NOT_FILED or NOT_APPLICABLE, as in stars.selectors.checks
    """
    villages = {row.post.pk: str(row.village) for row in grid.rows}
    windows = {
        page.key: window_checks(desk_of(page.window.filing, grid.at), {row.post.pk: villages[row.post.pk] for row in page.rows})
        for page in pages(grid)
        if page.is_open
    }
    return rule_words() | {"windows": windows}


def rule_words() -> dict[str, Any]:
    return {
        "not_filed": NOT_FILED,
        "not_applicable": NOT_APPLICABLE,
        "rules": [
            {"kind": rule.kind, "blocking": rule.blocking, "why": rule.why, "todo": rule.todo, "given": rule.given}
            for rule in rules()
        ],
    }


def window_checks(desk: Desk, villages: Mapping[int, str]) -> dict[str, Any]:
    """villages  by post, of the rows that are checked"""
    indicators = [{"name": one.name, "title": one.title, "max": one.max, "part": bool(one.part)} for one in desk.sheet.indicators]
    rows = {str(post_id): _row(desk, post_id) | {"village": village} for post_id, village in villages.items()}
    return {"sheet": desk.sheet.name, "indicators": indicators, "rows": rows}


def _row(desk: Desk, post_id: int) -> dict[str, Any]:
    places = range(len(desk.sheet.indicators))
    earlier = {place: [score for score in desk.past.of(post_id, place) if score >= 0] for place in places}
    return {
        "scores": desk.rows.get(post_id) or [NOT_FILED] * len(places),
        "holds": post_id in desk.holders,
        "asked": [place for place, _indicator in desk.asked(post_id)],
        "past": {place: scores for place, scores in earlier.items() if scores},
        "known": {
            place: {"score": known.score, "found": known.found, "contested": desk.is_contested((post_id, place), known)}
            for (post, place), known in desk.known.items()
            if post == post_id
        },
        "answered": [place for post, place in sorted(desk.answers) if post == post_id],
    }
