"""Bringing the state's list of territories into the tree: what is new, renamed, or no longer listed, on a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pghistory
from django.db import connection, transaction
from django.utils.translation import gettext as _

from governance.errors import RuleBroken
from governance.models import Territory, User
from governance.naming import kind_of, short_name
from governance.services import audit
from governance.territory_files import ABOVE, Place, read_places, within

LEVELS = dict(zip(ABOVE, Territory.Level, strict=True))  # digits of the path → level
VILLAGE = Territory.Level.VILLAGE
ONE_IMPORT_AT_A_TIME = 7_211_003  # an advisory lock's number


@dataclass(frozen=True)
class ImportReport:
    """added  how many of each level; renamed (path, before, after) and closed (path, name) one by one"""

    added: dict[int, int]
    renamed: list[tuple[str, str, str]]
    closed: list[tuple[str, str]]

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.renamed or self.closed)


def import_territories(
    source: Path, *, on: date, under: Sequence[str] = (), by: User | None = None, at: datetime
) -> ImportReport:
    """The tree (or the subtrees `under`) becomes the list's as of `on`: rows are added, renamed or closed, never deleted.

    A renamed place keeps its row, and its history the old name. The same list again changes nothing.

    raises RuleBroken: bad_territory_list, unknown_territory, list_not_later; nothing is written then
    """
    with transaction.atomic(), pghistory.context(act="territory.import", source=source.name):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_IMPORT_AT_A_TIME])
            cursor.execute("DROP TABLE IF EXISTS pg_temp.incoming, pg_temp.numbered")  # of an import earlier in this transaction
            cursor.execute(STAGE)
            places = read_places(source)
            _stage(cursor, within(places, under) if under else places)
            _require_known(cursor, under, source)
            _require_later(cursor, on, under)
            report = ImportReport(closed=_close(cursor, on, under), renamed=_rename(cursor), added=_add(cursor, on))
        if not report.is_empty:
            audit.record(
                "territory.import", by=by, at=at, territory=None, subject=f"territories:{','.join(under) or 'all'}", source=source.name,
                on=on.isoformat(), added=sum(report.added.values()), renamed=len(report.renamed), closed=len(report.closed),
            )  # fmt: skip
    return report


def _stage(cursor: Any, places: Iterable[Place]) -> None:
    with cursor.copy("COPY incoming (path, above, level, name, short_name, kind) FROM STDIN") as copy:
        for path, name in places:
            level = LEVELS[len(path)]
            called = (short_name(name), kind_of(name, path)) if level == VILLAGE else (name, "")
            copy.write_row((path, path[: ABOVE[len(path)]], level, name, *called))
    cursor.execute("ANALYZE incoming")
    cursor.execute(KEEP_APART)


def _require_known(cursor: Any, under: Sequence[str], source: Path) -> None:
    for path in under:
        cursor.execute("SELECT 1 FROM incoming WHERE path = %s", [path])
        if not cursor.fetchone():
            raise RuleBroken(
                "unknown_territory", _("%(source)s lists no place %(path)s.") % {"source": source.name, "path": path}
            )


def _require_later(cursor: Any, on: date, under: Sequence[str]) -> None:
    """A list of an earlier day knows less than the tree; one of the same day can't take back what begins that day."""
    cursor.execute(OVERTAKEN, {"on": on, **_reach(under)})
    if found := cursor.fetchone():
        raise RuleBroken(
            "list_not_later",
            _(
                "%(path)s %(name)s is in the tree since %(since)s, and this list of %(on)s knows it not; give the day of a later list."
            )
            % {"path": found[0], "name": found[1], "since": found[2], "on": on},
        )


def _close(cursor: Any, on: date, under: Sequence[str]) -> list[tuple[str, str]]:
    cursor.execute(CLOSE, {"on": on, **_reach(under)})
    return sorted(cursor.fetchall())


def _rename(cursor: Any) -> list[tuple[str, str, str]]:
    cursor.execute(RENAME)
    return sorted(cursor.fetchall())


def _add(cursor: Any, on: date) -> dict[int, int]:
    """All at once: whoever fills a table in one transaction must not join it, as nobody knows its size yet."""
    cursor.execute(NUMBER)
    cursor.execute("ANALYZE numbered")
    cursor.execute(ADD, {"on": on})
    cursor.execute("SELECT level, count(*) FROM numbered WHERE is_new GROUP BY level ORDER BY level")
    return dict(cursor.fetchall())


def _reach(under: Sequence[str]) -> dict[str, Any]:
    """With no subtree named, the whole tree."""
    return {"from": list(under) or [""], "to": [path[:-1] + chr(ord(path[-1]) + 1) for path in under] or [":"]}


STAGE = """
    CREATE TEMPORARY TABLE incoming (
        path varchar(12) COLLATE "C" NOT NULL, above varchar(9) COLLATE "C" NOT NULL, level smallint NOT NULL,
        name text NOT NULL, short_name text NOT NULL, kind text NOT NULL
    ) ON COMMIT DROP
"""
# 29 of 620,573 villages share a short name with a neighbour: these keep their full names
KEEP_APART = """
    UPDATE incoming SET short_name = incoming.name
    FROM (
        SELECT above, short_name FROM incoming WHERE level = 5 GROUP BY above, short_name HAVING count(*) > 1
    ) AS shared
    WHERE incoming.above = shared.above AND incoming.short_name = shared.short_name
"""
MISSING = """
    t.valid_to IS NULL AND NOT EXISTS (SELECT 1 FROM incoming i WHERE i.path = t.path)
    AND EXISTS (SELECT 1 FROM unnest(%(from)s::text[], %(to)s::text[]) AS reach (low, high) WHERE t.path >= low AND t.path < high)
"""
CLOSE = f"UPDATE governance_territory t SET valid_to = %(on)s WHERE {MISSING} RETURNING t.path, t.name"  # noqa: S608  our own words
OVERTAKEN = f"""
    SELECT t.path, t.name, t.valid_from FROM governance_territory t WHERE ({MISSING} AND t.valid_from >= %(on)s)
    OR (t.valid_to IS NULL AND t.valid_from > %(on)s AND EXISTS (SELECT 1 FROM incoming i WHERE i.path = t.path AND i.name <> t.name))
    LIMIT 1
"""  # noqa: S608
RENAME = """
    UPDATE governance_territory t SET name = i.name, short_name = i.short_name, kind = i.kind
    FROM incoming i, governance_territory was
    WHERE t.path = i.path AND t.valid_to IS NULL AND t.name <> i.name AND was.id = t.id
    RETURNING t.path, was.name, t.name
"""
NUMBER = """
    CREATE TEMPORARY TABLE numbered ON COMMIT DROP AS
    SELECT i.*, t.id IS NULL AS is_new, coalesce(t.id, nextval(pg_get_serial_sequence('governance_territory', 'id'))) AS id
    FROM incoming i LEFT JOIN governance_territory t ON t.path = i.path AND t.valid_to IS NULL
"""
ADD = """
    INSERT INTO governance_territory (id, code, path, level, parent_id, name, short_name, kind, village_type, valid_from)
    SELECT n.id, rpad(n.path, 12, '0'), n.path, n.level, above.id, n.name, n.short_name, n.kind, '', %(on)s
    FROM numbered n LEFT JOIN numbered above ON above.path = n.above
    WHERE n.is_new ORDER BY n.path
"""
