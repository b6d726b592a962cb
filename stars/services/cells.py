"""Cells that save themselves: each edit says what it was based on, is kept as it was typed, and is done once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from governance.errors import RuleBroken
from governance.models import User
from stars.cells import NOT_FILED, format_score, parse_score
from stars.models import Assessment, AssessmentChange, CellEdit, Filing
from stars.selectors.answering import assessments_of
from stars.selectors.drafts import last_writers
from stars.selectors.prefill import Cell, Known, known_cells
from stars.services import rows as filed_rows
from stars.services.filing import require_editable, require_filer
from stars.services.locks import lock_filing

Outcome = CellEdit.Outcome


@dataclass(frozen=True)
class Edit:
    """A cell as somebody typed it. `key` is the page's own: an edit that is sent again carries the same."""

    key: UUID
    post_id: int
    place: int
    text: str
    base: int  # hundredths or special: what the page showed before
    origin: str = CellEdit.Origin.TYPED


@transaction.atomic
def save_cells(*, filing_id: int, edits: Sequence[Edit], by: User, at: datetime) -> list[CellEdit]:
    """What became of each edit, in the order given; one that was sent before hears its first answer and does nothing.

    A score that is based on what is stored is stored. One based on anything else is a conflict and changes nothing: its
    author sees both and decides by a further edit. What is no score, or may not be written, is refused. All three are kept.

    raises  RuleBroken: not_your_duty, and not_your_village for a post that is none of the filing's
    """
    filing = lock_filing(filing_id)
    require_filer(by, filing)
    known = known_edits(filing, by, [edit.key for edit in edits])
    new = {edit.key: edit for edit in edits if edit.key not in known}
    judged = _Judge(filing, new.values(), by, at).all()
    known |= {edit.key: edit for edit in CellEdit.objects.bulk_create(judged)}
    return [known[edit.key] for edit in edits]


def known_edits(filing: Filing, by: User, keys: Collection[UUID]) -> dict[UUID, CellEdit]:
    """Those of `by` that came before, by their keys."""
    found = CellEdit.objects.filter(filing=filing, by=by, key__in=keys).select_related("theirs_by__person")
    return {edit.key: edit for edit in found}


class _Judge:
    """Takes edits one by one, each against the row as the ones before have left it."""

    def __init__(self, filing: Filing, edits: Iterable[Edit], by: User, at: datetime) -> None:
        self.filing, self.edits, self.by, self.at = filing, list(edits), by, at
        self.rules = filed_rows.Rules(filing, by)
        posts = {edit.post_id for edit in self.edits}
        self.stored = dict(assessments_of(filing).filter(post_id__in=posts).values_list("post_id", "scores"))
        self.now = {post_id: list(scores) for post_id, scores in self.stored.items()}
        self.shut = self._shut()

    def all(self) -> list[CellEdit]:
        judged = [self._judged(edit) for edit in self.edits]
        self._name_the_others(judged)
        empty = [NOT_FILED] * len(self.rules.sheet.indicators)
        changed = {post_id: scores for post_id, scores in self.now.items() if scores != self.stored.get(post_id, empty)}
        if changed:
            page = AssessmentChange.Door.PAGE
            filed_rows.write(self.filing, changed, status=Assessment.Status.DRAFT, by=self.by, at=self.at, door=page)
        return judged

    def _shut(self) -> RuleBroken | None:
        try:
            require_editable(self.filing, self.at)
        except RuleBroken as broken:
            return broken
        return None

    def _judged(self, edit: Edit) -> CellEdit:
        kept = CellEdit(
            filing=self.filing, post_id=edit.post_id, place=edit.place, key=edit.key, text=edit.text, base=edit.base,
            origin=edit.origin, by=self.by, at=self.at,
        )  # fmt: skip
        try:
            kept.score = self._score(edit)
        except RuleBroken as broken:
            if broken.code == "not_your_village":
                raise
            kept.outcome, kept.code, kept.message = Outcome.REFUSED, broken.code, broken.message
            return kept
        row = self.now.setdefault(edit.post_id, [NOT_FILED] * len(self.rules.sheet.indicators))
        kept.outcome = outcome_of(row[edit.place], edit.base, kept.score)
        if kept.outcome == Outcome.SAVED:
            row[edit.place] = kept.score
        else:
            kept.theirs = row[edit.place]
        return kept

    def _score(self, edit: Edit) -> int:
        self.rules.check_row(edit.post_id)
        if self.shut:
            raise self.shut
        indicator = self.rules.sheet.indicators[edit.place]
        score = parse_score(edit.text, maximum=indicator.max, partial=bool(indicator.part))
        self.rules.check_cell(edit.post_id, edit.place, score)
        if edit.origin == CellEdit.Origin.CONFIRMED:
            self._check_known(edit, score)
        return score

    @cached_property
    def known(self) -> dict[Cell, Known]:
        return known_cells(self.filing, self.at)

    def _check_known(self, edit: Edit, score: int) -> None:
        """Nobody confirms what the system no longer says."""
        known = self.known.get((edit.post_id, edit.place))
        if known is None or known.score != score:
            now = format_score(known.score) if known and known.score != NOT_FILED else _("nothing")
            raise RuleBroken(
                "prefill_changed",
                _("What the system knows has changed: it is %(now)s now. Look at the cell again.") % {"now": now},
            )

    def _name_the_others(self, judged: Iterable[CellEdit]) -> None:
        late = [kept for kept in judged if kept.outcome == Outcome.CONFLICT]
        lines = last_writers(self.filing, {(kept.post_id, kept.place) for kept in late}) if late else {}
        for kept in late:
            if line := lines.get((kept.post_id, kept.place)):
                kept.theirs_by, kept.theirs_at = line.by, line.at


def outcome_of(stored: int, base: int, score: int) -> CellEdit.Outcome:
    """Of an edit that is in order. Who types what stands there already is at odds with nobody."""
    return Outcome.SAVED if stored in (base, score) else Outcome.CONFLICT
