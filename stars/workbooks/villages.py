"""Which village and secretary a row of an upload speaks of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from django.utils.translation import gettext as _

from governance.errors import RuleBroken
from governance.models import Territory
from governance.workbooks.reading import Value
from governance.workbooks.text import plain, same_place, without_suffix
from stars.selectors.grid import GridRow
from stars.workbooks.cells import typed

NAMED = 5  # rows of one village that a sentence names


class Villages:
    """`named`: by 0-based row of the sheet the code, village and person that it says. All at once, so that the codes of no
    village of the page are looked up in one query, and of a village that stands twice neither row is taken for the right one."""

    def __init__(self, rows: list[GridRow], place: Territory, named: Mapping[int, Sequence[Value]]) -> None:
        self._rows = rows
        self._as_downloaded: dict[tuple[str, ...], GridRow] = {
            (row.village.code, row.village.short_name, row.person_name): row for row in rows
        }
        self._by_code: dict[str, list[GridRow]] = defaultdict(list)
        for row in rows:
            self._by_code[row.village.code].append(row)
        words = {at: tuple(map(typed, said)) for at, said in named.items()}
        strange = {code for code, _name, _person in words.values()} - self._by_code.keys()
        self._refused = _refusals({plain(code) for code in strange} - self._by_code.keys() - {""}, place)
        self._found = {at: self._found_or_refused(said) for at, said in words.items()}
        self._taken: dict[int, list[int]] = defaultdict(list)  # post → 1-based rows of the sheet
        for at, found in self._found.items():
            if isinstance(found, GridRow):
                self._taken[found.post.pk].append(at + 1)

    def of_row(self, at: int) -> GridRow | RuleBroken:
        """The page's row for the sheet's row `at`, or why there is none: no_village, unknown_code, not_your_village,
        unknown_village, code_and_name_disagree, other_secretary, village_twice"""
        row = self._found[at]
        if isinstance(row, GridRow) and len(taken := self._taken[row.post.pk]) > 1:
            return _twice(row, taken)
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

    def _found_or_refused(self, words: tuple[str, ...]) -> GridRow | RuleBroken:
        try:
            return self._as_downloaded.get(words) or self._find(*map(plain, words))
        except RuleBroken as broken:
            return broken.with_traceback(None)  # its frames would be kept with it, for each of many rows

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


def _twice(row: GridRow, taken: list[int]) -> RuleBroken:
    rows = "、".join(map(str, taken[:NAMED])) + (" …" if len(taken) > NAMED else "")
    sentence = _("%(village)s stands here more than once (rows %(rows)s); keep one of the rows and delete the others.")
    return RuleBroken("village_twice", sentence % {"village": row.village, "rows": rows})


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
