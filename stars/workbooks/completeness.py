"""The table of completeness as a workbook."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from governance.workbooks.tables import Column, Value, table
from stars.selectors.completeness import Row, Table


def completeness_workbook(found: Table, *, title: str, part_title: Callable[[str], str], at: datetime) -> bytes:
    """The place itself, then the places below it; `part_title` names a month, quarter or form."""
    head = [title, _("As of %(moment)s") % {"moment": date_format(localtime(at), "DATETIME_FORMAT")}]
    rows = [*((row, row.name) for row in found.whole), *((row, _name(found, row)) for row in found.rows)]
    return table(_("Completeness"), head, _columns(part_title), rows)


def _name(found: Table, row: Row) -> str:
    return _("%(place)s itself") % {"place": row.name} if row.path == found.place.path else row.name


def _columns(part_title: Callable[[str], str]) -> list[Column]:
    def of(name: str) -> Callable[[tuple[Row, str]], Value]:
        return lambda pair: getattr(pair[0].counts, name)

    return [
        Column(_("Place"), 20, lambda pair: pair[1]),
        Column(_("Code"), 15, lambda pair: pair[0].path),
        Column(_("Part"), 18, lambda pair: part_title(pair[0].part)),
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
