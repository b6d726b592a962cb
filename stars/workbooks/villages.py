"""Which village and secretary a row of an upload speaks of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from django.utils.translation import gettext as _

from governance.errors import RuleBroken
from governance.models import Territory
from governance.workbooks.reading import Value
from governance.workbooks.text import plain, same_place, without_suffix
from stars.selectors.grid import GridRow
from stars.workbooks.cells import typed


class Villages:
    """`codes`: all that the sheet names, so that those of no village of the page are looked up in one query."""

    def __init__(self, rows: list[GridRow], place: Territory, codes: Iterable[Value]) -> None:
        self._rows = rows
        self._as_downloaded = {(row.village.code, row.village.short_name, row.person_name): row for row in rows}
        self._by_code: dict[str, list[GridRow]] = defaultdict(list)
        self._taken: dict[int, int] = {}  # post → 1-based row of the sheet
        for row in rows:
            self._by_code[row.village.code].append(row)
        strange = {typed(code) for code in codes} - self._by_code.keys()
        self._refused = _refusals({plain(code) for code in strange} - self._by_code.keys() - {""}, place)

    def take(self, at: int, code: Value, name: Value, person: Value) -> GridRow:
        """The page's row for the sheet's row `at` (0-based), once.

        raises  RuleBroken: no_village, unknown_code, not_your_village, unknown_village, code_and_name_disagree, other_secretary,
                village_twice
        """
        words = typed(code), typed(name), typed(person)
        row = self._as_downloaded.get(words) or self._find(*map(plain, words))
        before = self._taken.setdefault(row.post.pk, at + 1)
        if before != at + 1:
            raise RuleBroken(
                "village_twice",
                _("%(village)s stands in row %(row)d already; keep one of the two rows and delete the other.")
                % {"village": row.village, "row": before},
            )
        return row

    def is_taken(self, row: GridRow) -> bool:
        return row.post.pk in self._taken

    @cached_property
    def _by_name(self) -> dict[str, list[GridRow]]:
        found: dict[str, list[GridRow]] = defaultdict(list)
        for row in self._rows:
            for name in {plain(row.village.name), plain(row.village.short_name), without_suffix(plain(row.village.name))}:
                found[name].append(row)
        return found

    def _find(self, code: str, name: str, person: str) -> GridRow:
        if not code and not name:
            raise RuleBroken(
                "no_village", _("This row holds something but neither a code nor a village; write the code or delete the row.")
            )
        if code in self._refused:
            raise self._refused[code]
        found = self._by_code[code] if code else self._by_name.get(name, [])
        if len({row.village.pk for row in found}) != 1:
            raise RuleBroken(
                "unknown_village",
                _("No single village of this form is called “%(name)s”; write its code of 12 digits.") % {"name": name[:20]},
            )
        _require_name(found[0].village, code, name)
        return _of_person(found, person)


def _require_name(village: Territory, code: str, name: str) -> None:
    if name and not same_place(name, name=village.name, short_name=village.short_name):
        raise RuleBroken(
            "code_and_name_disagree",
            _("Code %(code)s is %(village)s, but this row says “%(name)s”; correct whichever is wrong.")
            % {"code": code, "village": village, "name": name[:20]},
        )


def _of_person(found: list[GridRow], person: str) -> GridRow:
    """A village has two rows when its secretary changed: the name tells whose this one is."""
    named = [row for row in found if plain(row.person_name) == person]
    if len(named) == 1 or (len(found) == 1 and not person):
        return (named or found)[0]
    names = "、".join(row.person_name for row in found)
    raise RuleBroken(
        "other_secretary",
        _("For %(village)s the roster names %(names)s; write that name, or download the form again if it is out of date.")
        % {"village": found[0].village, "names": names},
    )


def _refusals(codes: set[str], place: Territory) -> dict[str, RuleBroken]:
    """Of each strange code why it is refused. Somebody else's village is called just that; nothing about it is told."""
    if not codes:
        return {}
    villages = Territory.objects.filter(code__in=codes, level=Territory.Level.VILLAGE, valid_to=None)
    real = set(villages.values_list("code", flat=True))
    return {code: _not_yours(code, place) if code in real else _unknown(code) for code in codes}


def _not_yours(code: str, place: Territory) -> RuleBroken:
    return RuleBroken(
        "not_your_village",
        _("Code %(code)s is not a village that %(place)s files for in this form; delete this row.")
        % {"code": code, "place": place},
    )


def _unknown(code: str) -> RuleBroken:
    return RuleBroken(
        "unknown_code", _("There is no village with the code “%(code)s”; take it from the downloaded form.") % {"code": code[:20]}
    )
