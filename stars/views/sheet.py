"""The entry grid as a page draws it: what was typed over what is stored, mistakes and notes at their cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from governance.workdays import last_day_before
from stars.cells import NOT_FILED, format_score
from stars.models import Filing, FilingWindow
from stars.periods import local_day
from stars.selectors.grid import Cell, Grid, GridRow, IndicatorColumn, WindowColumn
from stars.wording import moved_note, shown_day


@dataclass(frozen=True)
class Conflict:
    """The other side of a score that came too late."""

    theirs: str
    who: str
    when: str


@dataclass(frozen=True)
class Typed:
    """What a person sent and what was wrong with it; the page shows it again until it is saved."""

    texts: Mapping[str, str] = field(default_factory=dict)  # by cell key
    mistakes: Mapping[str, str] = field(default_factory=dict)  # by cell key
    refusals: Mapping[str, str] = field(default_factory=dict)  # by window key
    conflicts: Mapping[str, Conflict] = field(default_factory=dict)  # by cell key


NOTHING_TYPED = Typed()


@dataclass(frozen=True)
class Hint:
    """What a cell is offered: what the system knows, or else what was filed last time."""

    kind: str = ""  # known, last
    offer: str = ""
    contested: bool = False


@dataclass(frozen=True)
class CellView:
    id: str
    key: str
    labels: str
    css: str
    text: str
    stored: str
    maximum: str
    editable: bool
    filed: bool
    error: str
    note: str
    why: str
    before: str | None
    conflict: Conflict | None
    state: str  # refused, conflict: what the server could not save of it
    hint: Hint
    followed: bool  # somebody marked it to be followed up
    path: str  # what its panel's address ends in, where a sheet that takes no scores leads there

    @property
    def is_plain(self) -> bool:
        """Nothing but its text: most of a large sheet, and drawn fast."""
        return not (self.error or self.note or self.why or self.before is not None or self.followed)


@dataclass(frozen=True)
class RowView:
    id: int
    village: str
    person: str
    standing: str  # a word of STANDINGS
    cells: list[CellView]

    @property
    def standing_title(self) -> str:
        return str(STANDINGS[self.standing][0])

    @property
    def look(self) -> str:
        return STANDINGS[self.standing][1]


@dataclass(frozen=True)
class ColumnView:
    id: str
    title: str
    maximum: str
    hint: str
    filled: int
    expected: int
    last: bool


@dataclass(frozen=True)
class GroupView:
    id: str
    key: str
    title: str
    css: str
    badge: str
    state: str
    opens_on: date
    due_on: date
    locks_on: date
    moved: str
    late: str
    left: str
    returned: str
    returned_by: str
    error: str
    version: int
    seen: int
    filing_state: str
    has_opened: bool
    may_submit: bool
    columns: list[ColumnView]


@dataclass(frozen=True)
class SheetView:
    groups: list[GroupView]
    columns: list[ColumnView]
    rows: list[RowView]
    editable: bool
    compares: bool

    @property
    def standings(self) -> list[tuple[str, str, int]]:
        """Each standing with its title and how many villages have it."""
        counted = Counter(row.standing for row in self.rows)
        return [(word, str(title), counted[word]) for word, (title, _look) in STANDINGS.items()]


NO_HINT = Hint()
NO_HINTS: Mapping[str, Hint] = {}


def window_key(window: FilingWindow) -> str:
    return f"{window.sheet}/{window.period}"


def draw(
    grid: Grid,
    *,
    typed: Typed = NOTHING_TYPED,
    before: Mapping[str, str] | None = None,
    may_submit: bool = False,
    hints: Mapping[str, Hint] = NO_HINTS,
    followed: Collection[str] = (),
) -> SheetView:
    """hints   by cell key
    followed  keys of cells that are to be followed up
    before  by cell key, what cells said before they changed; given, the page marks them and takes no scores"""
    editable = before is None and any(cell.editable for row in grid.rows for cell in row.cells)
    rows = [_row(grid, row, typed, before, editable, hints, frozenset(followed)) for row in grid.rows]
    groups = [_group(grid, window, column_at, typed, may_submit) for window, column_at in _placed(grid)]
    return SheetView(groups, [c for g in groups for c in g.columns], rows, editable, before is not None)


def _placed(grid: Grid) -> Iterator[tuple[WindowColumn, int]]:
    """Each window with the place of its first column."""
    at = 0
    for window in grid.windows:
        yield window, at
        at += len(window.columns)


def _group(grid: Grid, window: WindowColumn, first: int, typed: Typed, may_submit: bool) -> GroupView:
    filing, moments, key = window.filing, window.window, window_key(window.window)
    css, badge = LOOKS[Filing.State(filing.state)]
    returned = filing.state == Filing.State.DRAFT and bool(filing.return_reason)
    early = grid.at < moments.opens_at
    missed = filing.state == Filing.State.DRAFT and moments.is_locked(grid.at)
    answered = any(row.cells[first].answered for row in grid.rows)
    return GroupView(
        id=f"g-{moments.sheet}-{moments.period}",
        key=key,
        title=f"{window.period_title} {window.sheet_title}",
        css="returned" if returned else css or ("open" if window.is_open else ""),
        badge="bad" if returned or missed else "" if early else badge,
        state=_state(filing, returned, missed, early),
        opens_on=local_day(moments.opens_at),
        due_on=last_day_before(moments.due_at),
        locks_on=last_day_before(moments.locks_at),
        moved=moved_note(filing, grid.at),
        late=_late(filing, grid.at),
        left=time_left(moments, grid.at, filed=filing.state != Filing.State.DRAFT),
        returned=filing.return_reason if returned else "",
        returned_by=str(filing.returned_by or "") if returned else "",
        error=typed.refusals.get(key, ""),
        version=filing.version,
        seen=window.last_change,
        filing_state=filing.state,
        has_opened=not early,
        may_submit=may_submit and window.is_open and filing.state == Filing.State.DRAFT and answered,
        columns=[_column(grid, column, first + i, i == len(window.columns) - 1) for i, column in enumerate(window.columns)],
    )


def _state(filing: Filing, returned: bool, missed: bool, early: bool) -> str:
    if early:
        return _("not open yet")
    if missed:
        return _("Not handed in")
    return _("Sent back") if returned else str(filing.get_state_display())


def _late(filing: Filing, at: datetime) -> str:
    """What the review list says of it too; while it is with its clerk the time left tells."""
    if filing.state == Filing.State.DRAFT or filing.came_in(at) < filing.due_at:
        return ""
    return _("Handed in late, on %(day)s.") % {"day": shown_day(local_day(filing.came_in(at)))}


def _column(grid: Grid, column: IndicatorColumn, place: int, last: bool) -> ColumnView:
    cells = [row.cells[place] for row in grid.rows]
    asked = [cell for cell in cells if cell.applicable and cell.answered]
    filled = sum(cell.value != NOT_FILED for cell in asked)
    return ColumnView(_column_id(column.key), column.title, format_score(column.maximum), column.hint, filled, len(asked), last)


def _row(
    grid: Grid,
    row: GridRow,
    typed: Typed,
    before: Mapping[str, str] | None,
    editable: bool,
    hints: Mapping[str, Hint],
    followed: frozenset[str],
) -> RowView:
    places = [(window, column, column is window.columns[-1]) for window in grid.windows for column in window.columns]
    cells = [
        _cell(cell, window, column, last, typed, before, editable, hints.get(cell.key, NO_HINT), cell.key in followed)
        for cell, (window, column, last) in zip(row.cells, places, strict=True)
    ]
    return RowView(row.post.pk, str(row.village), row.person_name, _standing(grid, row, typed), cells)


def _standing(grid: Grid, row: GridRow, typed: Typed) -> str:
    """How far a village has come with what is open now; with all that is on the page, once nothing is."""
    windows = [window for window in grid.windows if window.is_open] or grid.windows
    waiting = [window for window in windows if window.state == Filing.State.DRAFT]
    if not waiting:
        return "submitted"
    if any(window.filing.return_reason for window in waiting):
        return "returned"
    keys = {window_key(window.window) for window in waiting}
    asked = [cell for cell in row.cells if cell.key.rsplit("/", 2)[0] in keys and cell.applicable and cell.answered]
    filled = sum(cell.value != NOT_FILED for cell in asked)
    unsaved = any(cell.key in typed.texts for cell in asked)
    if filled == len(asked) and not unsaved:
        return "ready"
    return "incomplete" if filled or unsaved else "not_begun"


def _cell(
    cell: Cell,
    window: WindowColumn,
    column: IndicatorColumn,
    last: bool,
    typed: Typed,
    before: Mapping[str, str] | None,
    editable: bool,
    hint: Hint,
    followed: bool,
) -> CellView:
    text = typed.texts.get(cell.key, cell.text) if cell.editable else cell.text
    conflict = typed.conflicts.get(cell.key) if editable and cell.editable else None
    error = typed.mistakes.get(cell.key, "")
    unsaved = editable and text.strip() != cell.text
    earlier = before.get(cell.key, text) if before is not None else text
    changed = cell.applicable and cell.answered and earlier != text
    css = [
        "edge" * last,
        "contested" * hint.contested,
        "known" * (hint.kind == "known"),
        "bad" * bool(error),
        "dirty" * unsaved,
        "changed" * changed,
    ]
    css.append("" if cell.applicable else "none")
    css.append("" if cell.answered else "off")
    return CellView(
        id=cell.key.replace("/", "-"),
        key=cell.key,
        labels=f"g-{window.window.sheet}-{window.window.period} {_column_id(column.key)}",
        css=" ".join(name for name in css if name),
        text=text,
        stored=cell.text,
        maximum=format_score(column.maximum),
        editable=editable and cell.editable,
        filed=cell.value != NOT_FILED and cell.applicable and cell.answered,
        error=error,
        note=_("stored: %(score)s") % {"score": cell.text or _("blank")}
        if unsaved and (conflict or window_key(window.window) in typed.refusals)
        else "",
        why=_why_closed(cell),
        before=(earlier or _("blank")) if changed else None,
        conflict=conflict,
        hint=hint,
        followed=followed,
        path=f"{cell.key}/" if before is not None and cell.applicable and cell.answered else "",
        state="conflict" if conflict else "refused" if error else "",
    )


def _why_closed(cell: Cell) -> str:
    if not cell.answered:
        return _("The secretary was not in post in this period.")
    return "" if cell.applicable else _("This item does not apply to this type of village.")


def _column_id(key: str) -> str:
    return "i-" + key.replace("/", "-")


STANDINGS = {  # of a village on the page: its word and the colour beside it
    "not_begun": (gettext_lazy("not begun"), ""),
    "incomplete": (gettext_lazy("incomplete"), "wait"),
    "ready": (gettext_lazy("ready to submit"), "good"),
    "returned": (gettext_lazy("sent back"), "bad"),
    "submitted": (gettext_lazy("submitted"), "calm"),
}
LOOKS = {  # state of a filing: look of its card, colour of its word
    Filing.State.DRAFT: ("", "wait"),
    Filing.State.SUBMITTED: ("", "calm"),
    Filing.State.PASSED: ("", "calm"),
    Filing.State.ACCEPTED: ("settled", "good"),
}


def time_left(window: FilingWindow, at: datetime, *, filed: bool) -> str:
    if at < window.opens_at:
        return _("opens in %(time)s") % {"time": span(window.opens_at - at)}
    if at >= window.locks_at:
        return pgettext("window", "locked")
    if filed:
        return _("can be changed for %(time)s") % {"time": span(window.locks_at - at)}
    if at >= window.due_at:
        return _("overdue; locks in %(time)s") % {"time": span(window.locks_at - at)}
    return _("due in %(time)s") % {"time": span(window.due_at - at)}


def span(left: timedelta) -> str:
    """Whole days, or hours on the last two days, or minutes in the last hour."""
    minutes = int(left.total_seconds()) // 60
    if minutes >= 48 * 60:
        days = minutes // (24 * 60)
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    if minutes >= 60:
        return ngettext("%(count)d hour", "%(count)d hours", minutes // 60) % {"count": minutes // 60}
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
