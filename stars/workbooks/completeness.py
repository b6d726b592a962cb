"""The table of completeness as a workbook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from governance.workbooks.tables import Column, Value, table
from stars.selectors.completeness import Row, Table


def completeness_workbook(found: Table, *, title: str, part_title: Callable[[str], str], at: datetime) -> bytes:
    """The place itself, then the places below it; `part_title` names a month, quarter or form."""
    head = [title, _("As of %(moment)s") % {"moment": date_format(localtime(at), "DATETIME_FORMAT")}]
    own = _("%(place)s itself") % {"place": found.place}
    below = [replace(row, name=own) if row.path == found.place.path else row for row in found.rows]
    return table(_("Completeness"), head, _columns(part_title), [*found.whole, *below])


def _columns(part_title: Callable[[str], str]) -> list[Column]:
    def of(name: str) -> Callable[[Row], Value]:
        return lambda row: getattr(row.counts, name)

    return [
        Column(_("Place"), 20, lambda row: row.name),
        Column(_("Code"), 15, lambda row: row.path),
        Column(_("Part"), 18, lambda row: part_title(row.part)),
        Column(_("Expected"), 10, of("expected")),
        Column(_("Handed in"), 10, of("filed")),
        Column(_("on time"), 10, of("on_time")),
        Column(_("On time by extension"), 16, of("by_extension")),
        Column(_("Late"), 10, of("late")),
        Column(_("Missing"), 10, of("missing")),
        Column(_("Not due yet"), 10, of("waiting")),
        Column(_("Handed in (percent)"), 12, of("filed_percent")),
        Column(_("On time (percent)"), 12, of("on_time_percent")),
    ]
